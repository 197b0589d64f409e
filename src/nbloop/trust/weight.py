"""Weight: labels that count more than once, and what that changes, measured."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import pandas as pd

from nbloop.errors import DataError
from nbloop.predictor import Predictor
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

    def __str__(self) -> str:
        low, high = (self.effect.loc["accuracy", name] * 100 for name in ("low", "high"))  # type: ignore[operator]  floats
        change = self.effect.loc["accuracy", "difference"] * 100  # type: ignore[operator]
        told = "helped" if low > 0 else "harmed" if high < 0 else "made no difference that can be told from chance"
        return (
            f"Counting {self.samples} labels {self.weight} times {told}: {change:+.1f} points of accuracy "
            f"({low:+.1f} to {high:+.1f})."
        )


def weigh(keeper: Gatekeeper, weight: int, samples: Iterable[Hashable] | None) -> Weighed:
    """Fit with some labels repeated and without, from scratch, and compare the two on the golden set."""
    if not isinstance(weight, int | np.integer) or isinstance(weight, bool) or weight < 2:
        raise DataError(f"weight is how often a label counts, 2 or more; found {weight!r}.")
    data, mind, snapshot = keeper.data, keeper.mind, keeper.data.snapshot()
    wanted = keeper.corrected() if samples is None else [data.samples.position(each) for each in samples]
    heavy = np.isin(snapshot.labelled, list(wanted))
    if not heavy.any():
        raise DataError("none of these samples has a training label: there is nothing to give weight to.")
    rows = np.repeat(np.arange(len(heavy)), np.where(heavy, weight, 1))
    places, codes = snapshot.labelled[rows], snapshot.codes[rows]
    version = blake2b(f"{snapshot.hash}:{weight}:{places.tolist()}".encode(), digest_size=4).hexdigest()
    plain, model = mind.fit_final(snapshot), mind.fit_labels(places, codes, tuple(snapshot.names), version)
    predictor = Predictor(model, mind.features, data)
    effect = keeper.compare(predictor, Predictor(plain, mind.features, data))
    return Weighed(predictor, int(weight), int(heavy.sum()), effect)
