"""The fused loops: from samples to logits, margins and bounds without leaving the cache. Imports numba.

Rows go through in blocks. The logits of a block lie class by class, so that what follows (the two highest, the codes)
is plain loops along the block, of which numba's compiler makes vectors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import overload

from nbloop.ranking.bounds import BITS, CUT, GUARD, LENGTHS, LEVELS, SLOTS
from nbloop.ranking.vectors import ROWS, fetch, multiply, multiply_sparse, square
from nbloop.ranking.weights import LANES, NEVER

BLOCK = 256
"""Rows whose logits are kept: they stay in the nearest cache."""

AHEAD = 4 * ROWS
"""How many rows ahead memory is asked for."""


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
def _measure(squares: Any, some: int, edges: Any, lengths: Any, longest: Any) -> None:
    """Write the kinds of squared lengths, and the longest; infinite where one is no number."""
    lengths[:] = 0
    for upper in range(LENGTHS - 1):
        for i in range(BLOCK):
            lengths[i] += edges[upper] < squares[i]
    most, sound = np.float32(0), True
    for i in range(some):
        most = max(most, squares[i])
        sound &= squares[i] < np.inf
    longest[0] = max(longest[0], np.sqrt(most) * np.float32(1 + 1e-5)) if sound else np.float32(np.inf)


@njit(nogil=True, cache=True, fastmath={"nnan", "nsz"}, error_model="numpy")
def _two_highest(logits: Any, classes: int, firsts: Any, seconds: Any, winners: Any) -> None:
    """Write the highest and second highest logit of each of BLOCK rows, and the class of the highest."""
    for i in range(BLOCK):
        firsts[i], seconds[i], winners[i] = logits[0, i], np.float32(NEVER), 0
    for c in range(1, classes):
        for i in range(BLOCK):
            first, one = firsts[i], logits[c, i]
            seconds[i] = max(seconds[i], min(first, one))
            winners[i] = np.int32(c) if one > first else winners[i]
            firsts[i] = max(first, one)


@njit(nogil=True, cache=True, fastmath={"nnan", "nsz"}, error_model="numpy")
def _behind(logits: Any, classes: int, firsts: Any, winners: Any) -> None:
    """Replace logits by how far each class is behind; the last class stands in the place of the top one."""
    for c in range(classes - 1):
        for i in range(BLOCK):
            logits[c, i] = firsts[i] - (logits[classes - 1, i] if winners[i] == c else logits[c, i])


@njit(nogil=True, cache=True, error_model="numpy")
def _coded(bits: Any, classes: int, offset: int, coded: Any) -> None:
    """Write the codes of BLOCK rows, nine to a word; of classes that share one, the code of the nearest."""
    slots = SLOTS * len(coded)
    for c in range(slots, classes - 1):
        for i in range(BLOCK):
            bits[c % slots, i] = min(bits[c % slots, i], bits[c, i])
    coded[:] = 0
    for c in range(min(slots, classes - 1)):
        word, shift = c // SLOTS, np.uint64(BITS * (c % SLOTS))
        for i in range(BLOCK):
            code = min(max((bits[c, i] >> CUT) - offset, 0), LEVELS)
            coded[word, i] |= np.uint64(code) << shift


@njit(nogil=True, cache=True, error_model="numpy")
def _keep(some: int, places: Any, winners: Any, lengths: Any, version: int, coded: Any, words: Any, kinds: Any) -> None:
    for i in range(some):
        place = places[i]
        length = lengths[i] if lengths[i] >= 0 else kinds[place] % LENGTHS
        kinds[place] = (version + winners[i]) * LENGTHS + length
        for word in range(len(coded)):
            words[place, word] = coded[word, i]


@njit(nogil=True, cache=True, error_model="numpy")
def _near(
    logits: Any, some: int, classes: int, firsts: Any, seconds: Any, margin: Any, places: Any, eligible: Any,
    positions: Any, gaps: Any, found: int,
) -> int:  # fmt: skip
    """Take down the rows that are near; return how many there are."""
    for i in range(some):
        if firsts[i] - seconds[i] <= margin and eligible[places[i]]:
            total = np.float32(0)
            for c in range(classes):
                total += np.exp(logits[c, i] - firsts[i])
            positions[found], gaps[found] = places[i], -np.expm1(seconds[i] - firsts[i]) / total
            found += 1
    return found


@njit(nogil=True, cache=True, error_model="numpy")
def _multiplied(
    stored: Any, d: int, places: Any, some: int, tiles: Any, intercept: Any, measure: bool, logits: Any, squares: Any
) -> None:  # fmt: skip
    """Write the logits of one block of rows, and their squared lengths where they are to be measured."""
    wide = len(intercept)
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
    data: Any, indices: Any, indptr: Any, places: Any, some: int, tiles: Any, intercept: Any, measure: bool,
    logits: Any, squares: Any,
) -> None:  # fmt: skip
    """Do the same with rows of a CSR matrix."""
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


@njit(nogil=True, cache=True, error_model="numpy")
def _finished(
    logits: Any, places: Any, some: int, margin: Any, eligible: Any, lengths: Any, version: int, offset: int,
    words: Any, kinds: Any, positions: Any, gaps: Any, found: int,
) -> int:  # fmt: skip
    """Take down what is near of one block, and remember its bounds; return how many are near so far."""
    classes = len(logits)
    firsts, seconds, winners = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32), np.empty(BLOCK, np.int32)
    _two_highest(logits, classes, firsts, seconds, winners)
    found = _near(logits, some, classes, firsts, seconds, margin, places, eligible, positions, gaps, found)
    if len(kinds):
        coded = np.empty((words.shape[1], BLOCK), dtype=np.uint64)
        _behind(logits, classes, firsts, winners)
        _coded(logits.view(np.int32), classes, offset, coded)
        _keep(some, places, winners, lengths, version, coded, words, kinds)
    return found


@njit(nogil=True, cache=True, error_model="numpy")
def score(
    stored: Any, d: int, picked: Any, start: int, count: int, tiles: Any, intercept: Any, classes: int, margin: Any,
    eligible: Any, words: Any, kinds: Any, edges: Any, measure: bool, version: int, offset: int, longest: Any,
    positions: Any, gaps: Any,
) -> int:  # fmt: skip
    """Score `count` rows, those picked or those from `start` on; return how many of them are near."""
    logits, found = np.zeros((classes, BLOCK), dtype=np.float32), 0
    places, lengths = np.empty(BLOCK, np.int64), np.full(BLOCK, -1, np.int32)
    squares, uppers = np.zeros(BLOCK, np.float32), (edges / np.float32(1 + 1e-5)) ** 2
    for at in range(0, count, BLOCK):
        some = _placed(picked, start, at, count, places)
        _multiplied(stored, d, places, some, tiles, intercept, measure, logits, squares)
        if measure:
            _measure(squares, some, uppers, lengths, longest)
        found = _finished(
            logits, places, some, margin, eligible, lengths, version, offset, words, kinds, positions, gaps, found
        )
    return found


@njit(nogil=True, cache=True, error_model="numpy")
def score_sparse(
    data: Any, indices: Any, indptr: Any, picked: Any, start: int, count: int, tiles: Any, intercept: Any,
    classes: int, margin: Any, eligible: Any, words: Any, kinds: Any, edges: Any, measure: bool, version: int,
    offset: int, longest: Any, positions: Any, gaps: Any,
) -> int:  # fmt: skip
    """Score rows of a CSR matrix."""
    logits, found = np.zeros((classes, BLOCK), dtype=np.float32), 0
    places, lengths = np.empty(BLOCK, np.int64), np.full(BLOCK, -1, np.int32)
    squares, uppers = np.zeros(BLOCK, np.float32), (edges / np.float32(1 + 1e-5)) ** 2
    for at in range(0, count, BLOCK):
        some = _placed(picked, start, at, count, places)
        _multiplied_sparse(data, indices, indptr, places, some, tiles, intercept, measure, logits, squares)
        if measure:
            _measure(squares, some, uppers, lengths, longest)
        found = _finished(
            logits, places, some, margin, eligible, lengths, version, offset, words, kinds, positions, gaps, found
        )
    return found


@njit(nogil=True, cache=True, error_model="numpy")
def _placed(picked: Any, start: int, at: int, count: int, places: Any) -> int:
    """Write the positions of one block; return how many there are."""
    some = min(BLOCK, count - at)
    for i in range(some):
        places[i] = picked[at + i] if len(picked) else start + at + i
    return some


@njit(nogil=True, cache=True, error_model="numpy")
def due(start: int, stop: int, eligible: Any, words: Any, kinds: Any, limits: Any, places: Any) -> int:
    """Write the positions of eligible rows that must be read; return how many there are."""
    found = 0
    for place in range(start, stop):
        room = np.uint64(0)
        for word in range(words.shape[1]):
            room |= limits[kinds[place], word] - words[place, word]
        places[found] = place
        found += ((room & GUARD) != 0) & eligible[place]
    return found
