"""Estimates: a value with its 95 % interval, and the intervals of shares."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.stats import beta, binomtest, norm, t


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


def share_of_groups(hits: Any, groups: Any, weights: Any = None) -> Estimate:
    """Return the share of `hits`, shape (n,) of bool, among samples that were drawn in whole groups.

    Samples of one group are alike, so there is less to go by than n of them: as many as would vary as much if they were
    independent (the design effect of Kish, 1965), and fewer still with few groups (Korn and Graubard, 1998). Where all
    are hits or none is, nothing shows how alike they are, and the groups are counted.

    Parameters
    ----------
    hits : array of bool, shape (n,)
        What is counted.
    groups : array of shape (n,)
        Equal values, equal group.
    weights : array of shape (n,), optional
        How much each counts, where large groups were drawn more often (`nbloop.quality.lots.evened`).

    Examples
    --------
    >>> hits = np.repeat([1, 1, 1, 0], 25)
    >>> print(share(75, 100))
    75.0 % (65.7–82.5, n = 100)
    >>> print(share_of_groups(hits, np.repeat(range(4), 25)))
    75.0 % (13.1–98.4, n = 100)
    """
    hits = np.asarray(hits, float)
    mean, enough = float(np.average(hits, weights=weights)), counted(hits, groups, weights)
    return Estimate(mean, *(_wilson(mean, enough) if enough else (0.0, 1.0)), len(hits))


def counted(hits: Any, groups: Any, weights: Any = None) -> float:
    """Return for how many independent samples those of whole groups count; 0 where there is one group only."""
    hits, codes = np.asarray(hits, float), np.unique(groups, return_inverse=True)[1]
    n, count, mean = len(hits), int(codes.max()) + 1, float(np.average(hits, weights=weights))
    if count < 2:
        return 0.0
    weights = np.ones(n) if weights is None else np.asarray(weights, float)
    off = np.bincount(codes, weights * (hits - mean))
    variance = count / (count - 1) * float((off**2).sum()) / weights.sum() ** 2
    alone = mean * (1 - mean) / n
    enough = min(n, n * alone / variance) if alone and variance else (n if alone else count)
    return enough * float(norm.ppf(0.975) / t.ppf(0.975, count - 1)) ** 2


def _wilson(value: float, n: float) -> tuple[float, float]:
    """Return Wilson's interval, also of a number of samples that is not whole."""
    square = float(norm.ppf(0.975)) ** 2
    middle, reach = value + square / (2 * n), np.sqrt(square * (value * (1 - value) / n + square / (4 * n * n)))
    return max(0.0, float((middle - reach) / (1 + square / n))), min(1.0, float((middle + reach) / (1 + square / n)))


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
