"""Frames in, Altair out."""

from __future__ import annotations

import json

import altair as alt
import vl_convert

from nbloop import history
from nbloop.charts import DARK, LIGHT, learning_curve, live_curve
from nbloop.schema import Round

ROUNDS = [
    Round(1, 4, 0.1, "a", accuracy=0.5, accuracy_low=0.4, accuracy_high=0.6, macro_f1=0.5, log_loss=1.0),
    Round(2, 8, 0.1, "b", accuracy=0.7, accuracy_low=0.6, accuracy_high=0.8, macro_f1=0.6, log_loss=0.9),
    Round(3, 8, 0.1, "c", accuracy=0.8, accuracy_low=0.7, accuracy_high=0.9, macro_f1=0.7, log_loss=0.8),
]


def test_the_learning_curve_is_an_altair_chart_that_draws() -> None:
    chart = learning_curve(history.frame(ROUNDS))
    assert isinstance(chart, alt.LayerChart)
    assert "80.0%" in vl_convert.vegalite_to_svg(chart.to_json())


def test_of_several_rounds_at_one_count_the_last_is_drawn() -> None:
    svg = vl_convert.vegalite_to_svg(learning_curve(history.frame(ROUNDS)).to_json())
    assert "accuracy: 80.0%" in svg
    assert "accuracy: 70.0%" not in svg


def test_a_history_without_golden_labels_draws_an_empty_chart() -> None:
    chart = learning_curve(history.frame([Round(1, 4, 0.1, "a")]))
    assert "svg" in vl_convert.vegalite_to_svg(chart.to_json())


def test_the_live_curve_has_empty_data_sets_to_stream_into_and_needs_no_network() -> None:
    for theme in (LIGHT, DARK):
        specification = live_curve(theme)
        roots = {data["name"]: data.get("values") for data in specification["data"] if "source" not in data}
        assert roots == {"rounds": [], "current": [], "control": [], "ahead": []}
        urls = json.dumps(specification).replace(specification["$schema"], "")
        assert "http" not in urls
