"""What is remembered of every sample: how far each class was behind, in ten bytes, and under which weights.

When the weights have moved by D since a sample x of top class c was read, class j has come closer by at most
``|x| * |D_j - D_c|``, plus what the intercepts moved. One such bound for all classes is Hamerly's, one a class is
Elkan's, one a group of classes is Yinyang's (all of them skip distances in k-means); here there are as many groups as
memory allows. A distance is kept as a 6-bit code, rounded down, and nine of them are compared with their limits by
one subtraction of 64 bits.

A sample that is read is stamped with the weights of the day. So its bound is by how far the weights *are* from there,
which is less than the sum of all their steps.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from nbloop.ranking.weights import Weights

SHARE = 0.044
"""Share of the features' memory that is used; one word a sample in any case."""

VERSIONS = 32
"""Weights that are remembered at most."""

LENGTHS = 8
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

SLACK = 8e-6
"""Share of the largest possible logit by which two ways of multiplying float32 may differ."""


class Bounds:
    """Codes of distances, and kinds: which weights, which top class and which length a sample had.

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
        ``(version * classes + top class) * LENGTHS + length``.
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
        self.edges = np.quantile(lengths, np.linspace(0, 1, LENGTHS + 1)[1:]).astype(np.float32) * np.float32(1.001)
        self.offset = 0
        self._lock = threading.Lock()
        self.longest = float(self.edges[-1])
        self._versions: list[np.ndarray | None] = [None] * min(VERSIONS, 65_536 // (classes * LENGTHS))

    @property
    def slots(self) -> int:
        """How many codes a sample has."""
        return SLOTS * self.words.shape[1]

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
        """Words, kinds, upper lengths of the kinds and where codes begin: what compiled loops take."""
        return self.words, self.kinds, self.edges, self.offset

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
            self._versions[free] = weights.whole
        return free

    def forget_all_but(self, version: int) -> None:
        """Free all other places: every sample was read under this one."""
        self._versions = [held if place == version else None for place, held in enumerate(self._versions)]

    def restart(self, weights: Weights) -> int:
        """Take up new weights under which every sample is to be read."""
        self._versions = [weights.whole, *[None] * (len(self._versions) - 1)]
        reach = np.float32(0.5 * self.longest * _pairs(weights.whole[:, :-1]).max() + 1e-6)
        self.offset = int(bits_of(reach)) - LEVELS
        return 0

    def first_kind(self, version: int) -> int:
        """Return the kind of the first class and shortest length under a version."""
        return version * self.classes * LENGTHS

    def limits(self, weights: Weights, margin: float) -> np.ndarray:
        """Return for each kind the codes up to which a sample must be read, as uint64 of shape (kinds, words)."""
        margin += SLACK * weights.largest(self.longest)
        held = [whole for whole in self._versions if whole is not None]
        found = {id(whole): self._limits_since(weights.whole - whole, margin) for whole in held}
        nothing = np.zeros((self.classes, LENGTHS, self.words.shape[1]), dtype=np.uint64)
        limits = np.stack([found[id(whole)] if whole is not None else nothing for whole in self._versions])
        return limits.reshape(-1, self.words.shape[1])

    def _limits_since(self, moved: np.ndarray, margin: float) -> np.ndarray:
        near = _by_slot(_pairs(moved[:, :-1]), self.slots)[:, None, :] * self.edges[None, :, None]
        near += _by_slot(moved[None, :, -1] - moved[:, None, -1], self.slots)[:, None, :]
        bits = bits_of(np.maximum(near + np.float32(margin), 0))
        codes = np.clip(bits - self.offset, 0, LEVELS).astype(np.uint64) | np.uint64(LEVELS + 1)
        codes[..., self.classes - 1 :] = 0  # as unused codes: nothing less nothing, unguarded, lets no sample through
        shifts = np.arange(SLOTS, dtype=np.uint64) * np.uint64(BITS)
        return np.bitwise_or.reduce(codes.reshape(*codes.shape[:2], -1, SLOTS) << shifts, axis=-1)


def _words(classes: int, row_bytes: float) -> int:
    """Return 1, 2 or 4 words, as memory allows and classes need."""
    affordable = (SHARE * row_bytes - 2) // 8
    needed = (classes - 1) / SLOTS
    return 4 if affordable >= 4 and needed > 2 else 2 if affordable >= 2 and needed > 1 else 1


def _pairs(rows: np.ndarray) -> np.ndarray:
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
    return np.where(np.isfinite(found), found, 0)


def bits_of(values: Any) -> Any:
    """Return exponent and three bits of the mantissa of positive numbers: what grows with them."""
    return np.asarray(values, dtype=np.float32).view(np.int32) >> CUT
