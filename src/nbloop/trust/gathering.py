"""Where errors gather: parts of the data, named or found, and how often the model errs in each."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from sklearn.cluster import MiniBatchKMeans
from sklearn.metrics import pairwise_distances

from nbloop.dataset import Dataset
from nbloop.errors import DataError
from nbloop.model import Model
from nbloop.quality.lots import one_of_each
from nbloop.quality.slices import Masks, error_rates, found_slices, masks_of
from nbloop.schema import Annotate

Specs = Iterable[str] | Mapping[str, Any] | None

GROUPS = 8
"""Groups of similar samples that are looked at as slices."""


class Gathering:
    """Slices of the samples that a model can be judged on.

    Parameters
    ----------
    data : Dataset
    model : Model
    X : array or CSR matrix, shape (n, d)

    Attributes
    ----------
    on_golden : bool
        Whether they are the golden set; else the answers, each predicted before it was known.
    """

    def __init__(self, data: Dataset, model: Model, X: Any) -> None:
        self._data, self._model, self._X = data, model, X
        self._snapshot = data.snapshot()
        self.on_golden = len(self._snapshot.golden) > 0

    def __len__(self) -> int:
        return len(self._judged[0])

    def rates(self, specs: Specs = None) -> pd.DataFrame:
        """Return how often the model errs in each slice, worst first, as `nbloop.quality.slices.error_rates`.

        Where the golden set was drawn in groups, intervals are those of groups, and one sample of each is tested.
        """
        places, wrong = self._judged
        masks, groups = self._masks(places, specs), self._snapshot.groups
        if not self.on_golden or not len(groups):
            return error_rates(wrong, masks)
        return error_rates(wrong, masks, groups=groups[places], lot=one_of_each(groups, places, self._data.seed))

    def wrong_in(self, slice: str, specs: Specs = None) -> list[Hashable]:
        """Return the ids of the errors in a slice.

        Raises
        ------
        DataError
            There is no such slice.
        """
        places, wrong = self._judged
        masks = self._masks(places, specs)
        if slice not in masks:
            raise DataError(f"there is no slice {slice!r}. There are: {', '.join(list(masks)[:8])}, ...")
        return [self._data.samples.ids[int(place)] for place in places[masks[slice] & wrong]]

    @cached_property
    def _judged(self) -> tuple[np.ndarray, np.ndarray]:
        """Return positions, and whether the model errs on each."""
        snapshot = self._snapshot
        if self.on_golden:
            predicted = self._model.predict_proba(self._X[snapshot.golden]).argmax(axis=1)
            return snapshot.golden, predicted != snapshot.golden_codes
        told = {}
        for event in self._data.events(Annotate):
            action: Any = event.action
            if action.said is not None and action.said.prediction and action.sample in self._data.samples:
                told[self._data.samples.position(action.sample)] = action.said.prediction != action.value
        return np.array(list(told), np.intp), np.array(list(told.values()), bool)

    def _masks(self, places: np.ndarray, specs: Specs) -> Masks:
        return self._found if specs is None else masks_of(self._data.samples.frame.loc[places], specs)

    @cached_property
    def _found(self) -> Masks:
        places, _ = self._judged
        fewest = max(5, min(20, len(places) // 20))
        shown = self._data.samples.frame.loc[places, self._data.samples.columns]
        named = found_slices(shown, fewest=fewest) if self._data.samples.kind in ("text", "row") else {}
        return named | self._groups(places, fewest)

    def _groups(self, places: np.ndarray, fewest: int) -> Masks:
        """Return groups of similar samples, each named by the sample in its middle."""
        k = min(GROUPS, len(places) // max(1, fewest))
        if k < 2:
            return {}
        X = self._X[places]
        options: dict[str, Any] = {"random_state": 0, "n_init": 3}
        found: Any = MiniBatchKMeans(k, **options).fit(X)
        middle = pairwise_distances(found.cluster_centers_, X).argmin(axis=1)
        names = [f"like {self._data.samples.ids[int(places[i])]!r}" for i in middle]
        masks = {name: found.labels_ == group for group, name in enumerate(names)}
        return {name: mask for name, mask in masks.items() if mask.sum() >= fewest}
