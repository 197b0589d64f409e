"""Products: samples, as they are stored, times weights, a block at a time. Imports numba.

Numba caches what it compiled by the file of the outermost function: who changes this file or `nbloop.ranking.vectors`
clears ``__pycache__``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import overload

from nbloop.ranking.vectors import ROWS, fetch, multiply, multiply_sparse, square
from nbloop.ranking.weights import LANES

BLOCK = 256
"""Rows whose logits are kept: they stay in the nearest cache."""

AHEAD = ROWS
"""How many rows ahead memory is asked for: more would be in the way of what the machine itself foresees."""


def _in_place(stored: Any, at: Any, out: Any, bits: Any, row: Any) -> int:  # noqa: ARG001
    return stored.ctypes.data + at * 4


def _from_bfloat16(stored: Any, at: Any, out: Any, bits: Any, row: Any) -> int:
    for j in range(out.shape[1]):  # the upper half of a float32
        bits[row, j] = np.uint32(stored[at + j]) << np.uint32(16)
    return out.ctypes.data + row * out.shape[1] * 4


def _from_float16(stored: Any, at: Any, out: Any, bits: Any, row: Any) -> int:
    for j in range(out.shape[1]):  # bits moved, the sign being in the upper half already
        half = np.uint32(stored[at + j])
        bits[row, j] = (half & np.uint32(0x80000000)) | ((half & np.uint32(0x7FFF)) << np.uint32(13))
    for j in range(out.shape[1]):  # the origin of the exponent
        out[row, j] *= np.float32(2.0**112)
    return out.ctypes.data + row * out.shape[1] * 4


def _from_float64(stored: Any, at: Any, out: Any, bits: Any, row: Any) -> int:  # noqa: ARG001
    for j in range(out.shape[1]):
        out[row, j] = stored[at + j]
    return out.ctypes.data + row * out.shape[1] * 4


DECODERS = {types.float32: _in_place, types.uint16: _from_bfloat16, types.int16: _from_float16}


def _decode(stored: Any, at: int, out: Any, bits: Any, row: int) -> int: ...


@overload(_decode, inline="always")
def _decode_for(stored: Any, at: Any, out: Any, bits: Any, row: Any) -> Any:  # noqa: ARG001
    """Return where a row lies as float32: in place, or in a row of `out`, of which `bits` is a view."""
    return DECODERS.get(stored.dtype, _from_float64)


@njit(nogil=True, cache=True, error_model="numpy")
def _fetch_rows(stored: Any, d: int, places: Any, first: int, stop: int) -> None:
    """Ask for rows that are soon wanted: eight at once are more than the machine foresees."""
    start, size = stored.ctypes.data, stored.itemsize * d
    for i in range(first, stop):
        at = start + places[i] * size
        for byte in range(0, min(size, 1024), 64):
            fetch(at + byte)


@njit(nogil=True, cache=True, error_model="numpy")
def _multiplied_dense(
    features: Any, places: Any, some: int, tiles: Any, intercept: Any, measure: bool, logits: Any, squares: Any
) -> None:  # fmt: skip
    """Write the logits of one block of rows, and their squared lengths where they are to be measured."""
    (stored, d), wide = features, len(intercept)
    rows, sums = np.empty((ROWS, d), dtype=np.float32), np.empty((ROWS, wide), dtype=np.float32)
    row_bits, table = rows.view(np.uint32), np.empty(ROWS, dtype=np.uint64)
    table_at, tiles_at, sums_at, tile_size = table.ctypes.data, tiles.ctypes.data, sums.ctypes.data, d * LANES * 4
    _fetch_rows(stored, d, places, 0, min(AHEAD, some))
    for i in range(0, some, ROWS):
        _fetch_rows(stored, d, places, min(i + AHEAD, some), min(i + AHEAD + ROWS, some))
        for row in range(ROWS):
            table[row] = _decode(stored, places[min(i + row, some - 1)] * d, rows, row_bits, row)
            for c in range(wide):
                sums[row, c] = intercept[c]
        for tile in range(len(tiles)):
            multiply(table_at, d, tiles_at + tile * tile_size, sums_at + tile * LANES * 4, wide)
        for c in range(len(logits)):
            for row in range(ROWS):
                logits[c, i + row] = sums[row, c]
        if measure:
            for row in range(ROWS):
                squares[i + row] = square(table[row], d)


@njit(nogil=True, cache=True, error_model="numpy")
def _multiplied_sparse(
    features: Any, places: Any, some: int, tiles: Any, intercept: Any, measure: bool, logits: Any, squares: Any
) -> None:  # fmt: skip
    """Do the same with rows of a CSR matrix."""
    data, indices, indptr = features
    sums, tile_size = np.empty(len(intercept), dtype=np.float32), tiles.shape[1] * LANES * 4
    data_at, indices_at, tiles_at, sums_at = data.ctypes.data, indices.ctypes.data, tiles.ctypes.data, sums.ctypes.data
    for i in range(some):
        first, last = indptr[places[i]], indptr[places[i] + 1]
        for c in range(len(sums)):
            sums[c] = intercept[c]
        for tile in range(len(tiles)):
            multiply_sparse(
                data_at + first * 4, indices_at + first * indices.itemsize, last - first,
                tiles_at + tile * tile_size, sums_at + tile * LANES * 4, first,
            )  # fmt: skip
        for c in range(len(logits)):
            logits[c, i] = sums[c]
        if measure:
            squares[i] = square(data_at + first * 4, last - first)


def multiplied(
    features: Any, places: Any, some: int, tiles: Any, intercept: Any, measure: bool, logits: Any, squares: Any
) -> None: ...  # fmt: skip


@overload(multiplied)
def _multiplied_for(
    features: Any, places: Any, some: Any, tiles: Any, intercept: Any, measure: Any, logits: Any, squares: Any,  # noqa: ARG001
) -> Any:  # fmt: skip
    """Return what multiplies dense features (numbers, d) or those of a CSR matrix (numbers, columns, starts)."""
    for_these = _multiplied_dense if len(features) == 2 else _multiplied_sparse

    def build(
        features: Any, places: Any, some: Any, tiles: Any, intercept: Any, measure: Any, logits: Any, squares: Any
    ) -> None:  # fmt: skip
        for_these(features, places, some, tiles, intercept, measure, logits, squares)

    return build
