"""When to stop: what is forecast of a curve, and what is advised at its beginning and at its end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score

import nbloop
from nbloop.errors import NotTrained
from nbloop.quality.paired import paired
from nbloop.quality.stopping import GAINS, LEFT, RATES, Way, agreement, changed, gain, labels_to, unsure
from nbloop.trust.stopping import Advice, _stops

DIGITS = load_digits()
X = (DIGITS.data / 16).astype(np.float32)
TRUTH = {i: str(value) for i, value in enumerate(DIGITS.target)}


def loop_of(golden: float | None = 0.3) -> nbloop.Loop:
    names = [f"digit {i}" for i in range(1200)]
    task = nbloop.Classification(range(10))
    data = nbloop.Dataset(names, task=task, features=X[:1200], golden=golden, id=range(1200), store=":memory:")
    return nbloop.Loop(data)


def way(goal: float, labels: int, right: float, n: int, changes: float, most: float = 100_000) -> Way:
    return labels_to(goal, labels, right * n, n, changes, most, np.random.default_rng(0))


def test_the_way_to_a_goal_is_that_of_a_power_law_with_the_gain_seen() -> None:
    rate, labels = float(np.mean(RATES)), 200
    gap = 0.2 * labels**rate  # accuracy(n) = .95 - gap * n ** -rate, .75 now
    changes = gap * (labels**-rate - (1.25 * labels) ** -rate) / (GAINS[0] * GAINS[1]) - LEFT
    found = way(0.82, labels, 0.75, 1_000_000, changes)
    assert found.value == pytest.approx((gap / 0.13) ** (1 / rate), rel=0.2)
    assert labels < found.low < found.value < found.high
    assert found.chance > 0.9


def test_where_next_to_nothing_changes_a_goal_far_beyond_is_out_of_reach() -> None:
    assert way(0.95, 400, 0.8, 1000, 0.0, 2000)[:3] == (np.inf, np.inf, np.inf)
    assert way(0.7, 400, 0.8, 1000, 0.0, 2000) == (400, 400, 400, 1)


def test_few_golden_samples_tell_less_well_how_far_a_goal_is() -> None:
    few, many = (way(0.88, 100, 0.85, n, 0.04, 2000) for n in (100, 10_000))
    assert few.low < many.low < many.value < many.high
    assert few.high > many.high
    assert few.chance < many.chance


def test_a_goal_that_takes_more_labels_than_there_can_be_is_reached_less_often_and_no_later_than_that() -> None:
    short, long = (way(0.9, 100, 0.85, 500, 0.04, most) for most in (200, 2000))
    assert short.chance < long.chance
    assert short.high <= 200 < long.high <= 2000


def test_a_goal_is_reached_as_often_and_within_the_limits_that_are_told() -> None:
    """Worlds as they are assumed, seen through a golden set of 200."""
    rng, told, held, reached = np.random.default_rng(9), [], [], []
    for _ in range(600):
        start, rate, changes = rng.uniform(0.7, 0.9), rng.uniform(*RATES), rng.uniform(0.01, 0.06)
        still = (changes + LEFT) * rng.gamma(*GAINS) / (1 - 1.25**-rate)
        hits, goal = rng.binomial(200, start), rng.uniform(0.75, 0.95)
        left = 1 - np.clip((goal - start) / still, 0, 1)
        true = 100 * left ** (-1 / rate) if left else np.inf
        found = labels_to(goal, 100, hits, 200, changes, 1000, rng)
        told.append(found.chance)
        reached.append(true <= 1000)
        held += [found.low <= true <= found.high] if reached[-1] and found.chance >= 0.025 else []
    assert np.mean(told) == pytest.approx(np.mean(reached), abs=0.04)
    assert np.mean(held) >= 0.93
    likely, unlikely = (np.mean(np.array(reached)[which]) for which in (np.array(told) > 0.8, np.array(told) < 0.2))
    assert likely > 0.85 > 0.2 > unlikely


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


def test_how_far_a_goal_is_comes_with_the_chance_of_getting_there_unless_that_is_sure() -> None:
    told = (False, 100, 0.95, 1, 0, 0, 0, 0, 0, 0.9, 0.85, 0.94, 60, 20, 400)
    way = "About 60 more labels to 95% (20–400)"
    perhaps, surely, never = (Advice(*told, golden=200, chance=chance, most=900) for chance in (0.6, 0.99, 0.01))
    assert str(perhaps).endswith(f"{way}, if they get there: the chance is 60%, with all 900 that can be labelled.")
    assert str(surely).endswith(f"{way}.")
    assert str(replace(never, to_goal=np.inf)).endswith(
        "95% is out of reach of this learner, as the gains go: 90.0% (85.0% to 94.0%, 200 golden samples)."
    )


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
