"""The nearest labelled samples of a sample: what a person has said of others like it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import pairwise_distances

from nbloop.dataset import Dataset


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
    snapshot = data.snapshot()
    known = snapshot.labelled != place
    others, codes = snapshot.labelled[known], snapshot.codes[known]
    if not len(others):
        return pd.DataFrame({"label": [], "distance": []}).rename_axis("id")
    distances = pairwise_distances(X[[place]], X[others])[0]
    order = np.argsort(distances, kind="stable")[:n]
    labels = [snapshot.names[code] for code in codes[order]]
    ids = [data.samples.ids[int(other)] for other in others[order]]
    return pd.DataFrame({"label": labels, "distance": distances[order]}, index=pd.Index(ids, name="id"))
