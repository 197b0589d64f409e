"""Noted: events of any kind, as they stand, for the rooms above."""

from __future__ import annotations

import threading

from nbloop.dataset.fold import Fold
from nbloop.schema import Event


class Noted:
    """What a dataset was told that makes no label: looks, routes, alarms, wishes."""

    _fold: Fold
    _lock: threading.RLock

    def noted(self, kind: type) -> list[Event]:
        """Return the events of one kind of action that stand, oldest first.

        Only kinds that are about no answer, such as `nbloop.schema.Draw` or `nbloop.schema.Round`.
        """
        with self._lock:
            return self._fold.noted(kind)
