"""The weights of one linear model, as the kernels read them."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from nbloop.ranking.lean import Lean

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
    lean : Lean, optional
        A direction with which samples are multiplied besides.

    Attributes
    ----------
    whole : ndarray of shape (classes, d + 1)
        The intercept is the last column.
    rows, constants : ndarray of shape (m, d) and (m,)
        What samples are multiplied with, and what is added: one row a class, and the lean's with nothing to add.
    columns : ndarray of shape (d, m)
        The rows, the other way round.
    """

    def __init__(self, coef: np.ndarray, intercept: np.ndarray, lean: Lean | None = None) -> None:
        self.whole = np.column_stack([coef, intercept]).astype(np.float32)
        self.classes, self.lean = len(self.whole), lean
        more = [] if lean is None else [np.r_[lean.direction, np.float32(0)]]
        everything = np.vstack([self.whole, *more])
        self.rows = np.ascontiguousarray(everything[:, :-1])
        self.columns = np.ascontiguousarray(self.rows.T)
        self.constants = np.ascontiguousarray(everything[:, -1])

    def leaning(self, lean: Lean | None) -> Weights:
        """Return the same weights with another lean."""
        return Weights(self.whole[:, :-1], self.whole[:, -1], lean)

    @cached_property
    def tiles(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows as (tiles, d, LANES), and constants as (tiles * LANES,)."""
        count, d = self.rows.shape
        tiles = -(-count // LANES)
        padded = np.zeros((tiles * LANES, d), dtype=np.float32)
        padded[:count] = self.rows
        constants = np.full(tiles * LANES, NEVER, dtype=np.float32)
        constants[:count] = self.constants
        return np.ascontiguousarray(padded.reshape(tiles, LANES, d).transpose(0, 2, 1)), constants

    def largest(self, norm: float) -> float:
        """Return a bound of every logit of samples no longer than `norm`."""
        coef, intercept = self.whole[:, :-1], self.whole[:, -1]
        return 1 + norm * float(np.linalg.norm(coef, axis=1).max()) + float(np.abs(intercept).max())
