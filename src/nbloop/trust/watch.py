"""The watch: is new data as it was, are predictions, are errors; and what end users say."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import issparse

from nbloop.dataset import Dataset
from nbloop.errors import DataError
from nbloop.mind import Mind
from nbloop.model import Model
from nbloop.quality.drift import RATE, compare
from nbloop.schema import Action, Alert, Feedback, Flag, Wish
from nbloop.snapshot import Snapshot
from nbloop.trust.route import audits_frame, names_of

DIMENSIONS = 12
"""Columns of made features that are compared; the first ones say most."""

QUEUED = 20
LEAST_GOLDEN, FOLDS = 100, 10


@dataclass(frozen=True)
class Watched:
    """What was compared, and what is not as it was.

    Attributes
    ----------
    table : DataFrame
        By column or prediction: `kind`, `statistic`, `p`, `q`, `effect`, `drifted`; see `nbloop.quality.drift.compare`.
    alerts : tuple of Alert
        New ones; none while an earlier one of the same source is still fresh.
    errors : str
        What audits say of the errors of accepted samples.
    """

    table: pd.DataFrame
    alerts: tuple[Alert, ...]
    errors: str

    def __bool__(self) -> bool:
        return bool(self.alerts)

    def __str__(self) -> str:
        drifted = int(np.sum(self.table["drifted"].to_numpy()))
        compared = (
            f"{drifted or 'None'} of {len(self.table)} distributions {'is' if drifted == 1 else 'are'} not as before."
        )
        quiet = " An earlier alert is still fresh." if drifted and not self.alerts else ""
        alerts = [f"- {alert.source}: {alert.what}" for alert in self.alerts]
        return "\n".join([compared + quiet, *alerts, f"Audits: {self.errors}"])


def watch(
    data: Dataset,
    mind: Mind,
    model: Model,
    source: Any,
    *,
    ids: Sequence[Hashable] | None,
    cooldown: timedelta,
    rate: float = RATE,
) -> Watched:
    """Compare `source` with the samples of the dataset; journal alerts, and queue samples for people."""
    snapshot, values = data.snapshot(), data.values(source)
    matrix = mind.features.transform(values)
    proba = model.predict_proba(matrix)
    if not len(proba):
        raise DataError("there is nothing to compare: the source has no samples.")
    before = _columns(data, mind.X, data.samples.values()) | _said(_usual(mind, model, snapshot))
    now = _columns(data, matrix, values) | _said(proba)
    table = compare(before, now, rate)
    drifted = [str(name) for name, so in zip(table.index, table["drifted"], strict=True) if so]
    errors, worse = _errors(data)
    found = {
        "data": [name for name in drifted if not name.startswith("prediction")],
        "predictions": [name for name in drifted if name.startswith("prediction")],
        "errors": ["errors of accepted samples"] if worse else [],
    }
    queued = _queued(data, proba, names_of(source, ids, len(proba)) or [])
    alerts = tuple(
        Alert(kind, _what(kind, names, table, errors), tuple(names), queued)
        for kind, names in found.items()
        if names and not _fresh(data, kind, cooldown)
    )
    wishes = [Wish(queued, alerts[0].what)] if alerts and queued else []
    data.record([data.event(action) for action in (*alerts, *wishes)])
    return Watched(table, alerts, errors)


def feedback(data: Dataset, id: Hashable, signal: object) -> Feedback:
    """Journal what an end user says of a prediction; unless it was right, the sample is queued for people.

    Raises
    ------
    UnknownLabel
        The signal is neither ``"up"`` nor ``"down"``, nor a label.
    """
    plain = signal in ("up", "down") and signal not in data.task.names
    value = None if plain else data.task.check(signal)
    key = str(id)
    said = Feedback(key, str(signal) if plain else "down", value)
    actions: list[Action] = [said]
    if said.signal == "down" and key in data.samples:
        what = f"an end user says {value!r}" if value else "an end user says that the prediction is wrong"
        answered = data.state(key).label is not None
        actions.append(Flag(key, rationale=what) if answered else Wish((key,), what))
    data.record([data.event(action) for action in actions])
    return said


def _columns(data: Dataset, matrix: Any, values: Any) -> dict[str, pd.Series]:
    """Return what is compared of samples: the columns of a table, else the first features and the length of texts."""
    if isinstance(values, pd.DataFrame):
        return {str(name): pd.Series(values[name]) for name in values}
    found: dict[str, Any] = {}
    if data.samples.kind == "text" and not hasattr(values, "shape"):
        found["length"] = [float(len(text)) for text in values]
    if issparse(matrix):
        found["words known"] = np.diff(matrix.indptr).astype(float)
    else:
        found |= {f"feature {i}": np.asarray(matrix[:, i]) for i in range(min(DIMENSIONS, matrix.shape[1]))}
    return {name: pd.Series(column) for name, column in found.items()}


def _said(proba: np.ndarray) -> dict[str, pd.Series]:
    """Return the predictions as two columns."""
    classes, sure = pd.Series(proba.argmax(axis=1).astype(str)), pd.Series(proba.max(axis=1))
    return {"prediction": classes, "prediction's confidence": sure}


def _usual(mind: Mind, model: Model, snapshot: Snapshot) -> np.ndarray:
    """Return what the model says of samples that it did not learn: golden ones, else all, as if they were new.

    Of labels that it knows a model is surer than of any new sample, and a strategy leaves the easy ones in the pool. So
    the learned ones are predicted by models that did not learn them, a tenth at a time.
    """
    if len(snapshot.golden) >= LEAST_GOLDEN:
        return model.predict_proba(mind.X[snapshot.golden])
    proba = np.array(model.predict_proba(mind.X))
    order = np.random.default_rng(len(snapshot.labelled)).permutation(len(snapshot.labelled))
    for part in np.array_split(order, FOLDS):
        places, rest = snapshot.labelled[part], np.setdiff1d(order, part)
        if len(part) and len(np.unique(snapshot.codes[rest])) > 1:
            other = mind.fitted(snapshot.labelled[rest], snapshot.codes[rest])
            other = replace(other, names=model.names, calibration=model.calibration)
            proba[places] = other.predict_proba(mind.X[places])
    return proba


def _errors(data: Dataset) -> tuple[str, bool]:
    """Return what audits say, and whether errors became more frequent since the last alert of that kind.

    Notes
    -----
    Bifet and Gavaldà (2007), Learning from time-changing data with adaptive windowing (ADWIN).
    """
    frame = audits_frame(data).dropna(subset="wrong")
    audited = frame["wrong"].tolist()
    if not audited:
        return "no accepted sample was audited yet.", False
    said = f"{sum(audited)} of {len(audited)} audited samples were wrong"
    if find_spec("river") is None:
        return f"{said}; whether that is new is told by `pip install nbloop[drift]`.", False
    from river.drift import ADWIN

    alerts = [event.at for event in data.noted(Alert) if event.action.source == "errors"]  # type: ignore[union-attr]
    answered = data.labels["at"].reindex(frame.index)
    window, worse = ADWIN(), False
    for wrong, at in zip(audited, answered, strict=True):
        before = window.estimation
        window.update(float(wrong))
        if window.drift_detected:
            worse = window.estimation > before and not (alerts and at <= alerts[-1])
    return said + (", and lately more than before." if worse else "."), worse


def _fresh(data: Dataset, kind: str, cooldown: timedelta) -> bool:
    """Tell whether an alert of this kind was raised so lately that another one would only be noise."""
    since = datetime.now(UTC) - cooldown
    return any(event.action.source == kind and event.at > since for event in data.noted(Alert))  # type: ignore[union-attr]  alerts only


def _queued(data: Dataset, proba: np.ndarray, ids: Sequence[Hashable]) -> tuple[str, ...]:
    """Return the samples that are here, the least certain first."""
    names = [str(id) for id in ids]
    order = np.argsort(proba.max(axis=1), kind="stable")
    return tuple(names[i] for i in order.tolist() if i < len(names) and names[i] in data.samples)[:QUEUED]


def _what(kind: str, names: list[str], table: pd.DataFrame, errors: str) -> str:
    if kind == "errors":
        return errors
    worst = ", ".join(f"{name} (effect {table.loc[name, 'effect']:.2f})" for name in names[:3])
    return f"{len(names)} of {len(table)} distributions are not as they were: {worst}."
