"""Earlier states of a dataset, and branches of it that live in memory."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterable
from itertools import takewhile
from typing import Any, Self

import numpy as np

from nbloop.dataset.fold import Fold
from nbloop.dataset.withheld import Withholding, withhold
from nbloop.journal import Journal
from nbloop.schema import Event
from nbloop.snapshot import Snapshot


class Earlier:
    """What a `Dataset` knows of its own past."""

    samples: Any
    rule: Any
    uid: str
    _lock: Any
    _journal: Journal
    _fold: Fold
    _listeners: list[Any]
    _leases: Any
    _withholding: Withholding

    def events(self, *kinds: type) -> list[Event]:
        """Return the events of these kinds of action that stand, in the order of the journal."""
        with self._lock:
            return [event for event in self._fold.events.of(kinds) if self._fold.stands(event.id)]

    def again(self) -> list[int]:
        """Return the positions of answered samples that somebody wished to look at again and nobody has since."""
        with self._lock:
            return self._fold.again()

    def golden_places(self) -> list[int]:
        """Return the positions of the golden set, verified or not, ascending."""
        with self._lock:
            return self._fold.apart.golden_places.tolist()

    def snapshot_at(self, seq: int) -> Snapshot:
        """Return labels and eligible samples as they were after event `seq` of the journal."""
        return self._at(seq)[1]

    def _at(self, seq: int) -> tuple[Fold, Snapshot]:
        fold = Fold(self.samples.keys, self._fold.names, self.rule, index=self.samples.index)
        fold.apply(takewhile(lambda numbered: numbered[0] <= seq, self._journal.read()))
        return fold, withhold(fold.snapshot(), fold, self._withholding.fresh())

    def classes_at(self, seq: int, labels: int) -> tuple[str, ...]:
        """Return which labels were among the first `labels` ones after event `seq`, as they are called now."""
        fold, snapshot = self._at(seq)
        with self._lock:
            under = fold.lineage.head.id if fold.lineage.head else ""
            said = [self._fold.lineage.now(snapshot.names[code], under) for code in np.unique(snapshot.codes[:labels])]
        return tuple(dict.fromkeys(name for name in said if name is not None))

    def branch(self, events: Iterable[Event] = ()) -> Self:
        """Return a dataset of the same samples that knows `events` and keeps what it is told in memory."""
        twin = copy.copy(self)
        twin._lock, twin._listeners, twin._leases = threading.RLock(), [], None
        twin._journal = Journal(":memory:")
        twin.uid = twin._journal.uid
        twin._fold = Fold(self.samples.keys, self._fold.names, self.rule, index=self.samples.index)
        twin._fold.apply(twin._journal.append(list(events)))
        twin._withholding = self._withholding.fresh()
        return twin
