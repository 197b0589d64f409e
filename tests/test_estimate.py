"""Estimates and their intervals, with statsmodels as the oracle, and whether they cover what they should."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from nbloop.quality.estimate import bootstrapped, difference, least, most, share, share_of_groups


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_has_the_interval_of_statsmodels(case: tuple[int, int]) -> None:
    hits, n = case
    assert share(hits, n)[1:3] == pytest.approx(proportion_confint(hits, n, method="wilson"), abs=1e-12)


@given(st.integers(0, 40), st.integers(40, 90), st.integers(0, 30), st.integers(30, 70))
def test_a_difference_has_the_interval_of_statsmodels(a: int, n: int, b: int, m: int) -> None:
    theirs = confint_proportions_2indep(a, n, b, m, method="newcomb", compare="diff")
    assert difference(a, n, b, m)[1:3] == pytest.approx(theirs, abs=1e-9)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_one_sided_bounds_are_clopper_and_pearsons(case: tuple[int, int]) -> None:
    errors, n = case
    low, high = proportion_confint(errors, n, alpha=0.1, method="beta")
    assert (least(errors, n), most(errors, n)) == pytest.approx((low, high), abs=1e-9)


def test_intervals_cover_the_truth_in_about_95_of_100_draws() -> None:
    rng = np.random.default_rng(0)
    samples = rng.random((300, 200)) < 0.8
    wilson = np.mean([low <= 0.8 <= high for low, high in (share(s.sum(), 200)[1:3] for s in samples)])
    boots = np.mean([low <= 0.8 <= high for low, high in (bootstrapped(s, rng, 300)[1:3] for s in samples)])
    assert 0.91 <= wilson <= 0.99
    assert 0.91 <= boots <= 0.99


def test_samples_drawn_in_groups_get_an_interval_that_covers_where_wilsons_does_not() -> None:
    rng, wilson, ours = np.random.default_rng(0), [], []
    for _ in range(300):
        groups = np.repeat(np.arange(30), 10)
        hits = rng.random(300) < rng.beta(4, 1, 30)[groups]  # each customer has an accuracy of its own, .8 on average
        wilson.append(share(hits.sum(), 300)[1] <= 0.8 <= share(hits.sum(), 300)[2])
        ours.append(share_of_groups(hits, groups)[1] <= 0.8 <= share_of_groups(hits, groups)[2])
    assert np.mean(wilson) < 0.88
    assert 0.92 <= np.mean(ours) <= 0.99


def test_groups_of_one_sample_are_samples_and_one_group_alone_tells_nothing() -> None:
    hits = np.arange(200) < 170
    assert share_of_groups(hits, np.arange(200))[1:3] == pytest.approx(share(170, 200)[1:3], abs=0.002)
    assert share_of_groups(hits, np.zeros(200))[1:3] == (0, 1)
    assert share_of_groups(np.ones(100, bool), np.repeat(range(5), 20)).low < 0.6


def test_an_estimate_says_itself_in_a_line() -> None:
    assert str(share(9, 10)) == "90.0 % (59.6–98.2, n = 10)"
