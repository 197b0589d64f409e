"""Validation: what speaks against learning from the labels as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from nbloop.dataset import Dataset
from nbloop.dataset.withheld import CONFLICT, TWIN, Withheld
from nbloop.quality.copies import plain_copies
from nbloop.quality.leakage import copies_of_label, near_twins
from nbloop.snapshot import Snapshot

SHOWN = 3
"""Samples that a sentence names."""

COPY, VANISHED, COLUMNS, GOLDEN = "copied label", "vanished class", "changed columns", "golden samples"
"""What stops a retraining; `CONFLICT` and `TWIN` hold labels back instead."""

CHECKS = (GOLDEN, TWIN, COPY, CONFLICT, VANISHED, COLUMNS)
"""What can be waived."""


class Finding(NamedTuple):
    """Something that speaks against learning: its kind, a sentence, and the samples it is about."""

    kind: str
    sentence: str
    samples: tuple[object, ...] = ()


Look = Callable[[Dataset, Snapshot], Iterator[Finding]]


def validate(data: Dataset, snapshot: Snapshot) -> list[Finding]:
    """Return all that speaks against learning from a snapshot, waived or not; empty when nothing does."""
    looks = (_golden_ids, _golden_twins, _copies, _conflicts, _vanished, _columns)
    return [finding for look in looks for finding in look(data, snapshot)]


def stopping(data: Dataset, snapshot: Snapshot) -> list[Finding]:
    """Return what stops a retraining: what no single label can be held back for, and nobody has waived."""
    waived = data.waived()
    looks = (look for kind, look in STOPPING.items() if kind not in waived)
    return [finding for look in looks for finding in look(data, snapshot)]


def columns_of(data: Dataset) -> dict[str, str]:
    """Return what kind of values each column has that a person looks at."""
    return {str(name): _kind(data.samples.frame[name]) for name in data.samples.columns}


def _kind(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "truth values"
    if pd.api.types.is_numeric_dtype(column):
        return "numbers"
    return "dates" if pd.api.types.is_datetime64_any_dtype(column) else "text"


# -- golden samples --------------------------------------------------------------------------------------------------


def _golden_ids(data: Dataset, snapshot: Snapshot) -> Iterator[Finding]:
    golden = np.zeros(len(data.samples), bool)
    golden[data.golden_places()] = True
    if len(both := np.sort(snapshot.labelled[golden[snapshot.labelled]])):
        named = _ids(data, both)
        yield Finding(GOLDEN, f"{len(both)} golden samples are among the training labels: {_list(named)}.", named)


def _golden_twins(data: Dataset, snapshot: Snapshot) -> Iterator[Finding]:
    golden = np.array(data.golden_places(), np.intp)
    share = (data.near or 1.0) if data.samples.kind == "text" else 1.0
    twins = near_twins(_texts(data, snapshot.labelled), _texts(data, golden), share=share)
    pairs = [(int(snapshot.labelled[one]), int(golden[other])) for one, other, _ in twins]
    pairs += [(each.place, each.other) for each in data.in_doubt() if each.kind == TWIN]
    if pairs := sorted({(one, other) for one, other in pairs if one != other}):
        named = tuple(dict.fromkeys(_ids(data, [one for one, _ in pairs])))
        twin = data.samples.ids[pairs[0][1]]
        yield Finding(
            TWIN,
            f"{len(named)} of the labelled samples nearly equal golden ones, such as {named[0]!r} and {twin!r}: "
            f"the golden set would be scored too well. Reject them: {_list(named)}.",
            named,
        )


# -- copies of the label ---------------------------------------------------------------------------------------------


def _copies(data: Dataset, snapshot: Snapshot) -> Iterator[Finding]:
    table = _table(data)
    if table is None:
        return
    if isinstance(table, pd.DataFrame):
        rows = table.loc[snapshot.labelled]
    else:
        rows = table[snapshot.labelled]
        rows = pd.DataFrame(rows.toarray() if hasattr(rows, "toarray") else rows)
    yield from _copied(data, copies_of_label(rows, snapshot.codes))


def _plain_copies(data: Dataset, snapshot: Snapshot) -> Iterator[Finding]:
    table = _table(data)
    if table is None:
        return
    found = plain_copies(table, snapshot.labelled, snapshot.codes)
    names = table.columns if isinstance(table, pd.DataFrame) else range(table.shape[1])
    yield from _copied(data, [str(names[place]) for place in found])


def _copied(data: Dataset, names: list[str]) -> Iterator[Finding]:
    where = "of features=" if hasattr(data.features, "shape") else "with content=[...]"
    if names:
        yield Finding(
            COPY,
            f"the column {names[0]!r} says the label in other words ({len(names)} such columns). A model that reads "
            f"it learns nothing else: leave it out {where}.",
        )


def _table(data: Dataset) -> Any:
    """Return what a learner reads as columns; None of texts, images, and features that are made of them."""
    if hasattr(data.features, "shape"):  # whatever stands on the card
        return data.features if len(data.features.shape) == 2 else None
    return data.samples.frame[data.samples.columns] if data.samples.kind == "row" else None


# -- labels that contradict each other -------------------------------------------------------------------------------


def _conflicts(data: Dataset, _: Snapshot) -> Iterator[Finding]:
    if found := [each for each in data.in_doubt() if each.kind == CONFLICT]:
        yield Finding(
            CONFLICT,
            f"{len(found)} labelled samples say the same as another one and are labelled differently, first "
            f"{_pair(data, found[0])}. Correct or reject one of them, or decide in a review.",
            _ids(data, [each.place for each in found]),
        )


def _pair(data: Dataset, held: Withheld) -> str:
    ids = _ids(data, [held.place, held.other])
    return " and ".join(f"{id!r} ({data.state(id).label})" for id in ids)


# -- classes and columns ---------------------------------------------------------------------------------------------


def _vanished(data: Dataset, snapshot: Snapshot) -> Iterator[Finding]:
    if not len(snapshot.labelled):
        return
    known = set(snapshot.codes.tolist())
    gone = [snapshot.names[code] for code in np.unique(snapshot.golden_codes) if code not in known]
    if gone:
        yield Finding(
            VANISHED,
            f"no training label is left of {_list(gone)}, which the golden set has: a model could never say it. "
            "Label some, or take the class out of the task.",
        )
    else:
        yield from _unlearned(data, snapshot)


def _unlearned(data: Dataset, snapshot: Snapshot) -> Iterator[Finding]:
    """Find the classes that the model which serves can say, and a new one could not."""
    known = {snapshot.names[code] for code in np.unique(snapshot.codes)}
    if gone := [name for name in data.served_classes() if name not in known]:
        yield Finding(
            VANISHED,
            f"no training label is left of {_list(gone)}, which the model that serves can say: a new one never could. "
            "Label some, or take the class out of the task.",
        )


def _columns(data: Dataset, _: Snapshot) -> Iterator[Finding]:
    before = next((each.columns for each in reversed(data.promoted()) if each.columns), None)
    if before is None:
        return
    now = columns_of(data)
    gone = [name for name in before if name not in now]
    other = [name for name in before if now.get(name, before[name]) != before[name]]
    if gone or other:
        changed = [f"{name!r} is missing" for name in gone]
        changed += [f"{name!r} has {now[name]} instead of {before[name]}" for name in other]
        yield Finding(
            COLUMNS,
            f"the columns are not those of the model that serves: {', '.join(changed[:SHOWN])}. "
            "Give the source as it was.",
        )


STOPPING: dict[str, Look] = {GOLDEN: _golden_ids, COPY: _plain_copies, VANISHED: _unlearned, COLUMNS: _columns}


def _texts(data: Dataset, places: np.ndarray) -> list[str]:
    """Return what samples say; images say nothing, and rows of one column too little."""
    if data.samples.kind not in ("text", "row") or (data.samples.kind == "row" and len(data.samples.columns) < 2):
        return []
    rows = data.samples.frame.loc[places, data.samples.columns].astype(str)
    return rows.agg(" ".join, axis=1).tolist() if len(rows) else []


def _ids(data: Dataset, places: Any) -> tuple[object, ...]:
    return tuple(data.samples.ids[int(place)] for place in places)


def _list(names: Any) -> str:
    names = [repr(name) for name in names]
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
