"""The journal: an append-only record of events, the only truth on disk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import sqlalchemy as sa

from nbloop.engine import begin_writing, explained, open_engine
from nbloop.errors import StoreError
from nbloop.schema import Action, Event

TABLES = sa.MetaData()
META = sa.Table("meta", TABLES, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text))
EVENTS = sa.Table(
    "events",
    TABLES,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("annotator", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("sample", sa.Text),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)

DECODER = msgspec.json.Decoder(Action)


def _create(connection: sa.Connection) -> None:
    TABLES.create_all(connection, checkfirst=False)
    connection.execute(META.insert(), [{"name": "uid", "value": uuid4().hex}, {"name": "version", "value": "0"}])


MIGRATIONS: tuple[Callable[[sa.Connection], None], ...] = (_create,)
"""Number n takes a store from version n to n + 1. A released one is never edited."""


class Journal:
    """Append-only events in SQLite or PostgreSQL, safe from many threads and processes.

    Parameters
    ----------
    store : str or Path
        A path, ``":memory:"`` (kept while this object lives) or a SQLAlchemy URL.
    timeout : float
        Seconds to wait for another writer.

    Attributes
    ----------
    uid : str
        Names the dataset; made when the store is made.

    Raises
    ------
    StoreError
        The store cannot be read and written here, is no store of nbloop, or was written by a newer version.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from nbloop.schema import Annotate, Event
    >>> journal = Journal(":memory:")
    >>> event = Event("e1", datetime(2026, 1, 1, tzinfo=UTC), "ada", Annotate("42", "spam"))
    >>> [seq for seq, _ in journal.append([event, event])]
    [1]
    >>> journal.append([event])
    []
    >>> [event.action.value for _, event in journal.read()]
    ['spam']
    """

    uid: str

    def __init__(self, store: str | Path, *, timeout: float = 30.0) -> None:
        self._engine = open_engine(store, timeout)
        self._name = self._engine.url.render_as_string(hide_password=True).removeprefix("sqlite:///") or ":memory:"
        self._lock = threading.RLock()  # writers of this process queue up fairly; one connection serves ":memory:"
        with self._writing() as connection:
            self.uid = self._migrate(connection)

    def __repr__(self) -> str:
        return f"Journal({self._name!r})"

    def append(self, events: Sequence[Event]) -> list[tuple[int, Event]]:
        """Write `events` in one transaction and return those that were new, with their sequence numbers.

        An event whose id is there already, or twice in `events`, is the same event: it is not written again.
        All are durable when this returns.
        """
        rows = [_row(event) for event in events]
        with self._writing() as connection:
            known = _known(connection, [event.id for event in events])
            seq, chain = _head(connection)
            new: list[tuple[int, Event]] = []
            for event, row in zip(events, rows, strict=True):
                if event.id not in known:
                    known.add(event.id)
                    seq, chain = seq + 1, _link(chain, row)
                    row |= {"seq": seq, "hash": chain}
                    new.append((seq, event))
            if new:
                connection.execute(EVENTS.insert(), [row for row in rows if "seq" in row])
        return new

    def read(self, after: int = 0) -> Iterator[tuple[int, Event]]:
        """Return the events behind sequence number `after`, in order."""
        columns = EVENTS.c.seq, EVENTS.c.id, EVENTS.c.at, EVENTS.c.annotator, EVENTS.c.payload
        rows = self._rows(sa.select(*columns).where(EVENTS.c.seq > after).order_by(EVENTS.c.seq))
        return self._events(rows)

    def _events(self, rows: Sequence[sa.Row[*tuple[Any, ...]]]) -> Iterator[tuple[int, Event]]:
        decode, parse = DECODER.decode, datetime.fromisoformat
        for seq, id, at, annotator, payload in rows:
            try:
                event = Event(id, parse(at), annotator, decode(payload))
            except (msgspec.DecodeError, ValueError) as error:
                raise StoreError(f"event {seq} of {self._name!r} cannot be read: {error}. Restore a backup.") from error
            yield seq, event

    def verify(self) -> None:
        """Walk the hash chain.

        Raises
        ------
        StoreError
            Names the first event that was changed, removed or added by anything but a journal.
        """
        chain = ""
        for place, row in enumerate(self._rows(sa.select(EVENTS).order_by(EVENTS.c.seq)), start=1):
            found = row._asdict()
            chain = _link(chain, found)
            if found["seq"] != place or found["hash"] != chain:
                raise StoreError(
                    f"the store {self._name!r} was changed outside nbloop: event {place} (found seq {row.seq}, id "
                    f"{row.id!r}) does not fit those before it. Restore a backup to have the events as they were told."
                )

    def close(self) -> None:
        """Close every connection; the journal cannot be used afterwards."""
        self._engine.dispose()

    def _rows(self, query: sa.Select[*tuple[Any, ...]]) -> Sequence[sa.Row[*tuple[Any, ...]]]:
        with explained(self._name), self._lock, self._engine.connect() as connection:
            return connection.execute(query).all()

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with explained(self._name), self._lock, self._engine.connect() as connection:
            begin_writing(connection)
            yield connection
            connection.commit()

    def _migrate(self, connection: sa.Connection) -> str:
        """Bring the store to this version and return its uid."""
        version = self._version(connection)
        for number, migration in enumerate(MIGRATIONS[version:], start=version + 1):
            migration(connection)
            connection.execute(META.update().where(META.c.name == "version").values(value=str(number)))
        return connection.execute(sa.select(META.c.value).where(META.c.name == "uid")).scalar_one()

    def _version(self, connection: sa.Connection) -> int:
        tables = {EVENTS.name, META.name} & set(sa.inspect(connection).get_table_names())
        if not tables:
            return 0
        if len(tables) < 2 or "hash" not in {column["name"] for column in sa.inspect(connection).get_columns("events")}:
            raise StoreError(f"{self._name!r} belongs to another program; choose another store=.")
        version = int(connection.execute(sa.select(META.c.value).where(META.c.name == "version")).scalar_one())
        if version > len(MIGRATIONS):
            raise StoreError(
                f"{self._name!r} was written by a newer nbloop (store version {version}; this one knows "
                f"{len(MIGRATIONS)}). Upgrade with: pip install -U nbloop"
            )
        return version


def _known(connection: sa.Connection, ids: list[str], batch: int = 5000) -> set[str]:
    """Return those of `ids` that are in the journal, asked in batches because databases limit parameters."""
    parts = [ids[start : start + batch] for start in range(0, len(ids), batch)]
    return {
        found for part in parts for found in connection.scalars(sa.select(EVENTS.c.id).where(EVENTS.c.id.in_(part)))
    }


def _head(connection: sa.Connection) -> tuple[int, str]:
    """Return the last sequence number and its hash."""
    last = connection.execute(sa.select(EVENTS.c.seq, EVENTS.c.hash).order_by(EVENTS.c.seq.desc()).limit(1)).first()
    return (last.seq, last.hash) if last else (0, "")


def _row(event: Event) -> dict[str, Any]:
    if event.at.tzinfo is None:
        raise StoreError(f"event {event.id!r} has a time without a zone, {event.at}: give it one, such as UTC.")
    try:
        (event.id + event.annotator).encode()
        payload = msgspec.json.encode(event.action, order="sorted")
        DECODER.decode(payload)  # what cannot be read would lock up the store
    except UnicodeEncodeError as error:
        raise StoreError(f"event {event.id!r} holds text that is no valid Unicode: {error}.") from error
    except (TypeError, msgspec.ValidationError) as error:
        raise StoreError(f"event {event.id!r} holds what cannot be read again: {error}.") from error
    return {
        "id": event.id,
        "at": event.at.astimezone(UTC).isoformat(),
        "annotator": event.annotator,
        "kind": event.action.__struct_config__.tag,
        "sample": getattr(event.action, "sample", None),
        "payload": payload.decode(),
    }


def _link(chain: str, row: dict[str, Any]) -> str:
    """Return the hash of an event: over the one before it and everything the row says."""
    fields = [chain, *(row[name] for name in ("id", "at", "annotator", "kind", "sample", "payload"))]
    return blake2b(msgspec.json.encode(fields), digest_size=20).hexdigest()
