"""The tail: now and then, look what others wrote to the same store."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable

from nbloop.enduring import Enduring
from nbloop.errors import StoreError

log = logging.getLogger("nbloop")

EVERY = 2.0
"""Seconds between two looks: one query that returns nothing costs a fraction of a millisecond."""


class Tail:
    """Calls `look` on a daemon thread every few seconds, for as long as whoever looks lives.

    Parameters
    ----------
    look : bound method
        Held weakly, so that a loop nobody uses any more takes its tail with it.
    every : float
        Seconds between two calls.
    """

    def __init__(self, look: Callable[[], None], every: float = EVERY) -> None:
        self._closed = threading.Event()
        self._every = every
        self._look = weakref.WeakMethod(look, lambda _: self.close())  # type: ignore[arg-type]
        threading.Thread(target=self._run, name="nbloop-tail", daemon=True).start()

    def close(self) -> None:
        """Look no more."""
        self._closed.set()

    def _run(self) -> None:
        tried = Enduring("A look at what others told")
        while not self._closed.wait(self._every) and (look := self._look()) is not None:
            tried(_looked, look)
            del look


def _looked(look: Callable[[], None]) -> None:
    try:
        look()
    except StoreError as error:  # a server that restarts is there again at the next look
        log.warning("What others told could not be read: %s", error)
