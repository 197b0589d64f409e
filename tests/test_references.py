"""What each strategy ranks first, beside brute force on a small pool or another library's answer."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.stats import entropy as scipy_entropy
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors

from nbloop.strategies import Query, make_strategy
from nbloop.strategies.auto import Auto
from nbloop.strategies.committee import consensus_kl
from nbloop.strategies.herding import radius
from nbloop.strategies.joint import Joint, greedy
from nbloop.strategies.lookahead import PRIOR, VARIANCE, covariance, errors, errors_after, variance_less
from nbloop.strategies.uncertainty import margin
from test_strategies import CLASSES, POINTS, make_query

RNG = np.random.default_rng


def alone(n: int = 10, labels: int = 12, size: int = 60, **options: Any) -> Query:
    """Return a query with so few candidates that nothing is drawn from them."""
    query = make_query(n=n, labels=labels, **options)
    return replace(query, candidates=query.candidates[:size])


def chosen(name: str, query: Query) -> list[int]:
    return make_strategy(name)(query).positions.tolist()


def distances(A: Any, B: Any) -> np.ndarray:
    return ((POINTS[A][:, None] - POINTS[B][None]) ** 2).sum(axis=2)


# -- covering


def covering(query: Query, weight: np.ndarray) -> list[int]:
    """Choose by trying every candidate against every other, each time."""
    width = radius(distances(query.candidates, query.candidates))
    best = np.exp(-distances(query.labelled, query.candidates) / width).max(axis=0)
    kernel, found = np.exp(-distances(query.candidates, query.candidates) / width), []
    for _ in range(query.n):
        gains = [(np.maximum(best, row) - best) @ weight for row in kernel]
        found.append(int(query.candidates[np.argmax(gains)]))
        best = np.maximum(best, kernel[np.argmax(gains)])
    return found


def test_herding_covers_as_trying_every_candidate_does() -> None:
    assert chosen("herding", alone()) == covering(alone(), np.ones(60))


def test_uncertainty_herding_covers_doubts_as_trying_every_candidate_does() -> None:
    assert chosen("uncertainty_herding", alone()) == covering(alone(), margin(alone().proba))


def test_the_default_covers_doubts_first_and_then_asks_the_closest_calls() -> None:
    assert chosen("auto", alone(labels=20)) == covering(alone(labels=20), margin(alone(labels=20).proba))
    query = make_query(labels=120, n=1)
    later = Auto(per_class=20)(query).positions.tolist()
    assert later == [query.candidates[margin(query.proba).argmax()]]


def test_the_default_begins_as_uncertainty_herding_does_to_the_last_question() -> None:
    X = RNG(0).normal(size=(1000, 3)).astype(np.float32)  # more than are compared: what is drawn shows
    cold = Query(X, np.arange(1000), np.array([], int), np.array([], int), 2, 5, RNG(0))
    asked = [chosen(name, replace(cold, rng=RNG(1))) for name in ("auto", "uncertainty_herding")]
    assert asked[0] == asked[1]


def test_prob_cover_asks_a_ball_that_adds_most_each_time() -> None:
    query = alone(n=6)
    width = radius(distances(query.candidates, query.candidates))
    inside = distances(query.candidates, query.candidates) <= width
    covered = (distances(query.labelled, query.candidates) <= width).any(axis=0)
    for position in chosen("prob_cover", query):
        adds = (inside & ~covered).sum(axis=1)
        place = int(np.searchsorted(query.candidates, position))
        assert adds[place] == adds.max()  # balls tie, and ties are broken at random
        covered |= inside[place]


# -- clusters and spread


def test_k_means_asks_what_is_nearest_to_each_centre() -> None:
    X = np.repeat(10 * np.eye(3, 6, dtype=np.float32), 30, axis=0) + POINTS[:90] / 10
    query = Query(X, np.arange(90), np.array([], int), np.array([], int), 3, 3, RNG(0))
    groups = X.reshape(3, 30, 6)
    nearest = ((groups - groups.mean(axis=1, keepdims=True)) ** 2).sum(axis=2).argmin(axis=1)
    assert sorted(chosen("k_means", query)) == sorted(nearest + np.array([0, 30, 60]))


def test_typiclust_asks_the_most_typical_of_each_cluster() -> None:
    X = np.repeat(10 * np.eye(3, 6, dtype=np.float32), 30, axis=0) + POINTS[:90] / 10
    query = Query(X, np.arange(90), np.array([], int), np.array([], int), 3, 3, RNG(0))
    gaps = NearestNeighbors(n_neighbors=20).fit(X).kneighbors(X)[0].mean(axis=1).reshape(3, 30)
    assert sorted(make_strategy("typiclust")(query).positions) == sorted(gaps.argmin(axis=1) + np.array([0, 30, 60]))


def test_k_means_plus_plus_draws_in_proportion_to_squared_distance() -> None:
    X = np.array([[1, 0], [1, 0.001], [1, 3], [1, 6]], dtype=np.float32)
    seconds = []
    for seed in range(400):
        query = Query(X, np.arange(4), np.array([], int), np.array([], int), 2, 2, RNG(seed))
        seconds.append(make_strategy("k_means_plus_plus")(query).positions)
    after_0 = [second for first, second in seconds if first == 0]
    assert after_0.count(1) == 0
    assert np.mean(np.array(after_0) == 3) == pytest.approx(36 / 45, abs=0.2)


@pytest.mark.parametrize("sparse", [False, True])
def test_badge_draws_as_k_means_plus_plus_over_gradients_that_are_built(sparse: bool) -> None:
    query = alone(n=8)
    gradient = query.proba.copy()
    gradient[np.arange(60), gradient.argmax(axis=1)] -= 1
    rng = RNG(0)
    drawn = rng.choice(np.arange(60), 60, replace=False)
    whole = np.einsum("mc,md->mcd", gradient, POINTS[query.candidates]).reshape(60, -1)[drawn]
    nearest, places = (whole**2).sum(axis=1), []
    for _ in range(8):
        places.append(int(rng.choice(60, p=nearest / nearest.sum())))
        nearest = np.minimum(nearest, ((whole - whole[places[-1]]) ** 2).sum(axis=1))
    found = chosen("badge", replace(query, rng=RNG(0), X=csr_matrix(POINTS) if sparse else POINTS))
    assert found == query.candidates[drawn[places]].tolist()


# -- one score a sample


def test_density_is_doubt_times_likeness_to_the_pool() -> None:
    query = alone()
    gaps = distances(query.candidates, query.candidates)
    likeness = (1 / (1 + gaps / gaps.mean())).mean(axis=1)
    best = np.argsort(-likeness * margin(query.proba))[:10]
    assert chosen("density", query) == query.candidates[best].tolist()
    assert chosen("outlier", query) == query.candidates[np.argsort(likeness)[:10]].tolist()


def test_discriminative_asks_what_a_classifier_tells_from_the_labelled() -> None:
    query = alone()
    rows = np.r_[query.labelled, query.candidates]
    side = np.r_[np.zeros(12), np.ones(60)]
    model = LogisticRegression(class_weight="balanced", max_iter=1000, tol=1e-8).fit(POINTS[rows], side)
    best = query.candidates[model.decision_function(POINTS[query.candidates]).argmax()]
    assert chosen("discriminative", query)[0] == best


@pytest.mark.parametrize(("name", "doubt"), [("rare", np.ones_like), ("balanced", margin)])
def test_classes_are_needed_as_their_labels_are_few(name: str, doubt: Any) -> None:
    query = alone()
    need = [sum(p / (1 + (query.y == c).sum()) for c, p in enumerate(proba)) for proba in query.proba]
    worth = np.array(need) * (doubt(query.proba) if name == "balanced" else 1)
    assert chosen(name, query) == query.candidates[np.argsort(-worth)[:10]].tolist()


@pytest.mark.parametrize(
    ("name", "score"),
    [
        ("entropy", lambda proba: scipy_entropy(proba, axis=1)),
        ("least_confidence", lambda proba: -proba.max(axis=1)),
        ("margin", lambda proba: -np.diff(np.sort(proba, axis=1)[:, -2:], axis=1).ravel()),
    ],
)
def test_doubts_are_ranked_as_their_definitions_say(name: str, score: Any) -> None:
    query = alone()
    assert chosen(name, query) == query.candidates[np.argsort(-score(query.proba))[:10]].tolist()


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("consensus_kl", "KL_divergence"),
        ("vote_entropy", "vote_entropy"),
        ("variation_ratio", "variation_ratios"),
        ("bald", "GreedyBALD"),
    ],
)
def test_committees_disagree_as_scikit_activemls_do(name: str, method: str) -> None:
    pool = pytest.importorskip("skactiveml.pool", reason="scikit-activeml is in the test extra")
    query = replace(alone(), n=60)
    theirs = pool.GreedyBALD() if method == "GreedyBALD" else pool.QueryByCommittee(method=method)
    ours, found = make_strategy(name)(query), make_strategy(theirs)(query)
    worth = dict(zip(ours.positions.tolist(), ours.scores, strict=True))
    ranked = [worth[position] for position in found.positions.tolist()[:10]]
    np.testing.assert_allclose(ranked, ours.scores[:10], atol=1e-6)


# -- together


MEMBERS = RNG(3).dirichlet(np.ones(3), size=(4, 12))  # (members, samples, classes)


def information(places: tuple[int, ...]) -> float:
    """Return the mutual information of the answers to these samples and the member, over every joint answer."""
    joint = 0.0
    for answer in product(range(3), repeat=len(places)):
        chance = MEMBERS[:, places, answer].prod(axis=1).mean()
        joint -= chance * np.log(chance)
    return float(joint - sum(np.mean([scipy_entropy(proba) for proba in MEMBERS[:, place]]) for place in places))


def test_batch_bald_adds_what_tells_most_together() -> None:
    places, gains = greedy(MEMBERS, consensus_kl(MEMBERS), 4, RNG(0))
    for k in range(4):
        before = tuple(places[:k].tolist())
        worth = {i: information((*before, i)) for i in range(12) if i not in before}
        assert places[k] == max(worth, key=lambda i: worth[i])
        assert gains[k] == pytest.approx(worth[int(places[k])] - (information(before) if before else 0))


def test_batch_bald_chooses_what_scikit_activeml_chooses() -> None:
    pool = pytest.importorskip("skactiveml.pool", reason="scikit-activeml is in the test extra")
    utilities = pool.batch_bald(MEMBERS.copy(), batch_size=3, n_MC_samples=10_000, random_state=0)
    places, gains = greedy(MEMBERS, consensus_kl(MEMBERS), 3, RNG(0))
    assert np.nanargmax(utilities, axis=1).tolist() == places.tolist()
    np.testing.assert_allclose(np.diff(np.nanmax(utilities, axis=1)), gains[1:], atol=0.02)


def test_joint_answers_that_are_drawn_estimate_those_that_are_counted() -> None:
    exact, drawn = Joint(RNG(0), 4, 10_000), Joint(RNG(0), 4, 400)
    for place in range(7):
        exact.add(MEMBERS[:, place])
        drawn.add(MEMBERS[:, place])
    assert drawn.entropy == pytest.approx(exact.entropy, rel=0.05)
    np.testing.assert_allclose(drawn.entropy_with(MEMBERS), exact.entropy_with(MEMBERS), rtol=0.05)


# -- ahead


def test_expected_error_is_what_counting_again_says() -> None:
    rng = RNG(0)
    counts, kernel, proba = rng.random((9, 3)), rng.random((5, 9)), rng.dirichlet(np.ones(3), size=5)
    for i, found in enumerate(errors_after(counts, kernel, proba)):
        again = [errors(counts + np.outer(kernel[i], np.eye(3)[code])) for code in range(3)]
        assert found == pytest.approx(proba[i] @ again)


def test_expected_error_ranks_as_scikit_activemls_does() -> None:
    pool = pytest.importorskip("skactiveml.pool", reason="scikit-activeml is in the test extra")
    from skactiveml.classifier import ParzenWindowClassifier

    query = alone(n=1, size=30)
    gamma = 1 / radius(distances(query.candidates, query.candidates))
    window = ParzenWindowClassifier(classes=range(4), class_prior=PRIOR / 4, metric="rbf", metric_dict={"gamma": gamma})
    y = np.full(len(POINTS), np.nan)
    y[query.labelled] = query.y
    fitted = window.fit(POINTS, y)
    answering = replace(query, proba_of=lambda positions: fitted.predict_proba(POINTS[positions]))
    theirs, utilities = pool.MonteCarloEER(random_state=0).query(
        POINTS, y, window, candidates=query.candidates, X_eval=POINTS[query.candidates], return_utilities=True
    )
    ours = make_strategy("expected_error")(replace(answering, n=30))
    assert ours.positions[0] == theirs[0]
    best = np.argsort(-utilities[0, query.candidates])
    assert utilities[0, ours.positions[0]] == pytest.approx(utilities[0, query.candidates[best[0]]])


def test_expected_variance_is_what_the_weights_say() -> None:
    query = alone(n=3, size=40)
    tell = lambda rows: (query.each(np.copy, rows) * (1 - query.each(np.copy, rows))).sum(axis=1)  # noqa: E731
    X = np.c_[POINTS, np.ones(len(POINTS))].astype(np.float64)
    U, L = X[query.candidates], X[query.labelled]
    precision = np.eye(7) / VARIANCE + (L.T * tell(query.labelled)) @ L

    def left(precision: np.ndarray) -> float:
        return float(np.mean(tell(query.candidates) ** 2 * np.einsum("ij,jk,ik->i", U, np.linalg.inv(precision), U)))

    found = variance_less(covariance(query, query.candidates), tell(query.candidates))
    told = [w * np.outer(u, u) for u, w in zip(U, tell(query.candidates), strict=True)]
    exact = [left(precision) - left(precision + more) for more in told]
    np.testing.assert_allclose(found, exact, rtol=1e-4)
    first, second = chosen("expected_variance", query)[:2]
    assert first == query.candidates[np.argmax(exact)]
    place = int(np.argmax(exact))
    after = np.array([left(precision + told[place]) - left(precision + told[place] + more) for more in told])
    after[place] = -np.inf
    assert second == query.candidates[np.argmax(after)]


def test_strategies_that_look_ahead_find_more_than_one_kind_of_class() -> None:
    query = alone(labels=6, n=12)
    for name in ("expected_error", "expected_variance"):
        assert len(set(CLASSES[chosen(name, query)].tolist())) > 1
