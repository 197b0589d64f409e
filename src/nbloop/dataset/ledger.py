"""The ledger: every event there is, by id, by sample and by kind, and which of them stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, cast

from nbloop.dataset.lineage import Lineage
from nbloop.dataset.settling import TRUTH
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

Answer = Annotate | Skip | Reject | Adjudicate | Escalate

ABOUT: frozenset[type] = frozenset([Annotate, Skip, Reject, Adjudicate, Escalate, Flag])
"""Kinds of action that make a sample what it is: looked up by type, since there are so many of them."""


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
    events : dict of str to Event
        By id, in the order of the journal.
    stands : Standing
        Tells which are not taken back.
    lineage : Lineage
        Tells what a label said under an earlier task is now.
    """

    def __init__(self, index: Mapping[str, int], names: Sequence[str]) -> None:
        self.index = index
        self.seq = 0
        self.events: dict[str, Event] = {}
        self.stands = Standing()
        self.lineage = Lineage(names)
        self._seq: dict[str, int] = {}
        self._of: dict[str, tuple[Event, ...]] = {}  # answers and flags of a sample, in order
        self._cast: defaultdict[str, list[Event]] = defaultdict(list)  # votes before others were seen, in order
        self._wide: defaultdict[type, list[Event]] = defaultdict(list)  # events that answer nothing, by kind, in order
        self._said: list[Event] = []  # answers of persons, in order
        self._known: list[Event] = []  # what the truth said, in order

    def _take(self, told: Sequence[tuple[int, Event]]) -> dict[Any, tuple[Event, ...]]:
        """Put events where they belong.

        Returns
        -------
        dict
            What is to be worked out anew, in order: a sample → all that was told of it, and kinds of action → nothing.
        """
        self.seq = told[-1][0]
        self.events.update({event.id: event for _, event in told})
        self._seq.update({event.id: seq for seq, event in told})
        changed: dict[Any, tuple[Event, ...]] = {}  # in order: a set would walk the memory at random
        for _, event in told:
            action: Any = event.action
            kind = type(action)
            if kind not in ABOUT:
                changed |= self._file(event)
                continue
            before = self._of.get(key := action.sample)
            self._of[key] = changed[key] = (event,) if before is None else (*before, event)
            if kind is not Flag:
                (self._known if event.annotator == TRUTH else self._said).append(event)
        return changed

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
            changed[key] = self._of.get(key, ())
        return changed

    # -- all of them -------------------------------------------------------------------------------------------------

    def told(self) -> list[tuple[int, Event]]:
        """Return every event with its sequence number, in order."""
        return list(zip(self._seq.values(), self.events.values(), strict=True))

    def annotations(self) -> list[tuple[Event, Annotate]]:
        """Return every annotation there is, standing or not, in order, also of samples that the source lacks.

        Labels are as they are called now; one that says nothing any more is as it was said.
        """
        return list(self._as_now(self.events.values()))

    def strange(self, names: Container[str]) -> list[tuple[Event, Annotate]]:
        """Return those annotations whose label is none of `names`."""
        return [(event, said) for event, said in self._as_now(self.events.values()) if said.value not in names]

    def known(self) -> list[tuple[Event, Annotate]]:
        """Return those annotations that say what was known beforehand."""
        return list(self._as_now(self._known))

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
        mine = (event for event in reversed(self._said) if annotator is None or event.annotator == annotator)
        known = ((event.id, said) for event in mine if self.stands(event.id) and (said := self._here(event)))
        return tuple(
            Recent(id, said.sample, type(said).__name__.lower(), self._value_now(said)) for id, said in islice(known, n)
        )[::-1]

    def sitting(self, annotator: str, gap: float) -> list[tuple[datetime, Annotate]]:
        """Return when and what a person answered since their last break of `gap` seconds, oldest first."""
        found: list[Event] = []
        for event in reversed(self._said):
            if event.annotator != annotator or type(event.action) is not Annotate or not self.stands(event.id):
                continue
            if found and (found[-1].at - event.at).total_seconds() > gap:
                break
            found.append(event)
        return [(event.at, said) for event, said in self._as_now(reversed(found))]

    def _here(self, event: Event) -> Any:
        """Return what was said of a sample that the source has."""
        said: Any = event.action
        return said if said.sample in self.index else None

    def _value_now(self, said: Answer) -> str | None:
        if not isinstance(said, Annotate | Adjudicate):
            return None
        return self.lineage.now(said.value, said.under) or said.value

    # -- of one sample -----------------------------------------------------------------------------------------------

    def about(self, key: str) -> list[Event]:
        """Return the answers, flags and decisions about a sample that stand, oldest first."""
        return self.lineage.read([event for event in self._of.get(key, ()) if self.stands(event.id)])

    def votes_on(self, key: str) -> list[Event]:
        """Return the last label that each person gave a sample."""
        answers = [event for event in self.about(key) if isinstance(event.action, Annotate | Reject)]
        last = {event.annotator: event for event in answers if event.annotator != TRUTH}
        return [event for event in last.values() if isinstance(event.action, Annotate)]

    def cast_on(self, key: str) -> dict[str, Event]:
        """Return what each person who reviews voted last, before they saw what others said."""
        stand = (self.lineage.seen(event) for event in self._cast.get(key, ()) if self.stands(event.id))
        return {event.annotator: event for event in stand if event is not None}

    def ballots_on(self, key: str) -> list[Event]:
        """Return the last label or vote of each person on a sample."""
        both = sorted([*self.votes_on(key), *self.cast_on(key).values()], key=lambda event: self._seq[event.id])
        return list({event.annotator: event for event in both}.values())

    def ballots(self) -> Iterator[tuple[int, list[Event]]]:
        """Yield for every sample the last label or vote of each person, by position."""
        for key, position in self.index.items():
            if (key in self._of or key in self._cast) and (found := self.ballots_on(key)):
                yield position, found

    def votes(self) -> Iterator[tuple[int, list[Event]]]:
        """Yield for every sample the last label that each person gave it, by position."""
        for key, position in self.index.items():
            if key in self._of and (found := self.votes_on(key)):
                yield position, found

    def verified_by_truth(self) -> dict[int, str]:
        """Return the golden samples whose label was known beforehand."""
        here = [(event, said) for event, said in self.known() if said.sample in self.index]
        return {self.index[said.sample]: said.value for event, said in here if self.counts_now(event)}

    def elsewhere(self) -> list[str]:
        """Return the keys of annotated samples that the source lacks, in the order of their first answers."""
        lost = [key for key in self._of if key not in self.index]
        return [key for key in lost if any(type(event.action) is Annotate for event in self._of[key])]

    def wishes(self) -> dict[int, tuple[str, ...]]:
        """Return why somebody wished to look at which positions, since their last answer; oldest wish first."""
        found: dict[str, tuple[str, ...]] = {}
        for event in self.noted(Wish):
            wish = cast("Wish", event.action)
            for key in wish.samples:
                if self._last_said(key) < self._seq[event.id]:
                    found[key] = tuple(dict.fromkeys((*found.get(key, ()), wish.reason)))
        return {self.index[key]: reasons for key, reasons in found.items() if key in self.index}

    def _last_said(self, key: str) -> int:
        """Return when a sample was last answered, also with the same label again; 0 when never."""
        said = [each for each in self._of.get(key, ()) if not isinstance(each.action, Flag) and self.stands(each.id)]
        return max((self._seq[each.id] for each in said), default=0)
