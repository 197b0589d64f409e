"""Learners: one battery over the registry, then what each promises beyond it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits, make_blobs
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from nbloop.errors import FeatureError, LearnerError
from nbloop.learners import Committee, Logistic, Refit, make_learner, names


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    data: Any = load_digits()
    X, y = data.data, data.target
    X = (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0).sum()) * 1.5
    order = np.random.default_rng(0).permutation(len(y))
    return X[order].astype(np.float32), y[order]


@pytest.fixture(scope="module")
def blobs() -> tuple[np.ndarray, np.ndarray]:
    X, y, *_ = make_blobs(n_samples=90, centers=3, n_features=5, random_state=0)
    return np.asarray(X / 5, dtype=np.float32), np.asarray(y)


@parametrize_with_checks([Logistic(), Refit(LogisticRegression()), Committee([Logistic(), Logistic()])])
def test_scikit_learns_own_checks_pass(estimator, check):
    check(estimator)


# -- the battery


@pytest.mark.parametrize("name", names())
def test_every_learner_learns_what_can_be_learned(name, blobs):
    X, y = blobs
    assert (make_learner(name).fit(X, y).predict_proba(X).argmax(axis=1) == y).mean() > 0.95


@pytest.mark.parametrize("name", names())
def test_every_learner_gives_probabilities_for_the_classes_it_has_seen(name, blobs):
    X, y = blobs
    learner = make_learner(name).update(X[y < 2], y[y < 2])
    proba = learner.predict_proba(X)
    assert learner.classes_.tolist() == [0, 1]
    assert proba.shape == (len(X), 2)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("name", names())
def test_every_learner_works_from_the_first_label(name, blobs):
    X, y = blobs
    learner = make_learner(name).update(X[:1], y[:1])
    np.testing.assert_array_equal(learner.predict_proba(X), np.ones((len(X), 1)))


@pytest.mark.parametrize("name", names())
def test_every_learner_takes_in_a_class_that_comes_midway(name, blobs):
    X, y = blobs
    learner = make_learner(name).update(X[y != 1], y[y != 1]).update(X, y)
    assert learner.classes_.tolist() == [0, 1, 2]
    assert (learner.predict_proba(X).argmax(axis=1) == y).mean() > 0.95


@pytest.mark.parametrize("name", names())
def test_every_learner_restored_to_a_state_never_saw_what_came_after(name, blobs):
    X, y = blobs
    learner = make_learner(name).update(X[:30], y[:30])
    before, then = learner.state(), learner.predict_proba(X)
    learner.update(X, (y + 1) % 3)
    assert not np.array_equal(learner.predict_proba(X), then)
    np.testing.assert_array_equal(learner.restore(before).predict_proba(X), then)
    np.testing.assert_array_equal(make_learner(name).restore(before).predict_proba(X), then)


@pytest.mark.parametrize("name", names())
def test_every_learner_restored_to_before_the_first_label_starts_afresh(name, blobs):
    X, y = blobs
    empty = make_learner(name).state()
    learner = make_learner(name).update(X[:9], 2 - y[:9]).restore(empty)
    np.testing.assert_array_equal(
        learner.update(X, y).predict_proba(X), make_learner(name).update(X, y).predict_proba(X)
    )


@pytest.mark.parametrize("name", names())
def test_every_learner_gives_equal_bits_for_equal_labels(name, blobs):
    X, y = blobs
    twice = [make_learner(name).update(X[:20], y[:20]).update(X, y).predict_proba(X) for _ in range(2)]
    np.testing.assert_array_equal(*twice)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_every_learner_refuses_features_that_are_not_finite(name, bad, blobs):
    X, y = blobs[0].copy(), blobs[1]
    X[3, 2] = bad
    with pytest.raises(FeatureError, match=r"NaN|infinity"):
        make_learner(name).update(X, y)


@pytest.mark.parametrize("name", names())
def test_every_learner_knows_labels_by_any_name(name, blobs):
    X, y = blobs
    words = np.array(["ant", "bee", "cat"])[y]
    assert make_learner(name).update(X, words).classes_.tolist() == ["ant", "bee", "cat"]


# -- logistic


def test_logistic_agrees_with_scikit_learn(digits):
    X, y = digits[0][:300].astype(float), digits[1][:300]
    ours = Logistic(C=2, tol=1e-8, max_iter=5000).fit(X, y)
    theirs = LogisticRegression(C=2, tol=1e-10, max_iter=5000).fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-4)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-3)


def test_logistic_agrees_on_dense_and_sparse_features(digits):
    X, y = digits[0][:200], digits[1][:200]
    dense, sparse = Logistic().fit(X, y), Logistic().fit(csr_matrix(X), y)
    np.testing.assert_allclose(dense.predict_proba(X), sparse.predict_proba(csr_matrix(X)), atol=1e-4)


def test_logistic_updated_label_by_label_is_as_good_as_fitted_at_once(digits):
    X, y = digits
    learner = Logistic()
    for n in range(20, 201, 5):
        learner.update(X[:n], y[:n])
    whole = Logistic().fit(X[:200], y[:200])
    gap = np.abs(learner.predict_proba(X[200:]) - whole.predict_proba(X[200:])).mean()
    assert gap < 0.01
    assert (learner.predict(X[200:]) == whole.predict(X[200:])).mean() > 0.98


def test_logistic_takes_few_iterations_when_it_goes_on(digits):
    X, y = digits
    learner = Logistic().fit(X[:200], y[:200])
    assert learner.n_iter_ > 10
    assert learner.update(X[:201], y[:201]).n_iter_ <= learner.update_iter


def test_logistic_explains_itself_with_one_row_of_weights_a_class(blobs):
    X, y = blobs
    learner = Logistic().fit(X, y)
    assert learner.coef_.shape == (3, 5)
    np.testing.assert_allclose(learner.logits(X), X @ learner.coef_.T + learner.intercept_, atol=1e-5)


def test_logistic_stays_finite_on_huge_features(blobs):
    X, y = blobs
    assert np.isfinite(Logistic().fit(X * 1e6, y).predict_proba(X * 1e6)).all()


def test_logistic_does_not_let_anyone_change_a_state(blobs):
    state = Logistic().fit(*blobs).state()
    assert state is not None
    with pytest.raises(ValueError, match="read-only"):
        state.coef[0, 0] = 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 89), min_size=1, max_size=5, unique=True))
def test_logistic_after_undo_equals_one_that_never_saw_the_label(counts):
    X, y = make_blobs(n_samples=90, centers=3, n_features=5, random_state=0)
    learner, states = Logistic(), []
    for n in sorted(counts):
        states.append((n, learner.state()))
        learner.update(X[:n], y[:n])
    for n, state in reversed(states):
        again = Logistic().restore(state).update(X[:n], y[:n])
        np.testing.assert_array_equal(
            learner.restore(state).update(X[:n], y[:n]).predict_proba(X), again.predict_proba(X)
        )


# -- committee


def test_a_committee_is_the_mean_of_members_that_differ(blobs):
    X, y = blobs
    committee = Committee().fit(X, y)
    members = committee.predict_members(X)
    assert members.shape == (5, len(X), 3)
    assert np.ptp(members, axis=0).max() > 0.01
    np.testing.assert_allclose(committee.predict_proba(X), members.mean(axis=0))


def test_members_without_draws_of_their_own_agree(blobs):
    members = Committee([Logistic(), Logistic()], bootstrap=False).fit(*blobs).predict_members(blobs[0])
    np.testing.assert_array_equal(members[0], members[1])


def test_a_committee_may_be_of_unlike_learners_in_parallel(blobs):
    X, y = blobs
    made = [Committee([Logistic(), make_learner("forest")], n_jobs=jobs).update(X, y) for jobs in (1, 2)]
    assert not made[0].incremental
    np.testing.assert_array_equal(made[0].predict_members(X), made[1].predict_members(X))


def test_every_member_knows_every_class_from_its_first_label(digits):
    X, y = digits
    first = np.unique(y, return_index=True)[1]
    assert Committee().update(X[first], y[first]).predict_members(X[:3]).shape == (5, 3, 10)


# -- any scikit-learn classifier


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(20),
        SGDClassifier(loss="log_loss"),
        make_pipeline(StandardScaler(), LogisticRegression()),
        CalibratedClassifierCV(LinearSVC(), cv=2),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_any_classifier_learns_deterministically_and_is_never_changed(estimator, blobs):
    X, y = blobs
    before = repr(estimator)
    first, second = (make_learner(estimator).update(X, y).predict_proba(X) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert repr(estimator) == before
    assert not hasattr(estimator, "classes_")


def test_a_learner_given_as_an_instance_is_not_shared():
    mine = Logistic(C=3)
    learner = make_learner(mine)
    assert isinstance(learner, Logistic)
    assert learner is not mine
    assert learner.C == 3


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("svm", "no learner 'svm'.*logistic"),
        (RidgeClassifier(), "RidgeClassifier has no predict_proba.*CalibratedClassifierCV"),
        (LinearRegression(), "LinearRegression has no predict_proba"),
        (LogisticRegression, "found the class LogisticRegression. Write brackets"),
        (object(), "scikit-learn classifier.*found object"),
        (None, "found NoneType"),
    ],
)
def test_what_cannot_learn_is_refused_with_what_would_do(spec, message):
    with pytest.raises(LearnerError, match=message):
        make_learner(spec)
