"""Asking: what a session hands out next, with what the model says of it and why."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, get_args

import msgspec
import numpy as np

from nbloop.dataset import Dataset
from nbloop.errors import DataError, LearnerError
from nbloop.hand import Hand
from nbloop.in_order import InOrder
from nbloop.mind import Mind
from nbloop.outcome import Outcome
from nbloop.sample import Sample
from nbloop.schema import Problem, Said
from nbloop.snapshot import Snapshot
from nbloop.turns import BY_LOT, Turn, Turns

log = logging.getLogger("nbloop")

Queue = Literal["train", "golden", "errors"]
QUEUES: tuple[Queue, ...] = get_args(Queue)


class Asking:
    """What a `Session` asks."""

    data: Dataset
    mind: Mind | InOrder
    turns: Turns
    changed: threading.Condition
    hand: Hand
    outcome: Outcome | None
    _closed: bool
    _again: list[int]
    _put_off: list[int]
    _said: dict[str, Said]

    if TYPE_CHECKING:

        def hear(self) -> None: ...

    def deal(
        self,
        n: int,
        *,
        queue: Queue = "train",
        hold: Collection[str] = (),
        have: Collection[str] = (),
        parts: bool = True,
    ) -> list[Sample]:
        """Return the next `n` samples, best first, without those in `hold` (keys).

        Those in `have` (keys) come without their content; what counts in them is left out unless `parts` are wanted.

        Raises
        ------
        DataError
            `n` is no positive whole number, or there is no such queue.
        """
        check_count("n", n)
        check_queue(queue)
        outcome = self._first_outcome()
        self.hear()
        with self.changed:
            held = {self.data.samples.position(key) for key in hold}
            outcome = self.outcome or outcome
            turns = self._turns(queue, held, n, outcome)
        probas = self._proba([turn.place for turn in turns], outcome)
        samples = [
            self._sample(turn, proba, outcome, queue, self.data.samples.keys[turn.place] in have, parts)
            for turn, proba in zip(turns, probas, strict=True)
        ]
        with self.changed:
            for turn, sample in zip(turns, samples, strict=True):
                if sample.said is not None:
                    self._said[self.data.samples.keys[turn.place]] = sample.said
        return samples

    def _turns(self, queue: Queue, held: Collection[int], n: int, outcome: Outcome) -> list[Turn]:
        """Choose what is asked; where several people ask at once, again while others were faster."""
        if queue == "errors":
            return [Turn(place) for place in islice((p for p in self.data.again() if p not in held), n)]
        refused: set[int] = set()
        while True:
            turns = self._chosen(queue, {*held, *refused}, n, outcome)
            free = set(self.data.lend([turn.place for turn in turns]))
            kept = [turn for turn in turns if turn.place in free]
            if kept or not turns:
                return kept
            refused.update(turn.place for turn in turns)

    def _chosen(self, queue: Queue, held: Collection[int], n: int, outcome: Outcome) -> list[Turn]:
        snapshot = self.data.mine(self.data.snapshot())
        if queue == "golden":
            waiting = self.data.mine_of(self.data.unverified())
            return [Turn(place) for place in islice((place for place in waiting if place not in held), n)]
        return self.turns.deal(self._order(snapshot, outcome), snapshot, held, n)

    def _first_outcome(self) -> Outcome:
        """Wait for the first ranking: later ones replace it, none is ever waited for."""
        with self.changed:
            self.changed.wait_for(lambda: self.outcome is not None or self._closed)
            if self.outcome is None:
                raise DataError("this loop was closed before it had ranked anything; make a new nbloop.Loop(data).")
            return self.outcome

    def _order(self, snapshot: Snapshot, outcome: Outcome) -> Iterator[int]:
        """Yield what may be asked, best first, each once; postponed samples when nothing else is left."""
        self._bring_back(snapshot)
        seen: set[int] = set()
        for place in self._wanted(snapshot, outcome):
            if snapshot.eligible[place] and place not in seen:
                seen.add(place)
                yield place
        yield from snapshot.postponed.tolist()

    def _bring_back(self, snapshot: Snapshot) -> None:
        """Ask a skipped sample next when its time has come, wherever it would rank."""
        postponed = snapshot.postponed.tolist()
        self._again += [place for place in self._put_off if place not in postponed and place not in self._again]
        self._put_off = postponed

    def _wanted(self, snapshot: Snapshot, outcome: Outcome) -> Iterator[int]:
        """Yield what was taken back or wished for, what is ranked, and for a person who outran that, all at random."""
        yield from self._again
        yield from self.data.begun()
        yield from self.data.wished()
        yield from map(int, outcome.ranking.positions)  # few are taken of many: a list of all would cost more
        yield from np.random.default_rng(snapshot.seq).permutation(np.flatnonzero(snapshot.eligible)).tolist()

    def _proba(self, places: list[int], outcome: Outcome) -> Sequence[np.ndarray | None]:
        if outcome.model is None or not places or outcome.model.names != self.data.task.names:
            return [None] * len(places)  # a model of other classes serves nobody until the next one is there
        try:
            return list(outcome.model.calibrated(self.mind.X[places]))
        except LearnerError as error:  # the sample is more than what the model says of it
            log.error("The cards come without probabilities: %s", error, exc_info=error)
            return [None] * len(places)

    def _sample(
        self, turn: Turn, proba: np.ndarray | None, outcome: Outcome, queue: Queue, had: bool, parts: bool
    ) -> Sample:
        names, place = outcome.model.names if outcome.model else (), turn.place
        said = proba if parts else None
        content, problem = (None, None) if had else self.content(place)
        sample = Sample(
            id=self.data.samples.ids[place],
            content=content,
            problem=problem,
            proba=None if proba is None else dict(zip(names, proba.tolist(), strict=True)),
            why=BY_LOT if turn.lot == self.data.samples.keys[place] else self.mind.why(place, said, outcome),
            blind=turn.blind,
            golden=queue == "golden" or self.data.state(self.data.samples.keys[place]).golden,
            flagged=self.data.state(self.data.samples.keys[place]).flagged,
        )
        return replace(sample, said=_said(sample, outcome, turn))

    def content(self, place: int) -> tuple[Any, Problem | None]:
        """Return what is shown, and why a sample cannot be; it can still be skipped or rejected."""
        try:
            return self.data.samples.content(place), None
        except DataError as error:
            log.error("A sample cannot be shown: %s", error, exc_info=error)
            return "This sample cannot be shown.", Problem(error.code, str(error))

    def _provenance(self, key: str, told: Said | None) -> Said | None:
        """Return what a page knows of how it asked a sample, and of one asked blind what it was not told."""
        known = self._said.get(key)
        if told is None or known is None or not self.turns.is_blind(self.data.samples.position(key)):
            return told or known
        return msgspec.structs.replace(told, model=known.model, prediction=known.prediction, proba=known.proba)

    def keeps(self, key: str, dealt: Sequence[Sample]) -> bool:
        """Return whether a sample that a page would ask next may still be asked, before those that were dealt now.

        It may not where the next turn is blind, has no reasons to wait for, or was drawn by lot, and neither where the
        sample itself was.
        """
        if not dealt or key not in self.data.samples or key == str(dealt[0].id):
            return False
        said = [dealt[0].said, self._said.get(key)]
        if dealt[0].blind or dealt[0].proba is None or any(one is not None and one.lot is not None for one in said):
            return False
        return self.data.mine(self.data.snapshot()).eligible.item(self.data.samples.position(key))

    def lay(self, keys: Sequence[str]) -> None:
        """Take note that a page was dealt these samples; of none, that it opens."""
        samples_of = self.data.samples
        with self.changed:
            if not keys:
                self.hand.clear()
            places = [*dict.fromkeys(samples_of.position(key) for key in keys)]
            self.hand.lay(places, lambda place: self.data.state(samples_of.ids[place]).status == "pool")


def check_queue(queue: object) -> None:
    """Raise `DataError` unless there is such a queue."""
    if queue not in QUEUES:
        raise DataError(f"queue is one of {', '.join(map(repr, QUEUES))}; found {queue!r}.")


def check_count(name: str, n: object) -> None:
    if not isinstance(n, int | np.integer) or isinstance(n, bool) or n < 1:
        raise DataError(f"{name} is how many, at least one; found {n!r}.")


def _said(sample: Sample, outcome: Outcome, turn: Turn) -> Said:
    """Return the provenance of an answer; of five classes at most, so that a label stays small."""
    proba = sample.proba or {}
    top = sorted(proba, key=lambda name: -proba[name])[:5]
    return Said(
        strategy=sample.why.strategy,
        phase=sample.why.phase,
        score=sample.why.score,
        rank=sample.why.rank,
        model=outcome.model.version if outcome.model else None,
        prediction=top[0] if top else None,
        proba={name: round(proba[name], 4) for name in top},
        lot=turn.lot,
        chance=turn.chance,
    )
