"""What stands under a curve: whether to go on, and what the strategy saved."""

from __future__ import annotations

from msgspec import Struct

from nbloop.schema.cards import Problem


class Point(Struct, frozen=True):
    """A point of a curve with its 95 % interval."""

    labels: float
    accuracy: float
    low: float
    high: float


class Outlook(Struct, frozen=True):
    """Advice and savings in sentences, as of so many `labels`, and as points to draw.

    `control` is the curve of the labels drawn by lot, `ahead` where a quarter more labels would lead.
    """

    labels: int = 0
    stop: bool = False
    advice: str = ""
    grounds: str = ""
    savings: str = ""
    control: tuple[Point, ...] = ()
    ahead: tuple[Point, ...] = ()
    problem: Problem | None = None
