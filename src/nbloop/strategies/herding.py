"""Herding: choose samples that cover the pool, weighted by what the model does not know."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse


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
        while not fresh[best]:
            gains[best] = np.maximum(kernel[best] - covered, 0) @ weight
            fresh[best] = True
            best = int(gains.argmax())
        places.append(best)
        won.append(float(gains[best]))
        np.maximum(covered, kernel[best], out=covered)
        gains[best], fresh[:] = -np.inf, False
    return np.array(places, dtype=np.intp), np.array(won)
