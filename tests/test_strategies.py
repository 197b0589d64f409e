"""Query strategies: one battery over the registry, then what each promises beyond it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
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
from nbloop.strategies import Choice, Control, Diversify, Mix, Query, Strategy, Then, make_strategy, names
from nbloop.strategies.auto import Auto
from nbloop.strategies.committee import consensus_kl, variation_ratio, vote_entropy
from nbloop.strategies.herding import herd, squared_distances
from nbloop.strategies.order import top
from nbloop.strategies.uncertainty import entropy, least_confidence, margin

RNG = np.random.default_rng
POINTS, CLASSES, *_ = make_blobs(n_samples=300, centers=4, n_features=6, cluster_std=3.0, random_state=1)
POINTS = (POINTS / 10).astype(np.float32)


@cache
def fitted(labels: int) -> list[LogisticRegression]:
    rows = RNG(99).permutation(len(POINTS))[:labels]
    return [LogisticRegression(C=c).fit(POINTS[rows], CLASSES[rows]) for c in (0.1, 1, 10)]


def make_query(labels: int = 12, n: int = 20, seed: int = 0, X: Any = POINTS, trained: bool = True) -> Query:
    order = RNG(99).permutation(len(POINTS))
    labelled, candidates = order[:labels], np.sort(order[labels:250])  # the rest is golden: may not be asked
    y = CLASSES[labelled]
    proba_of: Callable | None = None
    if trained and labels:
        members = fitted(labels)
        seen = members[0].classes_

        def members_of(positions: np.ndarray) -> np.ndarray:
            proba = np.zeros((len(members), len(positions), 4))
            proba[:, :, seen] = [member.predict_proba(POINTS[positions]) for member in members]
            return proba

        proba_of = lambda positions: members_of(positions).mean(axis=0)  # noqa: E731  beside its members
        return Query(X, candidates, labelled, y, 4, n, RNG(seed), proba_of, members_of)
    return Query(X, candidates, labelled, y, 4, n, RNG(seed))


COMBINED = {
    "mix": lambda: Mix({make_strategy("margin"): 0.7, make_strategy("random"): 0.3}),
    "then": lambda: Then(make_strategy("herding"), 50, make_strategy("entropy")),
    "diversify": lambda: Diversify(make_strategy("entropy"), clusters=4),
    "control": lambda: Control(make_strategy("margin"), 0.3),
}
ALL = [*names(), *COMBINED]


def make(name: str) -> Strategy:
    return COMBINED[name]() if name in COMBINED else make_strategy(name)


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


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_strategy_orders_candidates_in_every_situation(name, situation):
    query = make_query(**SITUATIONS[situation])
    choice = make(name)(query)
    assert len(choice.positions) == min(query.n, len(query.candidates))
    assert len(set(choice.positions.tolist())) == len(choice.positions)
    assert np.isin(choice.positions, query.candidates).all()
    assert choice.scores.shape == choice.positions.shape
    assert np.isfinite(choice.scores).all()
    assert choice.phase


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("labels", [0, 12, 120])
def test_every_strategy_repeats_itself_under_a_seed(name, labels):
    first, second = (make(name)(make_query(labels=labels, seed=5)) for _ in range(2))
    np.testing.assert_array_equal(first.positions, second.positions)
    np.testing.assert_array_equal(first.scores, second.scores)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("labels", [0, 60])
def test_every_strategy_scores_what_it_asks_sooner_no_lower(name, labels):
    scores = make(name)(make_query(labels=labels)).scores
    assert (np.diff(scores) <= 1e-9).all()


@pytest.mark.parametrize("name", ALL)
def test_every_strategy_breaks_ties_at_random(name):
    def alike(seed: int) -> Query:
        X = np.ones((100, 2), dtype=np.float32)
        flat = lambda positions: np.full((len(positions), 4), 0.25)  # noqa: E731
        labelled, y = np.array([0, 1]), np.array([0, 1])
        members = lambda positions: np.full((3, len(positions), 4), 0.25)  # noqa: E731
        return Query(X, np.arange(2, 100), labelled, y, 4, 10, RNG(seed), flat, members)

    firsts = {int(make(name)(alike(seed)).positions[0]) for seed in range(8)}
    assert len(firsts) > 2


@pytest.mark.parametrize("name", ALL)
def test_every_strategy_leaves_the_query_as_it_was(name):
    query = make_query()
    before = [query.X.copy(), query.candidates.copy(), query.labelled.copy(), query.y.copy()]
    make(name)(query)
    for old, new in zip(before, (query.X, query.candidates, query.labelled, query.y), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("name", ["auto", "herding", "uncertainty_herding", "prob_cover", "core_set", "typiclust"])
def test_what_a_person_is_being_asked_counts_as_covered(name):
    query = make_query()
    asked, strategy = make(name)(query).positions[:3], make(name)
    known = replace(query, rng=RNG(1), asked=asked)
    labelled = replace(query, rng=RNG(1), labelled=np.r_[query.labelled, asked], y=np.r_[query.y, CLASSES[asked]])
    np.testing.assert_array_equal(strategy(known).positions, strategy(labelled).positions)
    known = replace(known, rng=RNG(1))
    assert set(strategy(replace(query, rng=RNG(1))).positions[:3]) != set(
        strategy(replace(known, rng=RNG(1))).positions[:3]
    )


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


MEMBERS = arrays(
    np.float64,
    st.tuples(st.integers(2, 5), st.integers(1, 6), st.integers(2, 4)),
    elements=st.floats(0.001, 1),
).map(lambda raw: raw / raw.sum(axis=2, keepdims=True))


@settings(deadline=None)
@given(MEMBERS)
def test_a_committee_that_agrees_disagrees_about_nothing(members):
    same = np.repeat(members[:1], 3, axis=0)
    for score in (vote_entropy, variation_ratio, consensus_kl):
        np.testing.assert_allclose(score(same), 0, atol=1e-9)


@settings(deadline=None)
@given(MEMBERS)
def test_disagreement_is_the_mean_divergence_from_the_consensus(members):
    consensus = members.mean(axis=0)
    exact = np.mean([scipy_entropy(proba, consensus, axis=1) for proba in members], axis=0)
    np.testing.assert_allclose(consensus_kl(members), exact, atol=1e-9)


def test_votes_are_counted():
    members = np.array([[[0.9, 0.1, 0]], [[0.6, 0.4, 0]], [[0.1, 0.2, 0.7]], [[0.8, 0.2, 0]]])
    assert variation_ratio(members).tolist() == [0.25]
    np.testing.assert_allclose(vote_entropy(members), scipy_entropy([0.75, 0.25]))


def test_a_strategy_that_needs_a_committee_says_so():
    query = replace(make_query(), members_of=None)
    with pytest.raises(StrategyError, match="'bald' needs a committee"):
        make_strategy("bald")(query)


# -- order


@settings(deadline=None)
@given(arrays(np.float64, st.integers(0, 40), elements=st.sampled_from([0.0, 0.5, 1.0])), st.integers(0, 50))
def test_the_top_is_what_a_full_sort_has_first(scores, n):
    chosen = top(scores, n, RNG(0))
    assert len(set(chosen.tolist())) == len(chosen) == min(n, len(scores))
    np.testing.assert_array_equal(scores[chosen], np.sort(scores)[::-1][:n])


def test_blocks_change_nothing():
    rng = RNG(0)
    proba = rng.dirichlet(np.ones(3), size=20_000)
    query = Query(proba, np.arange(20_000), np.array([0]), np.array([0]), 3, 5, rng, lambda positions: proba[positions])
    np.testing.assert_array_equal(query.proba, proba)
    np.testing.assert_array_equal(query.each(margin), margin(proba))


# -- where samples lie


def test_core_set_asks_what_is_farthest_from_all_that_is_labelled_or_chosen():
    query = make_query(n=5)
    covered = list(query.labelled)
    for position, score in zip(*make_strategy("core_set")(query)[:2], strict=True):
        gaps = np.linalg.norm(POINTS[query.candidates][:, None] - POINTS[covered], axis=2).min(axis=1)
        assert score == pytest.approx(gaps.max(), abs=1e-3)
        covered.append(position)


@pytest.mark.parametrize("name", ["auto", "herding", "prob_cover", "k_means", "typiclust", "core_set"])
def test_a_diverse_start_asks_each_group_once(name):
    groups = RNG(0).normal(scale=0.05, size=(60, 3)) + np.repeat(np.eye(3), [40, 15, 5], axis=0)
    query = Query(groups.astype(np.float32), np.arange(60), np.array([], int), np.array([], int), 3, 3, RNG(1))
    assert sorted(np.searchsorted([40, 55], make_strategy(name)(query).positions, side="right")) == [0, 1, 2]


@pytest.mark.parametrize(
    ("labels", "phase"),
    [(0, "exploring: typical samples first"), (12, "exploring: typical samples the model"), (120, "refining")],
)
def test_the_default_says_which_phase_it_is_in(labels, phase):
    assert Auto(per_class=20)(make_query(labels=labels)).phase.startswith(phase)


def test_the_default_is_uncertainty_herding_until_there_are_a_hundred_labels_a_class():
    query = make_query(labels=120, n=5)
    twin = make_strategy("uncertainty_herding")(replace(query, rng=RNG(7)))
    assert make_strategy("auto")(replace(query, rng=RNG(7))).positions.tolist() == twin.positions.tolist()


def test_the_default_finds_a_class_of_few_samples_sooner_than_random_order():
    rare = np.r_[np.zeros(190), np.ones(10)].astype(int)
    X = (RNG(0).normal(scale=0.5, size=(200, 3)) + 3 * rare[:, None]).astype(np.float32)
    found = {
        name: [
            rare[make_strategy(name)(Query(X, np.arange(200), rare[:0], rare[:0], 2, 10, RNG(s))).positions].sum()
            for s in range(10)
        ]
        for name in ("auto", "random")
    }
    assert min(found["auto"]) > np.mean(found["random"])


@pytest.mark.parametrize("size", [2, 10, 60])
def test_the_default_spreads_its_first_questions_in_a_small_pool_too(size):
    X = np.repeat(np.eye(2, dtype=np.float32), size // 2, axis=0) + RNG(0).normal(scale=0.01, size=(size, 2))
    query = Query(X.astype(np.float32), np.arange(size), np.array([], int), np.array([], int), 2, 2, RNG(0))
    assert sorted(make_strategy("auto")(query).positions // (size // 2)) == [0, 1]


def test_typiclust_passes_over_clusters_with_a_label():
    X = np.repeat(np.eye(40, dtype=np.float32), 5, axis=0) + np.tile(np.arange(5) / 1e3, 40)[:, None].astype(np.float32)
    labelled = np.arange(0, 50, 5)  # one in each of ten of forty clusters
    candidates = np.setdiff1d(np.arange(200), labelled)
    query = Query(X, candidates, labelled, labelled % 2, 2, 30, RNG(0))
    assert len(set((make_strategy("typiclust")(query).positions // 5).tolist()) & set(range(10))) == 0


def test_outliers_lie_far_out():
    X = np.r_[POINTS[:100], np.full((1, 6), 50, dtype=np.float32)]
    query = Query(X, np.arange(101), np.array([], int), np.array([], int), 4, 3, RNG(0))
    assert make_strategy("outlier")(query).positions[0] == 100


def test_rare_classes_are_hunted():
    proba = np.array([[0.9, 0.1], [0.1, 0.9], [0.5, 0.5]])
    y = np.array([0, 0, 0, 1])
    query = Query(np.eye(8), np.arange(3), np.arange(4, 8), y, 2, 3, RNG(0), lambda p: proba[p])
    assert make_strategy("rare")(query).positions.tolist() == [1, 2, 0]


# -- combinations


def test_a_mix_gives_each_strategy_its_share():
    low, high = make_strategy(lambda q: -q.candidates * 1.0), make_strategy(lambda q: q.candidates * 1.0)
    query = make_query(n=100)
    chosen = Mix({low: 3, high: 1})(query).positions
    middle = np.median(query.candidates)
    assert 70 <= (chosen < middle).sum() <= 80
    assert 5 <= (chosen[:20] >= middle).sum() <= 6 or (chosen[:20] >= middle).sum() == 4


def test_then_goes_over_when_there_are_enough_labels():
    both = Then(make_strategy("herding"), 50, make_strategy("random"))
    assert both(make_query(labels=49)).phase != both(make_query(labels=50)).phase == "drawn at random"


def test_diversify_asks_one_of_each_cluster_first():
    X = np.repeat(np.eye(4, dtype=np.float32), 10, axis=0)
    query = Query(X, np.arange(40), np.array([], int), np.array([], int), 2, 8, RNG(0))
    chosen = Diversify(make_strategy(lambda q: 1.0 * q.candidates), clusters=4)(query).positions
    assert sorted(chosen[:4].tolist()) == [9, 19, 29, 39]
    assert sorted(chosen[4:].tolist()) == [8, 18, 28, 38]


def test_control_asks_about_its_share_at_random():
    first = make_strategy(lambda q: -1.0 * q.candidates)
    shares = [
        np.mean(Control(first, 0.3)(make_query(n=50, seed=s)).positions > make_query().candidates[49])
        for s in range(40)
    ]
    assert 0.15 < np.mean(shares) < 0.3  # a random draw is among the first fifty of 238 sometimes


@pytest.mark.parametrize(
    "make",
    [
        lambda part: Mix({part: 1}),
        lambda part: Then(part, 5, part),
        lambda part: Control(part),
        lambda part: Diversify(part),
    ],
)
@pytest.mark.parametrize("part", ["margin", lambda query: query.candidates * 1.0])
def test_a_part_of_a_combination_is_a_name_or_a_function_as_well(make, part):
    assert len(make(part)(make_query(n=5)).positions) == 5


@pytest.mark.parametrize(
    "wrong", [lambda: Mix({}), lambda: Mix({make_strategy("margin"): 0}), lambda: Control(make_strategy(), 1)]
)
def test_shares_that_are_none_are_refused(wrong):
    with pytest.raises(StrategyError, match="share"):
        wrong()


# -- herding


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_lazy_herding_picks_what_greedy_herding_picks(seed, n):
    rng = RNG(seed)
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
