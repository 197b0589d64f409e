"""Audits: from time to time the learner that goes on is compared with one fitted from scratch."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

import nbloop
from nbloop.errors import NotTrained
from nbloop.learners import Logistic
from nbloop.quality.gap import gap

DIGITS: Any = load_digits()
FEATURES = (DIGITS.data[:600] / 16).astype(np.float32)
TRUTH = dict(enumerate(DIGITS.target[:600].tolist()))


def loop_with(learner: Any, **options: Any) -> nbloop.Loop:
    data = nbloop.Dataset(
        [f"digit {i}" for i in range(600)], id=range(600), task=nbloop.Classification(range(10)), store=":memory:",
        features=FEATURES, golden=0.3, truth=TRUTH,
    )  # fmt: skip
    return nbloop.Loop(data, learner=learner, **options)


class Forgetful(Logistic):
    """Goes on with the latest ten labels only."""

    def update(self, X: Any, y: Any) -> Any:
        return super().update(X, y) if len(y) < 15 else self.fit(X[-10:], y[-10:])


def test_a_learner_that_goes_on_is_audited_at_20_40_80_labels() -> None:
    loop = loop_with("auto")
    assert loop.audits.empty
    loop.simulate(n=90, batch=10)
    assert loop.audits["labels"].tolist() == [20, 40, 80]
    last = loop.audits.iloc[-1]
    assert last["agreement"] > 0.97
    assert last["golden"] == len(loop.data.golden)
    assert last["compared"] == loop.data.counts().pool + 10  # ten were asked since
    assert abs(last["accuracy"] - last["accuracy_refit"]) < 0.03
    assert not any(loop.audits["worse"])
    assert last["model_version"] == loop.history.set_index("labels").loc[80, "model_version"]


def test_a_gap_is_warned_of_with_what_would_do(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "nbloop"):
        loop = loop_with(Forgetful())
        loop.simulate(n=80, batch=20)
    assert loop.audits["worse"].iloc[-1]
    last = loop.audits.iloc[-1]
    assert last["accuracy"] < last["accuracy_refit"] - 0.05
    assert last["p_value"] < 0.05
    assert "After 80 labels Forgetful() is not what a fit from scratch would be" in caplog.text
    assert "nbloop.learners.Refit" in caplog.text


def test_a_learner_fitted_anew_at_each_commit_is_never_audited() -> None:
    loop = loop_with(RandomForestClassifier(5))
    loop.simulate(n=40, batch=20)
    assert loop.audits.empty


def test_an_audit_can_be_asked_for_at_any_time() -> None:
    loop = loop_with("sgd")
    with pytest.raises(NotTrained):
        loop.audit()
    loop.simulate(n=15, batch=5)
    found = loop.audit()
    assert (found.labels, len(loop.audits)) == (15, 1)
    assert found.gap.agreement > 0.7


def test_an_audit_whose_refit_fails_leaves_the_loop_at_work(caplog: pytest.LogCaptureFixture) -> None:
    class NoFit(Logistic):
        def fit(self, X: Any, y: Any) -> Any:
            if len(y) > 1:
                raise MemoryError("too many")
            return super().fit(X, y)

    loop = loop_with(NoFit())
    loop.simulate(n=30, batch=10)
    assert loop.problem is None
    assert len(loop.history) == 3
    assert "The audit after 20 labels failed" in caplog.text


def test_a_gap_without_golden_samples_is_agreement_alone() -> None:
    nothing = np.empty(0, dtype=int)
    same, apart = np.zeros(10, dtype=int), np.repeat([0, 1], [7, 3])
    assert not gap(nothing, (nothing, nothing), (same, same)).worse
    found = gap(nothing, (nothing, nothing), (same, apart))
    assert np.isnan(found.accuracy)
    assert (found.agreement, found.p_value, found.worse) == (0.7, 1.0, True)


def test_chance_is_no_gap() -> None:
    y = np.zeros(100, dtype=int)
    assert not gap(y, (y, y), (y, 1 - y)).worse  # equally right, however far apart
    a, b = y.copy(), y.copy()
    a[:8], b[8:13] = 1, 1
    assert not gap(y, (a, b), (y, y)).worse
    b[8:13] = 0
    assert gap(y, (a, b), (y, y)).worse
