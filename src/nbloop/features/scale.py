"""One scale for all features, so that one strength of the penalty fits all data."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix, issparse

LENGTH = 3.0
"""Root mean square length of a row after scaling."""


class Scale:
    """Centre the columns and bring rows to a root mean square length of `LENGTH`; CSR rows are not centred.

    Parameters
    ----------
    columns : bool
        Bring each column to the same spread first.
    """

    def __init__(self, *, columns: bool) -> None:
        self.columns = columns

    def fit_transform(self, X: np.ndarray | csr_matrix) -> np.ndarray | csr_matrix:
        """Learn mean and spread of X, shape (n, d)."""
        if issparse(X):
            self.mean_, self.factor_ = None, LENGTH / (np.sqrt(X.multiply(X).sum() / X.shape[0]) or 1.0)
            return self.transform(X)
        self.mean_ = X.mean(axis=0, dtype=np.float64)
        spread = X.std(axis=0, dtype=np.float64)
        if self.columns:
            width = np.where(spread > 1e-9 * np.abs(self.mean_) + 1e-12, spread, np.inf)
            self.factor_ = LENGTH / width / np.sqrt(max(np.isfinite(width).sum(), 1))
        else:
            self.factor_ = LENGTH / (np.sqrt((spread**2).sum()) or 1.0)
        return self.transform(X)

    def transform(self, X: np.ndarray | csr_matrix) -> np.ndarray | csr_matrix:
        """Return X scaled, float32."""
        if self.mean_ is None:
            return (X * self.factor_).astype(np.float32)
        return ((X - self.mean_) * self.factor_).astype(np.float32)
