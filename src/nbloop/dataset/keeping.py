"""Keeping: what keeps the labels safe beyond the journal: checks, a way on when the disk fails, erasure."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nbloop.consensus import Rule
from nbloop.dataset.backups import Backups
from nbloop.dataset.fold import Fold
from nbloop.dataset.state import SampleState
from nbloop.errors import DataError, StoreError, StoreWarning, warn_of
from nbloop.journal import Journal
from nbloop.pool import Pool
from nbloop.schema import Action, Classification, Erase, Event, Problem

MEMORY = Problem(
    "memory",
    "Labels are kept in memory only and are gone when this kernel ends. Write them: data.save_to('labels.db')",
)
"""What stands under the card while nothing is kept."""


class Keeping(Backups):
    """How a dataset looks after its journal."""

    samples: Pool
    _cell: Classification
    uid: str
    rule: Rule
    _fold: Fold
    _journal: Journal
    _lock: threading.RLock
    _listeners: list[weakref.WeakMethod[Callable[[Sequence[Event]], None]]]
    problem: Problem | None = None
    """What a person should know of the store; None when all is well."""

    if TYPE_CHECKING:  # `Dataset` has them

        def event(self, action: Action, *, id: str | None = None, at: datetime | None = None) -> Event: ...
        def record(self, events: Sequence[Event]) -> list[Event]: ...

    # -- another store -----------------------------------------------------------------------------------------------

    def save_to(self, path: str | Path) -> None:
        """Go on in the store `path`: what it lacks of this dataset is written to it, and all that is told from now on.

        Parameters
        ----------
        path : str or Path
            A new store, or an earlier one of this dataset: the one that failed, say.

        Raises
        ------
        StoreError
            The store cannot be written, or is another dataset's.
        """
        with self._lock:
            journal = Journal(path, uid=self.uid)
            if journal.uid != self.uid:
                journal.close()
                raise StoreError(f"{journal.name!r} is the store of another dataset. Choose another path.")
            journal.append_batches(self._batches())
            self._go_on_with(journal)
            self.problem = None

    def go_on_in_memory(self) -> None:
        """Go on without a store that failed: all labels so far, and those to come, are in this kernel's memory only.

        A warning says so, here and under the card, until `save_to` has written them.
        """
        with self._lock:
            journal = Journal(":memory:", uid=self.uid)
            journal.append_batches(self._batches())
            self._journal.close()
            self._go_on_with(journal)
            self._warn_of_memory()

    def _warn_of_memory(self) -> None:
        self.problem = MEMORY
        warn_of(StoreWarning, MEMORY.message)

    def _go_on_with(self, journal: Journal) -> None:
        self._journal = journal
        self._refold()

    def _batches(self) -> list[list[Event]]:
        """Return all events, as they were told together; one by one where a failing store cannot say."""
        try:
            batch_of = self._journal.batches()
        except StoreError:
            batch_of = {}
        batches: dict[int, list[Event]] = {}
        for seq, event in self._fold.told():
            batches.setdefault(batch_of.get(seq, seq), []).append(event)
        return list(batches.values())

    # -- checks ------------------------------------------------------------------------------------------------------

    def verify(self, *, head: str | None = None, backup: str | Path | None = None) -> None:
        """Check that the store holds what was told: the hash chain, names and notes, and the labels made of it.

        Parameters
        ----------
        head : str, optional
            A head of the chain noted earlier, from `backup` or from ``data.snapshot().head``: it must be in the chain.
        backup : str or Path, optional
            A backup of this dataset, verified too, whose head must be in the chain.

        Raises
        ------
        StoreError
            Names the first event that is not as it was told.
        """
        heads = dict([self._journal.seen])
        for noted in [head, None if backup is None else self._head_of(Path(backup))]:
            if noted is not None:
                heads |= _read_head(noted)
        self._journal.verify({seq: chain for seq, chain in heads.items() if seq})
        with self._lock:
            self._check_fold()

    def _check_fold(self) -> None:
        """Fold the journal anew and compare."""
        fresh = self._empty_fold()
        fresh.apply(told for told in self._journal.read() if told[0] <= self._fold.seq)
        every = range(len(self.samples))
        answers = zip(self._fold.answers.of(every), fresh.answers.of(every), strict=True)
        for position, (here, there) in enumerate(answers):
            now, then = [(fold.state(position), each) for fold, each in ((self._fold, here), (fresh, there))]
            if now != then:
                key = self.samples.keys[position]
                about = [seq for seq, event in fresh.told() if getattr(event.action, "sample", None) == key]
                raise StoreError(
                    f"sample {key!r} is {_said(*now)} here and {_said(*then)} by the journal, whose last event about "
                    f"it is {about[-1] if about else 'none'}. Open the dataset anew: labels come from the journal."
                )
        now, then = self._fold.snapshot(), fresh.snapshot()
        if not (np.array_equal(now.labelled, then.labelled) and np.array_equal(now.eligible, then.eligible)):
            raise StoreError("the order of the labels is not that of the journal. Open the dataset anew.")

    # -- people ------------------------------------------------------------------------------------------------------

    def erase(self, annotator: str) -> None:
        """Erase the name and all notes of a person from the store, for good; their labels stay, under a pseudonym.

        The hash chain still holds, and says that somebody was erased. Backups made before still have the name.

        Raises
        ------
        DataError
            Nobody of this name ever answered.
        """
        person = self._journal.person(annotator)
        if person is None:
            raise DataError(f"nobody called {annotator!r} has ever answered here.")
        self.record([self.event(Erase(person))])

    # -- others on the same store ------------------------------------------------------------------------------------

    def refresh(self) -> int:
        """Read what others have told this store meanwhile, and return how many events that were."""
        with self._lock:
            arrived = self._catch_up()
        self._announce(arrived)
        return len(arrived)

    def _catch_up(self) -> list[Event]:
        """Take in what others have told, and return it to be announced."""
        new = list(self._journal.read(self._fold.seq))
        self._take(new)
        return [event for _, event in new]

    def listen(self, heard: Callable[[Sequence[Event]], None]) -> None:
        """Call the bound method `heard` with every event from now on, its own too; it is held weakly."""
        self._listeners.append(weakref.WeakMethod(heard))

    def _announce(self, events: Sequence[Event]) -> None:
        """Tell the listeners; called without the lock, because they have locks of their own."""
        if events:
            for heard in [listener() for listener in list(self._listeners)]:
                if heard is not None:
                    heard(events)

    def _take(self, new: Sequence[tuple[int, Event]]) -> None:
        """Fold new events in; where somebody was erased, forget the name here too."""
        if any(isinstance(event.action, Erase) for _, event in new):
            self._refold()
        else:
            self._fold.apply(new)

    def _refold(self) -> None:
        self._fold = self._empty_fold()
        self._fold.load(self._journal.pages())

    def _empty_fold(self) -> Fold:
        return Fold(self.samples.keys, self._cell.names, self.rule, index=self.samples.index)


def open_store(store: str | Path, on_store_error: str) -> tuple[Journal, bool]:
    """Open `store`, or one in memory where it fails and the person wants that; and tell whether it failed.

    Raises
    ------
    StoreError
        It cannot be opened, and ``on_store_error="raise"``.
    """
    if on_store_error not in ("raise", "memory"):
        raise DataError(f"on_store_error= is 'raise' or 'memory'; found {on_store_error!r:.80}.")
    try:
        return Journal(store), False
    except StoreError as error:
        if on_store_error == "raise":
            raise
        warn_of(StoreWarning, str(error))
        return Journal(":memory:"), True


def _said(state: SampleState, answer: Event | None) -> str:
    return f"{state} ({'no answer' if answer is None else f'by event {answer.id!r}'})"


def _read_head(head: Any) -> dict[int, str]:
    seq, _, chain = str(head).partition(":")
    if not seq.isdecimal() or (int(seq) and not chain):
        raise DataError(f"head= is what data.backup() returned, such as '12:9f3a...'; found {head!r:.80}.")
    return {int(seq): chain}
