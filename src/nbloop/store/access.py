"""Access: how this process reads and writes one store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from nbloop.engine import begin_writing, explained, give_up


class Access:
    """Connections to a store, one user of this process at a time; what fails is said in words.

    Parameters
    ----------
    engine : Engine
    name : str
        The store, for messages.

    Attributes
    ----------
    lock : RLock
        Writers of this process queue up fairly; one connection serves ``":memory:"``.
    """

    def __init__(self, engine: sa.Engine, name: str) -> None:
        self.engine, self.name = engine, name
        self.lock = threading.RLock()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield a connection to look."""
        with explained(self.name), self.lock, self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Yield a connection that alone may write; what was written is durable afterwards, or not there at all."""
        with self.reading() as connection:
            try:
                begin_writing(connection)
                yield connection
                connection.commit()
            except BaseException:
                give_up(connection)
                raise
