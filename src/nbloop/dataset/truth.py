"""Truth: labels known beforehand. They verify the golden set and answer for a simulated person, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from nbloop.errors import DataError, UnknownLabel, warn_of_data
from nbloop.pool import Pool
from nbloop.pool.columns import check_columns
from nbloop.schema import Classification


def read_truth(truth: Any, pool: Pool, task: Classification) -> dict[str, str]:
    """Return the known label of each sample key.

    Parameters
    ----------
    truth : None, str, mapping, Series, or sequence
        A column; labels by sample id (a Series by its index, which may also be that of the source); or one label a
        source row. Missing ones are no label.
    pool : Pool
        The samples.
    task : Classification
        What labels there are.

    Raises
    ------
    UnknownLabel
        A label outside the task.
    DataError
        No such column, or not one label a row, or ids of which none is in the pool.

    Warns
    -----
    DataWarning
        Rows that were left out as equal to an earlier one have another label than it.
    """
    if truth is None:
        return {}
    if isinstance(truth, str):
        check_columns(pool.frame, [truth])
        return _kept(pool.frame[truth].tolist(), pool.twin_rows[truth].tolist(), pool, task)
    if isinstance(truth, (Mapping, pd.Series)):
        known = {key: value for id, value in truth.items() if (key := str(id)) in pool}
        if not known and isinstance(truth, pd.Series) and truth.index.equals(pool.source_index):
            return read_truth(truth.tolist(), pool, task)
        if len(truth) and not known:
            raise DataError(
                f"truth= names {len(truth)} samples by id, none of which is here; the first id here is "
                f"{pool.ids[0]!r}. Labels in the order of the source are given as a list or array."
            )
        return labels_of(known.items(), task)
    values = truth.tolist() if hasattr(truth, "tolist") else list(truth)
    if len(values) != pool.source_rows:
        raise DataError(f"truth= needs one label a row of the source: found {len(values)} for {pool.source_rows} rows.")
    return _kept([values[row] for row in pool.kept], [values[row] for row in pool.twins], pool, task)


def _kept(values: list[Any], others: list[Any], pool: Pool, task: Classification) -> dict[str, str]:
    """Return the labels `values` of the pool; warn where those of equal rows that were left out are others."""
    truth = labels_of(zip(pool.keys, values, strict=True), task)
    left_out = labels_of(zip(map(str, pool.twins), others, strict=True), task)
    same = [(row, pool.keys[position]) for row, position in pool.twins.items()]
    against = [(row, key) for row, key in same if left_out.get(str(row), truth.get(key)) != truth.get(key)]
    if against:
        row, key = against[0]
        stands = repr(truth[key]) if key in truth else "none"
        warn_of_data(
            f"truth= contradicts itself in {len(against)} rows that equal an earlier one: the truth of the earlier one "
            f"is kept, first {stands} and not {left_out[str(row)]!r} of row {row}. Give id= to label each of them."
        )
    return truth


def labels_of(pairs: Iterable[tuple[str, Any]], task: Classification) -> dict[str, str]:
    """Return key → label for the pairs that have one; raise `UnknownLabel` when one is not of the task."""
    known = list(pairs)
    names = {value: _name(value, task) for value in {value for _, value in known} if not pd.isna(value)}
    if outside := {name for name in names.values() if name not in task.names}:
        n = sum(names.get(value) in outside for _, value in known)
        raise UnknownLabel(
            f"{n} labels are not of this task, such as {', '.join(map(repr, sorted(outside)[:5]))}; its labels are: "
            f"{', '.join(task.names[:12])}. Add them to the task, or leave those samples without a label."
        )
    return {key: names[value] for key, value in known if value in names}


def _name(value: Any, task: Classification) -> str:
    """Return the name of a label; whole numbers that became floats beside missing ones are whole again."""
    if isinstance(value, float | np.floating) and value.is_integer() and str(value) not in task.names:
        return str(int(value))
    return str(value)
