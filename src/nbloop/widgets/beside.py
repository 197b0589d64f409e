"""Beside: answers what takes longer on a thread of its own, so that no answer of a person waits behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from nbloop.errors import RequestError
from nbloop.wire import Wire, failed

MOST = 4
"""Requests that wait; an older one is about a card that is gone."""

Send = Callable[[dict[str, Any], list[bytes]], None]


class Beside:
    """Answers requests one by one, the newest first. Its thread ends when nothing waits.

    Parameters
    ----------
    wire : Wire
    send : callable
        Takes each reply and its buffers, on the thread.

    Attributes
    ----------
    wire : Wire
    """

    def __init__(self, wire: Wire, send: Send) -> None:
        self.wire, self._send = wire, send
        self._lock = threading.Lock()
        self._waiting: list[Any] = []
        self._running = False

    def put(self, content: Any) -> None:
        """Answer `content` soon; what was overtaken by too many newer ones is told so."""
        with self._lock:
            self._waiting.append(content)
            overtaken = self._waiting.pop(0) if len(self._waiting) > MOST else None
            start, self._running = not self._running, True
        if overtaken is not None:
            self._send(failed(overtaken, RequestError("newer requests came first.")), [])
        if start:
            threading.Thread(target=self._run, name="nbloop-beside", daemon=True).start()

    def _run(self) -> None:
        while (content := self._next()) is not None:
            self._send(*self.wire.answer(content))

    def _next(self) -> Any:
        with self._lock:
            self._running = bool(self._waiting)
            return self._waiting.pop() if self._waiting else None
