"""Columns: which of them a person looks at, and what they hold."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Hashable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from nbloop.errors import DataError, warn_of_data
from nbloop.pool.images import are_images, is_image

Kind = Literal["text", "image", "row", "object"]


def check_columns(frame: pd.DataFrame, names: Collection[str]) -> None:
    """Raise `DataError` for a name that is no column, with the nearest one there is."""
    for name in names:
        if name not in frame.columns:
            near = get_close_matches(str(name), frame.columns, n=1)
            meant = f" Did you mean {near[0]!r}?" if near else ""
            raise DataError(f"no column {name!r}; the columns are: {', '.join(frame.columns)}.{meant}")


def columns_shown(
    frame: pd.DataFrame, content: str | Sequence[str] | None, id: Any, hidden: Collection[str]
) -> tuple[list[str], bool]:
    """Return the columns that are shown, and whether it is one shown by itself."""
    if content is not None and (isinstance(content, bytes) or not isinstance(content, Collection)):
        raise DataError(f"content= is the name of a column, or a list of them; found {content!r:.80}.")
    named = [content] if isinstance(content, str) else list(content or [])
    check_columns(frame, [*named, *hidden, *([id] if isinstance(id, str) else [])])
    if both := [name for name in named if name in hidden]:
        raise DataError(f"column {both[0]!r} cannot be content: it holds the truth or features, and is never shown.")
    if content is None:
        named = [name for name in frame.columns if name not in hidden and not (isinstance(id, str) and name == id)]
    if not named:
        raise DataError(
            f"no column is left to show; the columns are: {', '.join(frame.columns)}. Name one as content=."
        )
    return named, isinstance(content, str) or (content is None and len(named) == 1)


def items_of(column: Any) -> list[Any]:
    """Return what a column holds; of texts this is four times as fast as pandas' own list of them."""
    texts = isinstance(column.dtype, pd.StringDtype)
    return (column.astype(object) if texts else column).tolist()


def kind_of(column: pd.Series, render: Callable[[Any], Any] | None, folder: Path | None) -> Kind:
    """Tell what a column that is shown by itself holds; `folder` is what paths are relative to."""
    items = items_of(column[column.notna()])
    if are_images(items, folder):
        return "image"
    if items and all(map(is_image, items)):
        warn_of_data(
            f"all {len(items)} texts end like the names of images, but none is a file in "
            f"{str(folder or Path.cwd())!r}: they are shown as text. Where they are images, give paths that are there."
        )
    if any(isinstance(item, str) for item in items):
        return "text"
    if all(pd.api.types.is_scalar(item) for item in items):
        return "row"
    if render is None:
        raise DataError(f"cannot show {type(items[0]).__name__} in column {column.name!r}; say how with render=.")
    return "object"


def present(shown: pd.DataFrame, kind: Kind, folder: Path | None, ids: list[Hashable] | None) -> np.ndarray:
    """Return the rows of the source that have something to look at; warn about the others."""
    missing = np.asarray(shown.isna()).min(axis=1)
    why = "no content (missing or blank)"
    if kind == "text":
        missing |= _blank(items_of(shown.iloc[:, 0]))
    elif kind == "image":
        missing |= np.array([_is_lost(item, folder) for item in items_of(shown.iloc[:, 0])])
        why = "no image (missing, or a file that is not there or empty)"
    if missing.all():
        raise DataError(f"every one of the {len(missing)} samples has {why}. Give at least one that can be shown.")
    if missing.any():
        rows = np.flatnonzero(missing)[:5].tolist()
        names = ", ".join(repr(ids[row]) if ids else f"row {row}" for row in rows)
        warn_of_data(f"{missing.sum()} of {len(missing)} samples have {why} and are left out, first: {names}.")
    return np.flatnonzero(~missing)


def _blank(items: list[Any]) -> np.ndarray:
    """Tell which items are texts without anything to read."""
    texts = items if {*map(type, items)} == {str} else [item if isinstance(item, str) else "no text" for item in items]
    return np.fromiter(map(str.isspace, texts), bool, len(texts)) | ~np.fromiter(map(bool, texts), bool, len(texts))


def _is_lost(item: Any, folder: Path | None) -> bool:
    if not isinstance(item, (str, Path)):
        return False
    try:
        return os.stat(os.path.join(folder or "", item)).st_size == 0
    except (OSError, ValueError):
        return True
