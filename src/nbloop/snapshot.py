"""The snapshot: the dataset at one point of the journal, as frozen arrays for the mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nbloop.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def _none() -> np.ndarray:
    return np.empty(0, np.int64)


class Digests:
    """A digest of each key, worked out when somebody first asks: a million take a second.

    Parameters
    ----------
    keys : sequence of str
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = keys

    @cached_property
    def array(self) -> np.ndarray:
        """The digests of uint64, shape (n,)."""
        return digests(self._keys)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Labels and what may be asked, at sequence number `seq` of the journal; no array can be written.

    Attributes
    ----------
    seq : int
        The last event it knows.
    labelled, codes : ndarray, shape (m,)
        Positions with a training label, in the order they were labelled, and their classes as places in the names.
    golden, golden_codes : ndarray, shape (g,)
        Positions of the verified golden samples that measure, ascending, and their classes.
    past, past_codes, final, final_codes : ndarray
        The same of past errors that became golden, and of the holdout that is scored once.
    eligible : ndarray of bool, shape (n,)
        What may be asked now.
    postponed : ndarray, shape (k,)
        Positions skipped for now, oldest first.
    digests : Digests
        Of the sample keys, by position.
    name_digests : ndarray of uint64, shape (classes,)
        Digests of the label names, by code.
    groups : ndarray, shape (n,) or (0,)
        The group of each sample, where golden samples were drawn by groups: they are no independent samples.
    corrected : ndarray of bool, shape (m,)
        Which training labels overruled the model or an earlier answer.
    held : ndarray, shape (h,)
        Positions whose label is in doubt and is not among the training labels, ascending.
    keys, names : sequences of str
        The sample keys and the label names themselves.
    head : str
        ``seq:hash`` of the journal when this kernel last wrote or opened it; `Dataset.verify` can be given it.
    """

    seq: int
    labelled: np.ndarray
    codes: np.ndarray
    golden: np.ndarray
    golden_codes: np.ndarray
    eligible: np.ndarray
    postponed: np.ndarray
    digests: Digests
    name_digests: np.ndarray
    past: np.ndarray = field(default_factory=_none)
    past_codes: np.ndarray = field(default_factory=_none)
    final: np.ndarray = field(default_factory=_none)
    final_codes: np.ndarray = field(default_factory=_none)
    groups: np.ndarray = field(default_factory=_none)
    keys: Sequence[str] = ()
    names: tuple[str, ...] = ()
    head: str = ""
    corrected: np.ndarray = field(default_factory=_none)
    held: np.ndarray = field(default_factory=_none)

    def __post_init__(self) -> None:
        for array in (self.labelled, self.codes, self.golden, self.golden_codes, self.eligible, self.postponed):
            array.setflags(write=False)

    def __repr__(self) -> str:
        held = f"{len(self.labelled)} labels, {len(self.golden)} golden"
        return f"<nbloop snapshot {self.hash[:8]}: {held}, at event {self.seq}>"

    @property
    def golden_groups(self) -> np.ndarray | None:
        """The groups of the golden samples, shape (g,); None where each was drawn alone."""
        return self.groups[self.golden] if len(self.groups) else None

    @property
    def key_digests(self) -> np.ndarray:
        """Digests of the sample keys by position, of uint64 and shape (n,)."""
        return self.digests.array

    @cached_property
    def hash(self) -> str:
        """Names the training labels: equal labels in equal order, equal hash, whatever the order of the source."""
        return self.prefix_hash(len(self.labelled))

    def prefix_hash(self, labels: int) -> str:
        """Return the hash of the first `labels` training labels."""
        keys, names = self.key_digests[self.labelled[:labels]], self.name_digests[self.codes[:labels]]
        return blake2b(keys.tobytes() + names.tobytes(), digest_size=16).hexdigest()

    @property
    def frame(self) -> pd.DataFrame:
        """Labels as `sample`, `label`, `part`: training in the order they were given, then golden by sample."""
        from nbloop.archive import label_rows

        golden = sorted(
            (self.keys[int(place)], int(code)) for place, code in zip(self.golden, self.golden_codes, strict=True)
        )
        train = [(self.keys[int(place)], int(code)) for place, code in zip(self.labelled, self.codes, strict=True)]
        return label_rows(train, golden, self.names)

    def diff(self, other: Snapshot | str | Path) -> pd.DataFrame:
        """Return what became of the labels since `other`, a snapshot or the folder of a saved one.

        Returns
        -------
        DataFrame indexed by sample
            ``change`` (added, removed, changed or moved), ``before`` and ``after``, ``part_before`` and ``part_after``.
        """
        from nbloop.archive import difference, read_snapshot

        if not isinstance(other, Snapshot | str | Path):
            raise DataError(f"diff takes a snapshot, or the folder of a saved one; found {type(other).__name__}.")
        return difference(other.frame if isinstance(other, Snapshot) else read_snapshot(other), self.frame)

    def save(self, folder: str | Path) -> Path:
        """Write the labels below `folder`, into a folder named by its content; equal labels, equal bytes.

        Returns
        -------
        Path
            Holds ``labels.parquet`` and ``manifest.json``.
        """
        from nbloop.archive import save_snapshot

        return save_snapshot(self.frame, {"hash": self.hash, "classes": list(self.names)}, Path(folder))


def digests(names: Sequence[str]) -> np.ndarray:
    """Return a 64-bit digest of each name, the same on every machine."""
    joined = b"".join([blake2b(name.encode(), digest_size=8).digest() for name in names])
    return np.frombuffer(joined, dtype="<u8")


def first(snapshot: Snapshot, labels: int) -> Snapshot:
    """Return the snapshot with its first `labels` training labels only."""
    parts = {name: getattr(snapshot, name)[:labels] for name in ("labelled", "codes", "corrected")}
    return replace(snapshot, **parts)


def without(snapshot: Snapshot, held: np.ndarray) -> Snapshot:
    """Return the snapshot with the labels of some positions held back."""
    if not len(held):
        return snapshot
    trained = np.ones(len(snapshot.eligible), bool)
    trained[held] = False
    kept = trained[snapshot.labelled]
    parts = {name: getattr(snapshot, name)[kept] for name in ("labelled", "codes", "corrected")}
    return replace(snapshot, held=held, **parts)
