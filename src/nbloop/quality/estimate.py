"""Estimates: a value with its 95 % interval, and the intervals of shares."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.stats import beta, binomtest


class Estimate(NamedTuple):
    """A value from `n` samples with the interval that holds the true one in 95 of 100 cases.

    Examples
    --------
    >>> print(share(9, 10))
    90.0 % (59.6–98.2, n = 10)
    """

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        low, high = 100 * self.low, 100 * self.high
        return f"{100 * self.value:.1f} % ({low:.1f}–{high:.1f}, n = {self.n})"


def share(hits: int, n: int) -> Estimate:
    """Return the share of `hits` among `n` with its interval (Wilson, 1927).

    Raises
    ------
    ValueError
        There is nothing to take a share of.
    """
    interval = binomtest(int(hits), int(n)).proportion_ci(0.95, method="wilson")
    return Estimate(hits / n, float(interval.low), float(interval.high), int(n))


def difference(hits: int, n: int, other_hits: int, other_n: int) -> Estimate:
    """Return the first share less the second with its interval (Newcombe, 1998, of two Wilson intervals).

    Examples
    --------
    >>> difference(56, 70, 48, 80).low.__round__(4)
    0.0524
    """
    a, b = share(hits, n), share(other_hits, other_n)
    gap = a.value - b.value
    low = gap - np.hypot(a.value - a.low, b.high - b.value)
    high = gap + np.hypot(a.high - a.value, b.value - b.low)
    return Estimate(gap, float(low), float(high), n + other_n)


def bootstrapped(values: Any, rng: np.random.Generator, draws: int = 1000) -> Estimate:
    """Return the mean of `values`, shape (n,), with its percentile bootstrap interval (Efron, 1979)."""
    values = np.asarray(values, dtype=np.float64)
    means = np.array([values[rng.integers(len(values), size=len(values))].mean() for _ in range(draws)])
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(float(values.mean()), float(low), float(high), len(values))


def most(errors: Any, n: Any, confidence: float = 0.95) -> Any:
    """Return what the true share exceeds in at most ``1 - confidence`` of all cases (Clopper and Pearson, 1934)."""
    errors, n = np.asarray(errors), np.asarray(n)
    return np.where(errors >= n, 1.0, beta.ppf(confidence, errors + 1, np.maximum(n - errors, 1)))


def least(errors: Any, n: Any, confidence: float = 0.95) -> Any:
    """Return what the true share falls short of in at most ``1 - confidence`` of all cases."""
    errors, n = np.asarray(errors), np.asarray(n)
    return np.where(errors <= 0, 0.0, beta.ppf(1 - confidence, np.maximum(errors, 1), n - errors + 1))
