"""Writing: what one transaction of the journal does to the tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    known = _known(connection, [event.id for event, *_ in every])
    fresh = [each for each in every if each[0].id not in known]
    people = _people(connection, [name for event, _, bare, _ in fresh for name in (event.annotator, *names_in(bare))])
    sheet = _Sheet(people, known, *head_of(connection))
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
            connection.execute(EVENTS.insert(), self._rows)
            head = META.update().where(META.c.name == "head")
            connection.execute(head.values(value=f"{self.seq}:{self.chain}"))  # so that a cut tail is missed
        if self._notes:
            connection.execute(NOTES.insert(), self._notes)


def _erase(connection: sa.Connection, actions: Iterable[Action]) -> None:
    for person in [action.person for action in actions if isinstance(action, Erase)]:
        told = sa.select(EVENTS.c.seq).where(EVENTS.c.annotator == person)
        connection.execute(NOTES.delete().where(NOTES.c.seq.in_(told)))
        connection.execute(PEOPLE.delete().where(PEOPLE.c.person == person))


def _people(connection: sa.Connection, names: Sequence[str]) -> dict[str, str]:
    """Return name → person, and write down those who are new."""
    wanted = list(dict.fromkeys(names))
    people: dict[str, str] = {}
    for part in _parts(wanted):
        query = sa.select(PEOPLE.c.name, PEOPLE.c.person).where(PEOPLE.c.name.in_(part))
        people.update((name, person) for name, person in connection.execute(query))
    sealed = [(name, *seal(name)) for name in wanted if name not in people]
    new = [{"name": name, "salt": salt, "person": person} for name, salt, person in sealed]
    if new:
        connection.execute(PEOPLE.insert(), new)
    return people | {line["name"]: line["person"] for line in new}


def _known(connection: sa.Connection, ids: list[str]) -> set[str]:
    """Return those of `ids` that are in the journal."""
    queries = [sa.select(EVENTS.c.id).where(EVENTS.c.id.in_(part)) for part in _parts(ids)]
    return {found for query in queries for found in connection.scalars(query)}


def _parts(values: list[str], size: int = 5000) -> list[list[str]]:
    """Return `values` in parts, because databases limit the parameters of a statement."""
    return [values[start : start + size] for start in range(0, len(values), size)]


def head_of(connection: sa.Connection) -> Head:
    """Return the last sequence number and its hash."""
    value = connection.scalar(sa.select(META.c.value).where(META.c.name == "head"))
    seq, _, chain = str(value).partition(":")
    if not seq.isdecimal():
        raise StoreError(f"the store is damaged: it has no end (found {value!r}). Restore a backup.")
    return int(seq), chain
