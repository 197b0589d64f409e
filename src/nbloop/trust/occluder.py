"""What is missed when a part of a sample is: all its versions that lack one are made and scored at one go."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image
from scipy.sparse import issparse, vstack

from nbloop.dataset import Dataset
from nbloop.features.features import at
from nbloop.mind import Mind
from nbloop.model import Model
from nbloop.quality.explain import GRID, covered, leading, margin, regions

MOST_FEATURES = 512
"""Given features without a name that are left out one after the other: those farthest from what is usual."""

USUAL = 5_000
"""Rows of a table, evenly spread, that tell what is usual."""

SHRUNK = 8 * GRID * 2
"""Pixels a side that are enough to cover regions of an image whose features see fewer."""

Parts = list[tuple[str, float]]


class Occluder:
    """Leaves out the parts of samples of one dataset; what is the same for all of them is worked out once.

    Parameters
    ----------
    data : Dataset
    mind : Mind
        Has the features of the whole pool.
    """

    def __init__(self, data: Dataset, mind: Mind) -> None:
        self._data = data
        self._mind = mind

    def weigh(self, model: Model, place: int) -> tuple[np.ndarray, Parts]:
        """Return the probabilities of a sample, shape (classes,), and how much the lead falls without each part.

        The model is asked once, for the sample and all that is left of it: many learners take as long for one row
        as for fifty.
        """
        names, rows = self._without(place)
        proba = model.predict_proba(_stacked(self._mind.X[[place]], rows))
        scores = margin(proba[1:], *leading(proba[0]))
        return proba[0], [(name, float(scores[0] - score)) for name, score in zip(names, scores[1:], strict=True)]

    def _without(self, place: int) -> tuple[list[str], Any]:
        """Return the parts by name, and features: of the whole sample, then without each part."""
        features = self._mind.features
        if self.given or self._data.samples.kind == "object":
            return self._without_features(place)
        if features.blocks:
            return self._without_columns(place)
        if (found := features.covered(place, GRID)) is not None:
            return regions(), found
        value = self._small(at(self._values, place))
        names, samples = covered(value, self._usual)
        tables = isinstance(value, pd.DataFrame)
        return names, features.transform(
            pd.concat([value, *samples], ignore_index=True) if tables else [value, *samples]
        )

    def _without_columns(self, place: int) -> tuple[list[str], np.ndarray]:
        """Put what is usual in the place of each column, in its features: a table is prepared column by column."""
        blocks = self._mind.features.blocks
        rows = np.repeat(self.row(place), len(blocks) + 1, axis=0)
        for row, block in zip(rows[1:], blocks.values(), strict=True):
            row[block] = self._usual_row[block]
        return list(blocks), rows

    def _without_features(self, place: int) -> tuple[list[str], np.ndarray]:
        """Put the pool's mean in the place of each given feature."""
        row, mean = self.row(place), self.mean
        chosen = np.sort(np.argsort(-np.abs(row[0] - mean), kind="stable")[:MOST_FEATURES])
        rows = np.repeat(row, len(chosen) + 1, axis=0)
        rows[np.arange(1, len(rows)), chosen] = mean[chosen]
        return [self._mind.features.name(i) for i in chosen.tolist()], rows

    def _small(self, value: Any) -> Any:
        """Return an image no larger than its features can tell: the rest is the same with fewer pixels to cover."""
        if not isinstance(value, Image.Image) or self._data.features != "auto" or max(value.size) <= SHRUNK:
            return value
        small = value.convert("RGB")
        small.thumbnail((SHRUNK, SHRUNK), Image.Resampling.BOX)
        return small

    def row(self, place: int) -> np.ndarray:
        """Return the features of a sample, shape (1, d), dense."""
        row = self._mind.X[[place]]
        return np.asarray(row.todense() if hasattr(row, "todense") else row)

    @cached_property
    def given(self) -> bool:
        """Whether the features were given as numbers, and not made of the samples."""
        features = self._data.features
        return not (isinstance(features, str) and features == "auto") and not hasattr(features, "fit_transform")

    @cached_property
    def mean(self) -> np.ndarray:
        """The pool's mean, shape (d,)."""
        return np.asarray(self._mind.X.mean(axis=0)).ravel()

    @cached_property
    def _values(self) -> Any:
        return self._data.samples.values()

    @cached_property
    def _usual_row(self) -> np.ndarray:
        return np.asarray(self._mind.features.transform(self._usual))[0]

    @cached_property
    def _usual(self) -> pd.DataFrame | None:
        """One row of what is usual in a table: medians of numbers, the most frequent of everything else."""
        if not isinstance(self._values, pd.DataFrame):
            return None
        some = self._values.iloc[:: -(-len(self._values) // USUAL)]
        usual = {
            name: column.median() if pd.api.types.is_float_dtype(column) else column.mode(dropna=False).iloc[0]
            for name, column in some.items()
        }
        return pd.DataFrame([usual])


def _stacked(row: Any, rows: Any) -> Any:
    return vstack([row, rows], format="csr") if issparse(row) or issparse(rows) else np.vstack([row, rows])
