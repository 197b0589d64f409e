"""Learners: one battery over the registry, then what each promises beyond it."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits, make_blobs
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from nbloop.errors import FeatureError, LearnerError
from nbloop.learners import Calibrated, Committee, Logistic, Refit, Replay, WarmStart, make_learner, names

EVERY = {name: name for name in names()} | {
    "warm": WarmStart(LogisticRegression(C=100)),
    "warm_pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
    "mlp": Replay(MLPClassifier(20, learning_rate_init=0.01, max_iter=100)),
    "unlike": Committee([Logistic(), Replay(SGDClassifier(loss="log_loss", alpha=1e-3))]),
}
every_learner = pytest.mark.parametrize("name", EVERY.values(), ids=EVERY)


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


pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@parametrize_with_checks(
    [
        Logistic(),
        Refit(LogisticRegression()),
        WarmStart(LogisticRegression()),
        Replay(SGDClassifier(loss="log_loss")),
        Committee([Logistic(), Logistic()]),
        Calibrated(),
    ]
)
def test_scikit_learns_own_checks_pass(estimator, check):
    check(estimator)


# -- the battery


@every_learner
def test_every_learner_learns_what_can_be_learned(name, blobs):
    X, y = blobs
    assert (make_learner(name).fit(X, y).predict_proba(X).argmax(axis=1) == y).mean() > 0.95


@every_learner
def test_every_learner_gives_probabilities_for_the_classes_it_has_seen(name, blobs):
    X, y = blobs
    learner = make_learner(name).update(X[y < 2], y[y < 2])
    proba = learner.predict_proba(X)
    assert learner.classes_.tolist() == [0, 1]
    assert proba.shape == (len(X), 2)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-5)


@every_learner
def test_every_learner_works_from_the_first_label(name, blobs):
    X, y = blobs
    learner = make_learner(name).update(X[:1], y[:1])
    np.testing.assert_array_equal(learner.predict_proba(X), np.ones((len(X), 1)))


@every_learner
def test_every_learner_takes_in_a_class_that_comes_midway(name, blobs):
    X, y = blobs
    learner = make_learner(name).update(X[y != 1], y[y != 1]).update(X, y)
    assert learner.classes_.tolist() == [0, 1, 2]
    assert (learner.predict_proba(X).argmax(axis=1) == y).mean() > 0.95


@every_learner
def test_every_learner_restored_to_a_state_never_saw_what_came_after(name, blobs):
    X, y = blobs
    learner = make_learner(name).update(X[:30], y[:30])
    before, then = learner.state(), learner.predict_proba(X)
    learner.update(X, (y + 1) % 3)
    assert not np.array_equal(learner.predict_proba(X), then)
    np.testing.assert_array_equal(learner.restore(before).predict_proba(X), then)
    np.testing.assert_array_equal(make_learner(name).restore(before).predict_proba(X), then)


@every_learner
def test_every_learner_restored_to_before_the_first_label_starts_afresh(name, blobs):
    X, y = blobs
    empty = make_learner(name).state()
    learner = make_learner(name).update(X[:9], 2 - y[:9]).restore(empty)
    np.testing.assert_array_equal(
        learner.update(X, y).predict_proba(X), make_learner(name).update(X, y).predict_proba(X)
    )


@every_learner
def test_every_learner_gives_equal_bits_for_equal_labels(name, blobs):
    X, y = blobs
    twice = [make_learner(name).update(X[:20], y[:20]).update(X, y).predict_proba(X) for _ in range(2)]
    np.testing.assert_array_equal(*twice)


@every_learner
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_every_learner_refuses_features_that_are_not_finite(name, bad, blobs):
    X, y = blobs[0].copy(), blobs[1]
    X[3, 2] = bad
    with pytest.raises(FeatureError, match=r"NaN|infinity"):
        make_learner(name).update(X, y)


@every_learner
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


class Meeting(Logistic):
    """Learns only while another one of its kind does."""

    barrier = threading.Barrier(2)

    def update(self, X, y):
        self.barrier.wait(60)
        return super().update(X, y)


def test_members_learn_at_the_same_time(blobs):
    committee = Committee([Meeting(), Meeting()], n_jobs=2).update(*blobs)
    assert (committee.predict(blobs[0]) == blobs[1]).mean() > 0.95


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


@pytest.mark.parametrize(
    ("estimator", "kind"),
    [
        (SGDClassifier(loss="log_loss"), Replay),
        (MLPClassifier(), Replay),
        (MLPClassifier(solver="lbfgs"), WarmStart),
        (SGDClassifier(loss="log_loss", early_stopping=True), WarmStart),
        (LogisticRegression(), WarmStart),
        (make_pipeline(StandardScaler(), LogisticRegression()), WarmStart),
        (make_pipeline(StandardScaler(), RandomForestClassifier()), Refit),
        (GaussianNB(), Refit),
        (GradientBoostingClassifier(), Refit),
        (HistGradientBoostingClassifier(), Refit),
        (CalibratedClassifierCV(LinearSVC()), Refit),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_classifier_goes_on_in_the_best_way_it_can(estimator, kind):
    assert type(make_learner(estimator)) is kind


@pytest.mark.parametrize(
    "estimator", [SGDClassifier(loss="log_loss", alpha=1e-3), LogisticRegression(C=10, max_iter=15)]
)
def test_going_on_label_by_label_is_as_good_as_a_refit(estimator, digits):
    X, y = digits
    learner = make_learner(estimator)
    for n in range(20, 301, 20):
        learner.update(X[:n], y[:n])
    whole = Refit(estimator).fit(X[:300], y[:300])
    assert (learner.predict(X[300:]) == y[300:]).mean() > (whole.predict(X[300:]) == y[300:]).mean() - 0.02


def test_replay_remembers_what_new_labels_alone_would_forget(digits):
    X, y = digits[0][:300], digits[1][:300]
    order = np.argsort(y, kind="stable")  # class after class: the worst case
    learner, forgetful = make_learner("sgd"), None
    for n in range(30, 301, 30):
        learner.update(X[order[:n]], y[order[:n]])
        part = order[n - 30 : n]
        forgetful = forgetful or SGDClassifier(loss="log_loss", alpha=1e-3, random_state=0)
        for _ in range(5):
            forgetful.partial_fit(X[part], y[part], classes=range(10))
    assert (learner.predict(X) == y).mean() > 0.95
    assert (forgetful.predict(X) == y).mean() < 0.6


def test_a_warm_start_takes_fewer_iterations_than_a_cold_one(digits):
    X, y = digits[0].astype(float), digits[1]
    learner = make_learner(LogisticRegression(C=10)).update(X[:200], y[:200])
    cold = learner.estimator_.n_iter_.max()
    assert learner.update(X[:201], y[:201]).estimator_.n_iter_.max() < cold / 2


def test_a_pipeline_whose_columns_change_is_fitted_anew(digits):
    X, y = digits[0].astype(float), digits[1]
    grows = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression())
    rough = np.round(X * 4)
    learner = make_learner(grows).update(rough[:50], y[:50]).update(rough[:200], y[:200])
    np.testing.assert_array_equal(
        learner.predict_proba(rough), make_learner(grows).update(rough[:200], y[:200]).predict_proba(rough)
    )


def test_a_learner_given_as_an_instance_is_not_shared():
    mine = Logistic(C=3)
    learner = make_learner(mine)
    assert isinstance(learner, Logistic)
    assert learner is not mine
    assert learner.C == 3


class Unsure:
    """A learner of one's own that forgot the probabilities."""

    update = fit = state = restore = lambda *_: None


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("svm", "no learner 'svm'.*logistic"),
        (RidgeClassifier(), "RidgeClassifier has no predict_proba.*CalibratedClassifierCV"),
        (LinearRegression(), "LinearRegression predicts numbers, not labels"),
        (LogisticRegression, "found the class LogisticRegression. Write brackets"),
        (object(), "scikit-learn classifier.*found object"),
        (Unsure(), "Unsure has no predict_proba"),
        (None, "found NoneType"),
    ],
)
def test_what_cannot_learn_is_refused_with_what_would_do(spec, message):
    with pytest.raises(LearnerError, match=message):
        make_learner(spec)
