"""The archive: labels as files that are named by what is in them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nbloop.errors import DataError

FORMAT = 1
"""Version of the layout; a newer one is refused."""

COLUMNS = ("sample", "label", "part")


def label_rows(
    train: Sequence[tuple[str, int]], golden: Sequence[tuple[str, int]], names: Sequence[str]
) -> pd.DataFrame:
    """Return labels as a frame: training ones in their order, then golden ones in theirs."""
    rows = [(key, names[code], part) for part, pairs in (("train", train), ("golden", golden)) for key, code in pairs]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype="string")


def difference(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the samples whose label or part is another one.

    Examples
    --------
    >>> one = label_rows([("a", 0), ("b", 1)], [], ["ham", "spam"])
    >>> other = label_rows([("b", 0), ("c", 1)], [], ["ham", "spam"])
    >>> difference(one, other)["change"].to_dict()
    {'a': 'removed', 'b': 'changed', 'c': 'added'}
    """
    both = before.merge(after, how="outer", on="sample", suffixes=("_before", "_after")).set_index("sample")
    found = both.rename(columns={"label_before": "before", "label_after": "after"})
    found["change"] = [
        _change(*row) for row in found[["before", "after", "part_before", "part_after"]].itertuples(index=False)
    ]
    return found.loc[found["change"] != "", ["change", "before", "after", "part_before", "part_after"]].sort_index()


def _change(before: Any, after: Any, part: Any, part_now: Any) -> str:
    if pd.isna(before) or pd.isna(after):
        return "added" if pd.isna(before) else "removed"
    return "changed" if before != after else "moved" if part != part_now else ""


def save_snapshot(frame: pd.DataFrame, facts: Mapping[str, Any], folder: Path) -> Path:
    """Write labels and a manifest into a folder of `folder` that is named by the hash of the manifest.

    The manifest holds the hash of the labels, so the name stands for both; what is there already stays as it is.
    """
    labels = _parquet(frame)
    counts = {part: frame["part"].tolist().count(part) for part in ("train", "golden")}
    manifest = _json({"format": FORMAT, **facts, **counts, "sha256": sha256(labels).hexdigest()})
    target = folder / sha256(manifest).hexdigest()[:16]
    if target.exists():
        read_snapshot(target)
        return target
    folder.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(dir=folder, prefix=".draft-"))
    (draft / "labels.parquet").write_bytes(labels)
    (draft / "manifest.json").write_bytes(manifest)
    os.replace(draft, target)
    return target


def read_snapshot(folder: str | Path) -> pd.DataFrame:
    """Return the labels of a saved snapshot.

    Raises
    ------
    DataError
        There is none, it is of a newer format, or its files are not what its name says.
    """
    folder = Path(folder)
    try:
        text = (folder / "manifest.json").read_bytes()
        labels = (folder / "labels.parquet").read_bytes()
        manifest = json.loads(text)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{str(folder)!r} is no saved snapshot: {error}. Give the folder that save() returned."
        ) from error
    if manifest.get("format") != FORMAT:
        raise DataError(f"{str(folder)!r} has format {manifest.get('format')}; this version reads {FORMAT}.")
    if sha256(text).hexdigest()[:16] != folder.name or sha256(labels).hexdigest() != manifest["sha256"]:
        raise DataError(f"the files in {str(folder)!r} were changed: they are not what its name says. Save it again.")
    return pq.read_table(pa.BufferReader(labels)).to_pandas().astype("string")


def _parquet(frame: pd.DataFrame) -> bytes:
    """Return the same bytes for the same labels: plain strings, no statistics of pandas beside them."""
    table = pa.table({name: pa.array(frame[name].tolist(), pa.string()) for name in COLUMNS})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", use_dictionary=False)
    return sink.getvalue().to_pybytes()


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
