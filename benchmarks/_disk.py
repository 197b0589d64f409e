"""A disk that loses power or fails: SQLite runs on it through apsw, with the statements and settings of our journal."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
from sqlalchemy import event as hooks

from nbloop.engine import SETTINGS
from nbloop.journal import Journal
from nbloop.schema import Annotate, Event

NAME = "/labels.db"
SECTOR = 512
Statement = tuple[str, Any]
Commit = list[Statement]


def an_event(id: str, note: str = "") -> Event:
    """Return an answer."""
    return Event(id, datetime.now(UTC), "ada", Annotate(f"sample {id}", "spam", rationale=note))


def tape(commits: int) -> tuple[bytes, list[Commit]]:
    """Return a new store, and the statements with which the journal writes one event into it, `commits` times."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.db"
        Journal(path).close()
        blank, journal = path.read_bytes(), Journal(path)
        said: Commit = []
        hooks.listen(journal._engine, "before_cursor_execute", lambda *told: said.append((told[2], told[3])))
        recorded = []
        for i in range(commits):
            journal.append([an_event(f"e{i}", "a note " * (i % 40))])
            recorded.append(list(said))
            said.clear()
        journal.close()
    return blank, recorded


@dataclass
class File:
    """What the disk has for sure, what a program sees, and the changes between the two."""

    durable: bytearray = field(default_factory=bytearray)
    seen: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def change(self, offset: int, data: bytes | None) -> None:
        """Write `data`, or cut the file at `offset`."""
        self.pending.append((offset, data))
        _apply(self.seen, offset, data)

    def sync(self) -> None:
        """Make all changes durable."""
        for change in self.pending:
            _apply(self.durable, *change)
        self.pending.clear()

    def copy(self) -> File:
        """Return the same state apart from this file."""
        return File(bytearray(self.durable), bytearray(), list(self.pending))

    def after_power_loss(self, rng: random.Random) -> File:
        """Return what may be left: any of the changes, whole or by sector."""
        left, share, torn = bytearray(self.durable), rng.choice([0, 0.25, 0.5, 0.75, 1]), rng.random() < 0.5
        for offset, data in self.pending:
            pieces = _sectors(offset, data) if torn and data is not None else [(offset, data)]
            for piece in pieces:
                if rng.random() < share:
                    _apply(left, *piece)
        return File(bytearray(left), left)


def _apply(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        return
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def _sectors(offset: int, data: bytes) -> list[tuple[int, bytes]]:
    starts = [0, *range(SECTOR - offset % SECTOR, len(data), SECTOR)]
    return [(offset + a, data[a:b]) for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]


class Disk(apsw.VFS):
    """A file system in memory. `touched` is called before every change and may raise."""

    def __init__(self) -> None:
        super().__init__("faulty", base="")
        self.files: dict[str, File] = {}
        self.touched: Callable[[], None] = lambda: None

    def load(self, files: dict[str, File]) -> None:
        """Hold these files and no others."""
        self.files, self.touched = files, lambda: None

    def open(self, settings: dict[str, str]) -> apsw.Connection:
        """Return a connection to the store; one process has it to itself."""
        connection = apsw.Connection(NAME, vfs="faulty")
        for name, value in {"locking_mode": "EXCLUSIVE", **settings}.items():
            connection.execute(f"PRAGMA {name}={value}").fetchall()
        return connection

    def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: ARG002  SQLite's arguments
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        return Handle(self, self.files.setdefault(path, File()))

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: ARG002  SQLite's arguments
        return pathname in self.files

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: ARG002  SQLite's arguments
        self.touched()
        self.files.pop(filename, None)


class Handle:
    """An open file of the disk; the names are SQLite's."""

    def __init__(self, disk: Disk, file: File) -> None:
        self._disk, self._file = disk, file

    def xRead(self, amount: int, offset: int) -> bytes:
        return bytes(self._file.seen[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        try:
            self._disk.touched()
        except apsw.Error:
            self._file.change(offset, bytes(data)[: len(data) // 2])  # a write that fails may have begun
            raise
        self._file.change(offset, bytes(data))

    def xTruncate(self, size: int) -> None:
        self._disk.touched()
        self._file.change(size, None)

    def xSync(self, flags: int) -> None:  # noqa: ARG002  SQLite's arguments
        self._disk.touched()
        self._file.sync()

    def xFileSize(self) -> int:
        return len(self._file.seen)

    def xLock(self, level: int) -> None: ...

    def xUnlock(self, level: int) -> None: ...

    def xCheckReservedLock(self) -> bool:
        return False

    def xFileControl(self, op: int, ptr: int) -> bool:  # noqa: ARG002  SQLite's arguments
        return False

    def xSectorSize(self) -> int:
        return 4096

    def xDeviceCharacteristics(self) -> int:
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE  # what SQLite takes every disk for

    def xClose(self) -> None: ...


def play(connection: apsw.Connection, commit: Commit) -> None:
    """Run the statements of one commit; when this returns it is acknowledged."""
    connection.execute("BEGIN IMMEDIATE")
    for sql, parameters in commit:
        many = isinstance(parameters, list)
        for each in parameters if many else [parameters]:
            connection.execute(sql, tuple(each)).fetchall()
    connection.execute("COMMIT")


def found_on(disk: Disk, settings: dict[str, str] = SETTINGS) -> list[str] | None:
    """Return the ids of the events on a disk, in order; None when the store is damaged or not of one piece."""
    try:
        connection = disk.open(settings)
        try:
            whole = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            rows = connection.execute("SELECT seq, id, hash FROM events ORDER BY seq").fetchall()
            head = connection.execute("SELECT value FROM meta WHERE name = 'head'").get
        finally:
            connection.close(True)
    except apsw.Error:
        return None
    end = f"{rows[-1][0]}:{rows[-1][2]}" if rows else str(head)
    in_order = [row[0] for row in rows] == list(range(1, len(rows) + 1))
    return [str(row[1]) for row in rows] if whole and in_order and head == end else None
