"""Slices: parts of a table that can be named, by column, by expression, or found where errors gather."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, hypergeom
from sklearn.feature_extraction.text import CountVectorizer

from nbloop.errors import DataError
from nbloop.quality.estimate import share, share_of_groups

Masks = dict[str, np.ndarray]
"""Slices by name; each says of every row whether it is in."""

VALUES = 20
"""Most values of a column that get a slice of their own."""

WORDS = 200
"""Most words of a text column that get a slice of their own."""


def masks_of(table: pd.DataFrame, specs: Iterable[str] | Mapping[str, Any]) -> Masks:
    """Return slices of a table.

    Parameters
    ----------
    table : DataFrame of n rows
        Columns of the samples.
    specs : column names and expressions, or name → expression, array of bool or function of the table
        A column gives one slice a value (quarters, if it is a number of many values); an expression, such as
        ``"age > 40 and job == 'nurse'"``, is evaluated by pandas.

    Raises
    ------
    DataError
        No such column, or an expression that is none.

    Examples
    --------
    >>> table = pd.DataFrame({"job": ["nurse", "cook", "nurse"], "age": [50, 30, 20]})
    >>> {name: rows.tolist() for name, rows in masks_of(table, ["job", "age > 40"]).items()}
    {'job = nurse': [True, False, True], 'job = cook': [False, True, False], 'age > 40': [True, False, False]}
    """
    if isinstance(specs, str):
        specs = [specs]
    if isinstance(specs, Mapping):
        return {str(name): _mask(table, spec) for name, spec in specs.items()}
    found: Masks = {}
    for spec in specs:
        found |= by_value(table, spec) if spec in table.columns else {str(spec): _mask(table, spec)}
    return found


def _mask(table: pd.DataFrame, spec: Any) -> np.ndarray:
    try:
        rows = spec(table) if callable(spec) else table.eval(spec) if isinstance(spec, str) else spec
        rows = np.asarray(rows)
    except Exception as error:
        raise _no_slice(spec, table, f"{type(error).__name__}: {error}") from error
    if rows.dtype != bool or rows.shape != (len(table),):
        raise _no_slice(spec, table, f"it gives {rows.dtype} of shape {rows.shape}")
    return rows


def _no_slice(spec: Any, table: pd.DataFrame, found: str) -> DataError:
    columns = ", ".join(map(str, table.columns[:12]))
    return DataError(
        f"a slice is a column, or an expression that is true or false for each of the {len(table)} samples; "
        f"{spec!r:.80} is none ({found}). The columns are: {columns}."
    )


def by_value(table: pd.DataFrame, name: str) -> Masks:
    """Return one slice for each of the most frequent values of a column; quarters of a number with many values."""
    column: Any = table[name]
    if pd.api.types.is_numeric_dtype(column) and column.nunique() > VALUES:
        column = pd.qcut(column, 4, duplicates="drop")
        return {f"{name} in {each}": np.asarray(column == each) for each in column.cat.categories}
    texts = column.astype(str)
    frequent = texts.value_counts(sort=True).index[:VALUES]
    ordered = [value for value in texts.unique() if value in set(frequent)]
    return {f"{name} = {value:.60}": np.asarray(texts == value) for value in ordered}


def found_slices(table: pd.DataFrame, *, fewest: int = 20, pairs: bool = True) -> Masks:
    """Return slices worth a look: values of columns, pairs of them, words and lengths of texts.

    Parameters
    ----------
    table : DataFrame of n rows
        Columns of the samples.
    fewest : int
        Samples a slice needs.
    pairs : bool
        Also slices where two columns have two values.
    """
    single: Masks = {}
    columns: dict[str, str] = {}
    for name in table.columns:
        found = _words(table[name], str(name), fewest) if _is_text(table[name]) else by_value(table, name)
        kept = {key: rows for key, rows in found.items() if fewest <= rows.sum() <= len(table) - fewest}
        single |= kept
        columns |= dict.fromkeys(kept, "" if _is_text(table[name]) else str(name))
    named = [key for key, column in columns.items() if column]
    return single | (_pairs(single, columns, named, fewest) if pairs else {})


def _pairs(single: Masks, columns: dict[str, str], names: list[str], fewest: int) -> Masks:
    apart = [(a, b) for a, b in combinations(names[:60], 2) if columns[a] != columns[b]]
    both = {f"{a} and {b}": single[a] & single[b] for a, b in apart}
    return {name: rows for name, rows in both.items() if rows.sum() >= fewest}


def _is_text(column: Any) -> bool:
    texts = column.dropna()
    return not pd.api.types.is_numeric_dtype(column) and texts.astype(str).str.count(" ").mean() >= 1


def _words(column: Any, name: str, fewest: int) -> Masks:
    texts = column.fillna("").astype(str)
    found: Masks = {}
    try:
        counter: Any = CountVectorizer(binary=True, min_df=fewest, max_features=WORDS, token_pattern=r"(?u)\b\w\w+\b")
        counts = counter.fit_transform(texts).tocsc()
        for place, word in enumerate(counter.get_feature_names_out()):
            found[f"{name} has “{word}”"] = np.asarray(counts[:, [place]].todense()).ravel() > 0
    except ValueError:  # no word is frequent enough
        found = {}
    return found | by_value(pd.DataFrame({f"length of {name}": texts.str.len()}), f"length of {name}")


def error_rates(
    wrong: np.ndarray, masks: Masks, *, groups: np.ndarray | None = None, lot: np.ndarray | None = None
) -> pd.DataFrame:
    """Return how often the model errs in each slice, worst first.

    Parameters
    ----------
    wrong : array of bool, shape (n,)
        Where the model errs.
    masks : slices by name
        Which samples each has.
    groups : array of shape (n,), optional
        Where samples were drawn in whole groups, of which the interval knows (`estimate.share_of_groups`).
    lot : array of int, optional
        Those that are tested, one of each group (`lots.one_of_each`); all by default.

    Returns
    -------
    DataFrame indexed by slice
        ``n``, ``errors``, ``rate`` with its 95 % Wilson interval ``low``, ``high``; ``rest`` is the rate of all other
        samples, ``p`` the one-sided exact test of Fisher that the slice errs more than the rest, and ``p_adjusted``
        the same after Benjamini and Hochberg (1995) over all slices.

    Examples
    --------
    >>> found = error_rates(np.array([1, 1, 0, 0, 0, 0], bool), {"first": np.array([1, 1, 0, 0, 0, 0], bool)})
    >>> found.loc["first", ["n", "errors", "rate", "p"]].round(3).tolist()
    [2.0, 2.0, 1.0, 0.067]
    """
    wrong = np.asarray(wrong, bool)
    lot = np.arange(len(wrong)) if lot is None else lot
    rows = [
        (name, *_rate(wrong, mask, groups), _chance(wrong[lot], mask[lot]))
        for name, mask in masks.items()
        if mask.any()
    ]
    names = ["slice", "n", "errors", "rate", "low", "high", "rest", "p"]
    found = pd.DataFrame(rows, columns=names).set_index("slice")
    found["p_adjusted"] = false_discovery_control(found["p"]) if len(found) else found["p"]
    return found.sort_values(["p", "rate"], ascending=[True, False], kind="stable")


def _rate(wrong: np.ndarray, mask: np.ndarray, groups: np.ndarray | None) -> tuple[Any, ...]:
    n, errors, total = int(mask.sum()), int(wrong[mask].sum()), int(wrong.sum())
    found = share(errors, n) if groups is None else share_of_groups(wrong[mask], groups[mask])
    rest = (total - errors) / (len(wrong) - n) if n < len(wrong) else float("nan")
    return n, errors, errors / n, found.low, found.high, rest


def _chance(wrong: np.ndarray, mask: np.ndarray) -> float:
    """Return how likely so many errors in a slice are by chance; 1 where nothing of it is tested."""
    return min(1.0, float(hypergeom.sf(wrong[mask].sum() - 1, len(wrong), wrong.sum(), mask.sum())))
