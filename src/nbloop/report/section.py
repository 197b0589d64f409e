"""A section of a report: a title, sentences, a table, a chart."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd


class Section(NamedTuple):
    """One part of a report, before it is a page.

    Attributes
    ----------
    title : str
    text : str
        Plain sentences; never markup.
    table : DataFrame, optional
    svg : str
        A chart, drawn.
    """

    title: str
    text: str
    table: pd.DataFrame | None = None
    svg: str = ""


def readable(value: Any) -> str:
    """Return a cell as a person reads it.

    >>> readable(0.123456), readable(3), readable(None), readable(float("nan"))
    ('0.123', '3', '–', '–')
    """
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return "–"
    if isinstance(value, float):
        return (
            f"{value:.0f}"
            if value.is_integer() and abs(value) >= 2
            else f"{value:.3g}"
            if abs(value) < 0.001
            else f"{value:.3f}"
        )
    return value.strftime("%Y-%m-%d %H:%M") if hasattr(value, "strftime") else str(value)
