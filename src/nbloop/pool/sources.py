"""Sources: whatever holds the samples, read into one frame."""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import narwhals as nw
import numpy as np
import pandas as pd

from nbloop.errors import DataError
from nbloop.pool.images import IMAGES, are_images


@dataclass(frozen=True)
class Source:
    """Samples as they came: one row each, in their order.

    Attributes
    ----------
    frame : DataFrame
        Every column, with names that are strings and a positional index.
    index : Index
        What the rows were called by the frame they came in.
    folder : Path or None
        What relative image paths in the frame are relative to; None stands for the working directory of now.
    """

    frame: pd.DataFrame
    folder: Path | None = None
    index: pd.Index = field(default_factory=lambda: pd.RangeIndex(0))


def read_source(source: Any) -> Source:
    """Read samples from a frame, a sequence, an array, a file or a folder.

    Parameters
    ----------
    source : pandas, polars or pyarrow table; list; array; path
        A list holds texts, PIL images, arrays, image paths or dicts of columns. An array is images ``(n, h, w[, c])``,
        rows ``(n, d)`` or texts ``(n,)``. A path is a CSV, TSV, JSON Lines or Parquet file, or a folder of images, with
        its subfolders; relative image paths in a file are relative to that file. pandas reads CSV and TSV as it does by
        default: with a header, quotes and "NA" for missing; read the file yourself where that is not so.

    Raises
    ------
    DataError
        It is nothing of these, cannot be read, or is empty.
    """
    found = _read(source)
    frame = found.frame.reset_index(drop=True)
    frame.columns = [str(name) for name in frame.columns]
    if twice := sorted(frame.columns[frame.columns.duplicated()].unique()):
        raise DataError(f"column names must be different; found twice: {', '.join(twice)}. Rename one of them.")
    if frame.empty:
        raise DataError("the source has no samples; found 0 rows. Give at least one.")
    return Source(frame, found.folder, found.frame.index)


def _read(source: Any) -> Source:
    if isinstance(source, (str, Path)):
        return _path(Path(source).expanduser())
    if isinstance(source, pd.DataFrame):
        return Source(source)
    if nw.dependencies.is_into_dataframe(source) or nw.dependencies.is_polars_lazyframe(source):
        return Source(nw.from_native(source).lazy().collect("pandas").to_native())
    if nw.dependencies.is_into_series(source):
        return _series(nw.from_native(source, series_only=True).to_pandas())
    if isinstance(source, np.ndarray):
        return Source(_array(source))
    if isinstance(source, Mapping):
        return Source(pd.DataFrame(dict(source)))
    if isinstance(source, Iterable):
        return Source(_items(list(source)))
    raise DataError(
        f"cannot read samples from {type(source).__name__}. Give a DataFrame, a list of texts or images, an array, "
        "or the path of a CSV, JSON Lines or Parquet file or of a folder of images."
    )


def _path(path: Path) -> Source:
    if path.is_dir():
        return Source(pd.DataFrame({"image": pd.Series(list_images(path), dtype=object)}), path.absolute())
    if not path.exists():
        raise DataError(f"no such file or folder: {str(path)!r}. One text is written in a list: [text].")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(
            f"cannot read {path.name!r}: known are {', '.join(READERS)} and folders of images. "
            "Read another kind yourself, such as pandas.read_json(path)."
        )
    try:
        return Source(reader(path), path.parent.absolute())
    except (OSError, ValueError, msgspec.DecodeError) as error:
        utf8 = "utf-8" in str(error).lower()
        cure = ". It is not UTF-8: read it yourself, such as pandas.read_csv(path, encoding='latin-1')" if utf8 else ""
        raise DataError(f"{str(path)!r} cannot be read as {path.suffix[1:].upper()}: {error}{cure}") from error


def list_images(folder: Path) -> list[Path]:
    """Return the image files below `folder`, relative to it, in the order of their names; hidden ones are left out."""
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        start = os.path.relpath(place, folder)
        names = [name for name in files if name.lower().endswith(IMAGES) and not name.startswith(".")]
        found += [os.path.normpath(os.path.join(start, name)) for name in names]
    if not found:
        raise DataError(f"no images in the folder {str(folder)!r}; looked for {', '.join(IMAGES)}.")
    return [Path(name) for name in sorted(found)]


def _series(series: pd.Series) -> Source:
    return Source(series.to_frame(name=series.name if series.name is not None else "item"))


def _array(array: np.ndarray) -> pd.DataFrame:
    if array.ndim == 2:
        return pd.DataFrame(array)
    if array.ndim == 3 or (array.ndim == 4 and array.shape[-1] in (1, 3, 4)):
        return _column("image", list(array))
    if array.ndim == 1:
        return _items(array.tolist())
    raise DataError(
        f"an array of samples is images (n, h, w) or (n, h, w, 1, 3 or 4), rows (n, d) or texts (n,); "
        f"found shape {array.shape}."
    )


def _items(items: list[Any], folder: Path | None = None) -> pd.DataFrame:
    if items and all(isinstance(item, Mapping) for item in items):
        try:
            return pd.DataFrame.from_records(items)
        except UnicodeEncodeError as error:  # pandas keeps text as UTF-8
            raise DataError(f"a row holds text that is no valid Unicode: {error}.") from error
    present = [item for item in items if item is not None]
    name = "text" if any(isinstance(item, str) for item in present) else "item"
    return _column("image" if are_images(present, folder) else name, items)


def _column(name: str, items: list[Any]) -> pd.DataFrame:
    """Return one column of objects; pandas must not look into them."""
    return pd.DataFrame({name: pd.Series(np.fromiter(items, object, len(items)), dtype=object)})


def _json_lines(path: Path) -> pd.DataFrame:
    """Read JSON Lines with the types that JSON has; pandas would make numbers of ids and dates of texts."""
    lines = path.read_bytes().removeprefix(BOM_UTF8)
    return _items(msgspec.json.Decoder().decode_lines(lines), path.parent)


READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": pd.read_csv,
    ".tsv": lambda path: pd.read_csv(path, sep="\t"),
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": pd.read_parquet,
}
