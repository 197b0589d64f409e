"""Calibration: probabilities as sure as they are right, and no prediction changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.datasets import load_digits

import nbloop
from nbloop.learners import Calibrated, Logistic
from nbloop.temperature import calibrate, calibration_error, fit_temperature, tempered

DIGITS: Any = load_digits()
ORDER = np.random.default_rng(0).permutation(len(DIGITS.target))
NOISE = np.random.default_rng(1).normal(scale=0.35, size=DIGITS.data.shape)
X = (DIGITS.data[ORDER] / 16 + NOISE).astype(np.float32)
Y = DIGITS.target[ORDER]


def overconfident() -> Logistic:
    return Logistic(C=1e5)


def log_loss(y: np.ndarray, proba: np.ndarray) -> float:
    return float(-np.log(np.maximum(proba[np.arange(len(y)), y], 1e-6)).mean())


def drawn(n: int, sharpness: float) -> tuple[np.ndarray, np.ndarray]:
    """Return labels that were drawn from probabilities, and those probabilities made too sure."""
    rng = np.random.default_rng(0)
    honest = rng.dirichlet([1, 1, 1], size=n)
    y = (rng.random((n, 1)) > honest.cumsum(axis=1)).sum(axis=1)
    return y, tempered(honest, 1 / sharpness)


@settings(max_examples=200, deadline=None)
@given(arrays(np.float64, (4, 3), elements=st.floats(0, 1)), st.floats(0.05, 20))
def test_no_temperature_changes_a_prediction(values: np.ndarray, temperature: float) -> None:
    proba = (values + 1e-9) / (values + 1e-9).sum(axis=1, keepdims=True)
    made = tempered(proba, temperature)
    np.testing.assert_array_equal(made.argmax(axis=1), proba.argmax(axis=1))
    np.testing.assert_allclose(made.sum(axis=1), 1, atol=1e-9)


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 3.0])
def test_the_temperature_is_found_that_made_probabilities_too_sure(sharpness: float) -> None:
    assert fit_temperature(*drawn(4000, sharpness)) == pytest.approx(sharpness, rel=0.1)


def test_a_temperature_is_taken_only_when_it_is_proven() -> None:
    assert calibrate(*drawn(400, 3.0)).temperature == pytest.approx(3, rel=0.25)
    assert calibrate(*drawn(400, 1.0)).temperature == 1
    few = calibrate(*drawn(40, 3.0))
    assert few.temperature == 1
    assert np.isnan(few.log_loss)


def test_what_a_calibration_promises_holds_on_other_samples() -> None:
    y, proba = drawn(3000, 3.0)
    found = calibrate(y[:500], proba[:500])
    after = tempered(proba[500:], found.temperature)
    assert found.log_loss_after == pytest.approx(log_loss(y[500:], after), abs=0.1)
    assert found.log_loss == pytest.approx(log_loss(y[500:], proba[500:]), abs=0.2)
    assert calibration_error(y[500:], after) < calibration_error(y[500:], proba[500:]) / 3


def test_an_overconfident_learner_doubts_as_it_should_and_predicts_what_it_did() -> None:
    raw, calibrated = overconfident().fit(X[:200], Y[:200]), Calibrated(overconfident()).fit(X[:200], Y[:200])
    before, after = raw.predict_proba(X[200:]), calibrated.predict_proba(X[200:])
    assert calibrated.temperature_ > 1.3
    assert log_loss(Y[200:], after) < 0.8 * log_loss(Y[200:], before)
    assert calibration_error(Y[200:], after) < 0.6 * calibration_error(Y[200:], before)
    np.testing.assert_array_equal(after.argmax(axis=1), before.argmax(axis=1))


def test_a_calibrated_learner_measures_again_when_labels_have_grown_by_a_quarter() -> None:
    learner = Calibrated(overconfident()).update(X[:100], Y[:100])
    first = learner.temperature_
    assert learner.update(X[:124], Y[:124]).temperature_ == first
    assert learner.update(X[:125], Y[:125]).temperature_ != first


# -- in the loop


def loop_with(**options: Any) -> nbloop.Loop:
    data = nbloop.Dataset(
        [f"digit {i}" for i in range(600)], id=range(600), task=nbloop.Classification(range(10)), store=":memory:",
        features=X[:600], golden=0.3, truth=dict(enumerate(Y[:600].tolist())),
    )  # fmt: skip
    loop = nbloop.Loop(data, learner=overconfident(), strategy="margin", **options)
    loop.simulate(n=100, batch=25)
    return loop


def test_a_loop_shows_calibrated_probabilities_when_asked_and_asks_the_same_samples() -> None:
    plain, calibrated = loop_with(), loop_with(calibrate=True)
    assert plain.calibration is None
    found = calibrated.calibration
    assert found.temperature > 1.2
    assert found.log_loss_after < found.log_loss
    assert calibrated.data.labels.index.tolist() == plain.data.labels.index.tolist()
    before, after = plain.predict_proba(X[600:]), calibrated.predict_proba(X[600:])
    assert log_loss(Y[600:], after) < log_loss(Y[600:], before)
    assert calibration_error(Y[600:], after) < calibration_error(Y[600:], before)
    np.testing.assert_array_equal(calibrated.predict(X[600:]), plain.predict(X[600:]))
    for made in (calibrated.best_model(), calibrated.fit_final()):
        assert made.model.calibration.temperature > 1.2
    cards = [loop.ask()[0] for loop in (plain, calibrated)]
    assert cards[0].id == cards[1].id
    assert max(cards[1].proba.values()) < max(cards[0].proba.values())


def test_a_class_not_seen_yet_stays_at_zero() -> None:
    data = nbloop.Dataset(
        [f"digit {i}" for i in range(600)], id=range(600), task=nbloop.Classification(range(11)), store=":memory:",
        features=X[:600], golden=0.3, truth=dict(enumerate(Y[:600].tolist())),
    )  # fmt: skip
    loop = nbloop.Loop(data, learner=overconfident(), calibrate=True)
    loop.simulate(n=100, batch=50)
    assert loop.calibration.temperature != 1
    np.testing.assert_array_equal(loop.predict_proba(X[600:])[:, 10], 0)
