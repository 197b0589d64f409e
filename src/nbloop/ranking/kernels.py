"""The fused loops: from samples to logits, margins and bounds without leaving the cache. Imports numba.

Rows go through in blocks. The logits of a block lie class by class, so that what follows (the two highest, the codes)
is plain loops along the block, of which numba's compiler makes vectors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from nbloop.ranking.bounds import BITS, CUT, GUARD, LENGTHS, LEVELS, SLOTS
from nbloop.ranking.products import BLOCK, multiplied
from nbloop.ranking.weights import NEVER


@njit(nogil=True, cache=True, error_model="numpy")
def _measure(squares: Any, some: int, edges: Any, lengths: Any, longest: Any) -> None:
    """Write the kinds of squared lengths, and the longest."""
    lengths[:] = 0
    for upper in range(LENGTHS - 1):
        for i in range(BLOCK):
            lengths[i] += edges[upper] < squares[i]
    most = np.float32(0)
    for i in range(some):
        most = max(most, squares[i])
    longest[0] = max(longest[0], np.sqrt(most) * np.float32(1 + 1e-5))


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
def _part(products: Any, low: Any, scale: Any, parts: int, placed: Any) -> None:
    """Write the parts along the lean in which BLOCK rows lie."""
    for i in range(BLOCK):
        step = np.floor((products[i] - low) * scale) + np.float32(1)
        placed[i] = np.int32(min(max(step, np.float32(0)), np.float32(parts - 1)))


@njit(nogil=True, cache=True, error_model="numpy")
def _unsound(logits: Any, some: int) -> int:
    """Return the first row with a logit that is no number, or -1: a feature that is none makes them all so."""
    sound = True
    for i in range(some):
        sound &= abs(logits[0, i]) < np.inf
    if not sound:
        for i in range(some):
            if not abs(logits[0, i]) < np.inf:
                return i
    return -1


@njit(nogil=True, cache=True, error_model="numpy")
def _keep(
    some: int, places: Any, winners: Any, lengths: Any, version: int, placed: Any, parts: int, coded: Any, words: Any,
    kinds: Any,
) -> None:  # fmt: skip
    for i in range(some):
        place = places[i]
        length = lengths[i] if lengths[i] >= 0 else kinds[place] % LENGTHS
        kinds[place] = ((version + winners[i]) * parts + placed[i]) * LENGTHS + length
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
def _finished(
    logits: Any, classes: int, places: Any, some: int, margin: Any, eligible: Any, lengths: Any, kept: Any,
    positions: Any, gaps: Any, found: int,
) -> int:  # fmt: skip
    """Take down what is near of one block, and keep its bounds; return how many are near so far.

    A row that is no number is told as -1 less its position.
    """
    firsts, seconds, winners = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32), np.empty(BLOCK, np.int32)
    bad = _unsound(logits, some)
    if bad >= 0:
        return -1 - places[bad]
    _two_highest(logits, classes, firsts, seconds, winners)
    found = _near(logits, some, classes, firsts, seconds, margin, places, eligible, positions, gaps, found)
    words, kinds, version, offset, parts, low, scale = kept
    if len(kinds):
        coded, placed = np.empty((words.shape[1], BLOCK), dtype=np.uint64), np.zeros(BLOCK, dtype=np.int32)
        if len(logits) > classes:
            _part(logits[classes], low, scale, parts, placed)
        _behind(logits, classes, firsts, winners)
        _coded(logits.view(np.int32), classes, offset, coded)
        _keep(some, places, winners, lengths, version, placed, parts, coded, words, kinds)
    return found


@njit(nogil=True, cache=True, error_model="numpy")
def score(
    features: Any, picked: Any, start: int, count: int, tiles: Any, constants: Any, rows: int, classes: int,
    margin: Any, eligible: Any, edges: Any, measure: bool, longest: Any, kept: Any, positions: Any, gaps: Any,
) -> int:  # fmt: skip
    """Score `count` samples, those picked or those from `start` on; return how many of them are near."""
    logits, found = np.zeros((rows, BLOCK), dtype=np.float32), 0
    places, lengths = np.empty(BLOCK, np.int64), np.full(BLOCK, -1, np.int32)
    squares, uppers = np.zeros(BLOCK, np.float32), (edges / np.float32(1 + 1e-5)) ** 2
    for at in range(0, count, BLOCK):
        some = _placed(picked, start, at, count, places)
        multiplied(features, places, some, tiles, constants, measure, logits, squares)
        if measure:
            _measure(squares, some, uppers, lengths, longest)
        found = _finished(logits, classes, places, some, margin, eligible, lengths, kept, positions, gaps, found)
        if found < 0:
            break
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
    found, several = 0, words.shape[1]
    first, limit = words[:, 0], limits[:, 0]
    for place in range(start, stop):
        room = limit[kinds[place]] - first[place]
        for word in range(1, several):
            room |= limits[kinds[place], word] - words[place, word]
        if (room & GUARD) != 0 and eligible[place]:  # seldom: a branch is cheaper than to write down every place
            places[found] = place
            found += 1
    return found
