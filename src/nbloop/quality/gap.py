"""The gap between two models of the same labels: how often they agree, and whether one is right more often."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest


class Gap(NamedTuple):
    """A learner that goes on beside the same learner fitted from scratch.

    Attributes
    ----------
    golden : int
        Verified golden samples that both predicted.
    accuracy, accuracy_refit : float
        Of the one that goes on and of the refit; NaN without golden samples.
    p_value : float
        How likely a difference as large is if both were equally good (McNemar, 1947, exact); 1 without golden samples.
    compared : int
        Samples of the pool that both predicted.
    agreement : float
        Share of them on which both say the same.
    """

    golden: int
    accuracy: float
    accuracy_refit: float
    p_value: float
    compared: int
    agreement: float

    @property
    def worse(self) -> bool:
        """Whether going on is worse beyond chance; without golden samples, whether every fifth of the pool is apart."""
        if not self.golden:
            return self.agreement < 0.8
        return self.p_value < 0.05 and self.accuracy < self.accuracy_refit


def gap(y: np.ndarray, golden: tuple[np.ndarray, np.ndarray], pool: tuple[np.ndarray, np.ndarray]) -> Gap:
    """Compare two models.

    Parameters
    ----------
    y : ndarray of shape (g,)
        True classes of the golden samples, perhaps none.
    golden : two ndarrays of shape (g,)
        What the one that goes on and the refit say of them.
    pool : two ndarrays of shape (n,)
        What they say of samples of the pool.

    Examples
    --------
    >>> y = np.zeros(20, dtype=int)
    >>> found = gap(y, (np.repeat([0, 1], 10), y), (y, y))
    >>> found.accuracy, found.accuracy_refit, round(found.p_value, 3), found.worse
    (0.5, 1.0, 0.002, True)
    """
    hits = [predicted == y for predicted in golden]
    only_first, only_second = int((hits[0] & ~hits[1]).sum()), int((hits[1] & ~hits[0]).sum())
    differ = only_first + only_second
    p_value = float(binomtest(only_first, differ).pvalue) if differ else 1.0
    first, second = (float(hit.mean()) if len(y) else float("nan") for hit in hits)
    agreement = float((pool[0] == pool[1]).mean()) if len(pool[0]) else 1.0
    return Gap(len(y), first, second, p_value, len(pool[0]), agreement)
