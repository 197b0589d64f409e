"""The database below the journal, opened with the settings that lose nothing when the power goes.

Rollback journal in mode TRUNCATE with ``synchronous=FULL`` lost no acknowledged event in 400 simulated power losses;
write-ahead logging has a corruption bug in every SQLite before 3.51.3, which is what Python ships.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import uniform
from time import monotonic, sleep
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from nbloop.errors import MissingExtra, StoreError, StoreWarning, warn_of

SETTINGS = {"journal_mode": "TRUNCATE", "synchronous": "FULL", "foreign_keys": "ON", "secure_delete": "ON"}
"""What every connection to an SQLite file gets: durability first; what is erased is overwritten."""

FOUND = {"journal_mode": "truncate", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
"""How SQLite says that it took them."""

WAIT = 0.001, 0.005
"""Seconds between two tries of a writer to have its turn."""

STRONG = frozenset(["delete", "truncate", "persist", "memory"])
"""Journal modes in which a file may be found: all but WAL are of one connection, and ``memory`` is no file."""

NETWORK = frozenset(["afs", "beegfs", "cifs", "gpfs", "lustre", "nfs", "nfs4", "smb2", "smb3", "smbfs"]) | frozenset(
    ["fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"]
)
"""File systems whose locks SQLite cannot trust."""

CURES = {
    "not a database": "The file is not an SQLite store. Choose another store=.",
    "malformed": "The file is damaged. Restore a backup of it; a copy of the damaged one may still be read in part.",
    "BLOB values": "Something else than nbloop changed it. Restore a backup; data.verify() names the event.",
    "Could not decode": "Something else than nbloop changed it. Restore a backup; data.verify() names the event.",
    "locked": "Another program holds it. Close that program, or give the team a PostgreSQL URL as store=.",
    "readonly": "It cannot be written. Choose a store= in a folder that you may write to.",
    "unable to open": "It cannot be opened or made. Choose a store= in a folder that you may write to.",
    "is full": "The disk is full. Free some space and run this again: nothing that was acknowledged is lost. Or go on "
    "in memory: data.go_on_in_memory().",
    "disk I/O error": "The disk failed; nothing that was acknowledged is lost. Check it and run this again. Or go on "
    "in memory: data.go_on_in_memory().",
}
"""What would do, by what the database says."""


def open_engine(store: str | Path, timeout: float) -> sa.Engine:
    """Open `store`: a path, ``":memory:"`` or a SQLAlchemy URL of SQLite or PostgreSQL."""
    url = _url(store)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, timeout)
    if url.get_backend_name() == "postgresql":
        return _postgresql(url)
    raise StoreError(f"store= is SQLite or PostgreSQL; found {url.get_backend_name()!r}.")


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn what the database raises into a `StoreError` that says what would do."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, UnicodeDecodeError) as error:
        said = str(error.orig if isinstance(error, DBAPIError) else error).strip()
        if isinstance(error, UnicodeDecodeError):  # in the names of tables or in what is said of them
            said = f"database disk image is malformed ({said})"
        cure = next((cure for sign, cure in CURES.items() if sign in said), "No label that was acknowledged is lost.")
        raise StoreError(f"the store {name!r} failed: {said}. {cure}") from error


def begin_writing(connection: sa.Connection) -> None:
    """Start a transaction that no second writer can be inside of."""
    if connection.dialect.name == "sqlite":
        connection.execution_options(writes=True).begin()
    else:  # sequence numbers of PostgreSQL become visible out of order, unless writers queue up
        connection.begin()
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(0x6E626C6F6F70)))


def give_up(connection: sa.Connection) -> None:
    """Close a connection whose transaction failed: what a failed disk leaves in its cache is nothing to go on with."""
    if isinstance(connection.engine.pool, StaticPool):  # in memory the connection is the store
        connection.rollback()
    else:
        connection.invalidate()


def refuse_network(path: Path, mounts: str) -> None:
    """Raise `StoreError` when `path` lies on a network file system, by the lines of Linux's ``mountinfo``."""
    kind = file_system(path, mounts)
    if kind in NETWORK:
        raise StoreError(
            f"{str(path)!r} lies on a network file system ({kind}), where SQLite can lose or damage labels. "
            "Choose a store= on a local disk, or a PostgreSQL URL."
        )


def file_system(path: Path, mounts: str) -> str:
    """Return the type of the file system that holds `path`: the longest mount point above it, the last one mounted."""
    best, kind = "", ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        point = re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), before.split()[4])
        if path.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, after.split()[0]
    return kind


def _url(store: str | Path) -> sa.URL:
    if not isinstance(store, (str, Path)):
        raise StoreError(f"store= is a path, ':memory:' or a URL such as postgresql://user@host/name; found {store!r}.")
    text = str(store)
    if "://" not in text:
        return sa.URL.create("sqlite", database=text if text == ":memory:" else str(Path(text).expanduser()))
    try:
        return sa.make_url(text)
    except ArgumentError as error:
        raise StoreError("store= is a path, ':memory:' or a URL such as postgresql://user@host/name.") from error


def _sqlite(url: sa.URL, timeout: float) -> sa.Engine:
    memory = url.database in (None, "", ":memory:")
    if not memory:  # absolute, because a notebook may change its folder before the next connection
        url = url.set(database=str(Path(str(url.database)).absolute()))
        _check_place(Path(str(url.database)))
    options: dict[str, Any] = {"connect_args": {"check_same_thread": False}}
    engine = sa.create_engine(url, **options, **({"poolclass": StaticPool} if memory else {}))
    event.listen(engine, "connect", lambda raw, _: _set_up(raw, memory, timeout))
    event.listen(engine, "begin", lambda connection: _begin(connection, timeout))
    return engine


def _check_place(path: Path) -> None:
    if not path.parent.is_dir():
        raise StoreError(f"the folder of the store does not exist: {str(path.parent)!r}. Make it, or choose another.")
    mounts = Path("/proc/self/mountinfo")
    if mounts.exists():  # Linux; elsewhere nothing tells the type without a library, and the user decides
        refuse_network(path.resolve(), mounts.read_text(errors="surrogateescape"))


def _set_up(raw: sqlite3.Connection, memory: bool, timeout: float) -> None:
    """Set what durability needs on a new connection, and read it back: SQLite ignores what it cannot do."""
    raw.isolation_level = None  # BEGIN is ours to say
    raw.execute(f"PRAGMA busy_timeout={round(timeout * 1000)}").fetchall()
    found = _pragma(raw, "journal_mode")
    for name, value in SETTINGS.items():
        raw.execute(f"PRAGMA {name}={value}").fetchall()
        now, wanted = _pragma(raw, name), "memory" if memory and name == "journal_mode" else FOUND[name]
        if now != wanted:
            raise StoreError(f"SQLite kept {name}={now!r} where labels need {wanted!r}; choose another store=.")
    if found not in STRONG:
        warn_of(
            StoreWarning,
            f"another program had left the store in journal mode {found!r}, in which this SQLite "
            f"({sqlite3.sqlite_version}) can lose labels when the power goes. It is in mode 'truncate' again.",
        )


def _pragma(raw: sqlite3.Connection, name: str) -> Any:
    return raw.execute(f"PRAGMA {name}").fetchone()[0]


def _begin(connection: sa.Connection, timeout: float) -> None:
    """Begin; a writer waits for its turn in short steps.

    SQLite's own waiting sleeps ever longer, so that who waits longest tries least: of eight writers some starved.
    """
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    if not connection.get_execution_options().get("writes"):
        raw.execute("BEGIN")
        return
    deadline = monotonic() + timeout
    raw.execute("PRAGMA busy_timeout=0").fetchall()
    try:
        while not _begun(raw, last=monotonic() > deadline):
            sleep(uniform(*WAIT))
    finally:
        raw.execute(f"PRAGMA busy_timeout={round(timeout * 1000)}").fetchall()


def _begun(raw: sqlite3.Connection, last: bool) -> bool:
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if last or "locked" not in str(error):
            raise
        return False
    return True


def _postgresql(url: sa.URL) -> sa.Engine:
    try:
        return sa.create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise MissingExtra(f"PostgreSQL needs the driver {error.name!r}: pip install {error.name}") from error
