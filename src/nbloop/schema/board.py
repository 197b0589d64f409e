"""The board: what a person should know of a loop at a glance, a tile each."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from nbloop.schema.cards import Problem

Tone = Literal["good", "warn", "bad", "plain", "none"]


class Interval(Struct, frozen=True):
    """A figure and its 95 % interval, from 0 to 1."""

    value: float
    low: float
    high: float


class Bar(Struct, frozen=True):
    """One part of a whole: how many, and which share."""

    name: str
    n: int
    share: float


class Tile(Struct, frozen=True):
    """One thing to know: a figure, a sentence about it, and what to do next, as a sentence and as code.

    `tone` says how it stands: ``"none"`` where there is nothing to tell yet. `share` is how much of a way is gone, and
    `trend` how the figure came to be.
    """

    name: str
    title: str
    value: str
    detail: str
    tone: Tone = "plain"
    todo: str = ""
    code: str = ""
    interval: Interval | None = None
    share: float | None = None
    trend: tuple[float, ...] = ()
    bars: tuple[Bar, ...] = ()


class Board(Struct, frozen=True):
    """All tiles at one moment (the `board` trait); `rev` tells which of two is newer."""

    rev: int
    tiles: tuple[Tile, ...] = ()
    problem: Problem | None = None


class BoardConfig(Struct, frozen=True):
    """What a dashboard is, fixed at birth."""

    wire: int
    dataset: str
    title: str
