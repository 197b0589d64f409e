"""Query strategies: one battery over the registry, then what each promises beyond it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_matrix
from scipy.stats import entropy as scipy_entropy
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression

from nbloop.errors import NotTrained, StrategyError
from nbloop.strategies import Choice, Query, make_strategy, names
from nbloop.strategies.herding import herd, squared_distances
from nbloop.strategies.order import top
from nbloop.strategies.uncertainty import entropy, least_confidence, margin

POINTS, CLASSES = make_blobs(n_samples=300, centers=4, n_features=6, cluster_std=3.0, random_state=1)
POINTS = (POINTS / 10).astype(np.float32)


def make_query(labels: int = 12, n: int = 20, seed: int = 0, X: Any = POINTS, trained: bool = True) -> Query:
    order = np.random.default_rng(99).permutation(len(POINTS))
    labelled, candidates = order[:labels], np.sort(order[labels:250])  # the rest is golden: may not be asked
    y = CLASSES[labelled]
    proba_of: Callable | None = None
    if trained and labels:
        members = [LogisticRegression(C=c).fit(POINTS[labelled], y) for c in (0.1, 1, 10)]
        seen = members[0].classes_

        def members_of(positions: np.ndarray) -> np.ndarray:
            proba = np.zeros((len(members), len(positions), 4))
            proba[:, :, seen] = [member.predict_proba(POINTS[positions]) for member in members]
            return proba

        proba_of = lambda positions: members_of(positions).mean(axis=0)  # noqa: E731  beside its members
        return Query(X, candidates, labelled, y, 4, n, np.random.default_rng(seed), proba_of, members_of)
    return Query(X, candidates, labelled, y, 4, n, np.random.default_rng(seed))


SITUATIONS = {
    "nothing labelled": {"labels": 0},
    "labels and no model": {"labels": 1, "trained": False},
    "a few labels": {"labels": 12},
    "many labels": {"labels": 120},
    "few candidates left": {"labels": 245},
    "one candidate left": {"labels": 249},
    "none left": {"labels": 250},
    "sparse features": {"X": csr_matrix(POINTS)},
    "sparse features, nothing labelled": {"X": csr_matrix(POINTS), "labels": 0},
    "all samples alike": {"X": np.ones((300, 3), dtype=np.float32)},
}


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_strategy_orders_candidates_in_every_situation(name, situation):
    query = make_query(**SITUATIONS[situation])
    choice = make_strategy(name)(query)
    assert len(choice.positions) == min(query.n, len(query.candidates))
    assert len(set(choice.positions.tolist())) == len(choice.positions)
    assert np.isin(choice.positions, query.candidates).all()
    assert choice.scores.shape == choice.positions.shape
    assert np.isfinite(choice.scores).all()
    assert choice.phase


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("labels", [0, 12, 120])
def test_every_strategy_repeats_itself_under_a_seed(name, labels):
    first, second = (make_strategy(name)(make_query(labels=labels, seed=5)) for _ in range(2))
    np.testing.assert_array_equal(first.positions, second.positions)
    np.testing.assert_array_equal(first.scores, second.scores)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("labels", [0, 60])
def test_every_strategy_scores_what_it_asks_sooner_no_lower(name, labels):
    scores = make_strategy(name)(make_query(labels=labels)).scores
    assert (np.diff(scores) <= 1e-9).all()


@pytest.mark.parametrize("name", names())
def test_every_strategy_breaks_ties_at_random(name):
    def alike(seed: int) -> Query:
        X = np.ones((100, 2), dtype=np.float32)
        flat = lambda positions: np.full((len(positions), 4), 0.25)  # noqa: E731
        labelled, y = np.array([0, 1]), np.array([0, 1])
        members = lambda positions: np.full((3, len(positions), 4), 0.25)  # noqa: E731
        return Query(X, np.arange(2, 100), labelled, y, 4, 10, np.random.default_rng(seed), flat, members)

    firsts = {int(make_strategy(name)(alike(seed)).positions[0]) for seed in range(8)}
    assert len(firsts) > 2


@pytest.mark.parametrize("name", names())
def test_every_strategy_leaves_the_query_as_it_was(name):
    query = make_query()
    before = [query.X.copy(), query.candidates.copy(), query.labelled.copy(), query.y.copy()]
    make_strategy(name)(query)
    for old, new in zip(before, (query.X, query.candidates, query.labelled, query.y), strict=True):
        np.testing.assert_array_equal(old, new)


# -- scores

PROBA = arrays(np.float64, st.tuples(st.integers(1, 20), st.integers(2, 7)), elements=st.floats(0.001, 1)).map(
    lambda raw: raw / raw.sum(axis=1, keepdims=True)
)


@settings(deadline=None)
@given(PROBA)
def test_margin_is_the_gap_between_the_two_highest_probabilities(proba):
    ordered = np.sort(proba, axis=1)
    np.testing.assert_allclose(margin(proba), 1 - (ordered[:, -1] - ordered[:, -2]))


@settings(deadline=None)
@given(PROBA)
def test_entropy_is_shannons(proba):
    np.testing.assert_allclose(entropy(proba), scipy_entropy(proba, axis=1), atol=1e-12)


@settings(deadline=None)
@given(PROBA)
def test_least_confidence_is_what_the_best_class_lacks(proba):
    np.testing.assert_allclose(least_confidence(proba), 1 - np.max(proba, axis=1))


def test_a_probability_of_zero_adds_no_entropy():
    np.testing.assert_array_equal(entropy(np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)), [0, 0])


# -- order


@settings(deadline=None)
@given(arrays(np.float64, st.integers(0, 40), elements=st.sampled_from([0.0, 0.5, 1.0])), st.integers(0, 50))
def test_the_top_is_what_a_full_sort_has_first(scores, n):
    chosen = top(scores, n, np.random.default_rng(0))
    assert len(set(chosen.tolist())) == len(chosen) == min(n, len(scores))
    np.testing.assert_array_equal(scores[chosen], np.sort(scores)[::-1][:n])


def test_blocks_change_nothing():
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.ones(3), size=20_000)
    query = Query(proba, np.arange(20_000), np.array([0]), np.array([0]), 3, 5, rng, lambda positions: proba[positions])
    np.testing.assert_array_equal(query.proba, proba)
    np.testing.assert_array_equal(query.each(margin), margin(proba))


# -- herding


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_lazy_herding_picks_what_greedy_herding_picks(seed, n):
    rng = np.random.default_rng(seed)
    kernel, covered, weight = rng.random((15, 25)), rng.random(25) / 2, rng.random(25)
    places, gains = herd(kernel, covered, weight, n)
    best = covered.copy()
    for place, gain in zip(places, gains, strict=True):
        all_gains = np.maximum(kernel - best, 0) @ weight
        assert gain == pytest.approx(all_gains[place])
        assert all_gains[np.setdiff1d(np.arange(15), places[: list(places).index(place)])].max() == pytest.approx(gain)
        best = np.maximum(best, kernel[place])


def test_distances_agree_for_dense_and_sparse_rows():
    exact = ((POINTS[:20, None] - POINTS[None, 20:50]) ** 2).sum(axis=2)
    np.testing.assert_allclose(squared_distances(POINTS[:20], POINTS[20:50]), exact, atol=1e-4)
    np.testing.assert_allclose(squared_distances(csr_matrix(POINTS[:20]), csr_matrix(POINTS[20:50])), exact, atol=1e-4)


# -- your own


def test_any_function_of_a_query_is_a_strategy():
    choice = make_strategy(lambda query: query.candidates.astype(float))(make_query(n=3))
    assert choice.positions.tolist() == sorted(make_query().candidates)[::-1][:3]


def test_a_function_that_needs_a_model_gets_a_cold_start_until_there_is_one():
    strategy = make_strategy(lambda query: query.proba[:, 0])
    assert len(strategy(make_query(labels=0)).positions) == 20
    query = make_query()
    assert strategy(query).positions[0] == query.candidates[query.proba[:, 0].argmax()]


def test_a_query_without_a_model_says_so():
    query = make_query(labels=0)
    assert not query.trained
    with pytest.raises(NotTrained, match="labels of two classes"):
        _ = query.proba


def chosen(positions: Any, scores: Any = None) -> Callable[[Query], Choice]:
    return lambda _: Choice(np.array(positions), np.zeros(len(positions)) if scores is None else scores, "mine")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda _: np.zeros(3), r"one score a candidate, shape \(238,\); found shape \(3,\)"),
        (lambda _: np.zeros((238, 2)), r"found shape \(238, 2\)"),
        (lambda _: np.full(238, np.nan), "finite scores; found 238 NaN"),
        (lambda _: "high", "must return numbers; found str"),
        (lambda _: None, "must return|shape"),
        (chosen([7_000_000]), "chose 7000000, which may not be asked"),
        (lambda query: Choice(query.labelled[:1], np.zeros(1), ""), "has a label already"),
        (lambda query: Choice(query.candidates[[4, 4]], np.zeros(2), ""), "more than once"),
        (lambda query: Choice(query.candidates[:2] + 0.5, np.zeros(2), ""), "integer positions"),
        (lambda query: Choice(query.candidates[:2], np.zeros(3), ""), "one score a position"),
        (lambda query: Choice(query.candidates[:2], np.array([0, np.inf]), ""), "finite scores"),
    ],
)
def test_a_wrong_answer_names_the_strategy_and_what_is_wrong(answer, message):
    answer.__name__ = "mine"
    with pytest.raises(StrategyError, match="'mine'.*" + message):
        make_strategy(answer)(make_query())


def test_what_a_strategy_raises_itself_comes_through():
    def broken(query: Query) -> np.ndarray:
        raise ZeroDivisionError(query.n)

    with pytest.raises(ZeroDivisionError):
        make_strategy(broken)(make_query())


@pytest.mark.parametrize("spec", ["margins", 3, None, Choice])
def test_what_is_no_strategy_is_refused_with_the_names_there_are(spec):
    with pytest.raises(StrategyError, match=r"auto.*margin"):
        make_strategy(spec)
