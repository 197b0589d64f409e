"""Time travel: the dataset as it was, the way back as new events, and what happened, readable."""

from __future__ import annotations

import threading
from collections.abc import Collection, Hashable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from nbloop.dataset import story
from nbloop.dataset.back import Wanted, ways_back
from nbloop.dataset.fold import Fold
from nbloop.dataset.moment import Moment, moment_of
from nbloop.journal import Journal
from nbloop.pool import Pool
from nbloop.schema import Action, Event, Undo

if TYPE_CHECKING:
    from nbloop.dataset.past import Past


class Travel:
    """What a dataset knows of its own past; nothing here changes or removes an event."""

    samples: Pool
    _fold: Fold
    _journal: Journal
    _lock: threading.RLock

    if TYPE_CHECKING:  # `Dataset` has them

        def event(self, action: Action, *, id: str | None = None, at: datetime | None = None) -> Event: ...
        def record(self, events: Sequence[Event]) -> list[Event]: ...

    def at(self, when: int | datetime | str) -> Past:
        """Return the dataset as it was: labels, annotations, golden set, pool, counts, snapshot.

        Parameters
        ----------
        when : int, datetime or str
            A sequence number of the log: the dataset after that event. Or a time with its zone (a string in ISO 8601):
            the dataset with all that was answered until then, by the clocks of those who answered.

        Returns
        -------
        Past
            A dataset that can be looked at and not be written.

        Raises
        ------
        DataError
            No such event, a time without a zone, or neither of them.

        Examples
        --------
        >>> import nbloop
        >>> task = nbloop.Classification(["ham", "spam"])
        >>> data = nbloop.Dataset(["see you at home", "WIN a prize"], id=[7, 8], task=task, store=":memory:")
        >>> loop = nbloop.Loop(data)
        >>> loop.tell(8, "spam")
        >>> now = int(data.log().index[-1])
        >>> loop.tell(7, "spam")
        >>> data.at(now).labels.label.to_dict()
        {8: 'spam'}
        >>> data.rollback(to=now)
        1
        >>> data.labels.label.to_dict()
        {8: 'spam'}
        """
        from nbloop.dataset.past import Past

        moment, events = self._until(when)
        return Past(self, events, moment)

    def rollback(self, to: int | datetime | str) -> int:
        """Take back every answer, flag and undo behind `to`, as new events, and return how many.

        The labels are then what ``data.at(to).labels`` says; a running loop un-learns the rest. A rollback is undone by
        another one, to the moment before it. Classes, the golden set and the rounds of the loop stay, and a skipped
        sample does not wait anew.
        """
        with self._lock:
            targets = ways_back(moment_of(to, self._fold.seq), self._fold)
        return self._undo(targets)

    def take_back(
        self,
        *,
        label: str | None = None,
        annotator: str | None = None,
        since: int | datetime | str | None = None,
        until: int | datetime | str | None = None,
        batch: int | None = None,
        samples: Collection[Hashable] | None = None,
        events: Collection[str] | None = None,
    ) -> int:
        """Take back the answers that all given conditions hold for, as new events, and return how many.

        Parameters
        ----------
        label, annotator : str, optional
            What was answered, and by whom.
        since, until : int, datetime or str, optional
            Behind this moment, and up to that one (see `at`).
        batch : int, optional
            Those told in one call, by the number that `log` shows.
        samples, events : collection, optional
            By sample id, and by event id.

        Raises
        ------
        DataError
            No condition was given, or a moment is none.
        """
        with self._lock:
            wanted = Wanted.of(
                self._fold.seq, label=label, annotator=annotator, since=since, until=until,
                batch=batch, keys=None if samples is None else {self._key(id) for id in samples}, events=events,
            )  # fmt: skip
            batches = {} if batch is None else self._journal.batches()
            found = [event for seq, event in self._told() if wanted.has(seq, event, batches.get(seq))]
            targets = [event.id for event in found if self._fold.stands(event.id)]
        return self._undo(targets)

    def log(self) -> pd.DataFrame:
        """Return the change log, one row an event, oldest first, indexed by sequence number.

        Columns: `at`, `annotator`, `sample`, `says` (a sentence), `stands` (not taken back), `batch` (the first event
        of those told in the same call) and `event` (its id).
        """
        with self._lock:
            return story.log(self._told(), self._fold, self._journal.batches(), self.samples)

    def trace(self, sample_id: Hashable) -> pd.DataFrame:
        """Return all that was ever said of one sample, oldest first, indexed by sequence number.

        Beside the columns of `log`: `value`, `decides` (it is the answer that the label comes from), `taken_back_by`
        (who took it back), and what the loop had said then: `model` (its version), `prediction`, `probability` (of the
        value), `proba` (of the likeliest classes), `strategy`, `phase`, `score`, `rank`, `shown` (the person saw it);
        and `seconds` of active time.

        Raises
        ------
        UnknownSample
            No sample has this id.
        """
        with self._lock:
            key = self._key(sample_id)
            return story.trace(key, self._told(), self._fold, self._journal.batches(), self.samples)

    def _key(self, sample_id: Hashable) -> str:
        return self.samples.keys[self.samples.position(sample_id)]

    def _told(self) -> list[tuple[int, Event]]:
        return self._fold.told()

    def _until(self, when: Any) -> tuple[Moment, list[tuple[int, Event]]]:
        with self._lock:
            moment = moment_of(when, self._fold.seq)
            return moment, [told for told in self._told() if moment.has(*told)]

    def _undo(self, targets: Sequence[str]) -> int:
        """Record undos, without the lock: those who listen have locks of their own."""
        return len(self.record([self.event(Undo(target)) for target in targets]))
