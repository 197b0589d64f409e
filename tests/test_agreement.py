"""Agreement and Dawid-Skene: exact against libraries and published tables, and honest where nothing is defined."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa

from crowds import FOUR_OBSERVERS, bluebird, counts_of, rte
from nbloop.consensus.agreement import Measure, alpha, cohen, fleiss, observed
from nbloop.consensus.dawid_skene import dawid_skene, posterior_of
from nbloop.consensus.votes import Votes


def codes(draw: st.DrawFn, n: int, k: int) -> np.ndarray:
    return np.array(draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n)))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    n, k = draw(st.integers(1, 30)), draw(st.integers(2, 5))
    return codes(draw, n, k), codes(draw, n, k)


@settings(max_examples=60, deadline=None)
@given(pairs())
@pytest.mark.filterwarnings("ignore")
def test_cohens_kappa_is_scikit_learns_and_undefined_where_that_is_nan(pair: tuple[np.ndarray, np.ndarray]) -> None:
    expected = cohen_kappa_score(*pair)
    found = cohen(*pair)
    if np.isnan(expected):
        assert found.value is None
        assert "one class" in found.reason
    else:
        assert found.value == pytest.approx(expected, abs=1e-12)


def test_fleiss_kappa_is_statsmodels() -> None:
    rng = np.random.default_rng(0)
    for k, n in ((2, 3), (4, 5), (7, 2)):
        counts = rng.multinomial(n, rng.dirichlet(np.ones(k)), size=50)
        assert fleiss(counts).value == pytest.approx(fleiss_kappa(counts), abs=1e-12)


def test_fleiss_worked_example_of_ten_items_and_fourteen_raters() -> None:
    table = "0 0 0 0 14/0 2 6 4 2/0 0 3 5 6/0 3 9 2 0/2 2 8 1 1/7 7 0 0 0/3 2 6 3 0/2 5 3 2 2/6 5 2 1 0/0 2 2 3 7"
    counts = np.array([list(map(int, row.split())) for row in table.split("/")])
    assert round(fleiss(counts).value, 3) == 0.210


@pytest.mark.parametrize(("level", "expected"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_reaches_the_values_krippendorff_published(level: str, expected: float) -> None:
    assert round(alpha(counts_of(FOUR_OBSERVERS), level=level).value, 3) == expected


def test_alpha_of_two_observers_and_ten_units_is_the_published_one() -> None:
    meg_and_owen = np.array([[2, 2, 1, 1, 2, 2, 2, 2, 1, 2], [2, 2, 1, 2, 2, 1, 1, 1, 1, 1]])
    units = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]) + 1
    assert round(alpha(counts_of(units)).value, 3) == 0.095
    assert alpha(counts_of(meg_and_owen)).value == pytest.approx(by_pairs(meg_and_owen))


def by_pairs(table: np.ndarray) -> float:
    """Return nominal alpha from every pair of values within and across units, one by one."""
    units = [[v for v in unit if v] for unit in table.T if np.count_nonzero(unit) > 1]
    values = [v for unit in units for v in unit]
    apart = sum(
        sum(a != b for i, a in enumerate(unit) for j, b in enumerate(unit) if i != j) / (len(unit) - 1)
        for unit in units
    )
    chance = sum(a != b for i, a in enumerate(values) for j, b in enumerate(values) if i != j)
    return 1 - (len(values) - 1) * apart / chance


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=2, max_size=12))
def test_alpha_is_what_all_pairs_of_values_say(rows: list[list[int]]) -> None:
    table = np.array(rows).T
    found = alpha(np.stack([(table == code).sum(axis=0) for code in (1, 2, 3)], axis=1))
    if found.value is not None:
        assert found.value == pytest.approx(by_pairs(table))
    else:
        assert found.reason


def test_a_bootstrap_interval_holds_the_value_and_shrinks_with_more_items() -> None:
    few = counts_of(FOUR_OBSERVERS)
    narrow, wide = alpha(np.tile(few, (20, 1)), resamples=500), alpha(few, resamples=500)
    assert wide.low < wide.value < wide.high
    assert narrow.high - narrow.low < (wide.high - wide.low) / 3
    assert alpha(few, resamples=500) == wide


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    pattern = np.array([[3, 0], [0, 3], [2, 1], [1, 2]])
    weights = np.array([0.4, 0.3, 0.2, 0.1])
    truth = alpha(np.repeat(pattern, (weights * 100_000).astype(int), axis=0)).value
    found = [alpha(pattern[rng.choice(4, 80, p=weights)], resamples=300, seed=i) for i in range(100)]
    assert 88 <= sum(each.low <= truth <= each.high for each in found) <= 100


@pytest.mark.parametrize(
    "measure",
    [
        lambda: cohen(np.array([], int), np.array([], int)),
        lambda: observed(np.array([], int), np.array([], int)),
        lambda: fleiss(np.zeros((0, 2), int)),
        lambda: fleiss(np.array([[1, 0], [0, 1]])),
        lambda: fleiss(np.array([[2, 0], [2, 1]])),
        lambda: fleiss(np.array([[3, 0], [3, 0]])),
        lambda: alpha(np.zeros((0, 2), int)),
        lambda: alpha(np.array([[1, 0], [0, 1]])),
        lambda: alpha(np.array([[2, 0], [3, 0]]), resamples=10),
    ],
)
def test_what_is_not_defined_says_why_and_is_no_number(measure: Callable[[], Measure]) -> None:
    found = measure()
    assert found.value is found.low is found.high is None
    assert len(found.reason) > 10


# -- Dawid and Skene ---------------------------------------------------------------------------------------------------


def accuracy(said: pd.Series, truth: dict[str, str]) -> float:
    return float(np.mean([said[item] == label for item, label in truth.items()]))


@pytest.mark.parametrize(("load", "majority", "expected"), [(bluebird, 0.759, 0.898), (rte, 0.897, 0.928)])
def test_dawid_skene_is_better_than_the_majority_on_real_crowds(
    load: Callable[[], tuple[pd.DataFrame, dict[str, str]]], majority: float, expected: float
) -> None:
    frame, truth = load()
    votes = Votes.of(frame[["sample", "annotator", "label"]].itertuples(index=False), sorted(set(truth.values())))
    crowd = dawid_skene(votes)
    names = np.array(votes.classes)
    leading = pd.DataFrame(votes.counts == votes.counts.max(axis=1, keepdims=True), votes.item_names, votes.classes)
    share = leading.div(leading.sum(axis=1), axis=0)  # a tie is a coin thrown
    by_model = pd.Series(names[crowd.posterior.argmax(axis=1)], index=votes.item_names)
    assert round(float(np.mean([share.at[item, label] for item, label in truth.items()])), 3) == majority
    assert accuracy(by_model, truth) == pytest.approx(expected, abs=0.0006)


def plain_dawid_skene(votes: Votes, steps: int) -> np.ndarray:
    """Return posteriors by the equations of the paper, with loops."""
    items, raters, k = len(votes.item_names), len(votes.rater_names), len(votes.classes)
    rows = list(zip(votes.items, votes.raters, votes.values, strict=True))
    posterior = np.zeros((items, k))
    for i, _, v in rows:
        posterior[i, v] += 1
    posterior /= posterior.sum(axis=1, keepdims=True)
    for _ in range(steps):
        prior, errors = posterior.mean(axis=0), np.full((raters, k, k), 0.0)
        for i, r, v in rows:
            errors[r, :, v] += posterior[i]
        errors = np.clip(errors / errors.sum(axis=2, keepdims=True).clip(1e-10), 1e-10, None)
        errors /= errors.sum(axis=2, keepdims=True)
        posterior = np.tile(prior.clip(1e-10), (items, 1))
        for i, r, v in rows:
            posterior[i] *= errors[r, :, v]
        posterior /= posterior.sum(axis=1, keepdims=True)
    return posterior


def noisy_crowd(rng: np.random.Generator, items: int = 60) -> tuple[Votes, np.ndarray]:
    truth = rng.integers(0, 3, items)
    skill = {"ada": 0.9, "bob": 0.7, "cyd": 0.5, "dan": 0.8}
    rows = [
        (i, who, "abc"[truth[i] if rng.random() < good else rng.integers(3)])
        for i in range(items)
        for who, good in skill.items()
        if rng.random() < 0.8 or who == "ada"
    ]
    return Votes.of(rows, list("abc")), truth


def test_posteriors_are_those_of_the_equations_written_out() -> None:
    votes, _ = noisy_crowd(np.random.default_rng(3))
    found = dawid_skene(votes, rounds=15, tolerance=0).posterior
    assert np.allclose(found, plain_dawid_skene(votes, 15), atol=1e-9)


def test_the_better_annotator_is_known_and_one_item_weighed_alone_has_the_same_posterior() -> None:
    votes, _ = noisy_crowd(np.random.default_rng(4), 400)
    crowd = dawid_skene(votes)
    by_name = dict(zip(votes.rater_names, crowd.accuracy, strict=True))
    assert by_name["ada"] > by_name["bob"] > by_name["cyd"]
    mine = votes.items == 7
    columns = [np.log(crowd.confusion[r, :, v]) for r, v in zip(votes.raters[mine], votes.values[mine], strict=True)]
    assert np.allclose(posterior_of(np.log(crowd.prior), columns), crowd.posterior[7], atol=1e-4)
