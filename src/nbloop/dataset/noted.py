"""Noted: events of any kind, as they stand, for the rooms above."""

from __future__ import annotations

import threading

from nbloop.dataset.fold import Fold
from nbloop.schema import Event, Wish


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

    def answered(self) -> list[Event]:
        """Return the annotations that stand, in the order they were given, also of samples that the source lacks."""
        with self._lock:
            return [event for event, _ in self._fold.annotations() if self._fold.stands(event.id)]

    def wished(self) -> list[int]:
        """Return the positions of the samples that people should look at, the latest wish first."""
        with self._lock:
            wishes = [event.action for event in reversed(self._fold.noted(Wish))]
            keys = [key for wish in wishes if isinstance(wish, Wish) for key in wish.samples]
            return [self._fold.index[key] for key in dict.fromkeys(keys) if key in self._fold.index]
