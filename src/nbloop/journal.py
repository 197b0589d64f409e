"""The journal: an append-only record of events, the only truth on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from nbloop.engine import explained, open_engine
from nbloop.errors import StoreError
from nbloop.schema import Event
from nbloop.store.access import Access
from nbloop.store.audit import Audit
from nbloop.store.copying import copy_store
from nbloop.store.leases import Leases
from nbloop.store.migrations import migrate
from nbloop.store.page import Page
from nbloop.store.reading import next_page, tuples
from nbloop.store.tables import EVENTS, PEOPLE
from nbloop.store.writing import head_of, write


class Journal:
    """Append-only events in SQLite or PostgreSQL, safe from many threads and processes.

    Parameters
    ----------
    store : str or Path
        A path, ``":memory:"`` (kept while this object lives) or a SQLAlchemy URL.
    timeout : float
        Seconds to wait for another writer.
    uid : str, optional
        The name of the dataset when the store is made here; a fresh one when absent.

    Attributes
    ----------
    uid : str
        Names the dataset; made when the store is made.
    seen : tuple of int and str
        Sequence number and hash of the end of the chain, when this object last wrote or opened it.
    name : str
        The store as a person reads it, without a password.

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
    name: str

    def __init__(self, store: str | Path, *, timeout: float = 30.0, uid: str | None = None) -> None:
        self._engine = open_engine(store, timeout)
        url = self._engine.url  # a URL that is written out has its colons in percents
        self.name = url.render_as_string(hide_password=True) if self.served else url.database or ":memory:"
        self._access = Access(self._engine, self.name)
        with self._access.writing() as connection:
            self.uid = migrate(connection, self.name, uid or uuid4().hex)
            self.seen = head_of(connection)

    def __repr__(self) -> str:
        return f"Journal({self.name!r})"

    # -- write -------------------------------------------------------------------------------------------------------

    def append(self, events: Sequence[Event]) -> list[tuple[int, Event]]:
        """Write `events` in one transaction and return those that were new, with their sequence numbers.

        An event whose id is there already, or twice in `events`, is the same event: it is not written again.
        All are durable when this returns. An `Erase` takes the name and the notes of that person away for good.
        """
        return self.append_batches([events])

    def append_batches(self, batches: Iterable[Sequence[Event]]) -> list[tuple[int, Event]]:
        """Write several batches like `append`, all in one transaction."""
        with self._access.writing() as connection:
            new, head = write(connection, batches)
        self.seen = head
        return new

    # -- read --------------------------------------------------------------------------------------------------------

    def read(self, after: int = 0) -> Iterator[tuple[int, Event]]:
        """Yield the events behind sequence number `after`, in order."""
        for page in self.pages(after):
            for line, seq in enumerate(page.seqs):
                yield seq, page.event(line)

    def pages(self, after: int = 0) -> Iterator[Page]:
        """Yield the same as pages, whose events are read when somebody asks for one.

        The next page is fetched while somebody works on this one. The database is free in between.
        """
        page, more = self._page(after)
        with ThreadPoolExecutor(1, "nbloop-ahead") as ahead:
            while page is not None:
                coming = ahead.submit(self._page, page.seqs[-1]) if more else None
                yield page
                page, more = coming.result() if coming else (None, False)

    def _page(self, after: int) -> tuple[Page | None, bool]:
        with self._access.reading() as connection:
            return next_page(connection, after, self.name)

    def batches(self, after: int = 0) -> dict[int, int]:
        """Return sequence number → that of the first event told in the same call, for the events behind `after`."""
        with self._access.reading() as connection:
            return dict(tuples(connection, sa.select(EVENTS.c.seq, EVENTS.c.batch).where(EVENTS.c.seq > after)))

    def person(self, name: str) -> str | None:
        """Return what the store calls an annotator; None when it knows nobody of this name."""
        with self._access.reading() as connection:
            return connection.scalar(sa.select(PEOPLE.c.person).where(PEOPLE.c.name == name))

    def head(self) -> str:
        """Return the end of the hash chain as ``seq:hash``: whoever keeps it can prove later that no tail was cut."""
        with self._access.reading() as connection:
            return "{}:{}".format(*head_of(connection))

    def verify(self, heads: Mapping[int, str] | None = None) -> None:
        """Walk the hash chain, the names and the notes.

        Parameters
        ----------
        heads : mapping, optional
            Sequence number → hash, as noted earlier from `head`: they must be in the chain.

        Raises
        ------
        StoreError
            Names the first event that was changed, removed or added by anything but a journal.
        """
        try:
            with self._access.reading() as connection:
                Audit(connection, self.name, dict(heads or {})).run()
        except (AttributeError, KeyError, TypeError, ValueError) as error:  # what should be text is none
            raise StoreError(f"the store {self.name!r} is damaged: {error!r}. Restore a backup.") from error

    def copy_to(self, path: Path) -> str:
        """Copy the store, as it is at one moment and with its chain, into a new SQLite file; returns its head."""
        with explained(self.name), self._access.lock:
            copy_store(self._engine, path)
        copy = Journal(path)
        copy.verify()
        copy.close()
        return copy.head()

    def leases(self, seconds: float, clock: Callable[[], float] | None = None) -> Leases | None:
        """Return who looks at which samples; None where nobody else can open the store."""
        memory = self.name == ":memory:"
        return None if memory else Leases(self._access, seconds, clock)

    @property
    def served(self) -> bool:
        """Whether a server keeps the store, for a team."""
        return self._engine.dialect.name != "sqlite"

    def close(self) -> None:
        """Close every connection; the journal cannot be used afterwards."""
        self._engine.dispose()
