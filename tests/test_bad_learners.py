"""Learners that misbehave in the loop: each is named, and no label waits for them or is lost."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.linear_model import Ridge

import nbloop
from nbloop.errors import FeatureError, LearnerError, TrainingWarning
from nbloop.learners import Logistic

DIGITS: Any = load_digits()
X, Y = (DIGITS.data[:300] / 16).astype(np.float32), DIGITS.target[:300]
TEXTS = [f"digit {i}" for i in range(300)]


def dataset(**options: Any) -> nbloop.Dataset:
    settings = {"features": X, "task": nbloop.Classification(range(10)), "store": ":memory:"} | options
    return nbloop.Dataset(TEXTS, id=range(300), **settings)


class Answers(ClassifierMixin, BaseEstimator):
    """A classifier that answers with whatever it was told to."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer

    def fit(self, _: Any, y: Any) -> Answers:
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: Any) -> Any:
        return self.answer(len(X), len(self.classes_))


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (lambda n, k: np.full((n, k + 1), 1 / (k + 1)), r"found shape \(\d+, \d+\)"),
        (lambda n, _: np.full(n, 0.5), r"found shape \(\d+,\)"),
        (lambda n, k: np.full((n, k), np.nan), "NaN or infinite"),
        (lambda n, k: np.full((n, k), 1.0), "rows that add up to 2"),
        (lambda n, _: np.tile([1.5, -0.5], (n, 1)), "negative"),
        (lambda *_: 1 / 0, "ZeroDivisionError"),
    ],
    ids=["too wide", "flat", "nan", "no probabilities", "negative", "raises"],
)
def test_answers_that_are_no_probabilities_are_named_and_every_label_is_kept(answer: Any, found: str) -> None:
    loop = nbloop.Loop(dataset(), learner=Answers(answer))
    for place in (int(np.flatnonzero(Y == 0)[0]), int(np.flatnonzero(Y == 1)[0])):
        loop.tell(place, Y[place])
    with pytest.warns(TrainingWarning, match=rf"(?s)Answers.*{found}"):
        loop.wait()
    assert len(loop.data.labels) == 2
    assert len(loop.ask(5)) == 5


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_features_that_are_not_finite_are_refused_with_their_row(bad: float) -> None:
    broken = X.copy()
    broken[7, 3] = bad
    with pytest.raises(FeatureError, match="row 7"):
        nbloop.Loop(dataset(features=broken))


def test_labels_of_one_class_make_no_model_and_no_problem() -> None:
    loop = nbloop.Loop(dataset())
    for place in np.flatnonzero(Y == 3)[:4].tolist():
        loop.tell(place, 3)
    assert loop.wait()
    assert loop.problem is None
    assert loop.ask()[0].proba is None


def test_a_class_without_probabilities_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(LearnerError, match="has no predict_proba"):
        nbloop.Loop(dataset(), learner=type("Mute", (Answers,), {"predict_proba": property()})())


class Slow(Logistic):
    """Learns nothing before it is let go."""

    started, go = threading.Event(), threading.Event()

    def fit(self, X: Any, y: Any) -> Any:
        self.started.set()
        assert self.go.wait(60)
        return super().fit(X, y)


def test_a_slow_learner_holds_up_no_label_and_no_card() -> None:
    loop = nbloop.Loop(dataset(), learner=Slow())
    for sample in loop.ask(20):
        loop.tell(sample.id, Y[sample.id])
    assert Slow.started.wait(60)
    asked = loop.ask(5)
    loop.tell(asked[0].id, Y[asked[0].id])
    loop.undo()
    loop.tell(asked[1].id, Y[asked[1].id])
    assert len(loop.data.labels) == 21
    assert not loop.wait(0)
    Slow.go.set()
    assert loop.wait(60)
    assert loop.ask()[0].proba is not None


def test_a_regression_is_refused_as_what_it_is() -> None:
    with pytest.raises(LearnerError, match="Ridge predicts numbers, not labels"):
        nbloop.Loop(dataset(), learner=Ridge())


class Fragile(nbloop.Loop):
    """A loop whose next rounds fail where nobody is to blame: another thread's half an import, a full memory."""

    broken = False

    def break_down(self) -> None:
        mind, whole = self._session.mind, self._session.mind.measure
        self.broken = True

        def measure(*arguments: Any) -> Any:
            if self.broken:
                raise MemoryError("no room")
            return whole(*arguments)

        mind.measure = measure


def test_a_round_that_fails_for_no_part_of_yours_is_said_and_the_worker_goes_on() -> None:
    loop = Fragile(dataset(golden=0.2, truth=Y), learner="logistic")
    loop.simulate(n=12)
    loop.break_down()
    sample = loop.ask()[0]
    loop.tell(sample.id, Y[sample.id])
    with pytest.warns(TrainingWarning, match="MemoryError: no room"):
        assert loop.wait(60)
    assert loop.ask()[0].proba is not None
    assert len(loop.data.labels) == 13
    assert "MemoryError: no room" in loop.problem.message
    assert loop._session.outcome.model.labels == 12  # the last good one
    loop.broken = False
    sample = loop.ask()[0]
    loop.tell(sample.id, Y[sample.id])
    assert loop.wait(60)
    assert loop.problem is None
    assert loop.history["labels"].iloc[-1] == 14


def test_a_first_round_that_fails_leaves_samples_to_ask() -> None:
    loop = Fragile(dataset(golden=0.2, truth=Y), learner="logistic")
    loop.break_down()
    for place in loop.data.pool.index[:15]:
        loop.tell(place, Y[place])
    with pytest.warns(TrainingWarning, match="no room"):
        loop.wait(60)
    assert len(loop.ask(3)) == 3
