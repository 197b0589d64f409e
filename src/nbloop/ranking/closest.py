"""The closest calls of a linear model, exactly, in one pass over the pool or, after an update, in less than one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy.sparse import issparse

from nbloop.errors import FeatureError
from nbloop.ranking.best import Best
from nbloop.ranking.bounds import Bounds, row_bytes
from nbloop.ranking.chunks import Check, each_chunk, go_on
from nbloop.ranking.compiled import compiled_kernel
from nbloop.ranking.lean import Lean, leading, unit
from nbloop.ranking.plain import PlainKernel
from nbloop.ranking.rehearsal import Rehearsal
from nbloop.ranking.weights import Weights, fit

Foretold = Callable[[], Sequence[tuple[np.ndarray, np.ndarray]]]
"""Returns the weights that may come next, likeliest first: coefficients (classes, d) and intercepts of each."""

SMALL = 32_768
"""Samples below which a pool is read whole, in one thread, with numpy."""

THREADS = 2
"""At most: the kernel's other threads want to run too."""

WORTH = 0.5
"""Share of the pool above which reading on in order beats picking rows."""

FIRST = (1024, 8192)
"""Samples that tell beforehand how near the best may be, where nothing is known yet."""

SAMPLED = 16
"""One sample in so many, in as many places, tells beforehand which share will be read."""

NEAR = 128
"""One sample in so many, the nearest, is looked at first after an update: among them are enough of the new nearest."""

LISTED = 4, 1024
"""A rehearsal takes down so many times the wanted samples, and one sample in so many: room for weights a bit off."""

DRAWN = 1024
"""Samples that tell what is usual in the pool: how long they are, where they lie along a direction."""


class Closest(NamedTuple):
    """The samples with the smallest gap between their two highest probabilities.

    Attributes
    ----------
    positions, gaps : ndarray, shape (k,)
        Smallest gap first; of equal gaps, the first in the pool.
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
        Features: float32, or float64, float16 or bfloat16 (as uint16), which are multiplied as float32.
    kernel : {"auto", "compiled", "plain"}
        Who reads: numba, numpy, or numpy until numba is compiled. Without numba, ``"auto"`` is numpy.
    small : int
        Samples below which a pool is read whole, in one thread, with numpy.

    Notes
    -----
    A search by itself reads the whole pool and keeps nothing. After `settle` the next ones leave out the samples whose
    bounds (see `nbloop.ranking.bounds`) stay above the worst of the best; ``read`` in the answer says how many were
    read.

    Examples
    --------
    >>> calls = ClosestCalls(np.array([[2.0], [0.1], [-3.0]], dtype=np.float32))
    >>> calls.find(np.array([[1.0], [-1.0]]), np.zeros(2), 1, np.ones(3, bool)).positions.tolist()
    [1]
    """

    def __init__(self, X: Any, *, kernel: Literal["auto", "compiled", "plain"] = "auto", small: int = SMALL) -> None:
        if X.ndim != 2:
            raise FeatureError(f"a pool to rank must have shape (n, d); found {X.shape}.")
        self._X = X if issparse(X) else np.asarray(X)
        self._plain = PlainKernel(self._X)
        self._wanted, self._small = kernel, small
        self._bounds: Bounds | None = None
        self._near = np.empty(0, dtype=np.intp)
        self._whole = False  # whether every sample has bounds
        self._rehearsals: list[Rehearsal] = []
        self._last: tuple[Weights, np.ndarray, int] | None = None  # still to be settled: weights, what may be asked, k

    def find(
        self, coef: np.ndarray, intercept: np.ndarray, k: int, eligible: np.ndarray, check: Check | None = None
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
            Called between chunks; what it raises ends the search. The next one is right all the same.

        Raises
        ------
        FeatureError
            Shapes that do not fit the pool, weights or features that are not finite.
        """
        fit(self._X.shape, coef, intercept, eligible)
        weights = Weights(coef, intercept)
        best = Best(k, weights.classes)
        read = self._find(weights, best, k, eligible, check or go_on)
        self._last = weights, eligible, k
        return Closest(*best.sorted(), read)

    def settle(self, check: Check | None = None, foretold: Foretold | None = None) -> float:
        """Read the whole pool under the weights of the last search and keep its bounds; return the share that was read.

        The next search will read less: do this while nobody waits. Breaking it off harms nothing.

        Parameters
        ----------
        check : callable, optional
            Called between chunks; what it raises ends it.
        foretold : callable, optional
            Returns the weights that may come next; asked only where there is something to settle. If one comes true,
            almost nothing will be left to read; if not, what they share still tells which way the weights move.
        """
        if self._last is None or len(self) < self._small:
            return 0.0
        (weights, eligible, k), kernel, check = self._last, self._kernel, check or go_on
        ahead = [Weights(*one) for one in (foretold() if foretold else ()) if weights.like(*one)]
        weights, self._rehearsals = weights.leaning(self._lean(weights, ahead)), []
        bounds, version = self._kept(weights)
        near = Best(max(1, len(self) // NEAR), weights.classes)
        self._look_at_first(kernel, weights, near, eligible)
        work = lambda some: near.offer(*kernel.score(some, weights, near.margin, eligible, bounds, version))  # noqa: E731
        self._each(work, check)
        bounds.forget_all_but(max(version, 0))
        nearest = near.sorted()[0]
        nearest[2 * k :].sort()  # read in order they cost less
        self._near, self._whole, self._last = nearest, True, None
        self._rehearse(ahead, k, eligible, check)
        return 1.0

    def _rehearse(self, ahead: list[Weights], k: int, eligible: np.ndarray, check: Check) -> None:
        asked, listed = np.packbits(eligible), LISTED[0] * k + len(self) // LISTED[1]
        for weights in ahead:
            best = Best(listed, weights.classes)
            self._search(weights, best, listed, eligible, check)
            self._rehearsals.append(Rehearsal(weights, asked, *best.sorted()))

    def _lean(self, weights: Weights, ahead: list[Weights]) -> Lean | None:
        moves = [(one.whole - weights.whole)[:, :-1] for one in ahead]
        if not any(move.any() for move in moves):
            return None
        direction = leading(moves)
        return Lean(direction, self._plain.products(self._drawn, unit(direction)))

    def _kept(self, weights: Weights) -> tuple[Bounds, int]:
        """Return where bounds are kept, and the place of these weights; -1 where lengths are not known yet."""
        bounds = self._bounds
        if bounds is not None and self._whole and bounds.classes == weights.classes:
            version = bounds.version(weights)
            if version is not None:
                return bounds, version
        self._bounds, self._whole, bounds = None, False, None  # or there would be two for a moment
        lengths = self._plain.lengths(self._drawn)
        self._bounds = Bounds(len(self), weights.classes, row_bytes(self._X), lengths)
        self._bounds.restart(weights)
        return self._bounds, -1

    @property
    def _kernel(self) -> Any:
        if self._wanted == "plain":
            return self._plain
        large = len(self) >= self._small or self._wanted == "compiled"
        return (compiled_kernel(self._X, wait=self._wanted == "compiled") if large else None) or self._plain

    def __len__(self) -> int:
        return self._X.shape[0]

    # -- which rows to read ------------------------------------------------------------------------------------------

    def _find(self, weights: Weights, best: Best, k: int, eligible: np.ndarray, check: Check) -> float:
        kernel, longest = self._kernel, self._bounds.longest if self._bounds else np.inf
        for rehearsal in self._rehearsals:
            read = rehearsal.find(kernel, weights, best, k, eligible, longest)
            if read is not None:
                return read / len(self)
            best.emptied()
        return self._search(weights, best, k, eligible, check)

    def _search(self, weights: Weights, best: Best, k: int, eligible: np.ndarray, check: Check) -> float:
        kernel, bounds, near = self._kernel, self._bounds, self._near
        near = near[eligible[near]] if self._whole else near[:0]
        if bounds is None or bounds.classes != weights.classes or len(near) < k:
            return self._read_all(kernel, weights, best, eligible, check)
        for some in (near[: 2 * k], near[2 * k :]):
            best.offer(*kernel.score(some, weights, best.margin, eligible))
        best.emptied()  # what is due may hold the same
        limits = bounds.limits(weights, best.margin)
        if self._expected(kernel, eligible, bounds, limits) > WORTH:
            return self._read_all(kernel, weights, best, eligible, check)

        def read(some: slice) -> int:
            rows = kernel.due(some, eligible, bounds, limits)
            best.offer(*kernel.score(rows, weights, best.margin, eligible))
            return len(rows)

        return (len(near) + sum(self._each(read, check))) / len(self)

    def _expected(self, kernel: Any, eligible: np.ndarray, bounds: Bounds, limits: np.ndarray) -> float:
        """Return which share is due of a part of the pool."""
        step, size = max(1, len(self) // SAMPLED), max(1, len(self) // SAMPLED**2)
        sample = [slice(at, at + size) for at in range(0, len(self) - size + 1, step)]
        return sum(len(kernel.due(rows, eligible, bounds, limits)) for rows in sample) / (size * len(sample))

    def _read_all(self, kernel: Any, weights: Weights, best: Best, eligible: np.ndarray, check: Check) -> float:
        self._look_at_first(kernel, weights, best, eligible)
        self._each(lambda some: best.offer(*kernel.score(some, weights, best.margin, eligible)), check)
        return 1.0

    def _look_at_first(self, kernel: Any, weights: Weights, best: Best, eligible: np.ndarray) -> None:
        """Find out how near the best may be, or every sample of the first chunks would count as near."""
        for few in FIRST:
            best.emptied().offer(*kernel.score(slice(0, min(few, len(self))), weights, best.margin, eligible))
        best.emptied()

    @property
    def _drawn(self) -> np.ndarray:
        return np.linspace(0, len(self) - 1, min(DRAWN, len(self)), dtype=np.intp)

    def _each(self, work: Callable[[slice], Any], check: Check) -> list[Any]:
        return each_chunk(len(self), work, check, threads=1 if len(self) < self._small else THREADS)
