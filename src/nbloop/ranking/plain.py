"""Reading samples with numpy: what every machine has."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse

from nbloop.ranking.bounds import BITS, CUT, GUARD, LENGTHS, LEVELS, SLOTS, Bounds
from nbloop.ranking.weights import Weights

BLOCK = 4096
"""Samples multiplied at a time: their features and logits stay in the cache."""

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

    def first_unfit(self) -> int | None:
        """Return the position of the first sample with a number that is NaN or infinite."""
        for rows in _blocks(slice(0, self._X.shape[0])):
            if not np.isfinite(lengths := self.lengths(rows)).all():
                return rows.start + int((~np.isfinite(lengths)).argmax())
        return None

    def score(
        self, rows: Rows, weights: Weights, margin: float, eligible: np.ndarray, bounds: Bounds | None, version: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return positions and gaps of eligible samples with at most this margin, and remember the bounds of all.

        A negative version means that lengths are not known yet; it stands for version 0.
        """
        found = [self._block(some, weights, margin, eligible, bounds, version) for some in _blocks(rows)]
        if not found:
            return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.float32)
        positions, gaps = zip(*found, strict=True)
        return np.concatenate(positions), np.concatenate(gaps)

    def _block(
        self, rows: Rows, weights: Weights, margin: float, eligible: np.ndarray, bounds: Bounds | None, version: int
    ) -> tuple[np.ndarray, np.ndarray]:
        X = self.read(rows)
        logits = np.ascontiguousarray((X @ weights.columns).T)
        logits += weights.intercept[:, None]
        first, second, winner = two_highest(logits)
        margins = first - second
        near = np.flatnonzero(eligible[rows] & (margins <= margin))
        gaps = -np.expm1(-margins[near]) / np.exp(logits[:, near] - first[near]).sum(axis=0)
        if bounds is not None:
            self._remember(rows, X, logits, first, winner, bounds, version)
        return (np.arange(rows.start, rows.stop)[near] if isinstance(rows, slice) else rows[near]), gaps

    def _remember(
        self,
        rows: Rows,
        X: Any,
        logits: np.ndarray,
        first: np.ndarray,
        winner: np.ndarray,
        bounds: Bounds,
        version: int,
    ) -> None:
        if version < 0:
            lengths, version = _lengths(X), 0
            bounds.lengthen(float(lengths.max(initial=0)))
            kinds = np.searchsorted(bounds.edges[:-1], lengths).astype(np.uint16)
        else:
            kinds = bounds.kinds[rows] % np.uint16(LENGTHS)
        bounds.kinds[rows] = kinds + winner * np.uint16(LENGTHS) + np.uint16(bounds.first_kind(version))
        bounds.words[rows] = _words(logits, first, winner, bounds)

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


def _blocks(rows: Rows) -> list[Rows]:
    if isinstance(rows, slice):
        return [slice(at, min(at + BLOCK, rows.stop)) for at in range(rows.start, rows.stop, BLOCK)]
    return [rows[at : at + BLOCK] for at in range(0, len(rows), BLOCK)]


def two_highest(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the highest and second highest logits and a class of the highest, of shape (classes, m)."""
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
