"""Herding: choose samples that cover the pool, weighted by what the model does not know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import issparse

from nbloop.strategies.order import sample
from nbloop.strategies.query import Choice, Query

NEIGHBORS = 0.01
"""Share of the pool that a sample stands for: sets the radius of the kernel."""

NEAREST = 10
"""Samples that it stands for at least, unless that is more than a tenth of the pool: a small class is one ball then."""


def dense(rows: Any) -> np.ndarray:
    """Return rows of a dense or CSR matrix as a float32 array."""
    return np.asarray(rows.toarray() if issparse(rows) else rows, dtype=np.float32)


def squared_distances(A: Any, B: Any) -> np.ndarray:
    """Return squared Euclidean distances of shape (len(A), len(B)), for dense or CSR rows."""
    product = dense(A @ B.T)
    squares = [dense(M.multiply(M).sum(axis=1)).ravel() if issparse(M) else np.einsum("ij,ij->i", M, M) for M in (A, B)]
    product *= -2
    product += squares[0][:, None]
    product += squares[1][None, :]
    return np.maximum(product, 0, out=product)


def herd(kernel: np.ndarray, covered: np.ndarray, weight: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Choose greedily the rows that cover most.

    Each pick maximises the weighted sum, over the reference samples, of the best similarity to anything chosen. Gains
    only shrink as more is chosen, so a stale gain is an upper bound and only rows that may still win are read again
    (Minoux, 1978).

    Parameters
    ----------
    kernel : array of shape (m, r)
        Similarity of each candidate to each reference sample.
    covered : array of shape (r,)
        Best similarity of each reference sample to anything labelled.
    weight : array of shape (r,)
        What each reference sample counts.
    n : int
        How many.

    Returns
    -------
    places, gains : arrays of shape (min(n, m),)

    References
    ----------
    Bae, Noh and Sutherland, "Uncertainty Herding", ICLR 2025; "Generalized coverage" (MaxHerding), ECCV 2024.
    """
    covered = covered.copy()
    gains = np.maximum(kernel - covered, 0) @ weight
    fresh = np.ones(len(kernel), dtype=bool)
    places, won = [], []
    for _ in range(min(n, len(kernel))):
        best = int(gains.argmax())
        while not fresh[best]:  # a stale gain is an upper bound
            gains[best] = np.maximum(kernel[best] - covered, 0) @ weight
            fresh[best] = True
            best = int(gains.argmax())
        places.append(best)
        won.append(float(gains[best]))
        np.maximum(covered, kernel[best], out=covered)
        gains[best], fresh[:] = -np.inf, False
    return np.array(places, dtype=np.intp), np.minimum.accumulate(
        np.array(won, dtype=np.float64)
    )  # rounding must not reorder


def cover(
    query: Query,
    places: np.ndarray,
    reference: int,
    unsure: Callable[[np.ndarray], np.ndarray] | None,
    phase: str,
    *,
    ball: bool = False,
) -> Choice:
    """Choose from `places` what makes most of the pool look like something labelled.

    Parameters
    ----------
    query : Query
        Its labelled samples cover already, and so do those being asked.
    places : array of shape (m,)
        Candidates that are compared, in random order.
    reference : int
        How many samples, drawn at random, stand for the pool.
    unsure : callable, optional
        From probabilities to what a sample counts, asked of those drawn only; all alike by default.
    phase : str
        What a person reads.
    ball : bool
        Whether samples are alike only within the radius, and then wholly; by default similarity fades (Gaussian).
    """
    drawn = sample(np.arange(len(query.candidates)), reference, query.rng)
    weight = np.ones(len(drawn)) if unsure is None else query.each(unsure, query.candidates[drawn])
    R = query.X[query.candidates[drawn]]
    distances = squared_distances(query.X[places], R)
    width = radius(distances[:100])
    covered = np.zeros(len(drawn), dtype=np.float32)
    if len(query.covered):
        covered = _similarity(squared_distances(query.X[query.covered], R).min(axis=0), width, ball)
    kernel = _similarity(distances, width, ball)
    chosen, gains = herd(kernel, covered, weight.astype(np.float32), query.n)
    return Choice(places[chosen], gains, phase)


def _similarity(distances: np.ndarray, radius: float, ball: bool) -> np.ndarray:
    """Return similarities in place of squared distances."""
    if ball:
        return (distances <= radius).astype(np.float32)
    distances /= -radius
    return np.exp(distances, out=distances)


def radius(distances: np.ndarray) -> float:
    """Return the mean squared distance within which a sample has its share of the pool, and a few others at least."""
    if not distances.size:
        return 1.0
    several = min(NEAREST, distances.shape[1] // 10)
    rank = max(int(NEIGHBORS * distances.shape[1]), several)
    near = np.partition(distances, rank, axis=1)[:, rank].mean() if rank else 0.0  # the nearest is itself
    return float(near) or float(distances.mean()) or 1.0
