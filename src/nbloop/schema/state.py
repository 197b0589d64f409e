"""What a face is born with, and what it shows of the loop from then on."""

from __future__ import annotations

from msgspec import Struct

from nbloop.schema.cards import Problem
from nbloop.schema.task import Classification

WIRE = 1
"""Version of the messages; a page with another one asks to re-run the cell."""


class Config(Struct, frozen=True):
    """What a labeler is, fixed at birth (the `config` trait)."""

    wire: int
    dataset: str
    annotator: str
    title: str
    task: Classification
    content: str
    model: bool
    blind: bool
    queue: str
    target: int | None = None
    classes: str = ""


class CurveConfig(Struct, frozen=True):
    """What a live curve is, fixed at birth."""

    wire: int
    dataset: str
    title: str
    labels: tuple[str, ...]


class Counts(Struct, frozen=True):
    """How many samples are in which state; `measuring` golden ones are verified, no past errors, and not held out."""

    total: int
    labels: int
    pool: int
    skipped: int
    rejected: int
    flagged: int
    golden: int
    verified: int
    apart: int = 0
    again: int = 0
    review: int = 0
    measuring: int = 0


class ModelState(Struct, frozen=True):
    """The model that serves now: `behind` counts the labels it has not learned yet."""

    version: str
    labels: int
    behind: int
    accuracy: float | None = None
    accuracy_low: float | None = None
    accuracy_high: float | None = None


class Recent(Struct, frozen=True):
    """An answer that stands, newest last: what undo would take back."""

    event: str
    sample: str
    kind: str
    value: str | None = None


class View(Struct, frozen=True):
    """A whole snapshot of the loop (the `view` trait). An older `rev` is ignored; a new `queue` means: deal again.

    Other `classes` mean: ask for the task again.
    """

    rev: int
    queue: int
    round: int
    counts: Counts
    phase: str
    recent: tuple[Recent, ...] = ()
    model: ModelState | None = None
    problem: Problem | None = None
    classes: str = ""
