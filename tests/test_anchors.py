"""A model is a pure function of the ordered labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from nbloop.anchors import Anchors, anchor_counts
from nbloop.learners import make_learner

X, Y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)


def anchors(learner: object = "auto") -> Anchors:
    return Anchors(lambda: make_learner(learner), X)


def proba(trained: Anchors, labelled: list[int]) -> np.ndarray:
    places = np.array(labelled, dtype=np.intp)
    return trained.train(places, Y[places].astype(np.intp)).predict_proba(X[:50])


@pytest.mark.parametrize("learner", ["auto", LogisticRegression(max_iter=50)])
def test_a_label_told_and_undone_leaves_no_trace(learner: object) -> None:
    trained = anchors(learner)
    proba(trained, list(range(20)))
    assert np.array_equal(proba(trained, list(range(19))), proba(anchors(learner), list(range(19))))


def test_an_early_label_undone_leaves_no_trace() -> None:
    trained = anchors()
    proba(trained, list(range(40)))
    without = [place for place in range(40) if place != 3]
    assert np.array_equal(proba(trained, without), proba(anchors(), without))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(2, 60), min_size=1, max_size=8))
def test_how_labels_were_grouped_into_commits_does_not_matter(counts: list[int]) -> None:
    trained = anchors()
    for count in counts:
        proba(trained, list(range(count)))
    assert np.array_equal(proba(trained, list(range(50))), proba(anchors(), list(range(50))))


def test_anchors_are_few() -> None:
    assert len(list(anchor_counts(0, 10_000))) < 50


@pytest.mark.parametrize("labels", [30, 40, 41, 42])  # an anchor is at 41
def test_a_rehearsed_answer_is_the_model_that_the_answer_makes_and_leaves_no_trace(labels: int) -> None:
    trained, more = anchors(), np.arange(labels + 1)
    proba(trained, list(range(labels)))
    rehearsed = [trained.rehearse(more, np.append(Y[:labels], code)) for code in range(10)][Y[labels]]
    assert np.array_equal(proba(trained, list(range(labels))), proba(anchors(), list(range(labels))))
    assert np.array_equal(rehearsed.predict_proba(X[:50]), proba(anchors(), list(range(labels + 1))))
