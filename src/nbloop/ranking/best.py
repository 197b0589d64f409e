"""The best so far: the smallest gaps, and the largest margin that could still be among them."""

from __future__ import annotations

import threading

import numpy as np


class Best:
    """The `k` smallest gaps between the two highest probabilities; of equal gaps, those that come first in the pool.

    So the answer does not depend on which thread offered first.

    Parameters
    ----------
    k : int
        How many are kept.
    classes : int
        How many the model knows.

    Attributes
    ----------
    margin : float
        The largest logit margin that could still be among the best; infinite until there are `k`.
    gap : float
        The largest gap of the best; infinite until there are `k`.
    """

    def __init__(self, k: int, classes: int) -> None:
        self._k, self._classes = k, classes
        self._positions: list[np.ndarray] = []
        self._gaps: list[np.ndarray] = []
        self._lock = threading.Lock()
        self.margin = self.gap = np.inf

    def emptied(self) -> Best:
        """Start over, keeping margin and gap: they were found on samples that are still there."""
        self._positions, self._gaps = [], []
        return self

    def offer(self, positions: np.ndarray, gaps: np.ndarray) -> None:
        """Take what belongs among the best."""
        if not len(gaps):
            return
        with self._lock:
            self._positions.append(positions)
            self._gaps.append(gaps)
            if sum(map(len, self._gaps)) >= (1 if np.isinf(self.margin) else 2) * self._k:
                self._cut()

    def _cut(self) -> None:
        """Keep the best `k`, where there are as many."""
        positions, gaps = np.concatenate(self._positions), np.concatenate(self._gaps)
        if len(gaps) >= self._k:
            worst = np.partition(gaps, self._k - 1)[self._k - 1]
            inside, level = np.flatnonzero(gaps < worst), np.flatnonzero(gaps == worst)
            level = level[np.argsort(positions[level])][: self._k - len(inside)]
            kept = np.concatenate([inside, level])
            positions, gaps = positions[kept], gaps[kept]
            self.gap = min(self.gap, float(worst))
            self.margin = min(self.margin, margin_of(float(worst), self._classes))
        self._positions, self._gaps = [positions], [gaps]

    def sorted(self) -> tuple[np.ndarray, np.ndarray]:
        """Return positions and gaps, smallest gap first."""
        with self._lock:
            if not self._gaps:
                return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.float32)
            self._cut()
            (positions,), (gaps,) = self._positions, self._gaps
        order = np.lexsort((positions, gaps))
        return positions[order], gaps[order]


def margin_of(gap: float, classes: int) -> float:
    """Return the largest logit margin that a gap between the two highest probabilities allows.

    With margin m the gap is at least ``(1 - exp(-m)) / (1 + (classes - 1) exp(-m))``, as no third class is above the
    second; rounding is on the side of too many.

    >>> round(margin_of(0.5, 2), 3)
    1.099
    """
    return np.inf if gap >= 1 else 1e-6 + 1.00001 * float(np.log((1 + (classes - 1) * gap) / (1 - gap)))
