"""Vectors on disk by the hash of what they were made of: append-only, and safe under several processes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

import numpy as np

from nbloop.errors import FeatureError

ASKED = 500
"""Digests a query; SQLite takes at least 999 parameters."""


class Vectors:
    """One SQLite file of float32 vectors; a vector that is there is never changed.

    Parameters
    ----------
    path : str or Path
        Made, with its folder, when it is not there.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     kept = Vectors(Path(folder) / "vectors.sqlite")
    ...     kept.add({b"a": np.array([1, 2], dtype=np.float32)})
    ...     kept.find([b"a", b"b"])
    {b'a': array([1., 2.], dtype=float32)}
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(self._open()) as connection, connection:
                connection.execute("CREATE TABLE IF NOT EXISTS vectors (digest BLOB PRIMARY KEY, vector BLOB NOT NULL)")
        except (OSError, sqlite3.Error) as error:
            raise FeatureError(
                f"the cache {self.path} cannot be used: {error}. Give another folder as cache=."
            ) from error

    def find(self, digests: Iterable[bytes]) -> dict[bytes, np.ndarray]:
        """Return the vectors, shape (d,), of those digests that are there."""
        wanted, found = list(dict.fromkeys(digests)), {}
        with closing(self._open()) as connection:
            for start in range(0, len(wanted), ASKED):
                some = wanted[start : start + ASKED]
                marks = ",".join("?" * len(some))
                rows = connection.execute(f"SELECT digest, vector FROM vectors WHERE digest IN ({marks})", some)
                found |= {bytes(digest): np.frombuffer(vector, dtype="<f4") for digest, vector in rows}
        return found

    def add(self, vectors: Mapping[bytes, np.ndarray]) -> None:
        """Append, in one transaction, what is not there yet; returns once it is on disk."""
        rows = [(digest, np.asarray(vector, dtype="<f4").tobytes()) for digest, vector in vectors.items()]
        with closing(self._open()) as connection, connection:
            connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)

    def _open(self) -> sqlite3.Connection:
        """Open a connection for one use: threads and processes share only the file."""
        return sqlite3.connect(self.path, timeout=60)
