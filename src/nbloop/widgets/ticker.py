"""The ticker: the one thread that computes what a board shows, seldom, and never while a page waits for its reply."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from time import monotonic, perf_counter
from typing import Any

from nbloop.enduring import Enduring

INTERVAL = 2.0
"""Seconds between two computations, at least."""

SHARE = 0.05
"""Share of the time that may be spent computing: where it takes long, it is done less often."""


class Ticker:
    """Calls a method of an owner on a daemon thread some time after it was woken; holds the owner weakly.

    Parameters
    ----------
    work : bound method
        What is called.
    interval : float
        Seconds between two calls, at least.
    """

    def __init__(self, work: Callable[[], None], interval: float = INTERVAL) -> None:
        self._interval = interval
        self._changed = threading.Condition()
        self._wanted = False
        self._closed = False
        self._work: Any = weakref.WeakMethod(work, lambda _: self.close())  # type: ignore[arg-type]
        threading.Thread(target=self._run, name="nbloop-board", daemon=True).start()

    def wake(self) -> None:
        """Something changed: compute anew as soon as the interval is over."""
        with self._changed:
            self._wanted = True
            self._changed.notify_all()

    def close(self) -> None:
        """End the thread after what it is at."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        rest, tried = 0.0, Enduring("A board")
        while self._next(rest) and (work := self._work()) is not None:
            started = perf_counter()
            if not tried(work):
                self.wake()
            del work  # or the wait for more would keep the owner alive
            rest = max(self._interval, (perf_counter() - started) / SHARE)

    def _next(self, rest: float) -> bool:
        """Rest, then block until something is wanted; False when closed."""
        until = monotonic() + rest
        with self._changed:
            self._changed.wait_for(lambda: self._closed, timeout=max(0.0, until - monotonic()))
            self._changed.wait_for(lambda: self._wanted or self._closed)
            self._wanted = False
            return not self._closed
