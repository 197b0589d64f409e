"""Reading the journal: the store hands out whole columns of events, each as one text that Python looks at once."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa

from nbloop.store.page import BETWEEN, Columns, Names, Page
from nbloop.store.tables import EVENTS, NOTES, PEOPLE

PAGE = 10_000
"""Sequence numbers that make a page, which is read in one go: other writers get in between two."""

LAST = 2**63 - 1
"""No sequence number is greater."""

AS_ARRAY = {"sqlite": "json_group_array", "postgresql": "json_agg"}
"""What makes a JSON array of a column."""


def next_page(connection: sa.Connection, after: int, store: str) -> tuple[Page | None, bool]:
    """Return the next page behind sequence number `after`, none at the end, and whether there are more events."""
    row = _page(connection, after)
    if not row.many and (row.end or 0) > after:  # a gap, as only damage leaves it
        row = _page(connection, connection.execute(_NEXT, {"after": after}).scalar_one() - 1)
    if not row.many:
        return None, False
    names, notes = Names(tuples(connection, _NAMES)), {}  # of whoever told them, so not before them
    if row.notes:
        notes = dict(tuples(connection, _NOTES, first=row.first, last=row.last))
    return Page(Columns(*(text.encode() for text in row[:5])), notes, names, store), row.end > row.last


def _page(connection: sa.Connection, after: int) -> sa.Row[Any]:
    return connection.execute(
        _columns(connection.dialect.name), {"after": after, "upto": min(after + PAGE, LAST)}
    ).one()


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
