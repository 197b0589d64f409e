"""The nearest labelled samples of a sample: what a person has said of others like it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.metrics import pairwise_distances

from nbloop.dataset import Dataset
from nbloop.snapshot import Snapshot


class Near(NamedTuple):
    """Positions in the pool, labels and distances, the nearest first."""

    places: list[int]
    labels: list[str]
    distances: list[float]


def nearest(data: Dataset, X: Any, place: int, n: int = 5) -> pd.DataFrame:
    """Return the `n` nearest training labels of the sample at `place`: `label` and `distance`, indexed by sample id.

    Parameters
    ----------
    data : Dataset
        Whose training labels count.
    X : array or CSR matrix, shape (n, d)
        Features of the pool; distances are Euclidean.
    place : int
        Position in the pool.
    n : int
        How many; fewer where there are fewer labels.
    """
    return as_frame(nearest_places(data.snapshot(), X, place, n), data)


def as_frame(near: Near, data: Dataset) -> pd.DataFrame:
    """Return them as a frame: `label` and `distance`, indexed by sample id."""
    ids = pd.Index([data.samples.ids[other] for other in near.places], name="id")
    return pd.DataFrame({"label": near.labels, "distance": near.distances}, index=ids)


def nearest_places(snapshot: Snapshot, X: Any, place: int, n: int = 5) -> Near:
    """Return the same of a dataset at one point, as plain values."""
    known = snapshot.labelled != place
    others, codes = snapshot.labelled[known], snapshot.codes[known]
    if not len(others):
        return Near([], [], [])
    distances = _distances(X[[place]], X[others])
    order = np.argsort(distances, kind="stable")[:n]
    labels = [snapshot.names[code] for code in codes[order]]
    return Near(others[order].tolist(), labels, distances[order].tolist())


def _distances(row: Any, rows: Any) -> np.ndarray:
    if issparse(rows):
        return pairwise_distances(row, rows)[0]
    return np.linalg.norm(rows - row, axis=1)
