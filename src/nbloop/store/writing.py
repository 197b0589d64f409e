"""Writing: what one transaction of the journal does to the tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from nbloop.errors import StoreError
from nbloop.schema import Action, Erase, Event
from nbloop.store.chain import link, seal
from nbloop.store.tables import EVENTS, META, NOTES, PEOPLE

Head = tuple[int, str]
"""The last sequence number and its hash."""


def write(
    connection: sa.Connection, told: Sequence[tuple[Event, dict[str, Any], str]], head: Head
) -> tuple[list[tuple[int, Event]], Head]:
    """Write those of one batch that are new; return them with their numbers, and the new head."""
    known = _known(connection, [event.id for event, _, _ in told])
    people = _people(connection, [event.annotator for event, _, _ in told if event.id not in known])
    (seq, chain), batch = head, head[0] + 1
    new: list[tuple[int, Event]] = []
    rows: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for event, row, text in told:
        if event.id in known:
            continue
        known.add(event.id)
        seq += 1
        salt, note = seal(text) if text else (None, None)
        row |= {"seq": seq, "annotator": people[event.annotator], "batch": batch, "note": note}
        row["hash"] = chain = link(chain, row)
        rows.append(row)
        new.append((seq, event))
        if note:
            notes.append({"seq": seq, "salt": salt, "text": text})
    if rows:
        connection.execute(EVENTS.insert(), rows)
    if notes:
        connection.execute(NOTES.insert(), notes)
    _erase(connection, [event.action for _, event in new])
    return new, (seq, chain)


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


def set_head(connection: sa.Connection, head: Head) -> None:
    """Note the end of the chain, so that a cut tail is missed."""
    connection.execute(META.update().where(META.c.name == "head").values(value=f"{head[0]}:{head[1]}"))
