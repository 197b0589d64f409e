"""Routes: what the model may decide alone, what is asked, and what needs an expert; and the audits of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nbloop.dataset import Dataset
from nbloop.errors import DataError, NotTrained
from nbloop.mind import Mind
from nbloop.model import Model
from nbloop.quality.lots import one_of_each, told_of
from nbloop.quality.routing import Threshold, accept_above, expert_below
from nbloop.schema import Routed, Wish

POOL = 5000


@dataclass(frozen=True)
class Routes:
    """Where new samples go.

    Attributes
    ----------
    frame : DataFrame
        By id: `decision` (``"accept"``, ``"ask"``, ``"expert"``), `label`, `confidence`, and `audit`: whether a person
        should look at an accepted one all the same.
    accept, expert : Threshold
        From which confidence on is accepted, and below which an expert is needed.
    reason : str
        Why these.
    """

    frame: pd.DataFrame
    accept: Threshold
    expert: Threshold
    reason: str

    def __str__(self) -> str:
        return self.reason


def route(
    data: Dataset,
    mind: Mind,
    model: Model,
    source: Any,
    *,
    ids: Sequence[Hashable] | None,
    error: float,
    confidence: float,
    audit: float,
    expert: float,
) -> Routes:
    """Route the samples of `source`, journal the thresholds, and queue what people should look at."""
    for name, value in {"error": error, "confidence": confidence, "audit": audit, "expert": expert}.items():
        if not 0 < value < 1:
            raise DataError(f"{name}= is a share between 0 and 1; found {value!r}.")
    accept, below = thresholds(data, mind, model, error, confidence, expert)
    proba = model.predict_proba(mind.features.transform(data.values(source)))
    names = names_of(source, ids, len(proba))
    frame = _routed(proba, model.names, names or range(len(proba)), accept.value, below.value)
    audited = _audited(data, frame["decision"].to_numpy() == "accept", audit)
    frame["audit"] = audited
    reason = _reason(accept, below, error, confidence, told_of(data.snapshot().groups))
    unnamed = f"of route {len(data.noted(Routed)) + 1}"
    keys = [str(id) if names else f"row {id} {unnamed}" for id in frame.index]
    decisions = frame["decision"].tolist()
    audits = {key: str(label) for key, label, seen in zip(keys, frame["label"], audited, strict=True) if seen}
    counts = Counter(decisions)
    routed = Routed(
        model_version=model.version,
        error=error,
        confidence=confidence,
        reason=reason,
        accept=accept.value,
        expert=below.value,
        accepted=counts["accept"],
        asked=counts["ask"],
        to_expert=counts["expert"],
        audits=audits,
    )
    for_people = {key for key, decision in zip(keys, decisions, strict=True) if decision != "accept"} | audits.keys()
    wanted = [key for key in keys if key in for_people and key in data.samples]
    wishes = [Wish(tuple(wanted), "routed to people, or audited")] if wanted else []
    data.record([data.event(action) for action in (routed, *wishes)])
    return Routes(frame, accept, below, reason)


def thresholds(
    data: Dataset, mind: Mind, model: Model, error: float, confidence: float, expert: float
) -> tuple[Threshold, Threshold]:
    """Return from which confidence on is accepted, and below which an expert is needed.

    Raises
    ------
    NotTrained
        There are no verified golden samples to show anything with.
    """
    snapshot = data.snapshot()
    if not len(snapshot.golden):
        raise NotTrained("routing needs verified golden samples: Dataset(golden=0.1), then labeler(queue='golden').")
    lot = one_of_each(snapshot.groups, snapshot.golden, data.seed)
    golden = model.predict_proba(mind.X[snapshot.golden[lot]])
    wrong = golden.argmax(axis=1) != snapshot.golden_codes[lot]
    others = np.setdiff1d(np.arange(len(data.samples)), snapshot.golden)
    others = np.random.default_rng(data.seed).permutation(others)[:POOL]
    pool = model.predict_proba(mind.X[others]).max(axis=1)
    sure = golden.max(axis=1)
    return accept_above(sure, wrong, pool, error, confidence), expert_below(sure, wrong, pool, expert, confidence)


def audits_frame(data: Dataset) -> pd.DataFrame:
    """Return every audited sample: `accepted` (the model's label), `label` (a person's, if any), `wrong`, `routed`."""
    rows, ids = [], []
    for event in data.noted(Routed):
        for key, accepted in event.action.audits.items():  # type: ignore[union-attr]  routes only
            label = data.state(key).label if key in data.samples else None
            ids.append(data.samples.id_of(key))
            rows.append((accepted, label, None if label is None else label != accepted, event.at))
    return pd.DataFrame(rows, columns=["accepted", "label", "wrong", "routed"], index=pd.Index(ids, name="id"))


def _routed(
    proba: np.ndarray, names: tuple[str, ...], ids: Sequence[Hashable], accept: float | None, expert: float | None
) -> pd.DataFrame:
    sure = proba.max(axis=1)
    accepted = sure >= (np.inf if accept is None else accept)
    hard = ~accepted & (sure < (-np.inf if expert is None else expert))
    decision = np.where(accepted, "accept", np.where(hard, "expert", "ask"))
    columns = {"decision": decision, "label": np.array(names)[proba.argmax(axis=1)], "confidence": sure}
    return pd.DataFrame(columns, index=pd.Index(ids, name="id"))


def _audited(data: Dataset, accepted: np.ndarray, audit: float) -> np.ndarray:
    """Draw the share `audit` of what is accepted, one sample at least."""
    places = np.flatnonzero(accepted)
    rng = np.random.default_rng((data.seed, len(data.noted(Routed))))
    drawn = np.zeros(len(accepted), bool)
    drawn[rng.permutation(places)[: int(np.ceil(audit * len(places)))]] = True
    return drawn


def names_of(source: Any, ids: Sequence[Hashable] | None, n: int) -> list[Hashable] | None:
    """Return the ids of new samples: as given, or the index of a frame, unless it only counts the rows; else None."""
    if ids is not None:
        if len(ids) != n:
            raise DataError(f"ids= names each sample: found {len(ids)} for {n} samples.")
        return list(ids)
    index = source.index if isinstance(source, pd.DataFrame | pd.Series) else pd.RangeIndex(n)
    return None if isinstance(index, pd.RangeIndex) else index.tolist()


def _reason(accept: Threshold, expert: Threshold, error: float, confidence: float, groups: str) -> str:
    if accept.value is None:
        said = f"Nothing is accepted: the golden set{groups} cannot show that at most {error:.1%} would be wrong."
    else:
        said = (
            f"Accepted from a confidence of {accept.value:.1%} on: {accept.wrong} of {accept.n} golden samples there"
            f"{groups} are wrong, so with {confidence:.0%} certainty at most {accept.bound:.1%} are "
            f"(borne: {error:.1%})."
        )
    if expert.value is not None:
        said += (
            f" To an expert below {expert.value:.1%}: {expert.wrong} of {expert.n} golden samples there{groups} are "
            f"wrong, at least {expert.bound:.1%}."
        )
    return said
