"""Features that a user brings: a matrix, a column of vectors, or any scikit-learn transformer."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import clone

from nbloop.errors import FeatureError
from nbloop.features.features import Matrix, Parts, as_matrix, size
from nbloop.features.scale import Scale


class GivenMatrix:
    """A matrix of one row a sample, brought to the house scale; new samples come as rows of the same columns."""

    def __init__(self, matrix: Any) -> None:
        self._given = matrix

    def fit_transform(self, values: Any) -> Matrix:
        """Return the matrix, scaled."""
        self._scale = Scale()
        self._columns = self._given.shape[1]
        return self._scale.fit_transform(as_matrix(self._given, size(values)))

    def transform(self, values: Any) -> Matrix:
        """Return new rows, scaled as those of the pool; how to make them of samples is not known.

        Raises
        ------
        FeatureError
            `values` is no matrix of as many columns.
        """
        if getattr(values, "shape", ())[1:] != (self._columns,):
            raise FeatureError(
                f"features were given as a matrix of {self._columns} columns, so new samples come as such rows too; "
                f"found {type(values).__name__} {getattr(values, 'shape', '')}. Or make the dataset with features= a "
                "scikit-learn transformer."
            )
        return self._scale.transform(as_matrix(values, size(values)))

    def parts(self, value: Any, direction: np.ndarray) -> Parts:  # noqa: ARG002  columns have no names
        """Return nothing: the columns have no names."""
        return []


class GivenVectors:
    """A column of embeddings: the samples are their own features, brought to the house scale."""

    def fit_transform(self, values: Any) -> Matrix:
        """Return the vectors, scaled."""
        self._scale = Scale()
        return self._scale.fit_transform(as_matrix(values, size(values)))

    def transform(self, values: Any) -> Matrix:
        """Return new vectors, scaled as those of the pool."""
        return self._scale.transform(as_matrix(values, size(values)))

    def parts(self, value: Any, direction: np.ndarray) -> Parts:  # noqa: ARG002  dimensions of embeddings have no names
        """Return nothing: dimensions of embeddings have no names."""
        return []


class GivenTransformer:
    """A scikit-learn transformer, cloned; its output is used as it is."""

    def __init__(self, transformer: Any) -> None:
        self._transformer: Any = clone(transformer)

    def fit_transform(self, values: Any) -> Any:
        """Fit the transformer on the pool."""
        return self._guarded(self._transformer.fit_transform, values)

    def transform(self, values: Any) -> Any:
        """Return the features of new samples."""
        return self._guarded(self._transformer.transform, values)

    def parts(self, value: Any, direction: np.ndarray) -> Parts:
        """Return what each output column with a name adds."""
        if not hasattr(self._transformer, "get_feature_names_out"):
            return []
        one = value if hasattr(value, "iloc") or issparse(value) else [value]
        row = as_matrix(self.transform(one), 1)
        added = row.toarray()[0] * direction if issparse(row) else row[0] * direction
        names = self._transformer.get_feature_names_out()
        return [(str(names[i]), float(added[i])) for i in np.flatnonzero(added)]

    def _guarded(self, method: Any, values: Any) -> Any:
        try:
            return method(values)
        except (TypeError, ValueError, AttributeError) as error:
            raise FeatureError(f"{type(self._transformer).__name__} could not read the samples: {error}") from error
