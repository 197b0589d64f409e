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
