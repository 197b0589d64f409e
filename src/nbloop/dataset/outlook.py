"""The outlook: what a dataset says of its samples now, to the loop and to a person."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Hashable

import numpy as np
import pandas as pd

from nbloop.dataset.apart import MEASURING
from nbloop.dataset.fold import Fold
from nbloop.dataset.frames import annotations_frame, answers_frame
from nbloop.dataset.state import SampleState
from nbloop.dataset.withheld import Withheld, Withholding, standing, told_of, withhold
from nbloop.journal import Journal
from nbloop.pool import Pool
from nbloop.schema import Counts, Recent, Round
from nbloop.snapshot import Snapshot


class Outlook:
    """What can be seen of a `Dataset`; nothing here changes it."""

    samples: Pool
    annotator: str
    _fold: Fold
    _groups: np.ndarray
    _journal: Journal
    _lock: threading.RLock
    _withholding: Withholding

    # -- for the loop ------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return labels and eligible samples as frozen arrays."""
        with self._lock:
            head = "{}:{}".format(*self._journal.seen)
            whole = dataclasses.replace(self._fold.snapshot(), head=head, groups=self._groups)
            return withhold(whole, self._fold, self._withholding)

    def in_doubt(self) -> list[Withheld]:
        """Return the labels that are in doubt, by position, also where a check was waived and they are learned."""
        with self._lock:
            return list(self._withholding.of(self._fold))

    def withheld(self) -> list[Withheld]:
        """Return the labels that are in doubt and therefore held back, by position."""
        with self._lock:
            return standing(self._fold, self._withholding)

    def held_back(self) -> str:
        """Say in a sentence what is held back, and what ends it; empty when nothing is."""

        def named(place: int) -> str:
            label = self.state(id := self.samples.ids[place]).label
            return f"{id!r} ({label})" if label else repr(id)

        return told_of(self.withheld(), named)

    def waived(self) -> dict[str, str]:
        """Return the checks that somebody waived, and why."""
        with self._lock:
            return dict(self._fold.waived)

    def state(self, sample_id: Hashable) -> SampleState:
        """Return what one sample is now."""
        with self._lock:
            return self._fold.state(self.samples.position(sample_id))

    def counts(self) -> Counts:
        """Return how many samples are in which state."""
        with self._lock:
            return self._fold.counts()

    def recent(self, n: int = 20) -> tuple[Recent, ...]:
        """Return this annotator's last `n` answers that stand, newest last: what undo can take back."""
        with self._lock:
            return self._fold.recent(n, self.annotator)

    def rounds(self) -> list[Round]:
        """Return every round of the loop, oldest first."""
        with self._lock:
            return list(self._fold.rounds)

    def unverified(self) -> list[int]:
        """Return the positions of golden samples that nobody has answered; those skipped for now come last."""
        with self._lock:
            return self._fold.unverified()

    def place_of_event(self, event_id: str) -> int | None:
        """Return the position of the sample that an event is about; None when there is no such event or sample."""
        with self._lock:
            event = self._fold.events.get(event_id)
            return self._fold.index.get(getattr(event.action, "sample", "")) if event else None

    # -- for a person ------------------------------------------------------------------------------------------

    @property
    def labels(self) -> pd.DataFrame:
        """Training labels in the order they were given: `label`, `annotator`, `at`, `rationale`, `seconds`."""
        with self._lock:
            places = self._fold.places.order().tolist()
            return answers_frame(self._ids(places), self._fold.answers.of(places))

    @property
    def held(self) -> pd.DataFrame:
        """Labels held back: they are in doubt, and nothing learns from them until somebody decides.

        By sample id: `label`, `kind` (``"conflicting labels"`` or ``"golden twins"``), and what speaks against it: the
        sample `other` and its label `says`. A relabelling, a decision in a review, an undo or `Loop.guard` ends it.
        """
        found = self.withheld()
        ids, others = self._ids([each.place for each in found]), self._ids([each.other for each in found])
        columns = {
            "label": [self.state(id).label for id in ids],
            "kind": [each.kind for each in found],
            "other": others,
            "says": [self.state(id).label for id in others],
        }
        return pd.DataFrame(columns, index=pd.Index(ids, name="id"))

    @property
    def golden(self) -> pd.DataFrame:
        """The golden set: `label` (missing where nobody has verified it), `annotator`, `at`, `rationale`, `seconds`.

        `part` says what a sample measures: ``"random"`` the accuracy, ``"errors"`` whether past errors are still made,
        ``"final"`` what the holdout is scored for once.
        """
        with self._lock:
            parts = {place: part for part in MEASURING for place in self._fold.apart.places(part).tolist()}
            places = sorted(parts)
            answers = answers_frame(self._ids(places), self._fold.answers.of(places))
            return answers.assign(part=[parts[place] for place in places])

    @property
    def annotations(self) -> pd.DataFrame:
        """Every annotation ever made, also those taken back (not `active`) and of samples that the source lacks."""
        with self._lock:
            found, active = self._fold.annotations(), self._fold.active()
        ids = [self.samples.id_of(said.sample) for _, said in found]
        return annotations_frame(ids, [event for event, _ in found], active)

    @property
    def pool(self) -> pd.DataFrame:
        """Samples that may be asked, now or after a skip, with the columns that are shown."""
        with self._lock:
            places = np.flatnonzero(self._fold.open())
        shown = self.samples.frame.loc[places, self.samples.columns]
        return shown.set_index(pd.Index(self._ids(places.tolist()), name="id"))

    @property
    def missing(self) -> int:
        """How many annotated samples the source lacks; their annotations are kept."""
        with self._lock:
            return len(self._fold.elsewhere())

    def _ids(self, places: list[int]) -> list[Hashable]:
        return [self.samples.ids[place] for place in places]
