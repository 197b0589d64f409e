"""Copying a store as it is at one moment, its hash chain included, into an SQLite file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import sqlalchemy as sa

from nbloop.engine import begin_writing, open_engine
from nbloop.store.tables import EVENTS, META, NOTES, PEOPLE, TABLES

STEP = 10_000
"""Rows copied at a time."""


def copy_store(source: sa.Engine, path: Path) -> None:
    """Copy the whole store behind `source` into the file `path`, which does not exist yet; labelling goes on."""
    with source.connect() as connection:
        raw = connection.connection.driver_connection
        if isinstance(raw, sqlite3.Connection):
            _copy_pages(raw, path)
        else:
            _copy_rows(connection, path)


def _copy_pages(raw: sqlite3.Connection, path: Path) -> None:
    """One step: writers wait the moment that it takes, and none can make it begin again."""
    target = sqlite3.connect(path)
    try:
        target.execute("PRAGMA synchronous=FULL")
        raw.backup(target)
    finally:
        target.close()


def _copy_rows(connection: sa.Connection, path: Path) -> None:
    connection.execution_options(isolation_level="REPEATABLE READ")  # one moment for all four tables
    target = open_engine(path, timeout=30)
    try:
        with target.connect() as file:
            begin_writing(file)
            TABLES.create_all(file, checkfirst=False)
            for table in (META, PEOPLE, EVENTS, NOTES):
                rows = connection.execution_options(stream_results=True).execute(sa.select(table))
                for part in rows.mappings().partitions(STEP):
                    file.execute(table.insert(), [dict(row) for row in part])
            file.commit()
    finally:
        target.dispose()
