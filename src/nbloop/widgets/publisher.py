"""The publisher: the one thread that writes `view`, at most four times a second."""

from __future__ import annotations

import threading
import weakref
from time import monotonic
from typing import Any, Protocol

from nbloop.enduring import Enduring
from nbloop.schema import View
from nbloop.session import Session

INTERVAL = 0.25
"""Seconds between two views: traits say what is, so those in between would never be seen."""

COURTESY = 0.04
"""Seconds that a view waits for the reply to what changed it: the reply carries the same view, and must not queue."""


class Shows(Protocol):
    """Anything with a `view` to keep up to date."""

    def show(self, view: View) -> None:
        """Take a whole new view."""
        ...


class Publisher:
    """Keeps the views of a session's faces up to date; holds neither the session nor the faces alive.

    Parameters
    ----------
    session : Session
    interval : float
        Seconds between two views, at least.
    """

    def __init__(self, session: Session, interval: float = INTERVAL) -> None:
        self._interval = interval
        self._session = weakref.ref(session)
        self._changed = session.changed
        self._faces: weakref.WeakSet[Any] = weakref.WeakSet()
        self._started = False
        self._tried, self._shown = Enduring("A view"), Enduring("Showing a view")

    def add(self, face: Shows) -> None:
        """Show `face` every change from now on."""
        self._faces.add(face)
        if not self._started:
            self._started = True
            threading.Thread(target=self._run, name="nbloop-views", daemon=True).start()

    def _run(self) -> None:
        shown, at = -1, 0.0
        while (rev := self._next(shown, at)) is not None:
            if rev != shown:
                shown, at = rev if self._tried(self._publish) else shown, monotonic()

    def _next(self, shown: int, at: float) -> int | None:
        """Wait for a change, then for the interval to pass; None when the session is gone."""
        with self._changed:
            self._changed.wait_for(lambda: self._rev() != shown, timeout=60)
            self._changed.wait_for(lambda: False, timeout=max(COURTESY, at + self._interval - monotonic()))
            return self._rev()

    def _rev(self) -> int | None:
        session = self._session()
        return None if session is None else session.rev

    def _publish(self) -> None:
        if (session := self._session()) is not None:
            view = session.view()
            for face in list(self._faces):
                self._shown(face.show, view)
