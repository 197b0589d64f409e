"""The trainer: one background worker that always works on the latest, and never keeps a loop alive."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable

Stale = Callable[[], bool]

COURTESY = 0.02
"""Seconds that work lets pass after a notification, unless somebody waits for it.

It is pure Python in part, and whoever has just told a label wants the interpreter to itself for the acknowledgement.
"""


class Trainer:
    """Runs `work(stale)` on a daemon thread whenever it was notified; notifications meanwhile become one.

    Parameters
    ----------
    work : callable
        Called with a function that tells whether something newer is wanted. It must not raise. A bound method is held
        weakly, so that a loop nobody uses any more takes its worker with it.

    Notes
    -----
    Work that stopped early because it was stale returns False. The run after it is never told that it is stale, so that
    a person who is faster than the model still gets new rankings.
    """

    def __init__(self, work: Callable[[Stale], bool]) -> None:
        self._changed = threading.Condition()
        self._wanted = 0
        self._done = 0
        self._awaited = 0
        self._closed = False
        self._patient = True
        self._work = weakref.WeakMethod(work, lambda _: self.close())  # type: ignore[arg-type]
        threading.Thread(target=self._run, name="nbloop", daemon=True).start()

    def notify(self) -> None:
        """Something changed: work as soon as the present run is over."""
        with self._changed:
            self._wanted += 1
            self._changed.notify_all()

    def wait(self, timeout: float | None = None) -> bool:
        """Block until all that was notified before this call is done; False when `timeout` seconds passed first."""
        with self._changed:
            goal = self._wanted
            self._awaited += 1
            self._changed.notify_all()
            try:
                self._changed.wait_for(lambda: self._done >= goal or self._closed, timeout)
            finally:
                self._awaited -= 1
            return self._done >= goal

    def close(self) -> None:
        """End the worker after its present run."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        while (goal := self._next()) is not None and (work := self._work()) is not None:
            whole = work(lambda goal=goal: self._patient and self._wanted > goal)
            del work  # or the wait for more would keep the loop alive
            self._finish(goal, whole)

    def _next(self) -> int | None:
        """Block until there is work; None when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._wanted > self._done or self._closed)
            self._changed.wait_for(lambda: self._awaited or self._closed, COURTESY)
            return None if self._closed else self._wanted

    def _finish(self, goal: int, whole: bool) -> None:
        with self._changed:
            self._patient = whole
            if whole:
                self._done = goal
            self._changed.notify_all()
