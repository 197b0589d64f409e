"""Two models on the same samples: what one gained over the other, and how sure that is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest, norm


class Paired(NamedTuple):
    """Two models judged on the same `n` samples.

    Attributes
    ----------
    n : int
    before, after : float
        Their accuracies.
    difference : float
        ``after - before``.
    low, high : float
        95 % interval of the difference for matched pairs [1]_.
    gained, lost : int
        Samples that flipped right, and wrong.
    p : float
        Two-sided exact McNemar test [2]_ of no difference; 1 when nothing flipped.

    References
    ----------
    .. [1] A. Agresti and Y. Min, "Simple improved confidence intervals for comparing matched proportions", 2005.
    .. [2] Q. McNemar, "Note on the sampling error of the difference between correlated proportions", 1947.
    """

    n: int
    before: float
    after: float
    difference: float
    low: float
    high: float
    gained: int
    lost: int
    p: float


def paired(before: np.ndarray, after: np.ndarray, *, level: float = 0.95) -> Paired:
    """Compare two models on the same samples.

    Parameters
    ----------
    before, after : arrays of bool, shape (n,)
        Whether each was right.
    level : float
        Of the interval.

    Raises
    ------
    ValueError
        No samples, or two shapes.

    Examples
    --------
    >>> found = paired(np.array([1, 1, 0, 0, 0], bool), np.array([1, 1, 1, 1, 0], bool))
    >>> found.gained, found.lost, round(found.difference, 2)
    (2, 0, 0.4)
    """
    before, after = np.asarray(before, bool), np.asarray(after, bool)
    if before.shape != after.shape or not len(before):
        raise ValueError(f"need two answers to the same n > 0 samples; found {before.shape} and {after.shape}.")
    n, gained, lost = len(before), int((after & ~before).sum()), int((before & ~after).sum())
    low, high = difference_interval(gained, lost, n, level)
    p = float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
    span = max(-1.0, low), min(1.0, high)
    return Paired(n, float(before.mean()), float(after.mean()), (gained - lost) / n, *span, gained, lost, p)


def difference_interval(gained: int, lost: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of a paired difference: Wald's after half a sample more in each cell (Agresti, Min 2005)."""
    gained_, lost_, n_ = gained + 0.5, lost + 0.5, n + 2.0
    middle = (gained_ - lost_) / n_
    spread = np.sqrt(gained_ + lost_ - (gained_ - lost_) ** 2 / n_) / n_
    reach = float(norm.ppf(0.5 + level / 2) * spread)
    return middle - reach, middle + reach


def samples_to_show(margin: float, gained: int, lost: int, n: int, level: float = 0.95) -> int:
    """Return about how many samples would show that an equal model loses less than `margin`, flipping as often."""
    flips = (gained + lost + 1.0) / (n + 2.0)
    return int(np.ceil(norm.ppf(0.5 + level / 2) ** 2 * flips / margin**2))
