"""Features that a user brings: a matrix, a column of vectors, or any scikit-learn transformer."""

from __future__ import annotations

from typing import Any, Never

import numpy as np
from scipy.sparse import issparse
from sklearn.base import clone

from nbloop.errors import FeatureError
from nbloop.features.features import Matrix, Parts, as_matrix, size
from nbloop.features.scale import Scale


class GivenMatrix:
    """A matrix of one row a sample, brought to the house scale; new samples cannot be transformed."""

    def __init__(self, matrix: Any) -> None:
        self._given = matrix

    def fit_transform(self, values: Any) -> Matrix:
        """Return the matrix, scaled."""
        return Scale().fit_transform(as_matrix(self._given, size(values)))

    def transform(self, values: Any) -> Never:
        """Raise: how the matrix was made is not known."""
        raise FeatureError(
            f"features were given as a matrix, so {size(values)} new samples cannot be turned into features. "
            "Give features= a scikit-learn transformer, or a column of embeddings, to predict samples outside the pool."
        )

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
