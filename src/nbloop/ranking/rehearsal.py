"""A rehearsal: what is nearest under weights that are expected, found while nobody waits.

The label of the card in front of a person makes one of few models, and each can be had before the answer: it is trained
and the nearest samples under it are taken down. If the weights then are these, the closest calls are among them; if
they are others, a gap can have shrunk by no more than the logits have moved against each other, and so the list serves
as long as the gaps of all that is not on it stay above. It is never more than a shortcut: what it cannot tell is said.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nbloop.ranking.best import Best
from nbloop.ranking.bounds import SLACK, pairs
from nbloop.ranking.weights import Weights

AT_ONCE = 2
"""How many times the wanted samples are looked at before it is known how near the best are."""


class Rehearsal:
    """The samples with the smallest gaps under some weights, among those that could be asked then.

    Parameters
    ----------
    weights : Weights
    asked : ndarray of uint8
        What could be asked, as `numpy.packbits` packs it.
    positions, gaps : ndarray, shape (m,)
        Smallest gap first; of all others that could be asked, none has a smaller gap than the last.
    """

    def __init__(self, weights: Weights, asked: np.ndarray, positions: np.ndarray, gaps: np.ndarray) -> None:
        self._whole, self._asked = weights.whole, asked
        self._positions, self._gaps = positions, gaps

    def find(
        self, kernel: Any, weights: Weights, best: Best, k: int, eligible: np.ndarray, longest: float
    ) -> int | None:
        """Offer to `best` what can be among the `k` best; return how many were read, or None if that may not be all.

        Samples are no longer than `longest`.
        """
        shrunk = self._shrunk(weights, longest)
        if not self._reaches(shrunk) or (np.packbits(eligible) & ~self._asked).any():
            return None
        first = AT_ONCE * k
        self._offer(kernel, weights, best, eligible, slice(0, first))
        stop = int(np.searchsorted(self._gaps, best.gap + shrunk, side="right"))
        if stop == len(self._gaps):
            return None
        self._offer(kernel, weights, best, eligible, slice(first, stop))
        return min(max(first, stop), len(self._gaps))

    def _offer(self, kernel: Any, weights: Weights, best: Best, eligible: np.ndarray, some: slice) -> None:
        positions = self._positions[some]
        best.offer(*kernel.score(positions[eligible[positions]], weights, best.margin, eligible))

    def _reaches(self, shrunk: float) -> bool:
        return len(self._gaps) > 0 and shrunk < self._gaps[-1]

    def _shrunk(self, weights: Weights, longest: float) -> float:
        """Return by how much a gap can have shrunk: by half of what two logits have moved against each other at most.

        That is where two classes share all probability; the derivative is smaller anywhere else.
        """
        if weights.whole.shape != self._whole.shape:
            return np.inf
        moved = weights.whole - self._whole.astype(np.float64)
        rounding = 2 * SLACK * weights.largest(longest)
        if not moved.any():
            return rounding
        return rounding + (longest * float(pairs(moved[:, :-1]).max()) + float(np.ptp(moved[:, -1]))) / 2
