"""Spreading an order over the pool: one of each cluster first."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from sklearn.cluster import KMeans

CLUSTERS = 32
"""Kinds told apart: more than a person answers before the next ranking."""


def clustered(rows: Any, k: int, rng: np.random.Generator) -> Any:
    """Return fitted k-means of rows of shape (m, d), m > 0; no more clusters than there are different rows."""
    along = np.asarray(rows @ rng.standard_normal(rows.shape[1]))
    different = len(np.unique(np.round(along, 4)))  # equal rows lie at the same place of any line
    seed = int(rng.integers(2**31))
    return KMeans(min(k, different), n_init=cast("Any", 1), max_iter=50, random_state=seed).fit(rows)


def turns(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return how many of the same cluster have a higher score: taken off, one of each cluster comes before a second.

    Parameters
    ----------
    labels : array of shape (m,)
        Clusters.
    scores : array of shape (m,)
        Higher comes first.

    Examples
    --------
    >>> turns(np.array([4, 4, 7]), np.array([0.8, 0.9, 0.3])).tolist()
    [1.0, 0.0, 0.0]
    """
    order = np.lexsort((-scores, labels))
    starts = np.searchsorted(labels[order], labels[order])
    taken = np.empty(len(labels))
    taken[order] = np.arange(len(labels)) - starts
    return taken


def unit(values: np.ndarray) -> np.ndarray:
    """Return values brought to between 0 and 1, in the same order."""
    low, high = (values.min(), values.max()) if len(values) else (0.0, 0.0)
    return (values - low) / (high - low) if high > low else np.full(len(values), 0.5)
