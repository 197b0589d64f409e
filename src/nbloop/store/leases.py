"""Leases: who is looking at which samples now, so that two people are not handed the same one.

They are no truth about labels: a table of its own, overwritten and never journalled. Losing it loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import time

import sqlalchemy as sa

from nbloop.store.access import Access

Answered = Callable[[], Mapping[str, set[str]]]

TABLES = sa.MetaData()
LEASES = sa.Table(
    "leases",
    TABLES,
    sa.Column("sample", sa.Text, primary_key=True),
    sa.Column("annotator", sa.Text, primary_key=True),
    sa.Column("until", sa.Float, nullable=False),  # seconds since 1970
)


class Leases:
    """Samples lent to people for a while; one that is not renewed ends by itself.

    Parameters
    ----------
    access : Access
        To the store.
    seconds : float
        How long a lease lasts.
    clock : callable, optional
        Seconds since 1970; by default the database's own time, so that clocks of several machines need not agree.
    """

    def __init__(self, access: Access, seconds: float, clock: Callable[[], float] | None = None) -> None:
        self._access, self._seconds, self._clock = access, seconds, clock
        with access.writing() as connection:
            TABLES.create_all(connection)

    def others(self, annotator: str) -> dict[str, set[str]]:
        """Return who else looks at which samples now, by sample."""
        with self._access.reading() as connection:
            return self._held(connection, annotator)

    def take(self, wanted: Sequence[str], annotator: str, raters: int, answered: Answered, most: int) -> list[str]:
        """Lend `annotator` those of `wanted` that are free, and return them in their order.

        Parameters
        ----------
        wanted : sequence of str
            Samples, best first.
        annotator : str
            Who asks.
        raters : int
            How many people a sample is for: those who look at it and those who answered.
        answered : callable
            Returns who has answered which samples; asked while nobody can write, as who leaves gives leases back.
        most : int
            How many samples this person may hold at most.
        """
        with self._access.reading() as connection:
            now = self._now(connection)
            if self._fresh(connection, annotator, now) >= set(wanted):
                return list(wanted)
        with self._access.writing() as connection:
            now = self._now(connection)
            connection.execute(LEASES.delete().where(LEASES.c.until <= now))
            held, told = self._held(connection, annotator), answered()
            others = {key: (held.get(key, set()) | told.get(key, set())) - {annotator} for key in wanted}
            free = [key for key in wanted if len(others[key]) < raters][:most]
            mine = sa.and_(LEASES.c.annotator == annotator, LEASES.c.sample.in_(free))
            connection.execute(LEASES.delete().where(mine))
            if free:
                until = now + self._seconds
                connection.execute(
                    LEASES.insert(), [{"sample": key, "annotator": annotator, "until": until} for key in free]
                )
        return free

    def give_back(self, annotator: str) -> None:
        """End all leases of a person, as when they leave."""
        with self._access.writing() as connection:
            connection.execute(LEASES.delete().where(LEASES.c.annotator == annotator))

    def _held(self, connection: sa.Connection, annotator: str) -> dict[str, set[str]]:
        query = sa.select(LEASES.c.sample, LEASES.c.annotator).where(
            LEASES.c.until > self._now(connection), LEASES.c.annotator != annotator
        )
        held: dict[str, set[str]] = {}
        for sample, who in connection.execute(query):
            held.setdefault(sample, set()).add(who)
        return held

    def _fresh(self, connection: sa.Connection, annotator: str, now: float) -> set[str]:
        """Return what a person holds for at least half of the time still: it need not be written again."""
        query = sa.select(LEASES.c.sample).where(
            LEASES.c.annotator == annotator, LEASES.c.until > now + self._seconds / 2
        )
        return set(connection.scalars(query))

    def _now(self, connection: sa.Connection) -> float:
        if self._clock is not None:
            return self._clock()
        if connection.dialect.name == "sqlite":
            return time()
        return float(connection.scalar(sa.text("SELECT extract(epoch FROM clock_timestamp())")) or 0)
