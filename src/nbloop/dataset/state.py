"""The state of one sample, as a person reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["pool", "labelled", "skipped", "rejected", "review"]


@dataclass(frozen=True)
class SampleState:
    """What a sample is now; a golden one with a label is verified, and never trained on."""

    status: Status
    label: str | None = None
    flagged: bool = False
    golden: bool = False
