"""Scores on the golden set, with scikit-learn and scipy as oracles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss

from nbloop.quality.golden import confusion, score


@st.composite
def judged(draw):
    k, n = draw(st.integers(2, 6)), draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    return rng.integers(k, size=n), rng.dirichlet(np.ones(k), size=n), [f"c{i}" for i in range(k)]


@settings(max_examples=60, deadline=None)
@given(judged())
def test_a_score_agrees_with_scikit_learn(case):
    y, proba, classes = case
    found = score(y, proba, classes)
    assert found.n == len(y)
    assert found.accuracy == pytest.approx(accuracy_score(y, proba.argmax(axis=1)))
    assert found.macro_f1 == pytest.approx(f1_score(y, proba.argmax(axis=1), average="macro", zero_division=0))
    assert found.log_loss == pytest.approx(log_loss(y, proba, labels=range(len(classes))))


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(8, 10, 0.4902, 0.9433), (0, 5, 0.0, 0.4345), (5, 5, 0.5655, 1.0)]
)
def test_the_interval_is_wilsons(hits, n, low, high):
    y = np.zeros(n, dtype=int)
    predicted = np.r_[np.zeros(hits, dtype=int), np.ones(n - hits, dtype=int)]
    found = score(y, np.eye(2)[predicted], ["a", "b"])
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


def test_a_class_the_model_has_not_seen_costs_much_and_never_infinitely():
    found = score(np.array([2]), np.array([[0.5, 0.5, 0.0]]), ["a", "b", "c"])
    assert found.log_loss == pytest.approx(-np.log(1e-15))


@pytest.mark.parametrize(
    ("y", "proba"), [([], np.empty((0, 2))), ([0, 1], np.ones((2, 3)) / 3), ([0], np.array([1.0]))]
)
def test_shapes_that_do_not_fit_are_refused(y, proba):
    with pytest.raises(ValueError, match="need probabilities of shape"):
        score(np.array(y, dtype=int), proba, ["a", "b"])


@settings(max_examples=60, deadline=None)
@given(judged())
def test_a_confusion_agrees_with_scikit_learn(case):
    y, proba, classes = case
    predicted = proba.argmax(axis=1)
    found = confusion(y, predicted, classes, model_version="v1")
    np.testing.assert_array_equal(found.counts, confusion_matrix(y, predicted, labels=range(len(classes))))
    assert [row.support for row in found.classes] == [int((y == i).sum()) for i in range(len(classes))]
    assert [row.label for row in found.classes] == classes
    assert found.model_version == "v1"


def test_a_rate_with_nothing_to_count_is_absent():
    found = confusion(np.array([0, 0]), np.array([0, 1]), ["a", "b", "c"])
    assert [row.recall for row in found.classes] == [0.5, None, None]
    assert [row.precision for row in found.classes] == [1.0, 0.0, None]


def test_no_golden_samples_make_an_empty_confusion():
    found = confusion(np.array([], dtype=int), np.array([], dtype=int), ["a", "b"])
    assert found.counts == ((0, 0), (0, 0))
