"""A journal that somebody changed: bytes of the file at random, or rows of its tables."""

from __future__ import annotations

import random
import sqlite3
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from _power import row
from nbloop.errors import StoreError, StoreWarning
from nbloop.journal import Journal
from nbloop.schema import Annotate, Classification, Define, Draw, Event, Flag, Reject, Round, Said, Skip, Undo

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TABLES = {"events": 8, "people": 1, "notes": 2, "meta": 1}
"""How often each is chosen."""


def tamperings(folder: Path, count: int) -> list[dict[str, Any]]:
    """Return a row for bytes, one for rows, and a control that does not verify.

    Lost is what was neither found by `verify` nor harmless: harmless is when all that was told reads back as it was,
    and the store goes on.
    """
    store = folder / "told.db"
    journal = Journal(store)
    for start in range(0, 60, 3):
        journal.append([_event(i) for i in range(start, start + 3)])
    journal.close()
    original, whole = store.read_bytes(), _said(store)
    ways = {"bytes of a journal changed": _bytes, "rows of a journal changed": _rows}
    rows = [_tried(folder, case, original, whole, count // 2, way) for case, way in ways.items()]
    control = _tried(folder, "rows changed, control without verify", original, whole, count // 10, _rows, verify=False)
    return [*rows, control]


def _event(i: int) -> Event:
    said = Said("margin", "top", 0.25, 3, "4f2a", "ham", {"ham": 0.6, "spam": 0.4})
    task = Classification(["ham", "spam"])
    actions = [
        Annotate(f"s{i}", "spam", rationale=f"because of word {i}", seconds=1.5, said=said), Skip(f"s{i}"),
        Reject(f"s{i}", rationale="broken"), Flag(f"s{i}"), Undo(f"e{i - 4}"), Draw((f"s{i}",), 0.1, i), Define(task),
        Round(i, i, 0.5, "4f2a", accuracy=0.9), Annotate(f"s{i}", "ham"), Annotate(f"s{i}", "spam", seconds=0.2),
    ]  # fmt: skip
    return Event(f"e{i}", NOON + timedelta(seconds=i), ("ada", "bob", "eve")[i % 3], actions[i % 10])


def _said(store: Path) -> Any:
    """Return everything that the store says."""
    journal = Journal(store)
    try:
        return journal.uid, list(journal.read()), journal.batches()
    finally:
        journal.close()


def _tried(
    folder: Path, case: str, original: bytes, whole: Any, count: int, way: Callable[..., bool], *, verify: bool = True
) -> dict[str, Any]:
    rng, store, done, lost = random.Random(0), folder / "tampered.db", 0, 0
    while done < count:
        store.write_bytes(original)
        store.with_name("tampered.db-journal").unlink(missing_ok=True)
        if way(rng, store):
            done += 1
            lost += not (_is_found(store, verify) or _is_harmless(store, whole))
    return row(case, count, len(whole[1]), lost, 0, not verify)


def _is_found(store: Path, verify: bool) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StoreWarning)
        try:
            journal = Journal(store)
            try:
                if verify:
                    journal.verify()
                list(journal.read())
            finally:
                journal.close()
        except StoreError:
            return True
    return False


def _is_harmless(store: Path, whole: Any) -> bool:
    if _said(store) != whole:
        return False
    try:
        journal = Journal(store)
        journal.append([Event("next", NOON, "ada", Skip("s1", rationale="later"))])
        journal.verify()
        journal.close()
    except StoreError:
        return True  # it says so before anything is acknowledged
    return _said(store)[1][:-1] == whole[1]


def _bytes(rng: random.Random, store: Path) -> bool:
    content = bytearray(store.read_bytes())
    before = bytes(content)
    start = rng.randrange(len(content))
    for place in range(start, min(start + rng.choice([1, 1, 1, 2, 8, 64]), len(content))):
        content[place] = rng.choice([content[place] ^ (1 << rng.randrange(8)), rng.randrange(256)])
    store.write_bytes(content)
    return bytes(content) != before


def _rows(rng: random.Random, store: Path) -> bool:
    connection = sqlite3.connect(store, isolation_level=None)
    try:
        table = rng.choices(list(TABLES), TABLES.values())[0]
        before = connection.execute(f"SELECT rowid, * FROM {table}").fetchall()
        rng.choice([_change, _change, _swap, _drop, _double])(rng, connection, table, before)
        return connection.execute(f"SELECT rowid, * FROM {table}").fetchall() != before
    except sqlite3.Error:  # the tables forbid it
        return False
    finally:
        connection.close()


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [line[1] for line in connection.execute(f"PRAGMA table_info({table})")]


def _change(rng: random.Random, connection: sqlite3.Connection, table: str, rows: list[Any]) -> None:
    columns = _columns(connection, table)
    place, (rowid, *values) = rng.randrange(len(columns)), rng.choice(rows)
    others = [other[place + 1] for other in rows]
    value = rng.choice([rng.choice(others), _garbled(rng, values[place]), None, rng.randrange(100), ""])
    connection.execute(f"UPDATE {table} SET {columns[place]} = ? WHERE rowid = ?", (value, rowid))


def _garbled(rng: random.Random, value: Any) -> Any:
    text = str(value or "x")
    place = rng.randrange(len(text))
    return text[:place] + chr(rng.randrange(32, 127)) + text[place + 1 :]


def _swap(rng: random.Random, connection: sqlite3.Connection, table: str, rows: list[Any]) -> None:
    """Two rows exchange everything but their place."""
    columns = _columns(connection, table)[1:]
    (one, *first), (other, *second) = rng.choice(rows), rng.choice(rows)
    said = ", ".join(f"{column} = ?" for column in columns)
    if table == "events":
        connection.execute("UPDATE events SET id = 'aside' WHERE rowid = ?", (one,))
    connection.execute(f"UPDATE {table} SET {said} WHERE rowid = ?", (*first[1:], other))
    connection.execute(f"UPDATE {table} SET {said} WHERE rowid = ?", (*second[1:], one))


def _drop(rng: random.Random, connection: sqlite3.Connection, table: str, rows: list[Any]) -> None:
    connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (rng.choice(rows)[0],))


def _double(rng: random.Random, connection: sqlite3.Connection, table: str, rows: list[Any]) -> None:
    _, first, second, *values = rng.choice(rows)
    key = len(rows) + 1 if isinstance(first, int) else f"{first}x"
    values = (key, f"{second}x" if table == "events" else second, *values)
    connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
