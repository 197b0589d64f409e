"""Beside: answers what takes longer on a thread of its own, so that no answer of a person waits behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from nbloop.enduring import Enduring
from nbloop.errors import RequestError
from nbloop.wire import Wire, failed

MOST = 4
"""Requests that wait; an older one is about a card that is gone, or of a page that asks again."""

Send = Callable[[dict[str, Any], list[bytes]], None]


class Beside:
    """Answers requests one by one, the newest first. Its thread ends when nothing waits.

    A page that hears nothing for a while sends a request again: while the first waits or is answered, it is the same.

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
        self._now: Any = None
        self._running = self._closed = False
        self._sent = Enduring("A reply to the page")

    def put(self, content: Any) -> None:
        """Answer `content` soon; what was overtaken by too many newer ones is told so."""
        with self._lock:
            if self._closed or self._has(content.get("id")):
                return
            self._waiting.append(content)
            overtaken = self._waiting.pop(0) if len(self._waiting) > MOST else None
            start, self._running = not self._running, True
        if overtaken is not None:
            self._send(failed(overtaken, RequestError("newer requests came first.")), [])
        if start:
            threading.Thread(target=self._run, name="nbloop-beside", daemon=True).start()

    def close(self) -> None:
        """Answer nothing any more."""
        with self._lock:
            self._closed = True
            self._waiting.clear()

    def _has(self, id: Any) -> bool:
        return any(each is not None and each.get("id") == id for each in (*self._waiting, self._now))

    def _run(self) -> None:
        while (content := self._next()) is not None:
            reply, buffers = self.wire.answer(content)
            if not self._closed and not self._sent(self._send, reply, buffers):
                self._sent(self._send, failed(content, RequestError("the reply could not be sent.")), [])

    def _next(self) -> Any:
        with self._lock:
            self._running = bool(self._waiting)
            self._now = self._waiting.pop() if self._waiting else None
            return self._now
