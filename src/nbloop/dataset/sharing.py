"""Sharing: several people on one store hear of each other and are not handed the same sample."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nbloop.dataset.settling import TRUTH
from nbloop.errors import DataError, IdentityError
from nbloop.schema import AboutSample, Action, Event, Undo

if TYPE_CHECKING:
    import threading

    from nbloop.consensus.rule import Rule
    from nbloop.dataset.fold import Fold
    from nbloop.pool import Pool
    from nbloop.snapshot import Snapshot
    from nbloop.store.leases import Leases

LEASE = 600.0
"""Seconds for which a sample is lent to whoever was handed it, unless they go on."""

PROGRAM = "nbloop"
"""Whose events those are that nobody told: the task, the draw, a round."""

SOMEBODY = "annotator"
"""Who answers where only one person can."""


class Shared:
    """What makes a `Dataset` one of several on a store."""

    if TYPE_CHECKING:
        rule: Rule
        samples: Pool
        annotator: str
        _fold: Fold
        _lock: threading.RLock
        _leases: Leases | None

        def _catch_up(self) -> list[Event]: ...
        def _announce(self, events: Sequence[Event]) -> None: ...
        def _unskilled(self) -> np.ndarray | None: ...

    @property
    def shared(self) -> bool:
        """Whether others may label here too: somebody said who they are, and the store can be opened twice."""
        return self._leases is not None

    def introduce(self, annotator: str) -> None:
        """Say who answers from now on; a pseudonym will do.

        Raises
        ------
        DataError
            It is no name.
        """
        with self._lock:
            self.annotator = checked_name(annotator)

    def mine(self, snapshot: Snapshot) -> Snapshot:
        """Return `snapshot` with only those samples eligible that this person may be handed now."""
        if self._leases is None:
            return snapshot
        with self._lock:
            barred = self._barred(self._leases.others(self.annotator))
        postponed = snapshot.postponed[~barred[snapshot.postponed]]
        return replace(snapshot, eligible=snapshot.eligible & ~barred, postponed=postponed)

    def mine_of(self, places: Sequence[int]) -> list[int]:
        """Return those of `places` that this person may be handed now, in their order."""
        if self._leases is None:
            return list(places)
        with self._lock:
            barred = self._barred(self._leases.others(self.annotator))
        return [place for place in places if not barred[place]]

    def _barred(self, held: dict[str, set[str]]) -> np.ndarray:
        """Return which samples this person has answered, or enough others are at."""
        barred = np.zeros(len(self.samples), bool)
        for place, who in self._fold.started.items():
            others = held.get(self.samples.keys[place], set()) | set(who)
            barred[place] = self.annotator in who or len(others) >= self.rule.raters
        for key, who in held.items():
            place = self._fold.index.get(key)
            if place is not None and len(who) >= self.rule.raters:
                barred[place] = True
        unskilled = self._unskilled()
        return barred if unskilled is None else barred | unskilled

    def begun(self) -> list[int]:
        """Return the samples that others have answered and that need more raters: they come first."""
        with self._lock:
            return [place for place, who in self._fold.started.items() if self.annotator not in who]

    def lend(self, places: Sequence[int]) -> list[int]:
        """Lend this person those of `places` that are free, and return them; all where nobody else can be."""
        if self._leases is None or not places:
            return list(places)
        keys, arrived = {self.samples.keys[place]: place for place in places}, list[Event]()

        def answered() -> dict[str, set[str]]:
            arrived.extend(self._catch_up())
            return {key: set(self._fold.started.get(place, ())) for key, place in keys.items()}

        with self._lock:  # before that of the store, as whoever records takes them
            taken = self._leases.take(list(keys), self.annotator, self.rule.raters, answered, self._fair_share())
            arrived.extend(self._catch_up())  # nobody asked who has answered where all was lent already
            wanted = [keys[key] for key in taken if self._wants(keys[key])]
        self._announce(arrived)
        return wanted

    def _fair_share(self) -> int:
        """Return how many samples this person may hold, of what is left for all who are here."""
        assert self._leases is not None
        people = len(set().union(*self._leases.others(self.annotator).values())) + 1
        return max(1, -(-int(self._fold.open().sum()) * self.rule.raters // people))

    def _wants(self, place: int) -> bool:
        """Tell whether a sample still needs the answer of this person."""
        who = self._fold.started.get(place, ())
        return self._fold.waits(place) and self.annotator not in who and len(who) < self.rule.raters

    def leave(self) -> None:
        """Give back what was lent to this person, as when they stop for today."""
        if self._leases is not None:
            self._leases.give_back(self.annotator)

    def _author(self, action: Action) -> str:
        """Return whose event this is; where it matters who answers, they must have said so."""
        if self.annotator:
            return self.annotator
        if isinstance(action, AboutSample | Undo):
            raise IdentityError(
                "who answers? Several people may label here, so nbloop does not guess: Dataset(annotator='ada'), or "
                "data.introduce('ada'). A pseudonym will do."
            )
        return PROGRAM


def name_of(annotator: str | None) -> str:
    """Return who answers: as given, else the JupyterHub user; empty where nobody said."""
    name = annotator or os.environ.get("JUPYTERHUB_USER")
    return checked_name(name) if name else ""


def checked_name(name: object) -> str:
    """Return a name or pseudonym without blanks around it, or raise `DataError`."""
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 200:
        raise DataError(f"a name or pseudonym has 1 to 200 characters; found {name!r:.80}.")
    if name.strip() == TRUTH:
        raise DataError(f"annotator={TRUTH!r} stands for labels known beforehand; give a person's name.")
    if name.strip() == PROGRAM:
        raise DataError(f"annotator={PROGRAM!r} stands for the program; give a person's name.")
    return name.strip()
