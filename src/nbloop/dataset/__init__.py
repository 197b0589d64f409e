"""The dataset: pool and journal, folded into labels."""

from __future__ import annotations

from nbloop.dataset.dataset import Dataset
from nbloop.dataset.state import SampleState

__all__ = ["Dataset", "SampleState"]
