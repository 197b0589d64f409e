"""The weights of one linear model, as the kernels read them."""

from __future__ import annotations

import numpy as np

LANES = 16
"""Classes multiplied at once: as many floats as the widest registers hold."""

NEVER = np.float32(-1e30)
"""Intercept of classes that only fill a register."""


class Weights:
    """Coefficients and intercepts, float32.

    Parameters
    ----------
    coef : array of shape (classes, d)
    intercept : array of shape (classes,)

    Attributes
    ----------
    whole : ndarray of shape (classes, d + 1)
        The intercept is the last column.
    columns : ndarray of shape (d, classes)
        What a block of rows is multiplied with.
    """

    def __init__(self, coef: np.ndarray, intercept: np.ndarray) -> None:
        self.whole = np.column_stack([coef, intercept]).astype(np.float32)
        self.columns = np.ascontiguousarray(self.whole[:, :-1].T)
        self.intercept = np.ascontiguousarray(self.whole[:, -1])
        self.classes = len(self.whole)

    def tiles(self) -> tuple[np.ndarray, np.ndarray]:
        """Return coefficients of shape (tiles, d, LANES) and intercepts of shape (tiles * LANES,)."""
        tiles = -(-self.classes // LANES)
        padded = np.zeros((tiles * LANES, self.columns.shape[0]), dtype=np.float32)
        padded[: self.classes] = self.columns.T
        intercept = np.full(tiles * LANES, NEVER, dtype=np.float32)
        intercept[: self.classes] = self.intercept
        return np.ascontiguousarray(padded.reshape(tiles, LANES, -1).transpose(0, 2, 1)), intercept

    def largest(self, norm: float) -> float:
        """Return a bound of every logit of samples no longer than `norm`."""
        return 1 + norm * float(np.linalg.norm(self.columns, axis=0).max()) + float(np.abs(self.intercept).max())
