"""The snapshot: the dataset at one point of the journal, as frozen arrays for the mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

import numpy as np


def _none() -> np.ndarray:
    return np.empty(0, np.int64)


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
    key_digests, name_digests : ndarray of uint64, shapes (n,) and (classes,)
        Digests of the sample keys by position, and of the label names by code.
    """

    seq: int
    labelled: np.ndarray
    codes: np.ndarray
    golden: np.ndarray
    golden_codes: np.ndarray
    eligible: np.ndarray
    postponed: np.ndarray
    key_digests: np.ndarray
    name_digests: np.ndarray
    past: np.ndarray = field(default_factory=_none)
    past_codes: np.ndarray = field(default_factory=_none)
    final: np.ndarray = field(default_factory=_none)
    final_codes: np.ndarray = field(default_factory=_none)

    def __post_init__(self) -> None:
        for array in (self.labelled, self.codes, self.golden, self.golden_codes, self.eligible, self.postponed):
            array.setflags(write=False)

    @cached_property
    def hash(self) -> str:
        """Names the training labels: equal labels in equal order, equal hash, whatever the order of the source."""
        return self.prefix_hash(len(self.labelled))

    def prefix_hash(self, labels: int) -> str:
        """Return the hash of the first `labels` training labels."""
        keys, names = self.key_digests[self.labelled[:labels]], self.name_digests[self.codes[:labels]]
        return blake2b(keys.tobytes() + names.tobytes(), digest_size=16).hexdigest()


def digests(names: Sequence[str]) -> np.ndarray:
    """Return a 64-bit digest of each name, the same on every machine."""
    joined = b"".join([blake2b(name.encode(), digest_size=8).digest() for name in names])
    return np.frombuffer(joined, dtype="<u8")
