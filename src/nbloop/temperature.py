"""A temperature: one number that makes probabilities as sure as they are right, and changes no prediction."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar

TINY = 1e-6
"""What a probability of 0 counts as: an ensemble of few members says 0 too soon."""

FEWEST = 50
"""Labels below which a temperature is not trusted."""

FOLDS = 5


class Calibration(NamedTuple):
    """A temperature and what it is worth on labels that it was not fitted to (five folds).

    Attributes
    ----------
    temperature : float
        Above 1 makes less sure; 1 where no other was proven to help.
    n : int
        Labels; below 50 nothing is proven, and the measures are NaN.
    log_loss, log_loss_after : float
        Mean negative log probability of the true class, in nats.
    error, error_after : float
        Expected calibration error.
    """

    temperature: float
    n: int
    log_loss: float
    log_loss_after: float
    error: float
    error_after: float


def tempered(proba: np.ndarray, temperature: float) -> np.ndarray:
    """Return probabilities, shape (n, k), of logits divided by `temperature`; the most probable class stays so.

    Examples
    --------
    >>> tempered(np.array([[0.9, 0.1]]), 2.0).round(2).tolist()
    [[0.75, 0.25]]
    """
    if temperature == 1:
        return proba
    made = np.log(np.maximum(proba, TINY))
    made -= made.max(axis=1, keepdims=True)
    np.exp(made / temperature, out=made)
    made /= made.sum(axis=1, keepdims=True)
    best = proba.argmax(axis=1)
    tied = np.flatnonzero(made.argmax(axis=1) != best)  # rounding made two equal, and the first would win
    made[tied, best[tied]] = np.nextafter(made[tied].max(axis=1), np.inf)
    return made


def fit_temperature(y: np.ndarray, proba: np.ndarray) -> float:
    """Return the temperature with the least log loss.

    Parameters
    ----------
    y : ndarray of shape (n,)
        True classes, as columns of `proba`.
    proba : ndarray of shape (n, k)
        Of a model that did not learn these labels.

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun and K. Weinberger, "On calibration of modern neural networks", ICML 2017.
    """
    logs = np.log(np.maximum(proba, TINY))
    logs -= logs[np.arange(len(y)), y][:, None]

    def loss(log_temperature: float) -> float:
        return float(np.logaddexp.reduce(logs / np.exp(log_temperature), axis=1).mean())

    found: Any = minimize_scalar(loss, bounds=(-2.5, 2.5), method="bounded")
    return float(np.exp(found.x))


def calibrate(y: np.ndarray, proba: np.ndarray, seed: int = 0) -> Calibration:
    """Return the temperature of these labels, or 1 unless it is proven to help.

    Proven: on labels that it was not fitted to, five folds, log loss falls by more than two standard errors; and there
    are at least 50 labels. Parameters are those of `fit_temperature`.
    """
    if len(y) < FEWEST:
        return Calibration(1.0, len(y), *[float("nan")] * 4)
    after = np.empty(proba.shape)
    for fold in np.array_split(np.random.default_rng(seed).permutation(len(y)), FOLDS):
        others = np.setdiff1d(np.arange(len(y)), fold)
        after[fold] = tempered(proba[fold], fit_temperature(y[others], proba[others]))
    gains = _losses(y, proba) - _losses(y, after)
    helps = gains.mean() > 2 * gains.std(ddof=1) / np.sqrt(len(y))
    errors = [calibration_error(y, one) for one in (proba, after)]
    losses = [float(_losses(y, one).mean()) for one in (proba, after)]
    return Calibration(fit_temperature(y, proba) if helps else 1.0, len(y), *losses, *errors)


def calibration_error(y: np.ndarray, proba: np.ndarray, bins: int = 15) -> float:
    """Return the expected calibration error: how far confidence is from accuracy, mean over bins of equal width.

    References
    ----------
    M. P. Naeini, G. Cooper and M. Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning",
    AAAI 2015.

    Examples
    --------
    >>> calibration_error(np.array([0, 1]), np.array([[0.75, 0.25], [0.75, 0.25]]))
    0.25
    """
    sure, hit = proba.max(axis=1), proba.argmax(axis=1) == y
    bin_of = np.minimum((sure * bins).astype(int), bins - 1)
    off = np.bincount(bin_of, weights=sure - hit, minlength=bins)
    return float(np.abs(off).sum() / len(y))


def _losses(y: np.ndarray, proba: np.ndarray) -> np.ndarray:
    return -np.log(np.maximum(proba[np.arange(len(y)), y], TINY))
