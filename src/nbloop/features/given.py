"""Features that a user brings: rows of numbers, or any scikit-learn transformer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.base import clone

from nbloop.errors import FeatureError
from nbloop.features.features import Matrix, Parts, as_matrix, size
from nbloop.features.scale import Scale


class GivenRows:
    """Rows of numbers, brought to the house scale; new samples come as such rows too.

    Parameters
    ----------
    matrix : array, CSR matrix or DataFrame of shape (n, d), optional
        One row a sample of the pool; by default the samples are the rows themselves.

    Attributes
    ----------
    names : list of str
        What the columns of a DataFrame are called; empty where they have no names.
    """

    def __init__(self, matrix: Any = None) -> None:
        self._given = matrix

    def fit_transform(self, values: Any) -> Matrix:
        """Return the rows of the pool, scaled."""
        given = values if self._given is None else self._given
        rows = as_matrix(given, size(values))
        self.names = [*map(str, given.columns)] if isinstance(given, pd.DataFrame) else []
        self._given = None  # or a model that is taken along would carry the pool with it
        self._columns, self._scale = rows.shape[1], Scale()
        return self._scale.fit_transform(rows)

    def transform(self, values: Any) -> Matrix:
        """Return new rows, scaled as those of the pool; how to make them of samples is not known.

        Raises
        ------
        FeatureError
            `values` are no rows of as many numbers.
        """
        try:
            rows = as_matrix(values, size(values))
        except FeatureError as error:
            raise self._unfit(type(values).__name__) from error
        if rows.shape[1] != self._columns:
            raise self._unfit(f"rows of {rows.shape[1]}")
        return self._scale.transform(rows)

    def parts(self, value: Any, made: Any, direction: np.ndarray) -> Parts:  # noqa: ARG002  nothing is asked of them
        """Return nothing: what a number adds is told against the pool's mean, by whoever knows that."""
        return []

    def _unfit(self, found: str) -> FeatureError:
        return FeatureError(
            f"features were given as rows of {self._columns} numbers, so new samples come as such rows too; "
            f"found {found}. Or make the dataset with features= a scikit-learn transformer."
        )


class GivenTransformer:
    """A scikit-learn transformer, cloned; its output is brought to the house scale."""

    def __init__(self, transformer: Any) -> None:
        self._transformer: Any = clone(transformer)

    def fit_transform(self, values: Any) -> Matrix:
        """Fit the transformer on the pool."""
        self._scale = Scale()
        return self._scale.fit_transform(
            as_matrix(self._guarded(self._transformer.fit_transform, values), size(values))
        )

    def transform(self, values: Any) -> Matrix:
        """Return the features of new samples."""
        return self._scale.transform(as_matrix(self._guarded(self._transformer.transform, values), size(values)))

    def parts(self, value: Any, made: Any, direction: np.ndarray) -> Parts:  # noqa: ARG002  the row says it all
        """Return what each output column with a name adds."""
        if not hasattr(self._transformer, "get_feature_names_out"):
            return []
        added = made.toarray()[0] * direction if issparse(made) else made[0] * direction
        names = self._transformer.get_feature_names_out()
        return [(str(names[i]), float(added[i])) for i in np.flatnonzero(added)]

    def _guarded(self, method: Any, values: Any) -> Any:
        try:
            return method(values)
        except (TypeError, ValueError, AttributeError) as error:
            raise FeatureError(f"{type(self._transformer).__name__} could not read the samples: {error}") from error
