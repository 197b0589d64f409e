"""The control arm: what the samples drawn by lot say of the model, and of the strategy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from nbloop.dataset import Dataset
from nbloop.errors import DataError, NotTrained
from nbloop.mind import Mind
from nbloop.quality.estimate import Estimate, share
from nbloop.quality.savings import Savings, savings
from nbloop.schema import Annotate, Event

LEAST = 8
"""Samples drawn by lot below which nothing is compared."""

FOLDS = 5


def control_frame(data: Dataset) -> pd.DataFrame:
    """Return the samples drawn by lot, in that order: a simple random sample of all that may be asked.

    Columns: `label` (now), `prediction` (of the model that did not know it), `correct`, `model`, `asked` (by lot; else
    the strategy had asked it before the lot fell on it) and `chance`.
    """
    events = data.answered()
    first: dict[str, Event] = {}
    for event in events:
        if isinstance(event.action, Annotate):
            first.setdefault(event.action.sample, event)
    drawn = {said.lot: said for event in events if (said := _said(event)) and said.lot and said.lot in first}
    rows = [_row(data, first[key], said.chance) for key, said in drawn.items() if key in data.samples]
    ids = [data.samples.id_of(key) for key in drawn if key in data.samples]
    columns = ["label", "prediction", "correct", "model", "asked", "chance"]
    return pd.DataFrame(rows, columns=columns, index=pd.Index(ids, name="id"))


def control_score(data: Dataset, last: int | None = None) -> Estimate:
    """Return the share of samples drawn by lot (the `last` ones) that the model of that time predicted right.

    Raises
    ------
    NotTrained
        None of them was predicted before its label was known.
    """
    frame = control_frame(data).dropna(subset="prediction")
    frame = frame.tail(last) if last else frame
    if not len(frame):
        raise NotTrained(
            "no sample was drawn by lot while there was a model. Make the loop with control=0.1 and label on."
        )
    return share(int(frame["correct"].to_numpy(bool).sum()), len(frame))


def label_savings(data: Dataset, mind: Mind, seed: int = 0) -> Savings:
    """Compare the loop with random order on its own labels, measured on golden samples or else on the drawn ones.

    Raises
    ------
    DataError
        Fewer than 8 samples were drawn by lot, or of one class only.
    """
    snapshot = data.snapshot()
    frame = control_frame(data)
    drawn = np.array([data.samples.position(id) for id in frame.index], dtype=np.intp)
    drawn = drawn[np.isin(drawn, snapshot.labelled)]
    code_of = dict(zip(snapshot.labelled.tolist(), snapshot.codes.tolist(), strict=True))
    if len(drawn) < LEAST or len({code_of[place] for place in drawn}) < 2:
        raise DataError(
            f"a comparison with random order needs {LEAST} samples of two classes drawn by lot; there are "
            f"{len(drawn)}. Make the loop with control=0.1 and label on."
        )
    tests = [(snapshot.golden, snapshot.golden_codes, np.empty(0, np.intp))]
    if len(snapshot.golden) < 30:
        parts = np.array_split(np.random.default_rng(seed).permutation(drawn), FOLDS)
        tests = [(part, np.array([code_of[place] for place in part]), part) for part in parts]

    def correct(places: np.ndarray) -> np.ndarray:
        return np.concatenate([_right(mind, places, code_of, *test) for test in tests])

    return savings(snapshot.labelled, drawn, correct, np.random.default_rng(seed))


def _right(
    mind: Mind, places: np.ndarray, code_of: dict[int, int], test: np.ndarray, codes: np.ndarray, without: np.ndarray
) -> np.ndarray:
    """Tell which of `test` are predicted right by a model that learned `places` without those of `without`."""
    learned = places[~np.isin(places, without)]
    y = np.array([code_of[place] for place in learned.tolist()], dtype=np.intp)
    if len(np.unique(y)) < 2:
        return codes == (y[0] if len(y) else -1)
    return mind.fitted(learned, y).predict_proba(mind.X[test]).argmax(axis=1) == codes


def _said(event: Event) -> Any:
    return getattr(event.action, "said", None)


def _row(data: Dataset, event: Event, chance: float | None) -> tuple[Any, ...]:
    said, key = _said(event), event.action.sample  # type: ignore[union-attr]  an annotation
    label, prediction = data.state(key).label, said.prediction if said else None
    return label, prediction, label == prediction, said.model if said else None, bool(said and said.lot == key), chance
