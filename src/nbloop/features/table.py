"""Table rows: each column prepared by its type with scikit-learn, and the way back to the columns."""

from __future__ import annotations

from typing import Any, Self, cast

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from nbloop.errors import FeatureError
from nbloop.features.features import Parts
from nbloop.features.scale import LENGTH
from nbloop.features.text import TextFeatures

CATEGORIES = 30
"""Most categories of a column that get a feature of their own; rarer ones share one."""


class TableFeatures:
    """Numbers imputed and standardized, dates as numbers, categories one-hot, free text as reduced TF-IDF.

    Each column of the table counts alike, however many features it becomes.

    Parameters
    ----------
    seed : int
    """

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed

    def fit_transform(self, values: pd.DataFrame) -> np.ndarray:
        """Learn from the table, shape (n, columns); return shape (n, d)."""
        values = _scalars(values)
        self._columns = [name for name, column in values.items() if column.nunique(dropna=False) > 1]
        if not self._columns:
            raise FeatureError(
                f"no column tells one sample from another; found {values.shape[1]} columns, all constant."
            )
        table = self._renamed(values)
        self._table = ColumnTransformer([(name, self._step(table[name]), [name]) for name in table], sparse_threshold=0)
        self._factor = LENGTH / np.sqrt(len(self._columns))
        return self._table.fit_transform(table) * self._factor

    def transform(self, values: pd.DataFrame) -> np.ndarray:
        """Return the features of new rows."""
        if missing := [name for name in self._columns if name not in values.columns]:
            raise FeatureError(
                f"new samples lack the column {missing[0]!r}. They need: {', '.join(map(str, self._columns))}."
            )
        return self._table.transform(self._renamed(_scalars(values))) * self._factor

    def parts(self, value: pd.DataFrame, made: np.ndarray, direction: np.ndarray) -> Parts:  # noqa: ARG002
        """Return what each column of one row adds along `direction`; the row's features say it all."""
        added = made[0] * direction
        return [(name, float(added[block].sum())) for name, block in self.blocks.items()]

    @property
    def blocks(self) -> dict[str, slice]:
        """Which features each column of the table became; a constant one became none."""
        return {str(name): self._table.output_indices_[f"c{i}"] for i, name in enumerate(self._columns)}

    def _renamed(self, values: pd.DataFrame) -> pd.DataFrame:
        """Return the columns that count, with names that scikit-learn can live with."""
        return cast("pd.DataFrame", values[self._columns]).set_axis(
            [f"c{i}" for i in range(len(self._columns))], axis=1
        )

    def _step(self, column: Any) -> Any:
        if pd.api.types.is_datetime64_any_dtype(column):
            return make_pipeline(Dates(), SimpleImputer(strategy="median"), StandardScaler())
        if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            return make_pipeline(Numbers(), SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
        if _is_free_text(column):
            return Words(seed=self.seed)
        return Pipeline([("text", Strings()), ("categories", _one_hot())])


def _scalars(values: pd.DataFrame) -> pd.DataFrame:
    """Return the table with lists and other cells that cannot be compared as the text a person sees."""
    odd = [name for name, column in values.items() if column.dtype == object and not column.map(_is_scalar).all()]
    return values.assign(**{str(name): values[name].map(lambda x: x if _is_scalar(x) else str(x)) for name in odd})


def _is_scalar(cell: Any) -> bool:
    return bool(pd.api.types.is_scalar(cell))


def _one_hot() -> OneHotEncoder:
    return OneHotEncoder(max_categories=CATEGORIES, handle_unknown="infrequent_if_exist", sparse_output=False)


def _is_free_text(column: pd.Series) -> bool:
    """Whether most values are different, and of several words."""
    texts = column.dropna().astype(str)
    return texts.nunique() > max(CATEGORIES, len(texts) / 2) and texts.str.count(" ").mean() >= 2


class _Stateless(TransformerMixin, BaseEstimator):
    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002  scikit-learn's signature
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True


class Numbers(_Stateless):
    """Numbers of any type as floats; infinite ones count as missing."""

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Return shape (n, 1)."""
        numbers = X.astype("float64").to_numpy(na_value=np.nan)
        return np.where(np.isfinite(numbers), numbers, np.nan)


class Dates(_Stateless):
    """Dates as days, and where they stand in the week and the year."""

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Return shape (n, 3)."""
        dates = X.iloc[:, 0].dt
        days = (X.iloc[:, 0] - pd.Timestamp(0, tz=dates.tz)) / pd.Timedelta(days=1)
        return np.column_stack([days, dates.day_of_week, dates.day_of_year]).astype(np.float64)


class Strings(_Stateless):
    """Categories as strings; a missing one is a category of its own."""

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Return shape (n, 1)."""
        return X.astype(object).where(X.notna(), "(missing)").astype(str).to_numpy(dtype=object)


class Words(TransformerMixin, BaseEstimator):
    """A column of free text as reduced TF-IDF."""

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: ARG002  scikit-learn's signature
        """Learn the words."""
        self.text_ = TextFeatures(dimensions=32, seed=self.seed)
        self.text_.fit_transform(list(X.iloc[:, 0]))
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Return shape (n, at most 32)."""
        return self.text_.transform(list(X.iloc[:, 0]))
