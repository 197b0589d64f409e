"""The closest calls of a linear model, exactly, in one pass over the pool or, after a small update, in less than one.

A full pass runs through two halves of the pool at once. It multiplies block by block into one buffer, keeps the two
highest logits, and computes probabilities only where they could still matter. It leaves behind, for every sample, a
lower bound of its logit margin: when the weights move by D, the margin of a sample x whose top class is c cannot shrink
by more than ``|x| * max_j |D_c - D_j|``, the bound that Hamerly (2010) uses to skip distances in k-means. Samples whose
bound stays above the worst of the best are not read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse

BLOCK = 4096
"""Samples multiplied at a time: their features and logits stay in the cache."""

HALVED = 32_768
"""Samples above which a second thread is worth its start."""

SLACK = 4e-6
"""Share of the largest possible logit by which two ways of multiplying float32 may differ."""

WORTH = 0.35
"""Share of the pool above which reading on in order beats picking rows."""

Stale = Callable[[], None]


class Closest(NamedTuple):
    """The samples with the smallest gap between their two highest probabilities.

    Attributes
    ----------
    positions, gaps : ndarray, shape (k,)
        Smallest gap first.
    read : float
        Rows of the pool that were read, as a share of all.
    """

    positions: np.ndarray
    gaps: np.ndarray
    read: float


class ClosestCalls:
    """Finds the closest calls of one pool for one linear model after another.

    Parameters
    ----------
    X : ndarray, memmap or CSR matrix, shape (n, d)
        Features; float16 is multiplied as float32.

    References
    ----------
    G. Hamerly, "Making k-means even faster", SDM 2010.

    Examples
    --------
    >>> calls = ClosestCalls(np.array([[2.0], [0.1], [-3.0]], dtype=np.float32))
    >>> calls.find(np.array([[1.0], [-1.0]]), np.zeros(2), 1, np.ones(3, bool)).positions.tolist()
    [1]
    """

    def __init__(self, X: Any) -> None:
        self._X = X
        self._weights: np.ndarray | None = None
        n = X.shape[0]
        self._norms = np.zeros(n, dtype=np.float32)
        self._lower = np.zeros(n, dtype=np.float32)
        self._winner = np.zeros(n, dtype=np.uint16)
        self._seeds = np.empty(0, dtype=np.intp)
        self._measured = False

    def find(
        self, coef: np.ndarray, intercept: np.ndarray, k: int, eligible: np.ndarray, check: Stale | None = None
    ) -> Closest:
        """Return the `k` eligible samples with the smallest gap.

        Parameters
        ----------
        coef : ndarray, shape (classes, d)
            Weights of the model, at least two classes.
        intercept : ndarray, shape (classes,)
            Its intercepts.
        k : int
            How many are wanted.
        eligible : ndarray of bool, shape (n,)
            What may be asked.
        check : callable, optional
            Called between blocks; what it raises ends the search.
        """
        weights = np.column_stack([coef, intercept]).astype(np.float32, order="F")  # as CSR wants its transpose
        seeds = self._seeds[eligible[self._seeds]]  # twice as many as wanted: those labelled since are missing
        best = _Best(len(seeds) if len(seeds) >= k else 2 * k, len(weights))
        last, self._weights = self._weights, None  # a search that is broken off leaves bounds of two models
        read = self._update(last, weights, best, seeds, eligible, check or _go_on)
        self._weights = weights
        positions, gaps = best.sorted()
        self._seeds = positions
        return Closest(positions[:k], gaps[:k], read)

    # -- which rows to read ------------------------------------------------------------------------------------------

    def _update(
        self,
        last: np.ndarray | None,
        weights: np.ndarray,
        best: _Best,
        seeds: np.ndarray,
        eligible: np.ndarray,
        check: Stale,
    ) -> float:
        if last is None or last.shape != weights.shape or not len(seeds):
            return self._read_all(weights, best, eligible, check)
        self._loosen(last, weights)
        self._read(seeds, weights, best, check)
        wanted = eligible & (self._lower <= best.margin)
        wanted[seeds] = False
        if np.count_nonzero(wanted) > WORTH * len(wanted):
            return self._read_all(weights, best.emptied(), eligible, check)
        rows = np.flatnonzero(wanted)
        self._read(rows, weights, best, check)
        return (len(seeds) + len(rows)) / len(wanted)

    def _loosen(self, last: np.ndarray, weights: np.ndarray) -> None:
        """Lower every bound by what the move of the weights can have taken from it."""
        moved = weights - last
        steps = np.array([np.linalg.norm(moved[:, :-1] - one[:-1], axis=1).max() for one in moved], dtype=np.float32)
        shifts = np.abs(moved[:, -1:] - moved[:, -1]).max(axis=1) + np.float32(SLACK * self._largest(last, weights))
        for start in range(0, len(self._lower), BLOCK):
            rows = slice(start, start + BLOCK)
            loss = steps.take(self._winner[rows])
            loss *= self._norms[rows]
            loss += shifts.take(self._winner[rows])
            self._lower[rows] -= loss

    def _largest(self, last: np.ndarray, weights: np.ndarray) -> float:
        """Return a bound of every logit, before the move or after it."""
        both = np.abs(np.stack([last, weights]))
        return 1 + float(self._norms.max() * np.linalg.norm(both[..., :-1], axis=2).max() + both[..., -1].max())

    # -- reading -----------------------------------------------------------------------------------------------------

    def _read_all(self, weights: np.ndarray, best: _Best, eligible: np.ndarray, check: Stale) -> float:
        n = self._X.shape[0]
        if n < HALVED:
            self._read_part(range(0, n, BLOCK), weights, best, eligible, check)
        else:
            self._read_halves(n // 2 // BLOCK * BLOCK, weights, best, eligible, check)
        self._measured = True
        return 1.0

    def _read_halves(self, middle: int, weights: np.ndarray, best: _Best, eligible: np.ndarray, check: Stale) -> None:
        """Read both halves at once, each with its own best: chance has no part in which of two equals is kept."""
        ended, other = threading.Event(), best.another()
        with ThreadPoolExecutor(1, thread_name_prefix="nbloop-ranking") as pool:
            blocks = range(middle, self._X.shape[0], BLOCK)
            reading = pool.submit(self._read_part, blocks, weights, other, eligible, lambda: _end_if(ended))
            try:
                self._read_part(range(0, middle, BLOCK), weights, best, eligible, check)
            except BaseException:
                ended.set()
                raise
            reading.result()
        best.offer(*other.sorted())

    def _read_part(self, starts: range, weights: np.ndarray, best: _Best, eligible: np.ndarray, check: Stale) -> None:
        buffer = np.empty((len(weights), BLOCK), dtype=np.float32)
        for start in starts:
            check()
            rows = slice(start, min(start + BLOCK, starts.stop))
            self._score(self._X[rows], rows, weights, best, eligible[rows], buffer)

    def _read(self, rows: np.ndarray, weights: np.ndarray, best: _Best, check: Stale) -> None:
        buffer = np.empty((len(weights), min(BLOCK, max(1, len(rows)))), dtype=np.float32)
        for start in range(0, len(rows), BLOCK):
            check()
            some = rows[start : start + BLOCK]
            self._score(self._X[some], some, weights, best, np.ones(len(some), dtype=bool), buffer)

    def _score(
        self, X: Any, rows: Any, weights: np.ndarray, best: _Best, eligible: np.ndarray, buffer: np.ndarray
    ) -> None:
        """Score one block: remember its bounds, and offer what could be among the best."""
        if X.dtype != np.float32:
            X = X.astype(np.float32)
        if not self._measured:
            self._norms[rows] = _norms(X)
        logits = buffer[:, : X.shape[0]]
        _multiply(weights, X, logits)
        first, second, winner = _two_highest(logits)
        margins = first - second
        self._lower[rows], self._winner[rows] = margins, winner
        near = np.flatnonzero(eligible & (margins <= best.margin))
        if len(near):
            places = np.arange(rows.start, rows.stop)[near] if isinstance(rows, slice) else rows[near]
            best.offer(places, _gaps(logits[:, near], first[near], margins[near]))


class _Best:
    """The `k` smallest gaps so far, and the largest logit margin that could still be among them."""

    def __init__(self, k: int, classes: int) -> None:
        self._k, self._classes = k, classes
        self._positions = np.empty(0, dtype=np.intp)
        self._gaps = np.empty(0, dtype=np.float32)
        self.margin = np.inf

    def emptied(self) -> _Best:
        """Start over, keeping the margin: it was found on samples that are still there."""
        self._positions, self._gaps = self._positions[:0], self._gaps[:0]
        return self

    def another(self) -> _Best:
        """Return an empty one for another part of the pool."""
        other = _Best(self._k, self._classes)
        other.margin = self.margin
        return other

    def offer(self, positions: np.ndarray, gaps: np.ndarray) -> None:
        """Take what belongs among the best."""
        self._positions = np.concatenate([self._positions, positions])
        self._gaps = np.concatenate([self._gaps, gaps])
        if len(self._gaps) >= self._k:
            kept = np.argpartition(self._gaps, self._k - 1)[: self._k]
            self._positions, self._gaps = self._positions[kept], self._gaps[kept]
            self.margin = min(self.margin, _margin_of(float(self._gaps.max()), self._classes))

    def sorted(self) -> tuple[np.ndarray, np.ndarray]:
        """Return positions and gaps, smallest gap first."""
        order = np.argsort(self._gaps, kind="stable")
        return self._positions[order], self._gaps[order]


def _margin_of(gap: float, classes: int) -> float:
    """Return the largest logit margin that a gap between the two highest probabilities allows.

    With margin m the gap is at least ``(1 - exp(-m)) / (1 + (classes - 1) exp(-m))``, as no third class is above the
    second; rounding is on the side of too many.
    """
    return np.inf if gap >= 1 else 1e-6 + 1.00001 * float(np.log((1 + (classes - 1) * gap) / (1 - gap)))


def _two_highest(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the highest and second highest logits and the class of the highest, of shape (classes, m)."""
    first, second = logits[0].copy(), np.full(logits.shape[1], -np.inf, dtype=np.float32)
    lower = np.empty_like(first)
    for row in logits[1:]:
        np.minimum(first, row, out=lower)
        np.maximum(second, lower, out=second)
        np.maximum(first, row, out=first)
    return first, second, _winner(logits, first)


def _winner(logits: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return a class with the highest logit, for each column; without branches, which margins near zero would miss."""
    winner, code_or_0 = np.zeros(len(first), dtype=np.uint16), np.empty(len(first), dtype=np.uint16)
    is_first = np.empty(len(first), dtype=bool)
    for code, row in enumerate(logits[1:], start=1):
        np.equal(row, first, out=is_first)
        np.multiply(is_first, np.uint16(code), out=code_or_0)
        np.maximum(winner, code_or_0, out=winner)
    return winner


def _gaps(logits: np.ndarray, first: np.ndarray, margins: np.ndarray) -> np.ndarray:
    """Return the gap between the two highest probabilities of each column."""
    return -np.expm1(-margins) / np.exp(logits - first).sum(axis=0)


def _multiply(weights: np.ndarray, X: Any, out: np.ndarray) -> None:
    if issparse(X):
        out[:] = (X @ weights[:, :-1].T).T
    else:
        np.matmul(weights[:, :-1], X.T, out=out)
    out += weights[:, -1:]


def _norms(X: Any) -> np.ndarray:
    squares = X.power(2).sum(axis=1) if issparse(X) else np.einsum("ij,ij->i", X, X)
    return np.sqrt(np.asarray(squares).ravel()) * (1 + 1e-6)


def _go_on() -> None:
    return None


def _end_if(ended: threading.Event) -> None:
    if ended.is_set():
        raise InterruptedError
