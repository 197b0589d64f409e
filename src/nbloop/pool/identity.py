"""Identity: what names a sample, so that running the notebook again finds the same labels."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from nbloop.errors import DataError, warn_of_data
from nbloop.pool.columns import Kind, items_of
from nbloop.pool.images import pixels


def given_ids(ids: Iterable[Hashable], rows: int) -> tuple[list[Hashable], dict[str, int]]:
    """Check ids that a user gave: one a source row, none missing, all different, also when written as text.

    Returns
    -------
    list, dict
        The ids, and each of them as text → its row.
    """
    if not isinstance(ids, Iterable):
        raise DataError(f"id= is the name of a column, or one id a source row; found {ids!r:.80}.")
    found: list[Any] = ids.tolist() if hasattr(ids, "tolist") else list(ids)  # type: ignore[attr-defined]  # arrays
    if len(found) != rows:
        raise DataError(f"id= needs one id a row of the source: found {len(found)} ids for {rows} rows.")
    series = pd.Series(found, dtype=object)
    if missing := int(series.isna().sum()):
        raise DataError(f"an id is missing in {missing} of {rows} rows, first in row {int(series.isna().argmax())}.")
    keys = found if {*map(type, found)} == {str} else [str(id) for id in found]
    try:
        "".join(keys).encode()
    except UnicodeEncodeError as error:
        raise DataError(
            f"an id is no valid Unicode: {error.object[max(0, error.start - 20) : error.end]!r}."
        ) from error
    places = dict(zip(keys, range(rows), strict=True))
    if len(places) < rows:
        first = {key: row for row, key in reversed(list(enumerate(keys)))}
        twice = [found[row] for row, key in enumerate(keys) if first[key] < row]
        raise DataError(
            f"ids must be different; found {len(twice)} that repeat an earlier one, first {twice[0]!r}. "
            "Name a column that is unique, or leave id= out to have samples named by their content."
        )
    return found, places


def content_ids(shown: pd.DataFrame, kind: Kind) -> list[str]:
    """Name each sample by what is shown of it: a folder of images by their paths, so that it need not be read."""
    if kind == "row":
        return row_ids(shown)
    items = items_of(shown.iloc[:, 0])
    if kind == "object":
        raise DataError(f"samples of type {type(items[0]).__name__} cannot be named by their content: give id=.")
    if kind == "text":
        return [_hash(str(text).encode("utf-8", "surrogatepass")) for text in items]
    return [_path_id(item) if isinstance(item, (str, Path)) else _hash(pixels(item)) for item in items]


def _path_id(path: str | Path) -> str:
    """Return a path as text; bytes of a file name that are no Unicode are written out."""
    return Path(path).as_posix().encode("utf-8", "backslashreplace").decode()


def row_ids(rows: pd.DataFrame) -> list[str]:
    """Name each row by a hash of its cells; neither the order of the columns matters, nor whether 1 became 1.0."""
    names = sorted(rows.columns)
    head = msgspec.json.encode(names)
    plain = rows[names].astype(object).where(rows[names].notna(), None)
    cells = zip(*([_whole(cell) for cell in plain[name].tolist()] for name in names), strict=True)
    encode = msgspec.json.Encoder(enc_hook=lambda cell: cell.tolist() if hasattr(cell, "tolist") else repr(cell)).encode
    return [_hash(head + _encoded(row, encode)) for row in cells]


def _whole(cell: Any) -> Any:
    """Return a whole number as an integer, which it was before a missing one in its column made floats of all."""
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def _encoded(row: tuple[Any, ...], encode: Callable[[Any], bytes]) -> bytes:
    try:
        return encode(row)
    except (UnicodeEncodeError, OverflowError, TypeError):  # broken text, numbers beyond 64 bits, odd keys
        return repr(row).encode("utf-8", "backslashreplace")


def first_ones(ids: list[str]) -> tuple[np.ndarray, dict[int, int]]:
    """Return the places of the first of equal ids, and which of them each other place equals; warn about those."""
    places: dict[str, int] = {}
    for place, id in enumerate(ids):
        places.setdefault(id, place)
    if twice := len(ids) - len(places):
        warn_of_data(
            f"{twice} of {len(ids)} samples have the same content as an earlier one and are left out: "
            "one answer serves all. Give id= to label each of them.",
        )
    first = np.fromiter(places.values(), np.int64, len(places))
    rank = {id: rank for rank, id in enumerate(places)} if twice else {}
    return first, {place: rank[id] for place, id in enumerate(ids) if twice and places[id] < place}


def _hash(content: bytes) -> str:
    return blake2b(content, digest_size=8).hexdigest()
