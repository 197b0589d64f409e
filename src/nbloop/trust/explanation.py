"""Why a model says what it says of one sample: what in it counts, and which labelled samples are like it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any, Literal

import numpy as np
import pandas as pd
from PIL import Image

from nbloop.dataset import Dataset
from nbloop.errors import DataError
from nbloop.features.features import at
from nbloop.mind import Mind
from nbloop.model import Model
from nbloop.quality.explain import GRID, linear_contributions, margin, occlusion
from nbloop.trust.nearest import nearest

Method = Literal["auto", "linear", "occlusion"]

MOST_FEATURES = 512
"""Given features without a name that are left out one after the other: those farthest from what is usual."""

USUAL = 5_000
"""Rows of a table, evenly spread, that tell what is usual."""

SHRUNK = 8 * GRID * 2
"""Pixels a side that are enough to cover regions of an image whose features see fewer."""


@dataclass(frozen=True)
class Explanation:
    """What speaks for the predicted class of a sample over the runner-up.

    Attributes
    ----------
    id : hashable
    predicted, against : str
        The class, and the runner-up.
    method : str
        ``"linear"`` (exact contributions) or ``"occlusion"`` (what is missed when a part is).
    parts : DataFrame
        ``part`` and ``weight`` (in logits), strongest first; regions of an image are named ``"row,column"`` of 7 × 7.
    neighbours : DataFrame indexed by sample id
        The nearest labelled samples: ``label``, ``distance``.
    """

    id: Hashable
    predicted: str
    against: str
    method: str
    parts: pd.DataFrame
    neighbours: pd.DataFrame

    @property
    def heat(self) -> np.ndarray:
        """The weights of an image's regions, shape (7, 7)."""
        if not len(self.parts) or not self.parts["part"].str.fullmatch(r"\d+,\d+").all():
            raise DataError("only an image has regions; this sample's parts are in .parts.")
        heat = np.zeros((GRID, GRID))
        for name, weight in self.parts.itertuples(index=False):
            heat[tuple(int(number) for number in name.split(","))] = weight
        return heat

    def _repr_html_(self) -> str:
        head = f"What speaks for {self.predicted} over {self.against} in {self.id!r} ({self.method})"
        return f"<p>{escape(head)}</p>{self.parts.head(10).to_html(index=False)}{self.neighbours.to_html()}"


class Explainer:
    """Explains samples of one dataset; what is the same for all of them is worked out once.

    Parameters
    ----------
    data : Dataset
    mind : Mind
        Has the features of the whole pool.
    """

    def __init__(self, data: Dataset, mind: Mind) -> None:
        self._data = data
        self._mind = mind

    def explain(
        self, model: Model, sample_id: Hashable, *, method: Method = "auto", neighbours: int = 5
    ) -> Explanation:
        """Return what `model` says of one sample, and why.

        Raises
        ------
        DataError
            There is no such method, or the model is not linear and exact contributions were asked for.
        """
        if method not in ("auto", "linear", "occlusion"):
            raise DataError(f"method is 'auto', 'linear' or 'occlusion'; found {method!r:.40}.")
        place = self._data.samples.position(sample_id)
        proba = model.predict_proba(self._mind.X[[place]])
        first, second = (int(code) for code in np.argsort(-proba[0], kind="stable")[:2])
        direction = model.direction(proba[0])
        if method == "linear" and direction is None:
            raise DataError(f"{model.learner!r} is not linear: its exact contributions are not known. Use 'occlusion'.")
        found = [] if direction is None or method == "occlusion" else self._linear(place, direction, method)
        method = "linear" if found or method == "linear" else "occlusion"
        found = found if method == "linear" else self._occluded(model, place, first, second)
        ordered = sorted(found, key=lambda part: -abs(part[1]))
        parts = pd.DataFrame(ordered, columns=["part", "weight"]).astype({"part": "string", "weight": "float64"})
        near = nearest(self._data, self._mind.X, place, neighbours)
        names = self._data.task.names
        return Explanation(self._data.samples.ids[place], names[first], names[second], method, parts, near)

    def _linear(self, place: int, direction: np.ndarray, method: Method) -> list[tuple[str, float]]:
        """Return words or columns with what they add; given features by their number, against the pool's mean.

        Features made of a sample that have no names say nothing to a person: then nothing, unless it is asked for.
        """
        found = self._mind.features.parts(place, direction, n=10_000)
        if found or not (self.given or method == "linear"):
            return found
        added = linear_contributions(self._row(place), direction, self._mean[None])[0]
        return [(f"feature {i}", float(added[i])) for i in np.flatnonzero(added)]

    def _occluded(self, model: Model, place: int, first: int, second: int) -> list[tuple[str, float]]:
        if self.given or self._data.samples.kind == "object":
            return self._zeroed(model, place, first, second)
        if self._mind.features.blocks:
            return self._without_columns(model, place, first, second)

        def score(samples: Sequence[Any]) -> np.ndarray:
            tables = isinstance(samples[0], pd.DataFrame)
            joined = pd.concat(list(samples), ignore_index=True) if tables else list(samples)
            return margin(model.predict_proba(self._mind.features.transform(joined)), first, second)

        return occlusion(self._small(at(self._values, place)), self._usual, score)

    def _without_columns(self, model: Model, place: int, first: int, second: int) -> list[tuple[str, float]]:
        """Put what is usual in the place of each column, in its features: a table is prepared column by column."""
        blocks = self._mind.features.blocks
        rows = np.repeat(self._row(place), len(blocks) + 1, axis=0)
        for row, block in zip(rows[1:], blocks.values(), strict=True):
            row[block] = self._usual_row[block]
        scores = margin(model.predict_proba(rows), first, second)
        return [(name, float(scores[0] - score)) for name, score in zip(blocks, scores[1:], strict=True)]

    def _zeroed(self, model: Model, place: int, first: int, second: int) -> list[tuple[str, float]]:
        """Put the pool's mean in the place of each given feature."""
        row, mean = self._row(place), self._mean
        chosen = np.sort(np.argsort(-np.abs(row[0] - mean), kind="stable")[:MOST_FEATURES])
        rows = np.repeat(row, len(chosen) + 1, axis=0)
        rows[np.arange(1, len(rows)), chosen] = mean[chosen]
        scores = margin(model.predict_proba(rows), first, second)
        return [(f"feature {i}", float(scores[0] - score)) for i, score in zip(chosen, scores[1:], strict=True)]

    def _small(self, value: Any) -> Any:
        """Return an image no larger than its features can tell: the rest is the same with fewer pixels to cover."""
        if not isinstance(value, Image.Image) or self._data.features != "auto" or max(value.size) <= SHRUNK:
            return value
        small = value.convert("RGB")
        small.thumbnail((SHRUNK, SHRUNK), Image.Resampling.BOX)
        return small

    def _row(self, place: int) -> np.ndarray:
        row = self._mind.X[[place]]
        return np.asarray(row.todense() if hasattr(row, "todense") else row)

    @cached_property
    def given(self) -> bool:
        """Whether the features were given as numbers, and not made of the samples."""
        features = self._data.features
        return not (isinstance(features, str) and features == "auto") and not hasattr(features, "transform")

    @cached_property
    def _values(self) -> Any:
        return self._data.samples.values()

    @cached_property
    def _mean(self) -> np.ndarray:
        return np.asarray(self._mind.X.mean(axis=0)).ravel()

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
