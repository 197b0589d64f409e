"""The features of a pool."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any, Protocol

import numpy as np
from scipy.sparse import csr_matrix, issparse

from nbloop.errors import FeatureError

Parts = list[tuple[str, float]]
"""Names and what they add."""

Matrix = Any
"""An ndarray or csr_matrix of shape (n, d), float32; scipy ships no types."""


class Maker(Protocol):
    """Makes a matrix of samples, and tells what a row is made of."""

    def fit_transform(self, values: Any) -> Any:
        """Learn from the pool and return its matrix."""
        ...

    def transform(self, values: Any) -> Any:
        """Return the matrix of new samples."""
        ...

    def parts(self, value: Any, made: Any, direction: np.ndarray) -> Parts:
        """Return what the names behind one sample add to `made @ direction`; [] when they have no names.

        `made` is the sample's row of the matrix, shape (1, d).
        """
        ...


class Features:
    """A matrix, one row a sample, and how it was made.

    Attributes
    ----------
    matrix : ndarray or csr_matrix of shape (n, d), float32
        Finite, of about unit scale.
    """

    def __init__(self, maker: Maker, values: Any) -> None:
        self._maker = maker
        self._values = values
        self.matrix = as_matrix(maker.fit_transform(values), size(values))

    def transform(self, values: Any) -> Matrix:
        """Return the matrix of new samples of the same kind, shape (n, d).

        Raises
        ------
        FeatureError
            The features were given as a matrix, or the result is not finite or as wide as before.
        """
        found = as_matrix(self._maker.transform(values), size(values))
        if found.shape[1] != self.matrix.shape[1]:
            raise FeatureError(f"new samples have {found.shape[1]} features; the pool has {self.matrix.shape[1]}.")
        return found

    def parts(self, row: int, direction: np.ndarray, n: int = 8) -> Parts:
        """Return the words or columns of one sample that count most, and what they add.

        Parameters
        ----------
        row : int
            Position of the sample.
        direction : array of shape (d,)
            Weights, such as those of one class less those of another. All parts together add up to
            ``matrix[row] @ direction`` but for a constant that is the same for all samples.
        n : int
            How many.

        Returns
        -------
        list of (name, contribution)
            Largest contribution first, whichever its sign; empty where features have no names.
        """
        direction = np.asarray(direction, dtype=np.float64)
        found = self._maker.parts(at(self._values, row), self.matrix[[row]], direction)
        return sorted(found, key=lambda part: -abs(part[1]))[:n]

    def covered(self, row: int, grid: int) -> Matrix | None:
        """Return features of one image: whole, then with each of `grid` × `grid` regions grey, shape (grid² + 1, d).

        None where the maker cannot cover regions of what it has read, or where samples are no images.
        """
        cover = getattr(self._maker, "covered", None)
        return None if cover is None else as_matrix(cover(at(self._values, row), grid), grid * grid + 1)

    def without_samples(self) -> Features:
        """Return what `transform` needs: the same features, without the pool they were made on."""
        bare = copy(self)
        bare._values, bare.matrix = None, self.matrix[:0]
        return bare

    def name(self, column: int) -> str:
        """Return what a column of features that were given is called, or its number where it has no name."""
        names = getattr(self._maker, "names", [])
        return names[column] if names else f"feature {column}"

    @property
    def blocks(self) -> dict[str, slice]:
        """Which columns of the matrix each column of a table became; empty where samples are no rows of a table."""
        return getattr(self._maker, "blocks", {})


def size(values: Any) -> int:
    """Return how many samples there are."""
    return values.shape[0] if hasattr(values, "shape") else len(values)


def at(values: Any, row: int) -> Any:
    """Return one sample, still as a table where it is one."""
    if hasattr(values, "iloc"):
        return values.iloc[[row]]
    return values[row : row + 1] if issparse(values) else values[row]


def as_matrix(found: Any, rows: int) -> Matrix:
    """Return `found` as a finite float32 matrix of `rows` rows, or raise a `FeatureError` naming the first bad one."""
    matrix = _numbers(found)
    if matrix.ndim != 2 or matrix.shape[0] != rows or matrix.shape[1] == 0:
        raise FeatureError(f"features must have shape ({rows}, d) with d > 0, one row a sample; found {matrix.shape}.")
    finite = np.isfinite(matrix.data if issparse(matrix) else matrix)
    if not finite.all():
        bad, row = int((~finite).sum()), _row_of(finite, matrix)
        raise FeatureError(
            f"features must be finite; found {bad} NaN or infinite, first in row {row}. "
            "Impute them (sklearn.impute.SimpleImputer), or leave features='auto'."
        )
    return matrix


def _row_of(finite: np.ndarray, matrix: Matrix) -> int:
    """Return the first row with a number that is not finite."""
    if issparse(matrix):
        return int(np.searchsorted(matrix.indptr, finite.argmin(), side="right") - 1)
    return int(finite.all(axis=1).argmin())


def _numbers(found: Any) -> Matrix:
    try:
        if issparse(found):
            return csr_matrix(found, dtype=np.float32)
        return np.ascontiguousarray(_stacked(found), dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise FeatureError(f"features must be numbers; found {type(found).__name__}: {error}") from error


def _stacked(found: Any) -> np.ndarray:
    """Return an array; a column that holds one vector a row becomes a matrix."""
    array = found.to_numpy() if hasattr(found, "to_numpy") else np.asarray(found)
    if array.dtype == object and array.ndim == 1 and len(array) and isinstance(array[0], Sequence | np.ndarray):
        return np.stack([np.asarray(vector, dtype=np.float32) for vector in array])
    return array
