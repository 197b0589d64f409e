"""Stopping: what more labels would bring, from the curve so far and from models that agree."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import curve_fit
from sklearn.metrics import cohen_kappa_score

AGREE = 0.99
"""Successive models that agree this much have settled (Bloodgood and Vijay-Shanker, 2009)."""


class Forecast(NamedTuple):
    """A curve ``most - gap * labels ** -rate`` through golden-set accuracies, and those that fit about as well.

    Attributes
    ----------
    params : ndarray of shape (k, 3)
        `most`, `gap`, `rate`: the best fit first, then of bootstrap samples.
    """

    params: np.ndarray

    def gain(self, labels: float, more: float) -> tuple[float, float, float]:
        """Return what `more` labels are better than `labels`, with its 95 % interval."""
        values = np.array([_power(more, *one) - _power(labels, *one) for one in self.params])
        low, high = np.quantile(values, [0.025, 0.975])
        return float(values[0]), float(low), float(high)

    def labels_to(self, goal: float) -> tuple[float, float, float]:
        """Return the labels that reach `goal` with their 95 % interval; infinite where it is out of reach."""
        most, gap, rate = self.params.T
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            needed = np.where(most > goal, (gap / (most - goal)) ** (1 / rate), np.inf)
        ordered = np.sort(needed)
        return float(needed[0]), float(ordered[int(0.025 * len(ordered))]), float(ordered[int(0.975 * len(ordered))])


def forecast(labels: np.ndarray, accuracy: np.ndarray, n: int, rng: np.random.Generator, draws: int = 60) -> Forecast:
    """Fit a learning curve.

    Parameters
    ----------
    labels, accuracy : ndarray of shape (m,)
        At least 5 measured points.
    n : int
        How many golden samples measured each.
    rng : numpy.random.Generator
        Draws the bootstrap: one luck for all points, as the same golden samples measure all, and one for each.
    draws : int
        How many curves besides the best.
    """
    spread = np.sqrt(accuracy.mean() * (1 - accuracy.mean()) / max(n, 1))
    best = _fit(labels, accuracy)
    noise = spread * (0.7 * rng.standard_normal((draws, 1)) + 0.3 * rng.standard_normal((draws, len(labels))))
    fits = [best, *(_fit(labels, np.clip(accuracy + one, 0, 1)) for one in noise)]
    return Forecast(np.array(fits))


def agreement(before: np.ndarray, after: np.ndarray) -> float:
    """Return Cohen's kappa of two models' predictions; 1 where both say the same one class of everything."""
    return 1.0 if np.array_equal(before, after) else float(cohen_kappa_score(before, after))


def unsure(proba: np.ndarray) -> float:
    """Return the share of samples on which the first class leads the second by less than half."""
    top = np.sort(proba, axis=1)[:, -2:]
    return float((top[:, 1] - top[:, 0] < 0.5).mean())


def _power(labels: Any, most: float, gap: float, rate: float) -> Any:
    return most - gap * np.asarray(labels, dtype=np.float64) ** -rate


def _fit(labels: np.ndarray, accuracy: np.ndarray) -> tuple[float, float, float]:
    start = (min(1.0, accuracy.max() + 0.02), 1.0, 0.7)
    try:
        found, _ = curve_fit(_power, labels, accuracy, p0=start, bounds=([0, 0, 0.1], [1, 20, 2]), maxfev=400)
    except RuntimeError:  # no curve fits: it stays where it is
        return float(accuracy[-1]), 0.0, 1.0
    return float(found[0]), float(found[1]), float(found[2])
