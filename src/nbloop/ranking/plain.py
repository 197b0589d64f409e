"""Reading samples with numpy: what every machine has."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse

from nbloop.errors import FeatureError
from nbloop.ranking.bounds import BITS, CUT, GUARD, LENGTHS, LEVELS, SLOTS, Bounds
from nbloop.ranking.lean import placed
from nbloop.ranking.weights import Weights

BLOCK = 8192
"""Samples compared at a time: their logits stay in the cache, and numpy is not called too often."""

MULTIPLIED = 1024
"""Samples multiplied at a time: what comes of it stays in the nearest cache until it is turned over."""

Rows = Any
"""A slice of the pool, or positions of shape (m,)."""


class PlainKernel:
    """Scores samples of one pool, and finds those that must be scored.

    Parameters
    ----------
    X : ndarray or CSR matrix, shape (n, d)
        float64, float32 or float16; uint16 holds bfloat16.
    """

    def __init__(self, X: Any) -> None:
        self._X = X

    def lengths(self, rows: Rows) -> np.ndarray:
        """Return the lengths of some samples."""
        return _lengths(self.read(rows))

    def products(self, rows: Rows, direction: np.ndarray) -> np.ndarray:
        """Return the products of some samples with a direction of shape (d,)."""
        return np.asarray(self.read(rows) @ direction)

    def score(
        self,
        rows: Rows,
        weights: Weights,
        margin: float,
        eligible: np.ndarray,
        bounds: Bounds | None = None,
        version: int = 0,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return positions and gaps of eligible samples with at most this margin; keep the bounds of all.

        A negative version means that lengths are not known yet; it stands for version 0.

        Raises
        ------
        FeatureError
            A sample is no number.
        """
        found = [self._block(some, weights, margin, eligible, bounds, version) for some in _blocks(rows, BLOCK)]
        if not found:
            return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.float32)
        positions, gaps = zip(*found, strict=True)
        return np.concatenate(positions), np.concatenate(gaps)

    def _block(
        self, rows: Rows, weights: Weights, margin: float, eligible: np.ndarray, bounds: Bounds | None, version: int
    ) -> tuple[np.ndarray, np.ndarray]:
        logits = self._logits(rows, weights)
        first, second = two_highest(logits[: weights.classes])
        with np.errstate(invalid="ignore"):  # told in the next line
            margins = first - second
        if not np.isfinite(margins).all():
            raise unfit(int(_positions(rows)[np.argmin(np.isfinite(margins))]))
        near = np.flatnonzero(eligible[rows] & (margins <= margin))
        gaps = -np.expm1(-margins[near]) / np.exp(logits[: weights.classes, near] - first[near]).sum(axis=0)
        if bounds is not None:
            self._keep(rows, logits, first, weights, bounds, version)
        return _positions(rows)[near], gaps

    def _logits(self, rows: Rows, weights: Weights) -> np.ndarray:
        """Return logits of shape (classes, m), and below them the products with the lean, if there is one."""
        size, parts = _size(rows), _blocks(rows, MULTIPLIED)
        logits, constants = np.empty((len(weights.rows), size), dtype=np.float32), weights.constants[:, None]
        for place, some in zip(range(0, size, MULTIPLIED), parts, strict=True):
            np.add((self.read(some) @ weights.columns).T, constants, out=logits[:, place : place + MULTIPLIED])
        return logits

    def _keep(
        self, rows: Rows, logits: np.ndarray, first: np.ndarray, weights: Weights, bounds: Bounds, version: int
    ) -> None:
        """Keep codes and kinds."""
        if version < 0:
            lengths, version = self.lengths(rows), 0
            bounds.lengthen(float(lengths.max(initial=0)))
            lengths = np.searchsorted(bounds.edges[:-1], lengths).astype(np.uint16)
        else:
            lengths = bounds.kinds[rows] % np.uint16(LENGTHS)
        winner = winners(logits[: weights.classes], first)
        kinds = (winner + np.uint16(version * weights.classes)) * np.uint16(bounds.parts)
        if weights.lean is not None:
            kinds += placed(logits[-1], weights.lean, bounds.parts)
        bounds.kinds[rows] = kinds * np.uint16(LENGTHS) + lengths
        bounds.words[rows] = _words(logits[: weights.classes], first, winner, bounds)

    def due(self, rows: slice, eligible: np.ndarray, bounds: Bounds, limits: np.ndarray) -> np.ndarray:
        """Return the positions of eligible samples whose codes are not all above their limits."""
        kinds, words = bounds.kinds[rows], bounds.words[rows]
        hit = np.zeros(len(kinds), dtype=np.uint64)
        for word in range(words.shape[1]):
            room = limits[:, word].take(kinds)
            room -= words[:, word]
            hit |= room
        hit &= GUARD
        return np.flatnonzero((hit != 0) & eligible[rows]) + rows.start

    def read(self, rows: Rows) -> Any:
        """Return samples as float32."""
        X = self._X[rows]
        if X.dtype == np.uint16:
            return (X.astype(np.uint32) << np.uint32(16)).view(np.float32)
        return X if issparse(X) and X.dtype == np.float32 else X.astype(np.float32, copy=False)


def unfit(position: int) -> FeatureError:
    """Return what is said of a sample that is no number."""
    return FeatureError(f"features must be finite; found NaN or infinite ones at position {position}.")


def _size(rows: Rows) -> int:
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)


def _positions(rows: Rows) -> np.ndarray:
    return np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows


def _blocks(rows: Rows, size: int) -> list[Rows]:
    if isinstance(rows, slice):
        return [slice(at, min(at + size, rows.stop)) for at in range(rows.start, rows.stop, size)]
    return [rows[at : at + size] for at in range(0, len(rows), size)]


def two_highest(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the highest and second highest logits, of shape (classes, m)."""
    first, second = logits[0].copy(), np.full(logits.shape[1], -np.inf, dtype=np.float32)
    lower = np.empty_like(first)
    for row in logits[1:]:
        np.minimum(first, row, out=lower)
        np.maximum(second, lower, out=second)
        np.maximum(first, row, out=first)
    return first, second


def winners(logits: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return a class with the highest logit, for each column; without branches, which margins near zero would miss."""
    winner, code_or_0 = np.zeros(len(first), dtype=np.uint16), np.empty(len(first), dtype=np.uint16)
    is_first = np.empty(len(first), dtype=bool)
    for code, row in enumerate(logits[1:], start=1):
        np.equal(row, first, out=is_first)
        np.multiply(is_first, np.uint16(code), out=code_or_0)
        np.maximum(winner, code_or_0, out=winner)
    return winner


def _words(logits: np.ndarray, first: np.ndarray, winner: np.ndarray, bounds: Bounds) -> np.ndarray:
    """Return the codes of how far each class is behind, shape (m, words); the last class stands in for the top one."""
    behind = first - logits
    behind[winner, np.arange(len(first))] = behind[-1]
    bits = behind[:-1].view(np.int32)
    for place in range(bounds.slots, len(bits)):
        np.minimum(bits[place % bounds.slots], bits[place], out=bits[place % bounds.slots])
    codes = bits[: bounds.slots]
    codes >>= CUT
    codes -= bounds.offset
    np.minimum(codes, LEVELS, out=codes)
    np.maximum(codes, 0, out=codes)
    words = np.zeros((len(first), bounds.words.shape[1]), dtype=np.uint64)
    for start in range(0, len(codes), 3):  # three codes in 32 bits first: that is half the memory to go through
        three = codes[start]
        for place, row in enumerate(codes[start + 1 : start + 3], start=1):
            row <<= BITS * place
            three |= row
        words[:, start // SLOTS] |= three.astype(np.uint64) << np.uint64(BITS * (start % SLOTS))
    return words


def _lengths(X: Any) -> np.ndarray:
    squares = X.power(2).sum(axis=1) if issparse(X) else np.einsum("ij,ij->i", X, X)
    return np.sqrt(np.asarray(squares, dtype=np.float32).ravel()) * np.float32(1 + 1e-5)
