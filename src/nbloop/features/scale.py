"""One scale for all features, so that one strength of the penalty fits all data."""

from __future__ import annotations

import numpy as np
from scipy.sparse import issparse

from nbloop.features.features import Matrix

LENGTH = 1.5
"""Root mean square length of a row after scaling: what the default strength of `Logistic` was chosen for."""

UNITS = 100
"""Columns whose spreads differ by more than this factor are in different units."""


class Scale:
    """Centre the columns and bring rows to a root mean square length of `LENGTH`; CSR rows are not centred.

    Parameters
    ----------
    columns : bool, optional
        Bring each column to the same spread first. By default only when they are in different units: among principal
        components or the entries of an embedding, a small spread means little.
    """

    def __init__(self, *, columns: bool | None = None) -> None:
        self.columns = columns

    def fit_transform(self, X: Matrix) -> Matrix:
        """Learn mean and spread of X, shape (n, d)."""
        if issparse(X):
            self.mean_, self.factor_ = None, LENGTH / (np.sqrt(X.multiply(X).sum() / X.shape[0]) or 1.0)
            return self.transform(X)
        self.mean_ = X.mean(axis=0, dtype=np.float64)
        spread = X.std(axis=0, dtype=np.float64)
        varying = spread > 1e-6 * np.abs(self.mean_) + 1e-30
        if self.columns or (self.columns is None and _in_different_units(spread[varying])):
            self.factor_ = LENGTH / np.where(varying, spread, np.inf) / np.sqrt(max(varying.sum(), 1))
        else:
            self.factor_ = LENGTH / (np.sqrt((spread**2).sum()) or 1.0)
        return self.transform(X)

    def transform(self, X: Matrix) -> Matrix:
        """Return X scaled, float32."""
        if self.mean_ is None:
            return (X * self.factor_).astype(np.float32)
        return ((X - self.mean_) * self.factor_).astype(np.float32)


def _in_different_units(spread: np.ndarray) -> bool:
    return len(spread) > 1 and spread.max() > UNITS * np.median(spread)
