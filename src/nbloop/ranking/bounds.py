"""What is remembered of every sample: how far each class was behind, in ten bytes, and where it lay along a lean.

When the weights have moved by D since a sample x of top class c was read, class j has come closer by at most
``|x| * |D_j - D_c|``, plus what the intercepts moved. One such bound for all classes is Hamerly's, one a class is
Elkan's, one a group of classes is Yinyang's (all of them skip distances in k-means); here there are as many groups as
memory allows. A distance is kept as a 6-bit code, rounded down, and nine of them are compared with their limits by
one subtraction of 64 bits.

If the product of x with a unit direction v was remembered too, up to a part between two ends, what D does along v is
known between these ends, and Cauchy and Schwarz are needed only for what is left of D and of x across it. One label
moves a model almost wholly along one direction, so what is left is a fifth.

A sample that is read is stamped with the weights of the day. So its bound is by how far the weights *are* from there,
which is less than the sum of all their steps.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from scipy.sparse import issparse

from nbloop.ranking.lean import Lean
from nbloop.ranking.weights import Weights

SHARE = 0.044
"""Share of the features' memory that is used; one word a sample in any case."""

VERSIONS = 32
"""Weights that are remembered at most."""

FEWEST = 4
"""Weights that can be remembered in any case: with many classes there are fewer parts along a lean."""

PARTS = (32, 16, 8, 4)
"""Parts along a lean, where kinds are enough; with fewer than four there is no lean."""

KINDS = 65_536
"""What two bytes tell apart."""

UPPER = (0.15, 0.3, 0.45, 0.6, 0.75, 0.88, 0.97, 1.0)
"""Shares of the pool up to the upper ends of lengths: narrow at the top, where few samples would loosen many bounds."""

LENGTHS = len(UPPER)
"""Kinds of samples by length."""

SLOTS = 9
"""Codes in a word of 64 bits."""

BITS = 7
"""Of a code: six, and one that tells after a subtraction which was larger."""

LEVELS = 63
"""The largest code; eight codes double the distance."""

CUT = 20
"""Bits of a float32 below its exponent and the three highest bits of its mantissa, of which codes are made."""

GUARD = np.uint64(sum(1 << (BITS * slot + BITS - 1) for slot in range(SLOTS)))
"""The bits that tell."""

SLACK = 1e-5
"""Share of the largest possible logit by which two ways of multiplying float32 may differ."""


class Bounds:
    """Codes of distances, and kinds: which weights, top class, part along the lean and length a sample had.

    Parameters
    ----------
    n : int
        Samples.
    classes : int
        Classes of the model.
    row_bytes : float
        Memory of one sample's features.
    lengths : ndarray of shape (m,)
        Lengths of some samples, to tell kinds by.

    Attributes
    ----------
    words : ndarray of uint64, shape (n, words)
        Codes of classes, or of the nearest class of several.
    kinds : ndarray of uint16, shape (n,)
        ``((version * classes + top class) * parts + part) * LENGTHS + length``.
    parts : int
        Parts along a lean; 1 where there can be no lean.
    offset : int
        Where codes begin, in bits of a float32.

    References
    ----------
    C. Elkan, "Using the triangle inequality to accelerate k-means", ICML 2003; G. Hamerly, "Making k-means even
    faster", SDM 2010; Y. Ding et al., "Yinyang k-means", ICML 2015.
    """

    def __init__(self, n: int, classes: int, row_bytes: float, lengths: np.ndarray) -> None:
        self.classes = classes
        self.words = np.zeros((n, _words(classes, row_bytes)), dtype=np.uint64)
        self.kinds = np.zeros(n, dtype=np.uint16)
        self.edges = np.quantile(lengths, UPPER).astype(np.float32) * np.float32(1.001)
        self.offset = 0
        self._lock = threading.Lock()
        self.longest = float(self.edges[-1])
        room = KINDS // (classes * LENGTHS)
        self.parts = next((parts for parts in PARTS if room // parts >= FEWEST), 1)
        self._versions: list[Weights | None] = [None] * min(VERSIONS, room // self.parts)

    @property
    def slots(self) -> int:
        """How many codes a sample has."""
        return SLOTS * self.words.shape[1]

    def lengthen(self, length: float) -> None:
        """Take note of a length, of any thread; the longest kind has no upper end of its own."""
        with self._lock:
            if not length <= self.longest:
                self.longest = length if np.isfinite(length) else np.inf
                self.edges[-1] = np.float32(self.longest) * np.float32(1 + 1e-6)

    def version(self, weights: Weights) -> int | None:
        """Return a place for new weights; None when all are taken."""
        free = next((place for place, held in enumerate(self._versions) if held is None), None)
        if free is not None:
            self._versions[free] = weights
        return free

    def forget_all_but(self, version: int) -> None:
        """Free all other places: every sample was read under this one."""
        self._versions = [held if place == version else None for place, held in enumerate(self._versions)]

    def restart(self, weights: Weights) -> int:
        """Take up new weights under which every sample is to be read."""
        self._versions = [weights, *[None] * (len(self._versions) - 1)]
        reach = np.float32(0.5 * self.longest * pairs(weights.whole[:, :-1]).max() + 1e-6)
        self.offset = int(bits_of(reach)) - LEVELS
        return 0

    def limits(self, weights: Weights, margin: float) -> np.ndarray:
        """Return for each kind in use the codes up to which a sample must be read, uint64 of shape (kinds, words)."""
        margin += SLACK * weights.largest(self.longest)
        kinds = (self.classes, self.parts, LENGTHS, self.words.shape[1])
        last = max(place for place, held in enumerate(self._versions) if held is not None)
        limits = np.zeros((last + 1, *kinds), dtype=np.uint64)
        for place, held in enumerate(self._versions):
            if held is not None:
                near = self._nearer(weights.whole - held.whole.astype(np.float64), held.lean)
                limits[place] = self._coded(near + np.float32(margin))
        return limits.reshape(-1, self.words.shape[1])

    def _nearer(self, moved: np.ndarray, lean: Lean | None) -> np.ndarray:
        """Return how much nearer a class can have come, shape (classes, slots, parts or 1, LENGTHS)."""
        coef, slots = moved[:, :-1], self.slots
        shift = _by_slot(moved[None, :, -1] - moved[:, None, -1], slots)
        if lean is None:
            return _wide(_by_slot(pairs(coef), slots)) * self.edges + _wide(shift)
        along, (low, high, rest) = coef @ lean.direction, self._ends(lean)
        near = _wide(_by_slot(pairs(coef - np.outer(along, lean.direction)), slots)) * rest
        most = _wide(_by_slot(along[None, :] - along[:, None], slots))
        least = -_wide(_by_slot(along[:, None] - along[None, :], slots))
        near += np.maximum(np.maximum(most * high, most * low), np.maximum(least * high, least * low))
        return near + _wide(shift)

    def _ends(self, lean: Lean) -> list[np.ndarray]:
        """Return the ends of products with the lean, and what at most is left of a length; (parts, LENGTHS) each."""
        wider, edges = SLACK * self.longest, self.edges.astype(np.float64)
        low, high = lean.ends(self.parts)
        low, high = np.clip(low[:, None] - wider, -edges, edges), np.clip(high[:, None] + wider, -edges, edges)
        nearest = np.where((low < 0) & (high > 0), 0, np.minimum(np.abs(low), np.abs(high)))
        rest = np.sqrt(np.maximum(edges**2 - nearest**2, 0))
        return [ends.astype(np.float32) for ends in (low, high, rest)]

    def _coded(self, near: np.ndarray) -> np.ndarray:
        """Return codes of distances (classes, slots, parts, LENGTHS) as words (classes, parts, LENGTHS, words)."""
        codes = np.clip(bits_of(np.maximum(near, 0)) - self.offset, 0, LEVELS).astype(np.uint64) | np.uint64(LEVELS + 1)
        codes[:, self.classes - 1 :] = 0  # as unused codes: nothing less nothing, unguarded, lets no sample through
        codes = codes.reshape(len(codes), -1, SLOTS, *codes.shape[2:])
        shifts = (np.arange(SLOTS, dtype=np.uint64) * np.uint64(BITS))[:, None, None]
        return np.moveaxis(np.bitwise_or.reduce(codes << shifts, axis=2), 1, -1)


def row_bytes(X: Any) -> float:
    """Return the memory of one sample's features."""
    parts = [X.data, X.indices, X.indptr] if issparse(X) else [X]
    return sum(part.nbytes for part in parts) / X.shape[0]


def _words(classes: int, row_bytes: float) -> int:
    """Return 1, 2 or 4 words, as memory allows and classes need."""
    affordable = (SHARE * row_bytes - 2) // 8
    needed = (classes - 1) / SLOTS
    return 4 if affordable >= 4 and needed > 2 else 2 if affordable >= 2 and needed > 1 else 1


def pairs(rows: np.ndarray) -> np.ndarray:
    """Return the distances between rows, never too small, shape (classes, classes)."""
    rows = rows.astype(np.float64)
    squares = np.einsum("ij,ij->i", rows, rows)
    found = squares[:, None] + squares[None, :] - 2 * rows @ rows.T
    return np.sqrt(np.maximum(found, 0) + 1e-12 * squares.max())


def _by_slot(pairs: np.ndarray, slots: int) -> np.ndarray:
    """Return for each top class the most of any class that shares a slot, shape (classes, slots).

    The last class stands in the place of the top class, which needs none.
    """
    classes = len(pairs)
    places = np.tile(np.arange(classes - 1), (classes, 1))
    np.fill_diagonal(places, classes - 1)
    others = np.take_along_axis(pairs, places, axis=1)
    padded = np.full((classes, -(-(classes - 1) // slots) * slots), -np.inf)
    padded[:, : classes - 1] = others
    found = padded.reshape(classes, -1, slots).max(axis=1)
    return np.where(np.isfinite(found), found, 0).astype(np.float32)


def _wide(by_slot: np.ndarray) -> np.ndarray:
    """Make room for parts and lengths."""
    return by_slot[:, :, None, None]


def bits_of(values: Any) -> Any:
    """Return exponent and three bits of the mantissa of positive numbers: what grows with them."""
    return np.asarray(values, dtype=np.float32).view(np.int32) >> CUT
