"""Labeling widgets that live in a Jupyter notebook and have a model in the loop."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbloop import errors, features, learners, strategies
    from nbloop.dataset import Dataset
    from nbloop.dataset.golden import Golden
    from nbloop.loop import Loop, annotate
    from nbloop.schema import Classification, Label, Reason

__version__ = "0.1.0"
__all__ = [
    "Classification",
    "Dataset",
    "Golden",
    "Label",
    "Loop",
    "Reason",
    "annotate",
    "errors",
    "features",
    "learners",
    "strategies",
]

_HOMES = {
    "Classification": "nbloop.schema",
    "Dataset": "nbloop.dataset",
    "Golden": "nbloop.dataset.golden",
    "Label": "nbloop.schema",
    "Loop": "nbloop.loop",
    "Reason": "nbloop.schema",
    "annotate": "nbloop.loop",
}


def __getattr__(name: str) -> Any:
    """Import on first use, so that ``import nbloop`` stays light."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name in __all__:
        return importlib.import_module(f"nbloop.{name}")
    raise AttributeError(f"module 'nbloop' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
