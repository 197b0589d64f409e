"""Why a model says what it says of one sample: what in it counts, and which labelled samples are like it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import numpy as np
import pandas as pd

from nbloop.dataset import Dataset
from nbloop.errors import DataError
from nbloop.features.features import at
from nbloop.mind import Mind
from nbloop.model import Model
from nbloop.quality.explain import linear_contributions, margin, occlusion

Method = Literal["auto", "linear", "occlusion"]


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
        heat = np.zeros((7, 7))
        for name, weight in self.parts.itertuples(index=False):
            heat[tuple(int(number) for number in name.split(","))] = weight
        return heat

    def _repr_html_(self) -> str:
        head = f"What speaks for {self.predicted} over {self.against} in {self.id!r} ({self.method})"
        return f"<p>{escape(head)}</p>{self.parts.head(10).to_html(index=False)}{self.neighbours.to_html()}"


def explain(
    data: Dataset, mind: Mind, model: Model, sample_id: Hashable, neighbours: pd.DataFrame, method: Method
) -> Explanation:
    """Explain what `model` says of one sample."""
    if method not in ("auto", "linear", "occlusion"):
        raise DataError(f"method is 'auto', 'linear' or 'occlusion'; found {method!r:.40}.")
    place = data.samples.position(sample_id)
    proba = model.predict_proba(mind.X[[place]])
    first, second = (int(code) for code in np.argsort(-proba[0], kind="stable")[:2])
    direction = model.direction(proba[0])
    if method == "linear" and direction is None:
        raise DataError(f"{model.learner!r} is not linear: its exact contributions are not known. Use 'occlusion'.")
    if method == "auto":
        method = "occlusion" if direction is None or (data.samples.kind == "image" and not _given(data)) else "linear"
    found = (
        _linear(mind, place, np.asarray(direction))
        if method == "linear"
        else _occluded(data, mind, model, place, first, second)
    )
    ordered = sorted(found, key=lambda part: -abs(part[1]))
    names = data.task.names
    parts = pd.DataFrame(ordered, columns=["part", "weight"]).astype({"part": "string", "weight": "float64"})
    return Explanation(data.samples.ids[place], names[first], names[second], method, parts, neighbours)


def _linear(mind: Mind, place: int, direction: np.ndarray) -> list[tuple[str, float]]:
    """Return words or columns with what they add; features without names by their number, against the pool's mean."""
    if found := mind.features.parts(place, direction, n=10_000):
        return found
    X = mind.X
    row, mean = (
        np.asarray(each.todense() if hasattr(each, "todense") else each) for each in (X[[place]], X.mean(axis=0))
    )
    added = linear_contributions(row, direction, np.atleast_2d(mean))[0]
    return [(f"feature {i}", float(added[i])) for i in np.flatnonzero(added)]


def _occluded(data: Dataset, mind: Mind, model: Model, place: int, first: int, second: int) -> list[tuple[str, float]]:
    if _given(data) or data.samples.kind == "object":
        return _zeroed(mind, model, place, first, second)
    values = data.samples.values()

    def score(samples: Sequence[Any]) -> np.ndarray:
        joined = pd.concat(list(samples), ignore_index=True) if isinstance(samples[0], pd.DataFrame) else list(samples)
        return margin(model.predict_proba(mind.features.transform(joined)), first, second)

    return occlusion(at(values, place), _usual(values), score)


def _zeroed(mind: Mind, model: Model, place: int, first: int, second: int) -> list[tuple[str, float]]:
    """Put the pool's mean in the place of each given feature."""
    row = mind.X[[place]]
    row = np.asarray(row.todense() if hasattr(row, "todense") else row)
    mean = np.asarray(mind.X.mean(axis=0)).ravel()
    rows = np.repeat(row, row.shape[1] + 1, axis=0)
    rows[np.arange(1, len(rows)), np.arange(row.shape[1])] = mean
    scores = margin(model.predict_proba(rows), first, second)
    return [(f"feature {i}", float(scores[0] - scores[i + 1])) for i in range(row.shape[1])]


def _given(data: Dataset) -> bool:
    return not (isinstance(data.features, str) and data.features == "auto") and not hasattr(data.features, "transform")


def _usual(values: Any) -> pd.DataFrame | None:
    """Return one row of what is usual: medians of numbers, the most frequent of everything else."""
    if not isinstance(values, pd.DataFrame):
        return None
    usual = {
        name: column.median() if pd.api.types.is_float_dtype(column) else column.mode(dropna=False).iloc[0]
        for name, column in values.items()
    }
    return pd.DataFrame([usual])
