"""The fold: from events to what every sample is now."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, MutableMapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from nbloop.consensus import Rule
from nbloop.dataset.answers import Answers
from nbloop.dataset.apart import Apart
from nbloop.dataset.correcting import corrects, overrules
from nbloop.dataset.ledger import AT_ONCE, Ledger
from nbloop.dataset.places import CONTESTED, NONE, REJECTED, Places
from nbloop.dataset.plain import plain
from nbloop.dataset.settling import TRUTH, Settled, settle
from nbloop.dataset.state import SampleState, Status
from nbloop.dataset.weighing import Weighing
from nbloop.schema import (
    Annotate,
    Classification,
    Counts,
    Define,
    Draw,
    Event,
    Grant,
    Promote,
    Reject,
    Round,
    Skip,
    Undo,
    Waive,
)
from nbloop.snapshot import Digests, Snapshot, digests
from nbloop.store.page import Page

POSTPONE = 20
"""A skipped sample returns after this many further answers."""

AGAINST_THE_LAST = ("changed columns", "vanished class")
"""Checks that compare with the model that serves: they are waived until another one is promoted."""

STEP = 20_000
"""Events folded in one go: few enough to be still near the processor when their samples are settled."""


class Fold(Ledger):
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
    index : mapping of str to int, optional
        The samples by key, where somebody has it already.
    """

    def __init__(
        self,
        keys: Sequence[str],
        names: Sequence[str],
        rule: Rule = Rule(),  # noqa: B008  frozen
        *,
        index: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(index or {key: position for position, key in enumerate(keys)}, names)
        self.rule = rule
        self.answers = Answers(len(self.index), self._answer_in)
        self.started: dict[int, tuple[str, ...]] = {}  # position -> who answered, while others are still asked
        self.tiers: dict[int, int] = {}  # position -> 2 or 3, where reviewers or experts decide
        self.grants: dict[str, Grant] = {}
        self.waived: dict[str, str] = {}  # check -> why models are made all the same
        self.rounds: list[Round] = []
        self.draws: list[Draw] = []
        self.keys, self._digests = keys, Digests(keys)
        self._weighing: Weighing | None = None
        self._skips: dict[int, str] = {}  # position -> the last skip that stands, where there is no answer
        self.places = Places(Apart([], self.index))
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
    def apart(self) -> Apart:
        """Which samples are set apart."""
        return self.places.apart

    @property
    def golden(self) -> set[str]:
        """The keys of the golden set, also of samples that the source lacks."""
        return self.apart.all_golden

    # -- events in ---------------------------------------------------------------------------------------------------

    def load(self, pages: Iterable[Page]) -> None:
        """Fold in all that a store has, before anything else; the result is that of `apply`, in a fraction of the time.

        Of an annotation only what decides the label is read, and no event is made.
        """
        kinds = self._put_on_shelf(pages)
        renamed = self._settle_wide(kinds)
        if self._weighing and not renamed:
            self._name(self.names)
        if self._weighing:
            self._weighing.refit(self.stands, undone=Undo in kinds)
        self._settle_all()

    def apply(self, events: Iterable[tuple[int, Event]]) -> None:
        """Fold events in, in the order of the journal."""
        stream, undone = iter(events), False
        while told := list(islice(stream, STEP)):
            changed = self._take(told)
            undone = undone or Undo in changed
            if self._weighing:
                self._weigh(told)
            renamed = self._settle_wide(changed)
            self._settle_all() if renamed else self._settle(changed)
        if self._weighing and self._weighing.refit(self.stands, undone=undone):
            self._settle_all()

    def _weigh(self, told: Sequence[tuple[int, Event]]) -> None:
        votes = [(event, (self.lineage.seen(event) or event).action) for _, event in told]
        for event, said in votes:
            if self._weighing and isinstance(said, Annotate) and event.annotator != TRUTH:
                self._weighing.add(event.id, event.annotator, said)

    def _settle_all(self) -> None:
        """Work out anew what all samples are."""
        now = [self.lineage.now(*said) for said in self.shelf.values]
        found = plain(self.shelf, now, self.shelf.marked(self.stands.undone()), self.rule.simple)
        codes = np.array([self._codes.get(value or "", NONE) for value in [*now, ""]])[self.shelf.said[found.rows]]
        self.answers.put(found.places, found.rows)
        self.places.put(found.places, codes, self.shelf.seq[found.rows], np.zeros(len(codes), bool), found.corrected)
        for start in range(0, len(found.others), AT_ONCE):
            told = self.shelf.told_of(found.others[start : start + AT_ONCE])
            self._settle({self.keys[place]: events for place, events in told.items()})
        self._settle(self._of)

    def _answer_in(self, row: int) -> Event:
        """Return the answer in a row of the shelf as it counts now."""
        event = self.shelf.event(row)
        return self.lineage.seen(event) or event

    def _settle(self, told: Mapping[Any, tuple[Event, ...]]) -> None:
        """Work out anew what some samples are, from all that was ever told of them."""
        alone, others, quick = [], [], self.rule.simple and self.lineage.plain
        here = [(at, events) for key, events in told.items() if (at := self.index.get(key)) is not None]
        for at, events in here:
            if quick and len(events) == 1 and type(events[0].action) is Annotate and self.stands(events[0].id):
                alone.append((at, events[0]))
            else:
                others.append((at, events))
        self._settle_alone(alone)
        found = [self._sample(at, events) for at, events in others]
        self.places.put([at for at, _ in others], *zip(*found, strict=True) if found else ([], [], [], []))

    def _settle_alone(self, alone: Sequence[tuple[int, Event]]) -> None:
        """Settle samples of which one annotation and nothing else was told: nearly all of a store opened again.

        What `_sample` would make of them is plain to see.
        """
        self.answers.keep(alone)
        codes = [self._codes.get(event.action.value, NONE) for _, event in alone if isinstance(event.action, Annotate)]
        since = [self.events.seq_of(event.id) for _, event in alone]
        corrected = [overrules(event.action) for _, event in alone]
        self.places.put([at for at, _ in alone], codes, since, [False] * len(alone), corrected)

    def _sample(self, position: int, events: Sequence[Event]) -> tuple[int, int, bool, bool]:
        """Return the code of a sample's label, when it was given, whether it is flagged, and whether it corrects."""
        told = [event for event in events if self.stands(event.id)]
        standing = self.lineage.read(told)
        found = settle(standing, self.rule, self._weighing)
        _keep(self.answers, position, found.answer)
        _keep(self.started, position, found.started or None)
        _keep(self.tiers, position, found.tier if found.tier > 1 else None)
        _keep(self._skips, position, found.skip)
        since = self.events.seq_of(found.since.id) if found.since else 0
        return self._code_of(found), since, found.flagged, corrects(found.answer, told, standing)

    def _code_of(self, found: Settled) -> int:
        if found.answer is None:
            return CONTESTED if found.since else NONE
        if isinstance(found.answer.action, Reject):
            return REJECTED
        return self._codes.get(_value(found.answer) or "", NONE)

    def _settle_wide(self, kinds: Container[object]) -> bool:
        """Work out anew what belongs to no one sample; return whether labels may mean something else now."""
        if Round in kinds:
            self.rounds = self._standing(Round)
        if Grant in kinds:
            self.grants = {grant.annotator: grant for grant in self._standing(Grant)}
        if Waive in kinds or Promote in kinds:
            told = sorted([*self.noted(Waive), *self.noted(Promote)], key=lambda event: self.events.seq_of(event.id))
            self.waived = _waived(event.action for event in told)
        if Draw in kinds:
            self.draws = self._standing(Draw)
            self.places.set_apart(Apart(self.draws, self.index))
        renamed = Define in kinds and self.lineage.settle(self._wide[Define], self.stands)
        if renamed:
            self._name(self.lineage.names)
        return renamed

    # -- states out --------------------------------------------------------------------------------------------------

    def state(self, position: int) -> SampleState:
        """Return what the sample at `position` is now."""
        label = self.label(position)
        if label is not None:
            status: Status = "labelled"
        elif position in self.answers:
            status = "rejected"
        elif self.places.code[position] == CONTESTED:
            status = "review"
        else:
            status = "skipped" if position in self._skips else "pool"
        return SampleState(status, label, bool(self.places.flagged[position]), bool(self.apart.golden[position]))

    def label(self, position: int) -> str | None:
        """Return the label that stands; nearly always without a look at the event that gave it."""
        code = self.places.code[position]
        return self.names[code] if code >= 0 else _value(self.answers.get(position))

    def snapshot(self) -> Snapshot:
        """Return what the mind works on; the cost of the copies does not depend on how long the journal is."""
        order, eligible = self.places.order(), self.open()
        golden, past, final = (self.places.measured(part) for part in ("random", "errors", "final"))
        postponed = np.array([position for position in self._postponed() if eligible[position]], np.int64)
        eligible[postponed] = False
        return Snapshot(
            seq=self.seq,
            labelled=order,
            codes=self.places.code[order],
            golden=golden[0],
            golden_codes=golden[1],
            past=past[0],
            past_codes=past[1],
            final=final[0],
            final_codes=final[1],
            eligible=eligible,
            postponed=postponed,
            digests=self._digests,
            name_digests=self._name_digests,
            keys=self.keys,
            names=self.names,
            corrected=self.places.corrected[order],
        )

    def counts(self) -> Counts:
        """Return how many samples are in which state; all but total, flagged and verified add up to total."""
        return self.places.counts(sum(map(self.places.is_open, self._postponed())))

    def class_counts(self) -> list[int]:
        """Return how many samples have each label, golden ones included."""
        code = self.places.code
        return np.bincount(code[code >= 0], minlength=len(self._codes)).tolist()

    def noted_draws(self, part: str) -> list[Draw]:
        """Return what was drawn for a part, in order."""
        return [draw for draw in self.draws if draw.part == part]

    def open(self) -> np.ndarray:
        """Return which samples may be asked, now or later."""
        return self.places.open()

    def waits(self, position: int) -> bool:
        """Tell whether a sample, golden or not, still waits for an answer."""
        return not self.places.since[position]

    def unverified(self) -> list[int]:
        """Return the golden samples nobody has answered, ascending; those skipped for now come last."""
        postponed = [position for position in self._postponed() if self.apart.golden[position]]
        waiting = [position for position in self.apart.golden_places.tolist() if self.waits(position)]
        return [position for position in waiting if position not in postponed] + postponed

    def again(self) -> list[int]:
        """Return the positions of answered samples that were wished for after their last answer, oldest wish first."""
        return [position for position in self.wishes() if position in self.answers]

    def flagged(self) -> list[int]:
        """Return the positions marked to be looked at again, ascending."""
        return np.flatnonzero(self.places.flagged).tolist()

    def answered(self) -> set[str]:
        """Return the keys of the samples that have an answer."""
        return {self.keys[position] for position in self.answers}

    @property
    def key_digests(self) -> np.ndarray:
        """A digest of each key, by position."""
        return self._digests.array

    def _postponed(self) -> list[int]:
        """Return the positions whose last skip is one of the last `POSTPONE` answers, oldest first."""
        last = [*islice(self._answers_back(None), POSTPONE)][::-1]
        skips = [(event.id, self.index.get(event.action.sample)) for event in last if isinstance(event.action, Skip)]
        return [position for id, position in skips if position is not None and self._skips.get(position) == id]


def _waived(told: Iterable[object]) -> dict[str, str]:
    """Return which checks are waived, and why; a model that was promoted is what later ones are compared with."""
    found: dict[str, str] = {}
    for action in told:
        if isinstance(action, Waive):
            for check in action.checks:
                _keep(found, check, None if action.back else action.reason)
        elif isinstance(action, Promote) and not action.back:
            for check in AGAINST_THE_LAST:
                found.pop(check, None)
    return found


def _keep(places: MutableMapping[Any, Any], position: Any, found: object) -> None:
    if found is None:
        places.pop(position, None)
    else:
        places[position] = found


def _value(answer: Event | None) -> str | None:
    return getattr(answer.action, "value", None) if answer else None
