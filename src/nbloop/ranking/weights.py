"""The weights of one linear model, as the kernels read them."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from nbloop.errors import FeatureError
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
    """

    def __init__(self, coef: np.ndarray, intercept: np.ndarray, lean: Lean | None = None) -> None:
        self.whole = np.column_stack([coef, intercept]).astype(np.float32)
        self.classes, self.lean = len(self.whole), lean
        more = [] if lean is None else [lean.direction]
        self.rows = np.vstack([self.whole[:, :-1], *more])
        self.constants = np.append(self.whole[:, -1], [np.float32(0)] * len(more))

    def leaning(self, lean: Lean | None) -> Weights:
        """Return the same weights with another lean."""
        return Weights(self.whole[:, :-1], self.whole[:, -1], lean)

    def like(self, coef: np.ndarray, intercept: np.ndarray) -> bool:
        """Return whether other weights are finite and of the same shape."""
        shapes = (self.classes, self.whole.shape[1] - 1), (self.classes,)
        return (np.shape(coef), np.shape(intercept)) == shapes and bool(
            np.isfinite(coef).all() & np.isfinite(intercept).all()
        )

    @cached_property
    def columns(self) -> np.ndarray:
        """The rows, the other way round: shape (d, m)."""
        return np.ascontiguousarray(self.rows.T)

    @cached_property
    def tiles(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows as (tiles, d, LANES), and constants as (tiles * LANES,)."""
        count, d = self.rows.shape
        tiles = np.zeros((-(-count // LANES), d, LANES), dtype=np.float32)
        for place, row in enumerate(self.rows):
            tiles[place // LANES, :, place % LANES] = row
        constants = np.full(len(tiles) * LANES, NEVER, dtype=np.float32)
        constants[:count] = self.constants
        return tiles, constants

    def largest(self, norm: float) -> float:
        """Return a bound of every logit of samples no longer than `norm`."""
        coef, intercept = self.whole[:, :-1], self.whole[:, -1]
        return 1 + norm * float(np.linalg.norm(coef, axis=1).max()) + float(np.abs(intercept).max())


def fit(pool: tuple[int, int], coef: np.ndarray, intercept: np.ndarray, eligible: np.ndarray) -> None:
    """Pass weights, and what may be asked, that fit a pool of this shape.

    Raises
    ------
    FeatureError
        Shapes that do not fit the pool, weights that are not finite, one class only.
    """
    n, d = pool
    wanted = {"coef": (len(coef), d), "intercept": (len(coef),), "eligible": (n,)}
    for (name, shape), found in zip(wanted.items(), (coef, intercept, eligible), strict=True):
        if np.shape(found) != shape:
            raise FeatureError(f"{name} must have shape {shape} for a pool of {n} × {d}; found {np.shape(found)}.")
    for name, found in (("coef", coef), ("intercept", intercept)):
        if not np.isfinite(found).all():
            raise FeatureError(f"{name} must be finite; found {np.count_nonzero(~np.isfinite(found))} that are not.")
    if len(coef) < 2:
        raise FeatureError("closest calls are between two classes; the model has one.")
