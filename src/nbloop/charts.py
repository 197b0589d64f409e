"""Charts: frames in, Altair out; and the Vega that the live curve draws, compiled when the widgets are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast

import altair as alt
import pandas as pd


@dataclass(frozen=True)
class Theme:
    """The colours of one chart; text is at least 4.5:1 on its background."""

    ink: str
    quiet: str
    grid: str
    line: str
    other: str


_VEGA_LITE = "6.4"  # of what is committed; a newer compiler may write the same chart otherwise
LIGHT = Theme(ink="#1f2328", quiet="#59636e", grid="#e4e7eb", line="#3b6fd4", other="#a3541a")
DARK = Theme(ink="#e6edf3", quiet="#9ea7b3", grid="#333a44", line="#7aa2f7", other="#f0a35e")

_TOOLTIP = [
    alt.Tooltip("labels:Q", title="labels"),
    alt.Tooltip("accuracy:Q", format=".1%"),
    alt.Tooltip("accuracy_low:Q", title="95 % from", format=".1%"),
    alt.Tooltip("accuracy_high:Q", title="to", format=".1%"),
    alt.Tooltip("macro_f1:Q", title="macro F1", format=".3f"),
    alt.Tooltip("log_loss:Q", title="log loss", format=".3f"),
    alt.Tooltip("model_version:N", title="model"),
]


def learning_curve(rounds: pd.DataFrame, theme: Theme = LIGHT) -> alt.LayerChart:
    """Return golden-set accuracy against labels with its 95 % Wilson interval and the current round marked.

    Parameters
    ----------
    rounds : DataFrame
        As in `Loop.history`. Of several rounds at one number of labels the last counts.
    theme : Theme
        `LIGHT` or `DARK`.
    """
    measured = rounds.dropna(subset="accuracy")
    return _dressed(_layers(alt.Data(values=_rows(measured)), alt.Data(values=_rows(measured.tail(1))), theme), theme)


def live_curve(theme: Theme) -> dict[str, Any]:
    """Return the same chart as a Vega specification with the empty data sets ``rounds`` and ``current``.

    Two more, ``control`` and ``ahead``, take the curve of labels drawn by lot and where more labels would lead.
    """
    import vl_convert

    layers = _layers(alt.NamedData("rounds"), alt.NamedData("current"), theme)
    chart = _dressed(cast("alt.LayerChart", alt.layer(*_outlook(theme), layers)), theme, width="container")
    specification = chart.to_dict()
    specification["datasets"] = {"rounds": [], "current": [], "control": [], "ahead": []}
    return vl_convert.vegalite_to_vega(specification, vl_version=_VEGA_LITE)


def _layers(rounds: Any, current: Any, theme: Theme) -> alt.LayerChart:
    labels = alt.X("labels:Q", title="labels", axis=alt.Axis(tickMinStep=1, grid=False, format="d"))
    base = (
        alt.Chart(rounds)
        .transform_joinaggregate(last="max(round)", groupby=["labels"])
        .transform_filter("datum.round === datum.last")
        .encode(x=labels)
    )
    accuracy = alt.Y(
        "accuracy:Q",
        title="accuracy on the golden set",
        axis=alt.Axis(format=".0%"),
        scale=alt.Scale(zero=False, nice=True),
    )
    band = base.mark_area(opacity=0.18, fill=theme.line).encode(
        y=alt.Y("accuracy_low:Q", title="accuracy on the golden set"), y2="accuracy_high:Q"
    )
    line = base.mark_line(color=theme.line, strokeWidth=2).encode(y=accuracy, tooltip=_TOOLTIP)
    hover = base.mark_point(color=theme.line, filled=True, size=60, opacity=0).encode(y=accuracy, tooltip=_TOOLTIP)
    now = alt.Chart(current).encode(x=labels)
    rule = now.mark_rule(color=theme.quiet, strokeDash=[3, 3])
    point = now.mark_point(color=theme.line, filled=True, size=90, opacity=1).encode(y=accuracy, tooltip=_TOOLTIP)
    value = now.mark_text(color=theme.ink, align="right", dx=-10, dy=-10, fontSize=13, fontWeight="bold").encode(
        y=accuracy, text=alt.Text("accuracy:Q", format=".1%")
    )
    return cast("alt.LayerChart", alt.layer(band, rule, line, hover, point, value))


def _outlook(theme: Theme) -> list[alt.Chart]:
    """Return the marks of what random order reached and of what is to come."""
    by_lot = _aside("control", "drawn by lot", theme.other, [6, 3], "left")
    return by_lot + _aside("ahead", "forecast", theme.line, [2, 3], "right")


def _aside(data: str, name: str, color: str, dash: list[int], side: Literal["left", "right"]) -> list[alt.Chart]:
    """Return a dashed line with its band, and its name at its end."""
    base = alt.Chart(alt.NamedData(data)).encode(x=alt.X("labels:Q", title="labels"))
    accuracy, low = (alt.Y(f"{field}:Q", title="accuracy on the golden set") for field in ("accuracy", "low"))
    tooltip = [
        alt.Tooltip("labels:Q", title=f"labels, {name}", format=".0f"),
        alt.Tooltip("accuracy:Q", format=".1%"),
        alt.Tooltip("low:Q", title="95 % from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
    ]
    last = base.transform_window(place="row_number()", sort=[alt.SortField("labels", order="descending")])
    last = last.transform_filter("datum.place === 1")
    return [
        base.mark_area(opacity=0.12, fill=color).encode(y=low, y2="high:Q"),
        base.mark_line(color=color, strokeWidth=1.5, strokeDash=dash).encode(y=accuracy, tooltip=tooltip),
        last.mark_point(color=color, filled=True, size=36, opacity=1).encode(y=accuracy, tooltip=tooltip),
        last.mark_text(color=color, align=side, dy=14, fontSize=11, text=name).encode(y=accuracy),
    ]


def _dressed(chart: alt.LayerChart, theme: Theme, width: Any = 480) -> alt.LayerChart:
    dressed = (
        chart.properties(width=width, height=220, background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=theme.quiet,
            titleColor=theme.quiet,
            gridColor=theme.grid,
            domainColor=theme.grid,
            tickColor=theme.grid,
            titleFontWeight="normal",
            labelFontSize=12,
            titleFontSize=12,
        )
    )
    return cast("alt.LayerChart", dressed)  # its type also allows a facet, which layers never become


def _rows(rounds: pd.DataFrame) -> list[dict[str, Any]]:
    return rounds.astype(object).where(rounds.notna(), None).to_dict("records")  # JSON knows no NaN
