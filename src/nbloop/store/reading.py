"""Reading the journal: the store hands out whole columns of events, each as one text that Python looks at once."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa

from nbloop.store.page import BETWEEN, Columns, Names, Page
from nbloop.store.tables import EVENTS, NOTES, PEOPLE

STEP, PAGE = 20, 500
"""Pages read in one go: other writers get in between; and the events that make one."""

AS_ARRAY = {"sqlite": "json_group_array", "postgresql": "json_agg"}
"""What makes a JSON array of a column."""


def next_pages(connection: sa.Connection, after: int, store: str) -> list[Page]:
    """Return the next pages behind sequence number `after`, of at most `STEP`."""
    query, found = _columns(connection.dialect.name), []
    while len(found) < STEP and (row := connection.execute(query, {"after": after}).one()).many:
        found.append(row)
        after = row.last
        if row.many < PAGE:
            break
    if not found:
        return []
    names, notes = Names(tuples(connection, _NAMES)), {}  # of whoever told them, so not before them
    if any(row.notes for row in found):
        notes = dict(tuples(connection, _NOTES, first=found[0].first, last=after))
    return [Page(Columns(*(text.encode() for text in row[:5])), notes, names, store) for row in found]


def tuples(connection: sa.Connection, query: sa.Select[*tuple[Any, ...]], **values: Any) -> list[Any]:
    """Return rows as the driver gives them: SQLAlchemy's own would take twice the time."""
    cursor = connection.execute(query, values).cursor
    return [*cursor.fetchall()] if cursor else []


@cache
def _columns(dialect: str) -> sa.Select[*tuple[Any, ...]]:
    """Return the query for a page: all columns, the first and last sequence number, how many there are and have notes.

    Both databases aggregate in the order in which an ordered subquery hands out its rows.
    """
    lines = (
        sa.select(EVENTS.c.seq, EVENTS.c.id, EVENTS.c.at, EVENTS.c.annotator, EVENTS.c.payload, EVENTS.c.note)
        .where(EVENTS.c.seq > sa.bindparam("after"))
        .order_by(EVENTS.c.seq)
        .limit(PAGE)
        .subquery()
        .c
    )
    array = getattr(sa.func, AS_ARRAY[dialect])
    return sa.select(
        *(sa.cast(array(column), sa.Text) for column in (lines.seq, lines.id, lines.at, lines.annotator)),
        "[" + sa.func.aggregate_strings(lines.payload, BETWEEN) + "]",
        sa.func.min(lines.seq).label("first"),
        sa.func.max(lines.seq).label("last"),
        sa.func.count(lines.seq).label("many"),
        sa.func.count(lines.note).label("notes"),
    )


_NAMES = sa.select(PEOPLE.c.person, PEOPLE.c.name)
_NOTES = sa.select(NOTES.c.seq, NOTES.c.text).where(NOTES.c.seq.between(sa.bindparam("first"), sa.bindparam("last")))
