"""Migrations: number n takes a store from version n to n + 1. A released one is never edited.

Every version has a store of its own in ``tests/fixtures``, which the tests open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
import sqlalchemy as sa

from nbloop.errors import StoreError
from nbloop.store.chain import canonical, genesis, link, seal
from nbloop.store.tables import EVENTS, META, NOTES, PEOPLE, SEQ, TABLES

FIRST = sa.MetaData()
sa.Table("meta", FIRST, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text))
OLD_EVENTS = sa.Table(
    "events",
    FIRST,
    sa.Column("seq", SEQ, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("annotator", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("sample", sa.Text),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)
STEP = 10_000
"""Events moved at a time."""


def _create(connection: sa.Connection, uid: str) -> None:
    """Version 1: events in one table, with names and notes in them."""
    FIRST.create_all(connection, checkfirst=False)
    connection.execute(META.insert(), [{"name": "uid", "value": uid}, {"name": "version", "value": "0"}])


def _part_people(connection: sa.Connection, uid: str) -> None:
    """Version 2: names and notes in tables of their own, so that they can be erased; the head of the chain is kept."""
    new_events = EVENTS.to_metadata(sa.MetaData(), name="events_2")
    new_events.create(connection)
    TABLES.create_all(connection, tables=[PEOPLE, NOTES], checkfirst=False)
    moving = _Moving(uid)
    for old in _old_events(connection):
        people, events, notes = moving.step(old)
        for table, rows in ((PEOPLE, people), (new_events, events), (NOTES, notes)):
            if rows:
                connection.execute(table.insert(), rows)
    connection.execute(META.insert(), [{"name": "head", "value": f"{moving.seq}:{moving.chain}"}])
    OLD_EVENTS.drop(connection)
    connection.exec_driver_sql("ALTER TABLE events_2 RENAME TO events")


def _old_events(connection: sa.Connection) -> Iterator[Sequence[Any]]:
    last = -(2**62)
    query = sa.select(OLD_EVENTS).order_by(OLD_EVENTS.c.seq).limit(STEP)
    while rows := connection.execute(query.where(OLD_EVENTS.c.seq > last)).mappings().all():
        last = rows[-1]["seq"]
        yield rows


class _Moving:
    """Rows of version 1 become rows of version 2, chained anew; what did not fit the old chain fits no new one."""

    def __init__(self, uid: str) -> None:
        self.seq, self.chain, self._old = 0, genesis(uid), ""
        self._people: dict[str, str] = {}

    def step(self, rows: Sequence[Any]) -> tuple[list[dict], list[dict], list[dict]]:
        people: list[dict[str, Any]] = []
        notes: list[dict[str, Any]] = []
        events = [self._event(dict(row), people, notes) for row in rows]
        return people, events, notes

    def _event(self, row: dict[str, Any], people: list[dict], notes: list[dict]) -> dict[str, Any]:
        fields = [self._old, *(row[name] for name in ("id", "at", "annotator", "kind", "sample", "payload"))]
        self._old = blake2b(msgspec.json.encode(fields), digest_size=20).hexdigest()
        fits = row["hash"] == self._old and row["seq"] == self.seq + 1
        name, row["note"], row["batch"] = row["annotator"], None, row["seq"]
        if name not in self._people:
            salt, self._people[name] = seal(name)
            people.append({"person": self._people[name], "salt": salt, "name": name})
        row["annotator"] = self._people[name]
        row["payload"], note = _parted(row["payload"])
        if note:
            salt, row["note"] = seal(note)
            notes.append({"seq": row["seq"], "salt": salt, "text": note})
        row["hash"] = link(self.chain, row) if fits else row["hash"]
        self.seq, self.chain = row["seq"], row["hash"]
        return row


def _parted(payload: str) -> tuple[str, str]:
    """Return a payload of version 1 without its rationale, and that rationale as JSON."""
    try:
        said = msgspec.json.decode(payload)
        rationale = said.pop("rationale", "")
    except (msgspec.DecodeError, AttributeError, TypeError):  # damaged: whoever reads it will say so
        return payload, ""
    return (canonical(said), canonical({"rationale": rationale})) if rationale else (payload, "")


MIGRATIONS: tuple[Callable[[sa.Connection, str], None], ...] = (_create, _part_people)
"""Each is called with the connection and the uid of the store."""


def migrate(connection: sa.Connection, name: str, uid: str) -> str:
    """Bring the store called `name` to this version, a new one with this `uid`, and return its uid.

    Raises
    ------
    StoreError
        It is no store of nbloop, or of a newer version.
    """
    version = _version(connection, name)
    if version:
        uid = connection.execute(sa.select(META.c.value).where(META.c.name == "uid")).scalar_one()
    for number, migration in enumerate(MIGRATIONS[version:], start=version + 1):
        migration(connection, uid)
        connection.execute(META.update().where(META.c.name == "version").values(value=str(number)))
    return uid


def _version(connection: sa.Connection, name: str) -> int:
    tables = {EVENTS.name, META.name} & set(sa.inspect(connection).get_table_names())
    if not tables:
        return 0
    if len(tables) < 2 or "hash" not in {column["name"] for column in sa.inspect(connection).get_columns("events")}:
        raise StoreError(f"{name!r} belongs to another program; choose another store=.")
    version = str(connection.scalar(sa.select(META.c.value).where(META.c.name == "version")))
    if not version.isdecimal() or int(version) < 1:
        raise StoreError(f"{name!r} is damaged: it has no version (found {version!r}). Restore a backup.")
    if int(version) > len(MIGRATIONS):
        raise StoreError(
            f"{name!r} was written by a newer nbloop (store version {version}; this one knows "
            f"{len(MIGRATIONS)}). Upgrade with: pip install -U nbloop"
        )
    return int(version)
