"""When to stop: what is forecast of a curve, and what is advised at its beginning and at its end."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.metrics import cohen_kappa_score

import nbloop
from nbloop.errors import NotTrained
from nbloop.quality.stopping import agreement, forecast, unsure

DIGITS = load_digits()
X = (DIGITS.data / 16).astype(np.float32)
TRUTH = {i: str(value) for i, value in enumerate(DIGITS.target)}


def loop_of(golden: float | None = 0.3) -> nbloop.Loop:
    names = [f"digit {i}" for i in range(1200)]
    task = nbloop.Classification(range(10))
    data = nbloop.Dataset(names, task=task, features=X[:1200], golden=golden, id=range(1200), store=":memory:")
    return nbloop.Loop(data)


def test_a_curve_is_drawn_on_to_what_it_comes_from() -> None:
    labels = np.arange(20, 201, 10.0)
    found = forecast(labels, 0.98 - 2.0 * labels**-0.8, 5000, np.random.default_rng(0))
    true = (2.0 / 0.03) ** (1 / 0.8)
    needed, low, high = found.labels_to(0.95)
    assert needed == pytest.approx(true, rel=0.02)
    assert low <= true <= high
    gain, least, most = found.gain(200, 250)
    assert least <= 2.0 * (200**-0.8 - 250**-0.8) <= most
    assert gain == pytest.approx(2.0 * (200**-0.8 - 250**-0.8), abs=0.002)


def test_a_goal_beyond_the_curve_is_out_of_reach() -> None:
    labels = np.arange(20, 401, 10.0)
    found = forecast(labels, 0.8 - 5.0 * labels**-1.5, 5000, np.random.default_rng(0))
    assert found.labels_to(0.95)[0] == np.inf


def test_agreement_is_cohens_kappa_also_where_only_one_class_is_said() -> None:
    a, b = np.array([0, 1, 1, 2, 0, 2]), np.array([0, 1, 2, 2, 0, 1])
    assert agreement(a, b) == pytest.approx(cohen_kappa_score(a, b))
    assert agreement(np.zeros(5, int), np.zeros(5, int)) == 1
    assert unsure(np.array([[0.9, 0.1], [0.6, 0.4]])) == 0.5


def test_early_on_the_advice_is_to_go_on_and_says_how_far_the_goal_is() -> None:
    loop = loop_of()
    loop.simulate(TRUTH, 60, batch=5)
    advice = loop.stop_advice(goal=0.9)
    assert not advice.stop
    assert str(advice).startswith("Go on.")
    assert advice.gain is not None
    assert advice.gain > 0
    assert "to 90 %" in str(advice).replace("90%", "90 %") or "reached" in str(advice)


def test_when_more_labels_bring_nothing_the_advice_is_to_stop() -> None:
    loop = loop_of()
    loop.simulate(TRUTH, 840, batch=60)
    advice = loop.stop_advice()
    assert advice.stop
    assert advice.kappa >= 0.99
    assert str(advice).startswith("You can stop.")


def test_without_golden_samples_the_models_agreement_is_what_there_is() -> None:
    loop = loop_of(golden=None)
    loop.simulate(TRUTH, 80, batch=20)
    advice = loop.stop_advice()
    assert advice.accuracy is None
    assert "kappa" in str(advice)


def test_a_handful_of_labels_is_too_few_for_advice() -> None:
    loop = loop_of()
    loop.simulate(TRUTH, 1)
    with pytest.raises(NotTrained, match="20 labels"):
        loop.stop_advice()
