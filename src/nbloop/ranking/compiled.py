"""Reading samples with numba, where it is installed: compiled once, on a thread of its own, while numpy serves."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, issparse

from nbloop.ranking.bounds import Bounds
from nbloop.ranking.plain import unfit
from nbloop.ranking.weights import Weights

STORED = ("float64", "float32", "float16", "uint16")
"""What numbers may be stored as; uint16 is bfloat16."""


def compiled_kernel(X: Any, *, wait: bool = False) -> CompiledKernel | None:
    """Return a kernel for this pool; None while it is being compiled, or where there is no numba.

    Parameters
    ----------
    X : ndarray or CSR matrix, shape (n, d)
        Rows one after the other; anything else is numpy's.
    wait : bool
        Return only when it is compiled.
    """
    rows = X.data if issparse(X) else X
    if rows.dtype.name not in (STORED[1:2] if issparse(X) else STORED) or not rows.flags.c_contiguous or not X.shape[1]:
        return None
    machine = _machine(rows.dtype.name, X.indices.dtype.name if issparse(X) else None)
    if machine is None or not (wait or machine.done()):
        return None
    return CompiledKernel(X, machine.result())


@cache
def _machine(stored: str, places: str | None) -> Future[Any] | None:
    """Return what becomes the compiled functions; the first call for a type begins to compile."""
    if find_spec("numba") is None:
        return None
    machine: Future[Any] = Future()

    def compile_it() -> None:
        try:
            kernels = import_module("nbloop.ranking.kernels")  # imports numba
            _rehearse(_example(stored, places), kernels)
            machine.set_result(kernels)
        except BaseException as error:
            machine.set_exception(error)
            raise

    threading.Thread(target=compile_it, name="nbloop-compile", daemon=True).start()
    return machine


def _example(stored: str, places: str | None) -> Any:
    """Return a pool of one sample."""
    dense = np.ones((1, 1), dtype=stored)
    if places is None:
        return dense
    example = csr_matrix(dense)
    example.indices, example.indptr = example.indices.astype(places), example.indptr.astype(places)
    return example


def _rehearse(X: Any, kernels: Any) -> None:
    """Call everything once, with the types it will be called with."""
    weights, bounds = Weights(np.ones((2, 1)), np.zeros(2)), Bounds(1, 2, 4, np.ones(1))
    eligible, kernel = np.ones(1, dtype=bool), CompiledKernel(X, kernels)
    bounds.restart(weights)
    kernel.score(slice(0, 1), weights, 1.0, eligible, bounds, -1)
    kernel.due(slice(0, 1), eligible, bounds, bounds.limits(weights, 1.0))


def _features(X: Any) -> tuple[Any, ...]:
    if issparse(X):
        return X.data, X.indices, X.indptr
    stored = X.view(np.int16) if X.dtype == np.float16 else X  # numba has no halves; uint16 is bfloat16
    return stored.reshape(-1), X.shape[1]


class CompiledKernel:
    """What `PlainKernel` does, with the same answers and bounds, in fused loops that hold no lock."""

    def __init__(self, X: Any, kernels: Any) -> None:
        self._due, self._score = kernels.due, kernels.score
        self._features = _features(X)
        self._buffers = threading.local()

    def score(
        self,
        rows: slice | np.ndarray,
        weights: Weights,
        margin: float,
        eligible: np.ndarray,
        bounds: Bounds | None = None,
        version: int = 0,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return positions and gaps of eligible samples with at most this margin; keep the bounds of all."""
        start, picked = (rows.start, _NONE) if isinstance(rows, slice) else (0, rows)
        count = rows.stop - rows.start if isinstance(rows, slice) else len(rows)
        positions, gaps = self._room(count)
        measure, longest = version < 0, np.zeros(1, dtype=np.float32)
        found = self._score(
            self._features, picked, start, count, *weights.tiles, len(weights.rows), weights.classes,
            np.float32(margin), eligible, _NO_EDGES if bounds is None else bounds.edges, measure, longest,
            _kept(bounds, max(version, 0), weights), positions, gaps,
        )  # fmt: skip
        if found < 0:
            raise unfit(-1 - found)
        if bounds is not None and measure:
            bounds.lengthen(float(longest[0]))
        return positions[:found].copy(), gaps[:found].copy()

    def due(self, rows: slice, eligible: np.ndarray, bounds: Bounds, limits: np.ndarray) -> np.ndarray:
        """Return the positions of eligible samples whose codes are not all above their limits."""
        places = self._room(rows.stop - rows.start)[0]
        found = self._due(rows.start, rows.stop, eligible, bounds.words, bounds.kinds, limits, places)
        return places[:found].copy()

    def _room(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return this thread's buffers: fresh memory would cost more than what is written to it."""
        held = getattr(self._buffers, "held", None)
        if held is None or len(held[0]) < count:
            held = self._buffers.held = np.empty(count, dtype=np.intp), np.empty(count, dtype=np.float32)
        return held


def _kept(bounds: Bounds | None, version: int, weights: Weights) -> tuple[Any, ...]:
    """Return where bounds are kept and how they are made, as the loops take it."""
    if bounds is None:
        return _NO_WORDS, _NO_KINDS, 0, 0, 1, np.float32(0), np.float32(0)
    lean = weights.lean
    low, scale = (0.0, 0.0) if lean is None else (lean.low, lean.scale(bounds.parts))
    first = version * weights.classes
    return bounds.words, bounds.kinds, first, bounds.offset, bounds.parts, np.float32(low), np.float32(scale)


_NONE, _NO_EDGES = np.empty(0, dtype=np.intp), np.ones(1, dtype=np.float32)
_NO_WORDS, _NO_KINDS = np.empty((0, 1), dtype=np.uint64), np.empty(0, dtype=np.uint16)
