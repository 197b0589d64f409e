"""Noted: events of any kind, as they stand, for the rooms above."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING

from nbloop.dataset.fold import Fold
from nbloop.dataset.golden import Golden
from nbloop.dataset.opening import near_draw
from nbloop.errors import warn_of_data
from nbloop.pool import Pool
from nbloop.schema import Action, Draw, Event, Promote, Wish


class Noted:
    """What a dataset was told that makes no label: draws, looks, routes, alarms, wishes."""

    samples: Pool
    _fold: Fold
    _golden: Golden
    _lock: threading.RLock

    if TYPE_CHECKING:  # `Dataset` has them

        def permit(self, event: Event) -> None: ...
        def event(self, action: Action) -> Event: ...
        def record(self, events: Sequence[Event]) -> list[Event]: ...

    @property
    def near(self) -> float | None:
        """The share of its content that a sample has in common with a golden one to be set apart; None: never."""
        return self._golden.near

    def add_past_errors(self, ids: Iterable[Hashable]) -> int:
        """Make samples golden as past errors, and set their near-duplicates apart; return how many are new.

        Warns
        -----
        DataWarning
            Some of them trained the model until now, or have near-duplicates.
        """
        self.permit(self.event(Draw((), part="errors")))
        with self._lock:
            keys = dict.fromkeys(self.samples.keys[self.samples.position(id)] for id in ids)
            new = [key for key in keys if key not in self._fold.golden]
            if learned := len(self._fold.answered().intersection(new)):
                warn_of_data(f"{learned} samples become past errors: they measure the model and train it no more.")
            near = self._fold.noted_draws("near"), self.samples, self._fold.key_digests, self._fold.golden | {*new}
            draws = [Draw(tuple(new), part="errors"), *near_draw(*near, self._golden.near)] if new else []
        self.record([self.event(draw) for draw in draws])  # without the lock: those who listen have locks of their own
        return len(new)

    def set_apart(self, ids: Iterable[Hashable], by: str) -> int:
        """Note that routine samples are answered by functions (`by`) and need not be asked; return how many are new."""
        with self._lock:
            keys = dict.fromkeys(self.samples.keys[self.samples.position(id)] for id in ids)
            new = tuple(key for key in keys if key not in self._fold.apart.keys["delegated"])
        self.record([self.event(Draw(new, part="delegated", by=by))] if new else [])
        return len(new)

    def noted(self, kind: type) -> list[Event]:
        """Return the events of one kind of action that stand, oldest first.

        Only kinds that are about no answer, such as `nbloop.schema.Draw` or `nbloop.schema.Round`.
        """
        with self._lock:
            return self._fold.noted(kind)

    def promoted(self) -> list[Promote]:
        """Return the models that were promoted and not rolled back, oldest first: the last one serves."""
        with self._lock:
            return self._fold.promoted()

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
