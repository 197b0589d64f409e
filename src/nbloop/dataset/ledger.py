"""The ledger: every event there is, by id, by sample and by kind, and which of them stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any, cast

import numpy as np

from nbloop.dataset.events import Events
from nbloop.dataset.lineage import Lineage
from nbloop.dataset.settling import TRUTH
from nbloop.dataset.shelf import ABOUT, Shelf
from nbloop.dataset.standing import Standing
from nbloop.schema import (
    Adjudicate,
    Annotate,
    Escalate,
    Event,
    Flag,
    Promote,
    Recent,
    Reject,
    Skip,
    Undo,
    Vote,
    Wish,
)
from nbloop.store.page import Page

AT_ONCE = 100_000
"""Samples whose events are made at the same time."""

Answer = Annotate | Skip | Reject | Adjudicate | Escalate


class Ledger:
    """All events, and what can be read from them without knowing what they make of a sample.

    Parameters
    ----------
    index : mapping of str to int
        The samples of the source, key → position; events about others are kept too.
    names : sequence of str
        The labels before any task was defined.

    Attributes
    ----------
    seq : int
        The last event it knows.
    events : Events
        By id, in the order of the journal.
    stands : Standing
        Tells which are not taken back.
    lineage : Lineage
        Tells what a label said under an earlier task is now.
    """

    def __init__(self, index: Mapping[str, int], names: Sequence[str]) -> None:
        self.index = index
        self.seq = 0
        self.events = Events()
        self.stands = Standing()
        self.lineage = Lineage(names)
        self._of: dict[str, tuple[Event, ...]] = {}  # answers and flags of a sample, in order, where some came late
        self._cast: defaultdict[str, list[Event]] = defaultdict(list)  # votes before others were seen, in order
        self._wide: defaultdict[type, list[Event]] = defaultdict(list)  # events that answer nothing, by kind, in order
        self._said: list[Event] = []  # answers of persons that came late, in order
        self._known: list[Event] = []  # what the truth said late, in order

    @property
    def shelf(self) -> Shelf:
        """The events that were in the store when it was opened; all others came late."""
        return self.events.shelf

    def _put_on_shelf(self, pages: Iterable[Page]) -> set[Any]:
        """Take all that a store has that is opened, and return the kinds of action that answer nothing."""
        self.events = Events(Shelf(pages, self.index))
        self.seq = int(self.shelf.seq[-1]) if len(self.shelf) else 0
        return {kind for _, event in self.shelf.wide for kind in self._file(event)}

    def _take(self, told: Sequence[tuple[int, Event]]) -> dict[Any, tuple[Event, ...]]:
        """Put events where they belong.

        Returns
        -------
        dict
            What is to be worked out anew, in order: a sample → all that was told of it, and kinds of action → nothing.
        """
        self.seq = told[-1][0]
        self.events.add(told)
        changed: dict[Any, tuple[Event, ...]] = {}  # in order: a set would walk the memory at random
        for _, event in told:
            action: Any = event.action
            kind = type(action)
            if kind not in ABOUT:
                changed |= self._file(event)
                continue
            key = action.sample
            self._of[key] = changed[key] = (*self._told_of(key), event)
            if kind is not Flag:
                (self._known if event.annotator == TRUTH else self._said).append(event)
        return changed

    def _told_of(self, key: str) -> tuple[Event, ...]:
        """Return the answers and flags of a sample, in order."""
        return self._of.get(key) or tuple(self.shelf.events(self.shelf.about(key)) if len(self.shelf) else ())

    def _file(self, event: Event) -> dict[Any, tuple[Event, ...]]:
        """Put an event where it belongs that says nothing of a sample itself."""
        action = event.action
        changed: dict[Any, tuple[Event, ...]] = {type(action): ()}
        if isinstance(action, Vote):
            self._cast[action.sample].append(event)
        if not isinstance(action, Undo):
            self._wide[type(action)].append(event)
        elif flipped := self.events.get(self.stands.undo(event.id, action.target) or ""):
            key: Any = getattr(flipped.action, "sample", type(flipped.action))
            changed[key] = self._told_of(key) if isinstance(key, str) else ()
        return changed

    # -- all of them -------------------------------------------------------------------------------------------------

    def told(self) -> list[tuple[int, Event]]:
        """Return every event with its sequence number, in order."""
        return list(self.events.told())

    def annotations(self) -> list[tuple[Event, Annotate]]:
        """Return every annotation there is, standing or not, in order, also of samples that the source lacks.

        Labels are as they are called now; one that says nothing any more is as it was said.
        """
        return list(self._as_now(event for _, event in self.events.told()))

    def active(self) -> list[bool]:
        """Return of every annotation, in the order of `annotations`, whether it stands and says something now."""
        labels = (event for _, event in self.events.told() if type(event.action) is Annotate)
        return [self.stands(event.id) and self.lineage.seen(event) is not None for event in labels]

    def strange(self, names: Container[str]) -> list[tuple[Event, Annotate]]:
        """Return those annotations whose label is none of `names`."""
        strange = [code for code, said in enumerate(self.shelf.values) if self._says(*said) not in names]
        early = self.shelf.events(np.flatnonzero(np.isin(self.shelf.said, strange))) if strange else ()
        late = self.events.late()
        return [(event, said) for event, said in self._as_now(chain(early, late)) if said.value not in names]

    def known(self) -> list[tuple[Event, Annotate]]:
        """Return those annotations that say what was known beforehand."""
        return list(self._as_now(chain(self.shelf.events(self.shelf.known()), self._known)))

    def _as_now(self, events: Iterable[Event]) -> Iterator[tuple[Event, Annotate]]:
        for event in events:
            if type(event.action) is Annotate:
                seen = self.lineage.seen(event) or event
                yield seen, cast("Annotate", seen.action)

    def counts_now(self, event: Event) -> bool:
        """Tell whether an answer stands, and says something under the task in force."""
        return self.stands(event.id) and self.lineage.seen(self.events[event.id]) is not None

    def noted(self, kind: type) -> list[Event]:
        """Return the events of a kind that answers nothing, as they stand, in order."""
        return [event for event in self._wide.get(kind, ()) if self.stands(event.id)]

    def promoted(self) -> list[Promote]:
        """Return the models that were promoted and not rolled back, as they were promoted last; the last one serves."""
        stack: list[Promote] = []
        for promote in self._standing(Promote):
            if promote.back:
                stack = stack[:-1]
            elif stack and stack[-1].version == promote.version:
                stack[-1] = promote
            else:
                stack.append(promote)
        return stack

    def _standing(self, kind: type) -> list[Any]:
        return [event.action for event in self.noted(kind)]

    def recent(self, n: int, annotator: str | None = None) -> tuple[Recent, ...]:
        """Return the last `n` answers of a person (of anybody when None) that stand, newest last."""
        mine = self._answers_back(annotator)
        known = ((event.id, said) for event in mine if self.stands(event.id) and (said := self._here(event)))
        return tuple(
            Recent(id, said.sample, type(said).__name__.lower(), self._value_now(said)) for id, said in islice(known, n)
        )[::-1]

    def sitting(self, annotator: str, gap: float) -> list[tuple[datetime, Annotate]]:
        """Return when and what a person answered since their last break of `gap` seconds, oldest first."""
        found: list[Event] = []
        for event in self._answers_back(annotator):
            if type(event.action) is not Annotate or not self.stands(event.id):
                continue
            if found and (found[-1].at - event.at).total_seconds() > gap:
                break
            found.append(event)
        return [(event.at, said) for event, said in self._as_now(reversed(found))]

    def _answers_back(self, annotator: str | None) -> Iterator[Event]:
        """Yield the answers of a person, or of all, newest first."""
        yield from (event for event in reversed(self._said) if annotator is None or event.annotator == annotator)
        yield from self.shelf.events(self.shelf.answers(annotator)[::-1])

    def _here(self, event: Event) -> Any:
        """Return what was said of a sample that the source has."""
        said: Any = event.action
        return said if said.sample in self.index else None

    def _value_now(self, said: Answer) -> str | None:
        if not isinstance(said, Annotate | Adjudicate):
            return None
        return self._says(said.value, said.under)

    def _says(self, value: str, under: str) -> str:
        """Return what a label is called now; one that says nothing any more is as it was said."""
        return self.lineage.now(value, under) or value

    # -- of one sample -----------------------------------------------------------------------------------------------

    def about(self, key: str) -> list[Event]:
        """Return the answers, flags and decisions about a sample that stand, oldest first."""
        return self._standing_among(self._told_of(key))

    def votes_on(self, key: str) -> list[Event]:
        """Return the last label that each person gave a sample."""
        return self._votes_among(self._told_of(key))

    def _votes_among(self, told: Iterable[Event]) -> list[Event]:
        answers = [event for event in self._standing_among(told) if isinstance(event.action, Annotate | Reject)]
        last = {event.annotator: event for event in answers if event.annotator != TRUTH}
        return [event for event in last.values() if isinstance(event.action, Annotate)]

    def _standing_among(self, told: Iterable[Event]) -> list[Event]:
        return self.lineage.read([event for event in told if self.stands(event.id)])

    def cast_on(self, key: str) -> dict[str, Event]:
        """Return what each person who reviews voted last, before they saw what others said."""
        stand = (self.lineage.seen(event) for event in self._cast.get(key, ()) if self.stands(event.id))
        return {event.annotator: event for event in stand if event is not None}

    def ballots_on(self, key: str) -> list[Event]:
        """Return the last label or vote of each person on a sample."""
        return self._last_of([*self.votes_on(key), *self.cast_on(key).values()])

    def ballots(self) -> Iterator[tuple[int, list[Event]]]:
        """Yield for every sample the last label or vote of each person, by position."""
        votes, keys = dict(self.votes()), list(self.index)
        for position in sorted({*votes, *(self.index[key] for key in self._cast if key in self.index)}):
            cast = self.cast_on(keys[position]).values()
            if found := self._last_of([*votes.get(position, ()), *cast]):
                yield position, found

    def _last_of(self, events: list[Event]) -> list[Event]:
        told = sorted(events, key=lambda event: self.events.seq_of(event.id))
        return list({event.annotator: event for event in told}.values())

    def votes(self) -> Iterator[tuple[int, list[Event]]]:
        """Yield for every sample the last label that each person gave it, by position."""
        keys = list(self.index)
        for start in range(0, len(keys), AT_ONCE):
            some = np.arange(start, min(start + AT_ONCE, len(keys)))
            early = self.shelf.told_of(some[self.shelf.many()[some] > 0]) if len(self.shelf) else {}
            for position in some.tolist():
                told = self._of.get(keys[position]) or early.get(position)
                if told and (found := self._votes_among(told)):
                    yield position, found

    def verified_by_truth(self) -> dict[int, str]:
        """Return the golden samples whose label was known beforehand."""
        here = [(event, said) for event, said in self.known() if said.sample in self.index]
        return {self.index[said.sample]: said.value for event, said in here if self.counts_now(event)}

    def elsewhere(self) -> list[str]:
        """Return the keys of annotated samples that the source lacks, in the order of their first events."""
        lost = ((key, told) for key, told in self._of.items() if key not in self.index)
        late = [key for key, told in lost if any(type(event.action) is Annotate for event in told)]
        return sorted({*self.shelf.annotated_elsewhere(), *late}, key=self._first_told)

    def _first_told(self, key: str) -> int:
        rows = self.shelf.about(key)
        return int(self.shelf.seq[rows[0]]) if len(rows) else self.events.seq_of(self._of[key][0].id)

    def wishes(self) -> dict[int, tuple[str, ...]]:
        """Return why somebody wished to look at which positions, since their last answer; oldest wish first."""
        found: dict[str, tuple[str, ...]] = {}
        for event in self.noted(Wish):
            wish = cast("Wish", event.action)
            for key in wish.samples:
                if self._last_said(key) < self.events.seq_of(event.id):
                    found[key] = tuple(dict.fromkeys((*found.get(key, ()), wish.reason)))
        return {self.index[key]: reasons for key, reasons in found.items() if key in self.index}

    def _last_said(self, key: str) -> int:
        """Return when a sample was last answered, also with the same label again; 0 when never."""
        if (told := self._told_of(key)) and key not in self._of:
            self._of[key] = told  # whoever asks, asks again
        said = [each for each in told if not isinstance(each.action, Flag) and self.stands(each.id)]
        return max((self.events.seq_of(each.id) for each in said), default=0)
