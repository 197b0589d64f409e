"""When to stop: what is forecast of a curve, and what is advised at its beginning and at its end."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score

import nbloop
from nbloop.errors import NotTrained
from nbloop.quality.paired import paired
from nbloop.quality.stopping import RATES, RIGHT, agreement, changed, gain, labels_to, unsure
from nbloop.trust.stopping import Advice, _stops

DIGITS = load_digits()
X = (DIGITS.data / 16).astype(np.float32)
TRUTH = {i: str(value) for i, value in enumerate(DIGITS.target)}


def loop_of(golden: float | None = 0.3) -> nbloop.Loop:
    names = [f"digit {i}" for i in range(1200)]
    task = nbloop.Classification(range(10))
    data = nbloop.Dataset(names, task=task, features=X[:1200], golden=golden, id=range(1200), store=":memory:")
    return nbloop.Loop(data)


def test_the_way_to_a_goal_is_that_of_a_power_law_with_the_gain_seen() -> None:
    rate, labels = float(np.mean(RATES)), 200
    gap = 0.2 * labels**rate  # accuracy(n) = .95 - gap * n ** -rate, .75 now
    changes = gap * (labels**-rate - (1.25 * labels) ** -rate) / RIGHT
    needed, low, high = labels_to(0.9, labels, 7500, 10_000, changes, np.random.default_rng(0))
    assert needed == pytest.approx((gap / 0.05) ** (1 / rate))
    assert labels < low < needed < high


def test_where_nothing_changes_any_more_a_goal_beyond_is_out_of_reach() -> None:
    needed, _, high = labels_to(0.95, 400, 800, 1000, 0.0, np.random.default_rng(0))
    assert needed == high == np.inf
    assert labels_to(0.7, 400, 800, 1000, 0.0, np.random.default_rng(0)) == (400, 400, 400)


def test_few_golden_samples_cannot_tell_how_far_a_goal_is() -> None:
    few, many = (labels_to(0.9, 100, 85 * n, 100 * n, 0.04, np.random.default_rng(0)) for n in (1, 100))
    assert few[0] == many[0]
    assert few[1] < many[1] < many[0]
    assert few[2] == np.inf


def test_gains_on_real_curves_lie_within_their_interval() -> None:
    """The limits were found on other draws of the data; here digits, by classes of scikit-learn alone."""
    rng, inside, gains = np.random.default_rng(1), [], []
    for _ in range(4):
        order = rng.permutation(len(X))
        pool, test = np.split(order, [1000])
        right, said = {}, {}
        for labels in (64, 80, 100, 125, 156, 195, 244):
            model = LogisticRegression(C=10, max_iter=300).fit(X[pool[:labels]], DIGITS.target[pool[:labels]])
            right[labels], said[labels] = model.score(X[test], DIGITS.target[test]), model.predict(X[pool])
        for before, now, after in zip([*right], [*right][1:], [*right][2:], strict=False):
            value, low, high = gain(changed(said[before], said[now]))
            inside.append(low <= right[after] - right[now] <= high)
            gains.append((value, right[after] - right[now]))
    assert np.mean(inside) >= 0.9
    assert np.mean(gains, axis=0)[0] == pytest.approx(np.mean(gains, axis=0)[1], abs=0.006)


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
    assert advice.gain_low < 0.005 < advice.gain < advice.gain_high
    assert advice.accuracy is not None
    assert "more labels to 90%" in str(advice) or "reached" in str(advice)


def test_when_more_labels_bring_nothing_the_advice_is_to_stop() -> None:
    loop = loop_of()
    loop.simulate(TRUTH, 840, batch=60)
    advice = loop.stop_advice()
    assert advice.stop
    assert advice.gain < 0.005
    assert str(advice).startswith("You can stop.")


def test_without_golden_samples_the_models_agreement_is_what_there_is() -> None:
    loop = loop_of(golden=None)
    loop.simulate(TRUTH, 80, batch=20)
    advice = loop.stop_advice()
    assert advice.accuracy is None
    assert "kappa" in str(advice)
    assert "a golden set would tell" in str(advice)


def test_a_goal_is_reached_for_sure_only_when_its_interval_says_so() -> None:
    few = Advice(True, 100, 0.95, 1, 0, 0, 0, 0, 0, 0.96, 0.90, 0.985, 0, 0, np.inf, golden=100)
    many = Advice(True, 100, 0.95, 1, 0, 0, 0, 0, 0, 0.96, 0.955, 0.965, 0, 0, 0, golden=5000)
    assert "95% may be reached: 96.0% (90.0% to 98.5%, 100 golden samples), too few to be sure" in str(few)
    assert "95% is reached: 96.0% (95.5% to 96.5%, 5000 golden samples)" in str(many)


def test_golden_samples_overrule_what_the_changes_say_when_they_are_sure() -> None:
    rng = np.random.default_rng(0)
    before = rng.random(4000) < 0.8
    better = before | (rng.random(4000) < 0.3)
    assert _stops(0.001, paired(before, before))
    assert not _stops(0.001, paired(before, better))
    assert _stops(0.02, paired(before, before))
    assert not _stops(0.02, paired(before[:50], before[:50]))
    assert not _stops(0.02, None)


def test_a_handful_of_labels_is_too_few_for_advice() -> None:
    loop = loop_of()
    loop.simulate(TRUTH, 1)
    with pytest.raises(NotTrained, match="20 labels"):
        loop.stop_advice()
