"""Calibration: whether 80 % sure means right four times of five, and whether a new model is worse at it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

BINS = 10
"""Bins of confidence, equally wide."""


class Rise(NamedTuple):
    """How much the calibration error rose from one model to another: estimate and 95 % bootstrap interval."""

    before: float
    after: float
    difference: float
    low: float
    high: float


def calibration_error(y: np.ndarray, proba: np.ndarray) -> float:
    """Return the expected calibration error of the predicted class [1]_.

    Parameters
    ----------
    y : array of shape (n,)
        True classes, as codes.
    proba : array of shape (n, classes)
        What the model said.
        What the model said.

    References
    ----------
    .. [1] M. P. Naeini, G. Cooper and M. Hauskrecht, "Obtaining well calibrated probabilities using Bayesian
       binning", AAAI 2015.

    Examples
    --------
    >>> sure = np.tile([0.8, 0.2], (5, 1))
    >>> round(calibration_error(np.array([0, 0, 0, 0, 1]), sure), 6)
    0.0
    """
    return float(_error(np.ones((1, len(y))), _gaps(y, proba))[0])


def rise_of_error(
    y: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
    *,
    draws: int = 500,
    seed: int = 0,
    groups: np.ndarray | None = None,
) -> Rise:
    """Compare the calibration of two models on the same samples by a paired bootstrap.

    Parameters
    ----------
    y : array of shape (n,)
        True classes, as codes.
    before, after : arrays of shape (n, classes)
        What each model said.
    draws : int
        Weightings of the samples: the Bayesian bootstrap [1]_.
    seed : int
        Equal seed, equal interval.
    groups : array of shape (n,), optional
        What was drawn whole.

    References
    ----------
    .. [1] D. B. Rubin, "The Bayesian bootstrap", 1981.
    """
    gaps = [_gaps(y, proba) for proba in (before, after)]
    first, second = (float(_error(np.ones((1, len(y))), gap)[0]) for gap in gaps)
    weights = weightings(np.random.default_rng(seed), draws, len(y), groups)
    low, high = np.quantile(_error(weights, gaps[1]) - _error(weights, gaps[0]), [0.025, 0.975])
    return Rise(first, second, second - first, float(low), float(high))


def weightings(rng: np.random.Generator, draws: int, n: int, groups: np.ndarray | None = None) -> np.ndarray:
    """Return random weights of samples, shape (draws, n); samples of one group share theirs."""
    if groups is None:
        return rng.standard_exponential((draws, n))
    codes = np.unique(groups, return_inverse=True)[1]
    return rng.standard_exponential((draws, int(codes.max()) + 1))[:, codes]


def _gaps(y: np.ndarray, proba: np.ndarray) -> np.ndarray:
    """Return right less confidence in the column of each sample's bin, shape (n, BINS)."""
    confidence, right = proba.max(axis=1), proba.argmax(axis=1) == y
    gaps = np.zeros((len(y), BINS))
    gaps[np.arange(len(y)), np.minimum((confidence * BINS).astype(int), BINS - 1)] = right - confidence
    return gaps


def _error(weights: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    return np.abs(weights @ gaps).sum(axis=1) / weights.sum(axis=1)
