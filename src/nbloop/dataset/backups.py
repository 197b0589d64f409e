"""Backups: the store copied into a file, checked before it gets its name."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

from nbloop.errors import StoreError
from nbloop.journal import Journal


class Backups:
    """How a dataset copies its journal."""

    uid: str
    _journal: Journal

    def backup(self, path: str | Path) -> str:
        """Copy the store, as it is at this moment, into the SQLite file `path`, while labelling goes on.

        The copy is verified before it gets its name. An earlier backup of the same dataset is replaced, no other.

        Returns
        -------
        str
            The head of the hash chain, as ``seq:hash``. Kept elsewhere, it proves later that no tail was cut off:
            ``data.verify(head=...)``.

        Raises
        ------
        StoreError
            There is another file of this name, or it cannot be written.
        """
        path = Path(path).expanduser().absolute()
        if not path.parent.is_dir():
            raise StoreError(f"the backup {str(path)!r} cannot be written: there is no such folder. Make it first.")
        if path.exists():
            self._check_same(path)
        new = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
        try:
            head = self._journal.copy_to(new)
            os.replace(new, path)
            _sync_folder(path.parent)
        except OSError as error:
            if isinstance(error, StoreError):
                raise
            raise StoreError(f"the backup {str(path)!r} cannot be written: {error}. Choose another path.") from error
        finally:
            new.unlink(missing_ok=True)
            new.with_name(new.name + "-journal").unlink(missing_ok=True)
        return head

    def _check_same(self, path: Path) -> None:
        if str(path) == self._journal.name:
            raise StoreError(f"{str(path)!r} is the store itself. Choose another path for its backup.")
        other = Journal(path)
        other.close()
        if other.uid != self.uid:
            raise StoreError(f"{str(path)!r} is the store of another dataset. Choose another path.")

    def _head_of(self, backup: Path) -> str:
        self._check_same(backup.expanduser().absolute())
        journal = Journal(backup)
        journal.verify()
        journal.close()
        return journal.head()


def _sync_folder(folder: Path) -> None:
    """Make a new name in `folder` durable, where the system can."""
    if os.name == "posix":
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
