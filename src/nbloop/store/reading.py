"""Reading the journal: the store hands out whole columns of events, each as one text that Python looks at once."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa

from nbloop.store.page import BETWEEN, Columns, Names, Page
from nbloop.store.tables import EVENTS, NOTES, PEOPLE

STEP, PAGE = 10, 1000
"""Pages read in one go: other writers get in between; and the sequence numbers that make one."""

LAST = 2**63 - 1
"""No sequence number is greater."""

AS_ARRAY = {"sqlite": "json_group_array", "postgresql": "json_agg"}
"""What makes a JSON array of a column."""


def next_pages(connection: sa.Connection, after: int, store: str) -> tuple[list[Page], bool]:
    """Return the next pages behind sequence number `after`, of at most `STEP`, and whether there are more events."""
    query, found, more = _columns(connection.dialect.name), [], True
    while more and len(found) < STEP:
        row = connection.execute(query, {"after": after, "upto": min(after + PAGE, LAST)}).one()
        more = (row.end or 0) > (row.last or after)
        if row.many:
            found.append(row)
            after = row.last
        elif more:  # a gap, as only damage leaves it
            after = connection.execute(_NEXT, {"after": after}).scalar_one() - 1
    if not found:
        return [], more
    names, notes = Names(tuples(connection, _NAMES)), {}  # of whoever told them, so not before them
    if any(row.notes for row in found):
        notes = dict(tuples(connection, _NOTES, first=found[0].first, last=after))
    return [Page(Columns(*(text.encode() for text in row[:5])), notes, names, store) for row in found], more


def tuples(connection: sa.Connection, query: sa.Select[*tuple[Any, ...]], **values: Any) -> list[Any]:
    """Return rows as the driver gives them: SQLAlchemy's own would take twice the time."""
    cursor = connection.execute(query, values).cursor
    return [*cursor.fetchall()] if cursor else []


@cache
def _columns(dialect: str) -> sa.Select[*tuple[Any, ...]]:
    """Return the query for a page: all columns, the first and last sequence number, how many there are and have notes.

    SQLite walks a range of its rows in their order, and an ordered subquery would have it copy all of them first.
    PostgreSQL aggregates in the order in which such a subquery hands out its rows.
    """
    here: Any = (EVENTS.c.seq > sa.bindparam("after")) & (EVENTS.c.seq <= sa.bindparam("upto"))
    end = sa.select(sa.func.max(EVENTS.c.seq)).scalar_subquery().label("end")
    lines: Any = EVENTS if dialect == "sqlite" else sa.select(EVENTS).where(here).order_by(EVENTS.c.seq).subquery()
    array, c = getattr(sa.func, AS_ARRAY[dialect]), lines.c
    query = sa.select(
        *(sa.cast(array(column), sa.Text) for column in (c.seq, c.id, c.at, c.annotator)),
        "[" + sa.func.aggregate_strings(c.payload, BETWEEN) + "]",
        sa.func.min(c.seq).label("first"),
        sa.func.max(c.seq).label("last"),
        sa.func.count(c.seq).label("many"),
        sa.func.count(c.note).label("notes"),
        end,
    )
    return query.where(here) if lines is EVENTS else query


_NEXT = sa.select(sa.func.min(EVENTS.c.seq)).where(EVENTS.c.seq > sa.bindparam("after"))
_NAMES = sa.select(PEOPLE.c.person, PEOPLE.c.name)
_NOTES = sa.select(NOTES.c.seq, NOTES.c.text).where(NOTES.c.seq.between(sa.bindparam("first"), sa.bindparam("last")))
