"""Writing: what one transaction of the journal does to the tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

import sqlalchemy as sa

from nbloop.errors import StoreError
from nbloop.schema import Action, Erase, Event
from nbloop.store.chain import canonical, link, names_in, renamed, seal, told_of
from nbloop.store.tables import EVENTS, META, NOTES, PEOPLE

Head = tuple[int, str]
"""The last sequence number and its hash."""


def write(connection: sa.Connection, batches: Iterable[Sequence[Event]]) -> tuple[list[tuple[int, Event]], Head]:
    """Write the events that are new; return them with their numbers, and the head."""
    told = [[(event, *told_of(event)) for event in batch] for batch in batches]
    every = [each for batch in told for each in batch]
    names = [name for event, _, bare, _ in every for name in _named(event, bare)]
    head, known, people = _look(connection, [event.id for event, *_ in every], names)
    fresh = [each for each in every if each[0].id not in known]
    needed = dict.fromkeys(name for event, _, bare, _ in fresh for name in _named(event, bare))
    people |= _added(connection, [name for name in needed if name not in people])
    sheet = _Sheet(people, known, *head)
    for batch in told:
        first = sheet.seq + 1
        for event, row, bare, text in batch:
            sheet.add(event, row | {"batch": first}, bare, text)
    sheet.insert(connection)
    _erase(connection, [event.action for _, event in sheet.new])
    return sheet.new, (sheet.seq, sheet.chain)


class _Sheet:
    """The lines of one transaction."""

    def __init__(self, people: dict[str, str], known: set[str], seq: int, chain: str) -> None:
        self.seq, self.chain = seq, chain
        self.new: list[tuple[int, Event]] = []
        self._people, self._known = people, known
        self._rows: list[dict[str, Any]] = []
        self._notes: list[dict[str, Any]] = []

    def add(self, event: Event, row: dict[str, Any], bare: Action, text: str) -> None:
        if event.id in self._known:
            return
        self._known.add(event.id)
        self.seq += 1
        salt, row["note"] = seal(text) if text else (None, None)
        if text:
            self._notes.append({"seq": self.seq, "salt": salt, "text": text})
        row["annotator"] = self._people[event.annotator]
        row["payload"] = canonical(renamed(bare, self._people.__getitem__))
        row["seq"] = self.seq
        row["hash"] = self.chain = link(self.chain, row)
        self._rows.append(row)
        self.new.append((self.seq, event))

    def insert(self, connection: sa.Connection) -> None:
        if self._rows:
            connection.execute(_NEW_EVENTS, self._rows)
            connection.execute(_NEW_HEAD, {"head": f"{self.seq}:{self.chain}"})  # so that a cut tail is missed
        if self._notes:
            connection.execute(NOTES.insert(), self._notes)


def _erase(connection: sa.Connection, actions: Iterable[Action]) -> None:
    for person in [action.person for action in actions if isinstance(action, Erase)]:
        told = sa.select(EVENTS.c.seq).where(EVENTS.c.annotator == person)
        connection.execute(NOTES.delete().where(NOTES.c.seq.in_(told)))
        connection.execute(PEOPLE.delete().where(PEOPLE.c.person == person))


def _named(event: Event, bare: Action) -> tuple[str, ...]:
    """Return the names of people that an event needs."""
    return (event.annotator, *names_in(bare))


def _look(connection: sa.Connection, ids: list[str], names: list[str]) -> tuple[Head, set[str], dict[str, str]]:
    """Return the head, those of `ids` that are in the journal, and name → person of those of `names` who are there."""
    found: dict[str, dict[str, str]] = {"head": {}, "event": {}, "person": {}}
    for some_ids, some_names in zip_longest(_parts(ids), _parts([*dict.fromkeys(names)]), fillvalue=()):
        for row in connection.execute(_LOOK, {"ids": some_ids, "names": some_names}):
            found[row[0]][row[1]] = row[2]
    return _head(found["head"].get("head")), {*found["event"]}, found["person"]


def _added(connection: sa.Connection, names: Iterable[str]) -> dict[str, str]:
    """Write down who is new and return name → person."""
    new = [{"name": name, "salt": salt, "person": person} for name in names for salt, person in [seal(name)]]
    if new:
        connection.execute(PEOPLE.insert(), new)
    return {line["name"]: line["person"] for line in new}


def _parts(values: list[str], size: int = 5000) -> list[list[str]]:
    """Return `values` in one part or more, because databases limit the parameters of a statement."""
    return [values[start : start + size] for start in range(0, max(1, len(values)), size)]


def head_of(connection: sa.Connection) -> Head:
    """Return the last sequence number and its hash."""
    return _head(connection.scalar(sa.select(META.c.value).where(META.c.name == "head")))


def _head(value: str | None) -> Head:
    seq, _, chain = str(value).partition(":")
    if not seq.isdecimal():
        raise StoreError(f"the store is damaged: it has no end (found {value!r}). Restore a backup.")
    return int(seq), chain


def _here(what: str, key: sa.Column[str], value: Any, names: Any) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(sa.literal_column(f"'{what}'"), key, value).where(key.in_(names))


# Every answer waits for these, so they are made once, and what is asked before writing is asked in one go.
_LOOK = sa.union_all(
    _here("head", META.c.name, META.c.value, ["head"]),
    _here("event", EVENTS.c.id, sa.literal_column("''"), sa.bindparam("ids", expanding=True)),
    _here("person", PEOPLE.c.name, PEOPLE.c.person, sa.bindparam("names", expanding=True)),
)
_NEW_EVENTS = EVENTS.insert()
_NEW_HEAD = META.update().where(META.c.name == "head").values(value=sa.bindparam("head"))
