"""Validation: what speaks against learning from the labels as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from nbloop.dataset import Dataset
from nbloop.quality.leakage import conflicts, copies_of_label, near_twins
from nbloop.schema import Promote
from nbloop.snapshot import Snapshot

SHOWN = 3
"""Samples that a sentence names."""


class Finding(NamedTuple):
    """Something that speaks against learning: its kind, a sentence, and the samples it is about."""

    kind: str
    sentence: str
    samples: tuple[object, ...] = ()


def validate(data: Dataset, snapshot: Snapshot) -> list[Finding]:
    """Return all that speaks against learning from a snapshot; empty when nothing does."""
    looks = (_golden_ids, _golden_twins, _copies, _conflicts, _vanished, _columns)
    return [finding for look in looks for finding in look(data, snapshot)]


def beyond_doubt(data: Dataset, snapshot: Snapshot) -> list[Finding]:
    """Return what is wrong whatever was meant by it; empty when nothing is."""
    return [finding for look in (_golden_ids, _columns) for finding in look(data, snapshot)]


def columns_of(data: Dataset) -> dict[str, str]:
    """Return what kind of values each column has that a person looks at."""
    return {str(name): _kind(data.samples.frame[name]) for name in data.samples.columns}


def _kind(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "truth values"
    if pd.api.types.is_numeric_dtype(column):
        return "numbers"
    return "dates" if pd.api.types.is_datetime64_any_dtype(column) else "text"


def _golden_ids(data: Dataset, snapshot: Snapshot) -> Iterator[Finding]:
    if len(both := np.intersect1d(snapshot.labelled, data.golden_places())):
        named = _ids(data, both)
        yield Finding(
            "golden samples", f"{len(both)} golden samples are among the training labels: {_list(named)}.", named
        )


def _golden_twins(data: Dataset, snapshot: Snapshot) -> Iterator[Finding]:
    golden = np.array(data.golden_places(), np.intp)
    share = (data.near or 1.0) if data.samples.kind == "text" else 1.0
    twins = near_twins(_texts(data, snapshot.labelled), _texts(data, golden), share=share)
    pairs = [(snapshot.labelled[one], golden[other]) for one, other, _ in twins]
    if pairs := [(one, other) for one, other in pairs if one != other]:
        named = _ids(data, [one for one, _ in pairs])
        twin = data.samples.ids[pairs[0][1]]
        yield Finding(
            "golden twins",
            f"{len(pairs)} of the training samples nearly equal golden ones, such as {named[0]!r} and {twin!r}: "
            f"the golden set would be scored too well. Reject them: {_list(named)}.",
            named,
        )


def _copies(data: Dataset, snapshot: Snapshot) -> Iterator[Finding]:
    found = []
    if data.samples.kind == "row":
        found = copies_of_label(data.samples.frame.loc[snapshot.labelled, data.samples.columns], snapshot.codes)
    elif hasattr(data.features, "shape") and len(data.features.shape) == 2:
        rows = data.features[snapshot.labelled]
        rows = rows.toarray() if hasattr(rows, "toarray") else rows
        found = copies_of_label(pd.DataFrame(rows), snapshot.codes)
    if found:
        yield Finding(
            "copied label",
            f"the column {found[0]!r} says the label in other words ({len(found)} such columns). A model that reads "
            "it learns nothing else: leave it out with content=[...].",
        )


def _conflicts(data: Dataset, snapshot: Snapshot) -> Iterator[Finding]:
    if pairs := conflicts(_texts(data, snapshot.labelled), snapshot.codes):
        one, other = pairs[0]
        names = [snapshot.names[snapshot.codes[place]] for place in (one, other)]
        ids = _ids(data, snapshot.labelled[[one, other]])
        yield Finding(
            "conflicting labels",
            f"{len(pairs)} samples say the same as another one and are labelled differently, first {ids[0]!r} "
            f"({names[0]}) and {ids[1]!r} ({names[1]}). Correct or reject one of them.",
            _ids(data, snapshot.labelled[[place for pair in pairs for place in pair]]),
        )


def _vanished(_: Dataset, snapshot: Snapshot) -> Iterator[Finding]:
    if not len(snapshot.labelled):
        return
    known = set(snapshot.codes.tolist())
    if gone := [snapshot.names[code] for code in np.unique(snapshot.golden_codes) if code not in known]:
        yield Finding(
            "vanished class",
            f"no training label is left of {_list(gone)}, which the golden set has: a model could never say it. "
            "Label some, or take the class out of the task.",
        )


def _columns(data: Dataset, _: Snapshot) -> Iterator[Finding]:
    promoted = [event.action for event in data.noted(Promote) if isinstance(event.action, Promote)]
    before = next((each.columns for each in reversed(promoted) if each.columns), None)
    if before is None:
        return
    now = columns_of(data)
    gone = [name for name in before if name not in now]
    other = [name for name in before if now.get(name, before[name]) != before[name]]
    if gone or other:
        changed = [f"{name!r} is missing" for name in gone]
        changed += [f"{name!r} has {now[name]} instead of {before[name]}" for name in other]
        yield Finding(
            "changed columns",
            f"the columns are not those of the model that serves: {', '.join(changed[:SHOWN])}. "
            "Give the source as it was.",
        )


def _texts(data: Dataset, places: np.ndarray) -> list[str]:
    """Return what samples say; images say nothing, and rows of one column too little."""
    if data.samples.kind not in ("text", "row") or (data.samples.kind == "row" and len(data.samples.columns) < 2):
        return []
    rows = data.samples.frame.loc[places, data.samples.columns].astype(str)
    return rows.agg(" ".join, axis=1).tolist() if len(rows) else []


def _ids(data: Dataset, places: object) -> tuple[object, ...]:
    return tuple(data.samples.ids[int(place)] for place in places)  # type: ignore[attr-defined]  any sequence


def _list(names: object) -> str:
    names = [repr(name) for name in names]  # type: ignore[attr-defined]  any sequence
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
