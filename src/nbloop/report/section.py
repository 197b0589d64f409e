"""A section of a report: a title, sentences, a table, a chart; and what may stand in a cell."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from nbloop.schema import Tile


class Span(NamedTuple):
    """A figure with its 95 % interval: a share, or a change of one."""

    value: float
    low: float
    high: float
    change: bool = False


class Share(NamedTuple):
    """A part of a whole, from 0 to 1."""

    value: float


class Outcome(NamedTuple):
    """How a check came out: passed, failed or undecided."""

    word: str


class Section(NamedTuple):
    """One part of a report, before it is a page.

    Attributes
    ----------
    title : str
    text : str
        Plain sentences; never markup.
    table : DataFrame, optional
        Its cells are values, or a `Span`, `Share` or `Outcome`.
    svg, dark : str
        A chart, drawn for a light page and for a dark one.
    tiles : tuple of Tile
        What one should know at a glance.
    group : str
        Which sections it stands among.
    """

    title: str
    text: str
    table: pd.DataFrame | None = None
    svg: str = ""
    dark: str = ""
    tiles: tuple[Tile, ...] = ()
    group: str = ""


def readable(value: Any) -> str:
    """Return a cell as a person reads it.

    >>> readable(0.123456), readable(3), readable(None), readable(float("nan"))
    ('0.123', '3', '–', '–')
    >>> readable(Span(0.5, 0.4, 0.6)), readable(Span(0.02, -0.01, 0.05, change=True)), readable(Share(0.25))
    ('50.0% (40.0–60.0%)', '+2.0 (-1.0 to +5.0)', '25.0%')
    """
    if isinstance(value, Span):
        return _span(value)
    if isinstance(value, Share):
        return "–" if value.value != value.value else f"{value.value:.1%}"
    if isinstance(value, Outcome):
        return value.word
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return "–"
    if isinstance(value, float):
        return _number(value)
    return value.strftime("%Y-%m-%d %H:%M") if hasattr(value, "strftime") else str(value)


def _span(span: Span) -> str:
    value, low, high, change = span
    if value != value:
        return "–"
    if change:
        return f"{value * 100:+.1f}" if low != low else f"{value * 100:+.1f} ({low * 100:+.1f} to {high * 100:+.1f})"
    return f"{value:.1%}" if low != low else f"{value:.1%} ({low * 100:.1f}–{high * 100:.1f}%)"


def _number(value: float) -> str:
    if value.is_integer() and abs(value) >= 2:
        return f"{value:.0f}"
    return f"{value:.3g}" if abs(value) < 0.001 else f"{value:.3f}"
