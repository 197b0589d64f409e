"""Why a model says what it says of one sample: what in it counts, and which labelled samples are like it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from html import escape
from typing import Literal

import numpy as np
import pandas as pd

from nbloop.dataset import Dataset
from nbloop.errors import DataError
from nbloop.mind import Mind
from nbloop.model import Model
from nbloop.quality.explain import GRID, leading, linear_contributions
from nbloop.trust.nearest import Near, as_frame, nearest_places
from nbloop.trust.occluder import Occluder, Parts

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
        heat = np.zeros((GRID, GRID))
        for name, weight in self.parts.itertuples(index=False):
            heat[tuple(int(number) for number in name.split(","))] = weight
        return heat

    def _repr_html_(self) -> str:
        head = f"What speaks for {self.predicted} over {self.against} in {self.id!r} ({self.method})"
        return f"<p>{escape(head)}</p>{self.parts.head(10).to_html(index=False)}{self.neighbours.to_html()}"


@dataclass(frozen=True)
class Reasons:
    """An explanation as plain values, which a card can wait for: frames cost more than what is in them.

    Attributes
    ----------
    predicted, against : str
    method : str
        ``"linear"`` or ``"occlusion"``.
    parts : list of (name, weight)
        Strongest first.
    near : Near
        The nearest labelled samples.
    """

    predicted: str
    against: str
    method: str
    parts: Parts
    near: Near


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
        self._occluder = Occluder(data, mind)

    def explain(
        self, model: Model, sample_id: Hashable, *, method: Method = "auto", neighbours: int = 5
    ) -> Explanation:
        """Return what `model` says of one sample, and why.

        Raises
        ------
        DataError
            There is no such method, or the model is not linear and exact contributions were asked for.
        """
        place = self._data.samples.position(sample_id)
        found = self.reasons(model, place, method=method, neighbours=neighbours)
        parts = pd.DataFrame(found.parts, columns=["part", "weight"]).astype({"part": "string", "weight": "float64"})
        near = as_frame(found.near, self._data)
        return Explanation(self._data.samples.ids[place], found.predicted, found.against, found.method, parts, near)

    def reasons(self, model: Model, place: int, *, method: Method = "auto", neighbours: int = 5) -> Reasons:
        """Return the same of the sample at `place`, as plain values; it raises the same."""
        if method not in ("auto", "linear", "occlusion"):
            raise DataError(f"method is 'auto', 'linear' or 'occlusion'; found {method!r:.40}.")
        exact = self._linear(model, place, method)
        proba, found = self._occluder.weigh(model, place) if exact is None else exact
        first, second = leading(proba)
        names = self._data.task.names
        parts = sorted(found, key=lambda part: -abs(part[1]))
        near = nearest_places(self._data.snapshot(), self._mind.X, place, neighbours)
        return Reasons(names[first], names[second], "occlusion" if exact is None else "linear", parts, near)

    def _linear(self, model: Model, place: int, method: Method) -> tuple[np.ndarray, Parts] | None:
        """Return the probabilities, and exactly what each part adds; None where that is not known or not asked for.

        Words or columns where there are any, else given features by name or number, against the pool's mean. Features
        made of a sample that have no names say nothing to a person: then it is None, unless it is asked for.
        """
        if method == "linear" and not model.has_direction:
            raise DataError(f"{model.learner!r} is not linear: its exact contributions are not known. Use 'occlusion'.")
        if method == "occlusion" or not model.has_direction:
            return None
        proba = model.predict_proba(self._mind.X[[place]])[0]
        direction = model.direction(proba)
        assert direction is not None  # a model that has one
        found = self._mind.features.parts(place, direction, n=10_000)
        if not found and (self.given or method == "linear"):
            added = linear_contributions(self._occluder.row(place), direction, self._occluder.mean[None])[0]
            found = [(self._mind.features.name(i), float(added[i])) for i in np.flatnonzero(added).tolist()]
        return (proba, found) if found or method == "linear" else None

    @property
    def given(self) -> bool:
        """Whether the features were given as numbers, and not made of the samples."""
        return self._occluder.given
