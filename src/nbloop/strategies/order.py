"""From scores to an order, and from many positions to few."""

from __future__ import annotations

import numpy as np


def top(scores: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return the places of the `n` highest scores, best first; equal scores come in random order.

    >>> top(np.array([0.1, 0.9, 0.5]), 2, np.random.default_rng(0)).tolist()
    [1, 2]
    """
    n = min(n, len(scores))
    if n == 0:
        return np.array([], dtype=np.intp)
    threshold = -np.partition(-scores, n - 1)[n - 1] if n < len(scores) else scores.min()
    above = np.flatnonzero(scores > threshold)
    level = np.flatnonzero(scores == threshold)
    chosen = np.concatenate([above, rng.permutation(level)[: n - len(above)]])
    return chosen[np.lexsort((rng.random(len(chosen)), -scores[chosen]))]


def sample(positions: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return at most `n` of the positions, drawn at random without replacement, in random order."""
    return rng.choice(positions, min(n, len(positions)), replace=False)


def followed(
    places: np.ndarray, gains: np.ndarray, scores: np.ndarray, n: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return `places`, chosen together, with the best of the rest behind them up to `n` in all, and their scores.

    Parameters
    ----------
    places, gains : arrays of shape (k,)
        What was chosen with care, best first, and what each was worth then.
    scores : array of shape (m,)
        What each is worth by itself: orders the rest, moved below the last gain.
    n : int
        How many are wanted.
    rng : numpy.random.Generator
        Breaks ties.

    Examples
    --------
    >>> chosen = followed(np.array([2]), np.array([0.5]), np.array([0.25, 0.75, 0.9]), 3, np.random.default_rng(0))
    >>> [part.tolist() for part in chosen]
    [[2, 1, 0], [0.5, 0.5, 0.0]]
    """
    gains = np.minimum.accumulate(gains)  # rounding must not reorder
    rest = np.setdiff1d(np.arange(len(scores)), places)
    if n <= len(places) or not len(rest):
        return places, gains
    behind = rest[top(scores[rest], n - len(places), rng)]
    return np.r_[places, behind], np.r_[gains, gains[-1] + scores[behind] - scores[rest].max()]
