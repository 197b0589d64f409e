"""The fold: from events to what every sample is now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

import numpy as np

from nbloop.consensus import Rule
from nbloop.dataset.apart import Apart
from nbloop.dataset.lineage import Lineage
from nbloop.dataset.settling import TRUTH, Settled, settle
from nbloop.dataset.standing import Standing
from nbloop.dataset.weighing import Weighing
from nbloop.schema import (
    Action,
    Adjudicate,
    Annotate,
    Classification,
    Counts,
    Define,
    Draw,
    Escalate,
    Event,
    Flag,
    Grant,
    Recent,
    Reject,
    Round,
    Skip,
    Undo,
    Wish,
)
from nbloop.snapshot import Snapshot, digests

POSTPONE = 20
"""A skipped sample returns after this many further answers."""

PARTS = ("random", "errors", "final")
"""The parts of the golden set, as a snapshot has them."""

NONE, REJECTED, CONTESTED = -1, -2, -3
"""Codes of a sample without a label."""

Answer = Annotate | Skip | Reject | Adjudicate | Escalate
Status = Literal["pool", "labelled", "skipped", "rejected", "review"]


@dataclass(frozen=True)
class SampleState:
    """What a sample is now; a golden one with a label is verified, and never trained on."""

    status: Status
    label: str | None = None
    flagged: bool = False
    golden: bool = False


class Fold:
    """Every sample's state, kept up to date event by event.

    An `Undo` deactivates its target whichever of the two arrives first; undoing an undo brings the target again. So the
    state depends on which events there are and on the order of the answers, never on when an undo arrived.

    Parameters
    ----------
    keys : sequence of str
        The samples, by position.
    names : sequence of str
        The labels, by code.
    rule : Rule
        When the answers to a sample are enough.
    """

    def __init__(self, keys: Sequence[str], names: Sequence[str], rule: Rule = Rule()) -> None:  # noqa: B008  frozen
        n = len(keys)
        self.rule = rule
        self.seq = 0
        self.events: dict[str, Event] = {}
        self.stands = Standing()
        self.index = {key: position for position, key in enumerate(keys)}
        self.answers: dict[int, Event] = {}  # position -> the answer that stands
        self.started: dict[int, tuple[str, ...]] = {}  # position -> who answered, while others are still asked
        self.tiers: dict[int, int] = {}  # position -> 2 or 3, where reviewers or experts decide
        self.grants: dict[str, Grant] = {}
        self.rounds: list[Round] = []
        self.draws: list[Draw] = []
        self.lineage = Lineage(names)
        self.keys, self.key_digests = keys, digests(keys)
        self._seq: dict[str, int] = {}
        self._of: dict[str, tuple[Event, ...]] = {}  # answers and flags of a sample, in order
        self._wide: defaultdict[type, list[Event]] = defaultdict(list)  # events that answer nothing, by kind, in order
        self._said: list[tuple[str, Answer]] = []  # ids and answers of persons, in order
        self._weighing: Weighing | None = None
        self._skips: dict[int, str] = {}  # position -> the last skip that stands, where there is no answer
        self._code = np.full(n, NONE, np.int64)  # of the label that stands
        self._since = np.zeros(n, np.int64)  # when it was given, by seq
        self._flagged, self.apart = np.zeros(n, bool), Apart([], self.index)
        self._order = np.zeros(0, np.int64)  # positions with a training label at the last snapshot, in order
        self._touched: set[int] = set()  # positions that changed since
        self._name(names)

    def _name(self, names: Sequence[str]) -> None:
        """Take the labels of the task in force; whoever weighs votes begins again with what they mean now."""
        self.names = tuple(names)
        self._name_digests, self._codes = digests(names), {name: code for code, name in enumerate(names)}
        if self.rule.posterior is None:
            return
        self._weighing = Weighing(names)
        for event, said in self.annotations():
            if event.annotator != TRUTH:
                self._weighing.add(event.id, event.annotator, said)

    @property
    def task(self) -> Classification | None:
        """The task in force; None before any was defined."""
        return self.lineage.task

    @property
    def golden(self) -> set[str]:
        """The keys of the golden set, also of samples that the source lacks."""
        return self.apart.all_golden

    # -- events in ---------------------------------------------------------------------------------------------------

    def apply(self, events: Iterable[tuple[int, Event]]) -> None:
        """Fold events in, in the order of the journal."""
        changed: dict[str | type, None] = {}  # in order: a set would walk the memory at random
        undone = False
        for seq, event in events:
            self.seq = seq
            undone = undone or isinstance(event.action, Undo)
            self.events[event.id] = event
            self._seq[event.id] = seq
            action = self._file(event)
            changed[getattr(action, "sample", type(action))] = None
        renamed = self._settle_wide(changed)
        refitted = self._weighing and self._weighing.refit(self.stands, undone=undone)
        if renamed or refitted:
            changed = dict.fromkeys(self._of)
        self._settle([key for key in changed if key in self.index])

    def _file(self, event: Event) -> Action | None:
        """Put an event where it belongs and return the action whose standing is new."""
        action = event.action
        if isinstance(action, Undo):
            flipped = self.events.get(self.stands.undo(event.id, action.target) or "")
            return flipped and flipped.action
        if not isinstance(action, Answer | Flag):
            self._wide[type(action)].append(event)
            return action
        self._of[action.sample] = (*self._of.get(action.sample, ()), event)
        if not isinstance(action, Flag) and event.annotator != TRUTH:
            self._said.append((event.id, action))
            if self._weighing and isinstance(said := (self.lineage.seen(event) or event).action, Annotate):
                self._weighing.add(event.id, event.annotator, said)
        return action

    def _settle(self, keys: Iterable[Any]) -> None:
        """Work out anew what some samples are."""
        positions = [self.index[key] for key in keys]
        found = [self._sample(key, position) for key, position in zip(keys, positions, strict=True)]
        self._code[positions], self._since[positions], self._flagged[positions] = np.array(found).reshape(-1, 3).T
        self._touched.update(positions)

    def _sample(self, key: str, position: int) -> tuple[int, int, bool]:
        """Return the code of a sample's label, when it was given, and whether it is flagged."""
        standing = self.lineage.read([event for event in self._of.get(key, ()) if self.stands(event.id)])
        found = settle(standing, self.rule, self._weighing)
        _keep(self.answers, position, found.answer)
        _keep(self.started, position, found.started or None)
        _keep(self.tiers, position, found.tier if found.tier > 1 else None)
        _keep(self._skips, position, found.skip)
        return self._code_of(found), self._seq[found.since.id] if found.since else 0, found.flagged

    def _code_of(self, found: Settled) -> int:
        if found.answer is None:
            return CONTESTED if found.since else NONE
        return (
            REJECTED if isinstance(found.answer.action, Reject) else self._codes.get(_value(found.answer) or "", NONE)
        )

    def _settle_wide(self, kinds: Container[object]) -> bool:
        """Work out anew what belongs to no one sample; return whether labels may mean something else now."""
        if Round in kinds:
            self.rounds = self._standing(Round)
        if Grant in kinds:
            self.grants = {grant.annotator: grant for grant in self._standing(Grant)}
        if Draw in kinds:
            self.draws = self._standing(Draw)
            before, self.apart = self.apart, Apart(self.draws, self.index)
            self._touched.update(np.flatnonzero(self.apart.untrained != before.untrained).tolist())
        renamed = Define in kinds and self.lineage.settle(self._wide[Define], self.stands)
        if renamed:
            self._name(self.lineage.names)
        return renamed

    def _standing(self, kind: type) -> list[Any]:
        return [event.action for event in self.noted(kind)]

    def noted(self, kind: type) -> list[Event]:
        """Return the events of a kind that answers nothing, as they stand, in order."""
        return [event for event in self._wide.get(kind, ()) if self.stands(event.id)]

    def noted_draws(self, part: str) -> list[Draw]:
        """Return what was drawn for a part, in order."""
        return [draw for draw in self.draws if draw.part == part]

    # -- states out --------------------------------------------------------------------------------------------------

    def state(self, position: int) -> SampleState:
        """Return what the sample at `position` is now."""
        label = _value(self.answers.get(position))
        if position in self.answers:
            status: Status = "rejected" if label is None else "labelled"
        elif self._code[position] == CONTESTED:
            status = "review"
        else:
            status = "skipped" if position in self._skips else "pool"
        return SampleState(status, label, bool(self._flagged[position]), bool(self.apart.golden[position]))

    def snapshot(self) -> Snapshot:
        """Return what the mind works on; the cost of the copies does not depend on how long the journal is."""
        order = self.order()
        golden, past, final = (np.flatnonzero(self.apart.part(p) & (self._code >= 0)) for p in PARTS)
        eligible = self.open()
        postponed = np.array([position for position in self._postponed() if eligible[position]], np.int64)
        eligible[postponed] = False
        return Snapshot(
            seq=self.seq,
            labelled=order,
            codes=self._code[order],
            golden=golden,
            golden_codes=self._code[golden],
            past=past,
            past_codes=self._code[past],
            final=final,
            final_codes=self._code[final],
            eligible=eligible,
            postponed=postponed,
            key_digests=self.key_digests,
            name_digests=self._name_digests,
            keys=self.keys,
            names=self.names,
        )

    def counts(self) -> Counts:
        """Return how many samples are in which state; all but total, flagged and verified add up to total."""
        golden, train, open_ = self.apart.golden, ~self.apart.untrained, self.open()
        skipped, labelled = int(open_[self._postponed()].sum()), self._code >= 0
        return Counts(
            total=len(train),
            labels=int((train & labelled).sum()),
            pool=int(open_.sum()) - skipped,
            skipped=skipped,
            rejected=int((~golden & (self._code == REJECTED)).sum()),
            flagged=int(self._flagged.sum()),
            golden=int(golden.sum()),
            verified=int((golden & labelled).sum()),
            apart=int(
                ((self.apart.near & (self._code != REJECTED)) | (self.apart.delegated & (self._since == 0))).sum()
            ),
            review=int((train & (self._code == CONTESTED)).sum()),
        )

    def class_counts(self) -> list[int]:
        """Return how many samples have each label, golden ones included."""
        return np.bincount(self._code[self._code >= 0], minlength=len(self._codes)).tolist()

    def recent(self, n: int, annotator: str | None = None) -> tuple[Recent, ...]:
        """Return the last `n` answers of a person (of anybody when None) that stand, newest last."""
        said = reversed(self._said)
        mine = ((id, said) for id, said in said if annotator is None or self.events[id].annotator == annotator)
        known = ((id, said) for id, said in mine if self.stands(id) and said.sample in self.index)
        return tuple(
            Recent(id, said.sample, type(said).__name__.lower(), self._value_now(said)) for id, said in islice(known, n)
        )[::-1]

    def told(self) -> list[tuple[int, Event]]:
        """Return every event with its sequence number, in order."""
        return list(zip(self._seq.values(), self.events.values(), strict=True))

    def annotations(self) -> list[tuple[Event, Annotate]]:
        """Return every annotation there is, standing or not, in order, also of samples that the source lacks.

        Labels are as they are called now; one that says nothing any more is as it was said.
        """
        seen = (self.lineage.seen(e) or e for e in self.events.values() if isinstance(e.action, Annotate))
        return [(event, said) for event in seen if isinstance(said := event.action, Annotate)]

    def counts_now(self, event: Event) -> bool:
        """Tell whether an answer stands, and says something under the task in force."""
        return self.stands(event.id) and self.lineage.seen(self.events[event.id]) is not None

    def _value_now(self, said: Answer) -> str | None:
        if not isinstance(said, Annotate | Adjudicate):
            return None
        return self.lineage.now(said.value, said.under) or said.value

    def about(self, key: str) -> list[Event]:
        """Return the answers, flags and decisions about a sample that stand, oldest first."""
        return list(self.lineage.read([event for event in self._of.get(key, ()) if self.stands(event.id)]))

    def votes_on(self, key: str) -> list[Event]:
        """Return the last label that each person gave a sample."""
        answers = [event for event in self.about(key) if isinstance(event.action, Annotate | Reject)]
        last = {event.annotator: event for event in answers if event.annotator != TRUTH}
        return [event for event in last.values() if isinstance(event.action, Annotate)]

    def votes(self) -> Iterator[tuple[int, list[Event]]]:
        """Yield for every sample the last label that each person gave it, by position."""
        for key, position in self.index.items():
            if key in self._of and (found := self.votes_on(key)):
                yield position, found

    def verified_by_truth(self) -> dict[int, str]:
        """Return the golden samples whose label was known beforehand."""
        known = ((event, said) for event, said in self.annotations() if event.annotator == TRUTH)
        return {
            self.index[said.sample]: said.value
            for event, said in known
            if said.sample in self.index and self.counts_now(event)
        }

    def order(self) -> np.ndarray:
        """Return the positions that have a training label, in the order they were labelled."""
        if self._touched:
            touched = np.array(sorted(self._touched), np.int64)
            kept = self._order[~np.isin(self._order, touched)]
            added = touched[(self._code[touched] >= 0) & ~self.apart.untrained[touched]]
            order = np.concatenate([kept, added[np.argsort(self._since[added])]])
            self._order = order[np.argsort(self._since[order], kind="stable")]  # sorted already, but for an undo
            self._touched.clear()
        return self._order

    def open(self) -> np.ndarray:
        """Return which samples may be asked, now or later."""
        return (self._since == 0) & ~self.apart.unasked

    def waits(self, position: int) -> bool:
        """Tell whether a sample, golden or not, still waits for an answer."""
        return not self._since[position]

    def unverified(self) -> list[int]:
        """Return the golden samples nobody has answered, ascending; those skipped for now come last."""
        postponed = [position for position in self._postponed() if self.apart.golden[position]]
        waiting = np.flatnonzero(self.apart.golden & (self._since == 0)).tolist()
        return [position for position in waiting if position not in postponed] + postponed

    def wishes(self) -> dict[int, tuple[str, ...]]:
        """Return why somebody wished to look at which positions, since their last answer; oldest wish first."""
        found: dict[str, tuple[str, ...]] = {}
        for event in self.noted(Wish):
            for key in _samples(event):
                if self._last_said(key) < self._seq[event.id]:
                    found[key] = tuple(dict.fromkeys((*found.get(key, ()), event.action.reason)))  # type: ignore[union-attr]
        return {self.index[key]: reasons for key, reasons in found.items() if key in self.index}

    def again(self) -> list[int]:
        """Return the positions of answered samples that were wished for after their last answer, oldest wish first."""
        return [place for place in self.wishes() if place in self.answers]

    def _last_said(self, key: str) -> int:
        """Return when a sample was last answered, also with the same label again; 0 when never."""
        said = [each for each in self._of.get(key, ()) if not isinstance(each.action, Flag) and self.stands(each.id)]
        return max((self._seq[each.id] for each in said), default=0)

    def flagged(self) -> list[int]:
        """Return the positions marked to be looked at again, ascending."""
        return np.flatnonzero(self._flagged).tolist()

    def answered(self) -> set[str]:
        """Return the keys of the samples that have an answer."""
        return {key for key, position in self.index.items() if position in self.answers}

    def golden_places(self) -> list[int]:
        """Return the positions of the golden set, ascending."""
        return np.flatnonzero(self.apart.golden).tolist()

    def _postponed(self) -> list[int]:
        """Return the positions whose last skip is one of the last `POSTPONE` answers, oldest first."""
        skips = [(id, self.index.get(said.sample, -1)) for id, said in self._said[-POSTPONE:] if isinstance(said, Skip)]
        return [position for id, position in skips if self._skips.get(position) == id]


def _samples(event: Event) -> tuple[str, ...]:
    return getattr(event.action, "samples", ())


def _keep(places: dict[int, Any], position: int, found: object) -> None:
    if found is None:
        places.pop(position, None)
    else:
        places[position] = found


def _value(answer: Event | None) -> str | None:
    return getattr(answer.action, "value", None) if answer else None
