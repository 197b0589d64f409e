"""Classed: the task of a dataset as it is now, whatever it was when something was said."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import TypeVar

from msgspec.structs import replace

from nbloop.dataset.classes import Classes
from nbloop.dataset.fold import Fold
from nbloop.dataset.golden import Golden
from nbloop.dataset.truth import labels_of
from nbloop.errors import TaskError
from nbloop.schema import Adjudicate, Annotate, Classification, Define, Event, Probe, Vote

Valued = TypeVar("Valued", bound=Annotate | Adjudicate | Probe | Vote)
NONE: Mapping[str, Classification] = MappingProxyType({})


class Classed:
    """What a dataset knows of its classes."""

    _fold: Fold
    _lock: threading.RLock
    _cell: Classification
    _truth: dict[str, str]
    _written: str | None

    @property
    def task(self) -> Classification:
        """What is asked now: the task that was given, with every change of its classes since."""
        return self._fold.task or self._cell

    @property
    def classes(self) -> Classes:
        """The labels, and how to add, rename, merge, split and restyle them midway."""
        return Classes(self)  # type: ignore[arg-type]  a dataset, of which this is a part

    @property
    def truth(self) -> dict[str, str]:
        """Labels known beforehand, by sample key, as they are called now."""
        written = self._written
        if written is None:
            return self._truth
        now = {key: self._fold.lineage.now(value, written) for key, value in self._truth.items()}
        return {key: value for key, value in now.items() if value is not None}

    @property
    def task_event(self) -> Event:
        """The event that defined the task in force."""
        with self._lock:
            if self._fold.lineage.head is None:
                raise TaskError("this store has no task yet; open it with Dataset(..., task=...) first.")
            return self._fold.lineage.head

    @property
    def task_id(self) -> str:
        """The id of that event; empty when there is none."""
        with self._lock:
            head = self._fold.lineage.head
            return head.id if head else ""

    def has_event(self, event_id: str) -> bool:
        """Tell whether an event has arrived."""
        with self._lock:
            return event_id in self._fold.events

    def served_classes(self) -> list[str]:
        """Return the labels that the model which serves can say, as they are called now; none where none serves."""
        with self._lock:
            if not (stack := self._fold.promoted()):
                return []
            served = stack[-1]
            now = dict.fromkeys(self._fold.lineage.now(name, served.under) for name in served.classes)
        return [name for name in now if name is not None]

    def class_changes(self) -> list[str]:
        """Return what was done to the classes, in words, oldest first."""
        with self._lock:
            return self._fold.lineage.changes_since(None)

    def class_counts(self) -> list[int]:
        """Return how many samples have each label now, golden ones included, in the order of the labels."""
        with self._lock:
            return self._fold.class_counts()

    def placed(self, said: Valued, defined: Mapping[str, Classification] = NONE) -> Valued:
        """Return an answer with the change of the classes that it was said under; by default the one in force.

        Parameters
        ----------
        said : Annotate, Adjudicate, Probe or Vote
            As it came, from a page or from code.
        defined : mapping of str to Classification
            Tasks that are recorded together with it, by the id of their event.

        Raises
        ------
        UnknownLabel
            There was no such label then.
        """
        with self._lock:
            lineage = self._fold.lineage
            under = said.under if said.under in defined or lineage.knows(said.under) else ""
            under = under or next(reversed(list(defined)), self.task_id)
            names = defined[under].names if under in defined else lineage.names_under(under)
            value = str(said.value)
            if value not in names:
                value = defined.get(under, self.task).check(value)
            return replace(said, value=value, under=under if lineage.under or under == said.under in defined else "")

    def _golden_now(self, golden: Golden) -> Golden:
        """Return what the cell says of golden samples, with its labels as they are called now."""
        if self._written is None or golden.given is None:
            return golden
        keyed = {str(id): label for id, label in golden.given.items()}
        named = labels_of(keyed.items(), self._cell)
        now = {key: self._fold.lineage.now(value, self._written) for key, value in named.items()}
        return dataclasses.replace(golden, given={key: now.get(key) for key in keyed})


def defined_in(events: Collection[Event]) -> dict[str, Classification]:
    """Return the tasks that events define, by the event's id."""
    return {event.id: event.action.task for event in events if isinstance(event.action, Define)}
