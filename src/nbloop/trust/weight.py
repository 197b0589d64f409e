"""Weight: labels that count more than once, and what that changes, measured."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nbloop.dataset import Dataset
from nbloop.errors import DataError, NotTrained
from nbloop.mind import Mind
from nbloop.predictor import Predictor
from nbloop.quality.deltas import deltas
from nbloop.quality.gate import Judged
from nbloop.snapshot import Snapshot

if TYPE_CHECKING:
    from nbloop.trust.gatekeeper import Gatekeeper


@dataclass(frozen=True)
class Weighed:
    """A model in which some labels count more, and what that changed.

    Attributes
    ----------
    model : Predictor
    weight, samples : int
        How often they count, and how many they are.
    effect : DataFrame indexed by measure
        The model with weights (``after``) against the same fit without (``before``), on the golden set.
    """

    model: Predictor
    weight: int
    samples: int
    effect: pd.DataFrame

    @property
    def told(self) -> str:
        """Whether that helped, as far as the golden set can tell."""
        low, high = (self.effect.loc["accuracy", name] for name in ("low", "high"))
        return "helped" if low > 0 else "harmed" if high < 0 else "made no difference that can be told from chance"  # type: ignore[operator]

    def __str__(self) -> str:
        low, high = (self.effect.loc["accuracy", name] * 100 for name in ("low", "high"))  # type: ignore[operator]  floats
        change = self.effect.loc["accuracy", "difference"] * 100  # type: ignore[operator]
        return (
            f"Counting {self.samples} labels {self.weight} times {self.told}: {change:+.1f} points of accuracy "
            f"({low:+.1f} to {high:+.1f})."
        )


def weigh(keeper: Gatekeeper, weight: int, samples: Iterable[Hashable] | None) -> Weighed:
    """Fit with some labels repeated and without, from scratch, and compare the two on the golden set."""
    data, snapshot = keeper.data, keeper.data.snapshot()
    wanted = keeper.corrected() if samples is None else [data.samples.position(each) for each in samples]
    heavy = np.isin(snapshot.labelled, list(wanted))
    if checked(weight) < 2:
        raise DataError(f"weight is how often a label counts, here 2 or more; found {weight!r}.")
    if not heavy.any():
        raise DataError("none of these samples has a training label: there is nothing to give weight to.")
    if not len(snapshot.golden):
        raise NotTrained("the effect of weight is measured on verified golden samples, of which there are none.")
    return measured(data, keeper.mind, snapshot, heavy, int(weight))


def measured(data: Dataset, mind: Mind, snapshot: Snapshot, heavy: np.ndarray, weight: int) -> Weighed:
    """Return what it changes on the golden set when the labels in `heavy`, shape (m,), count `weight` times."""
    rows = np.repeat(np.arange(len(heavy)), np.where(heavy, weight, 1))
    places, codes = snapshot.labelled[rows], snapshot.codes[rows]
    version = blake2b(f"{snapshot.hash}:{weight}:{places.tolist()}".encode(), digest_size=4).hexdigest()
    plain = mind.fit_labels(snapshot.labelled, snapshot.codes, snapshot.names, "plain")
    model, X = mind.fit_labels(places, codes, snapshot.names, version), mind.X[snapshot.golden]
    judged = Judged(snapshot.golden_codes, plain.predict_proba(X), model.predict_proba(X))
    effect = deltas(judged, seed=data.seed, groups=snapshot.golden_groups)
    return Weighed(Predictor(model, mind.features, data), weight, int(heavy.sum()), effect)


def checked(weight: Any) -> int:
    """Return how often corrections count, or raise a `DataError` that says what would do."""
    if not isinstance(weight, int | np.integer) or isinstance(weight, bool) or weight < 1:
        raise DataError(f"weight is how often a label counts, a whole number from 1; found {weight!r}.")
    return int(weight)
