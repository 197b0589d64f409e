"""The closest calls of a linear model, exactly, in one pass over the pool or, after an update, in less than one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy.sparse import issparse

from nbloop.errors import FeatureError
from nbloop.ranking.best import Best
from nbloop.ranking.bounds import LENGTHS, Bounds
from nbloop.ranking.chunks import Check, each_chunk, go_on
from nbloop.ranking.compiled import compiled_kernel
from nbloop.ranking.plain import PlainKernel
from nbloop.ranking.weights import Weights

SMALL = 32_768
"""Samples below which a pool is read whole, in one thread, with numpy."""

THREADS = 2
"""At most: the kernel's other threads want to run too."""

WORTH = 0.6
"""Share of the pool above which reading on in order beats picking rows."""

FIRST = (1024, 8192)
"""Samples that tell beforehand how near the best may be, where nothing is known yet."""

SAMPLED = 16
"""One sample in so many, in as many places, tells beforehand how near the best are and which share will be read."""


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
    Samples whose bounds (see `nbloop.ranking.bounds`) stay above the worst of the best are not read. ``read`` in the
    answer says how many were.

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
        self._seeds = np.empty(0, dtype=np.intp)
        self._measured = self._whole = False
        self._version, self._weights = 0, None

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
        self._fit(coef, intercept, eligible)
        weights = Weights(coef, intercept)
        seeds = self._seeds[eligible[self._seeds]]  # more than wanted: those labelled since are missing
        best = Best(len(seeds) if len(seeds) >= k else k + k // 4, weights.classes)
        read = self._find(weights, best, seeds, eligible, check or go_on)
        positions, gaps = best.sorted()
        self._seeds = positions
        return Closest(positions[:k], gaps[:k], read)

    def settle(self, check: Check | None = None) -> float:
        """Bring the bounds of samples that the last search did not read up to date; return the share that was read.

        The next search will read less: do this while nobody waits. Breaking it off wastes nothing.

        Parameters
        ----------
        check : callable, optional
            Called between chunks; what it raises ends it.
        """
        bounds, weights, kernel = self._bounds, self._weights, self._kernel
        if bounds is None or weights is None or not self._whole:
            return 0.0
        none, version = np.zeros(len(self), dtype=bool), self._version
        old = lambda some: self._read_old(kernel, some, weights, none, bounds, version)  # noqa: E731
        read = sum(self._each(old, check or go_on)) / len(self)
        bounds.forget_all_but(version)
        return read

    @staticmethod
    def _read_old(kernel: Any, some: slice, weights: Weights, none: np.ndarray, bounds: Bounds, version: int) -> int:
        rows = np.flatnonzero(bounds.kinds[some] // (bounds.classes * LENGTHS) != version) + some.start
        kernel.score(rows, weights, 0.0, none, bounds, version)
        return len(rows)

    def _fit(self, coef: np.ndarray, intercept: np.ndarray, eligible: np.ndarray) -> None:
        n, d = self._X.shape
        wanted = {"coef": (len(coef), d), "intercept": (len(coef),), "eligible": (n,)}
        for (name, shape), found in zip(wanted.items(), (coef, intercept, eligible), strict=True):
            if np.shape(found) != shape:
                raise FeatureError(f"{name} must have shape {shape} for a pool of {n} × {d}; found {np.shape(found)}.")
        for name, found in (("coef", coef), ("intercept", intercept)):
            if not np.isfinite(found).all():
                raise FeatureError(
                    f"{name} must be finite; found {np.count_nonzero(~np.isfinite(found))} that are not."
                )
        if len(coef) < 2:
            raise FeatureError("closest calls are between two classes; the model has one.")

    @property
    def _kernel(self) -> Any:
        if self._wanted == "plain":
            return self._plain
        large = len(self) >= self._small or self._wanted == "compiled"
        return (compiled_kernel(self._X, wait=self._wanted == "compiled") if large else None) or self._plain

    def __len__(self) -> int:
        return self._X.shape[0]

    # -- which rows to read ------------------------------------------------------------------------------------------

    def _find(self, weights: Weights, best: Best, seeds: np.ndarray, eligible: np.ndarray, check: Check) -> float:
        kernel, bounds = self._kernel, self._bounds
        if bounds is None or not self._whole or bounds.classes != weights.classes or not len(seeds):
            return self._read_all(kernel, weights, best, eligible, check)
        best.offer(*kernel.score(seeds, weights, np.inf, eligible, None, 0))
        limits = self._sharpened(kernel, weights, best, eligible, bounds)
        if self._expected(kernel, eligible, bounds, limits) > WORTH or (version := bounds.version(weights)) is None:
            return self._read_all(kernel, weights, best.emptied(), eligible, check)
        self._version, self._weights = version, weights
        best.emptied()
        rows = self._each(lambda some: self._read_due(kernel, some, weights, best, eligible, limits), check)
        return (len(seeds) + sum(rows)) / len(self)

    def _sharpened(self, kernel: Any, weights: Weights, best: Best, eligible: np.ndarray, bounds: Bounds) -> np.ndarray:
        """Return limits after a look at a part of the pool: the best of before may have moved far."""
        limits = bounds.limits(weights, best.margin)
        best.emptied()  # the sample may hold the same
        for rows in self._sample:
            due = kernel.due(rows, eligible, bounds, limits)
            best.offer(*kernel.score(due, weights, best.margin, eligible, None, 0))
        return bounds.limits(weights, best.margin)

    @property
    def _sample(self) -> list[slice]:
        step, size = max(1, len(self) // SAMPLED), max(1, len(self) // SAMPLED**2)
        return [slice(at, at + size) for at in range(0, len(self) - size + 1, step)]

    def _expected(self, kernel: Any, eligible: np.ndarray, bounds: Bounds, limits: np.ndarray) -> float:
        due = sum(len(kernel.due(rows, eligible, bounds, limits)) for rows in self._sample)
        return due / sum(rows.stop - rows.start for rows in self._sample)

    def _read_due(
        self, kernel: Any, some: slice, weights: Weights, best: Best, eligible: np.ndarray, limits: np.ndarray
    ) -> int:
        assert self._bounds is not None
        rows = kernel.due(some, eligible, self._bounds, limits)
        best.offer(*kernel.score(rows, weights, best.margin, eligible, self._bounds, self._version))
        return len(rows)

    def _read_all(self, kernel: Any, weights: Weights, best: Best, eligible: np.ndarray, check: Check) -> float:
        bounds, version = self._restarted(weights), 0 if self._measured else -1
        for few in FIRST:  # or every sample of the first chunks would count as near
            best.emptied().offer(*kernel.score(slice(0, min(few, len(self))), weights, best.margin, eligible, None, 0))
        best.emptied()
        score = lambda some: best.offer(*kernel.score(some, weights, best.margin, eligible, bounds, version))  # noqa: E731
        for _ in self._each(score, check):
            pass
        if bounds is None or not np.isfinite(bounds.longest):
            self._refuse_unfit()
        else:
            self._measured = self._whole = True
            self._version, self._weights = 0, weights
        return 1.0

    def _refuse_unfit(self) -> None:
        """Raise where a sample is not finite; a small pool is looked through once."""
        if not self._measured and (place := self._plain.first_unfit()) is not None:
            self._bounds = None
            raise FeatureError(f"features must be finite; found NaN or infinite ones at position {place}.")
        self._measured = True

    def _restarted(self, weights: Weights) -> Bounds | None:
        """Return bounds that are about to be written anew; None for a pool too small to need any."""
        if len(self) < self._small:
            return None
        if self._bounds is None or self._bounds.classes != weights.classes:
            some = np.linspace(0, len(self) - 1, 4096, dtype=np.intp)
            self._bounds = Bounds(len(self), weights.classes, self._row_bytes, self._plain.lengths(some))
            self._measured = False
        self._whole = False  # until every sample is read
        self._bounds.restart(weights)
        return self._bounds

    @property
    def _row_bytes(self) -> float:
        X: Any = self._X  # scipy ships no types
        parts = [X.data, X.indices, X.indptr] if issparse(X) else [X]
        return sum(part.nbytes for part in parts) / len(self)

    def _each(self, work: Callable[[slice], Any], check: Check) -> list[Any]:
        return each_chunk(len(self), work, check, threads=1 if len(self) < self._small else THREADS)
