"""The session: ask, tell and undo behind one lock, with the trainer working behind it."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from time import perf_counter
from typing import Any, Literal, get_args

import msgspec
import numpy as np

from nbloop.auditor import Auditor
from nbloop.dataset import Dataset
from nbloop.errors import DataError, LearnerError, NotTrained, StoreError, TrainingWarning
from nbloop.hand import Hand
from nbloop.history import round_of
from nbloop.in_order import InOrder
from nbloop.mind import Mind, Stale
from nbloop.model import Model
from nbloop.outcome import Outcome
from nbloop.quality.golden import confusion
from nbloop.sample import Sample
from nbloop.schema import (
    Action,
    Adjudicate,
    Alert,
    Annotate,
    Categorise,
    Confusion,
    Event,
    Feedback,
    Gated,
    Look,
    Mark,
    ModelState,
    PersonAction,
    Probe,
    Problem,
    Promote,
    Reasons,
    Round,
    Routed,
    Said,
    Undo,
    View,
)
from nbloop.snapshot import Snapshot
from nbloop.tail import Tail
from nbloop.trainer import Trainer
from nbloop.turns import BY_LOT, Turn, Turns

log = logging.getLogger("nbloop")

Queue = Literal["train", "golden", "errors"]
QUEUES: tuple[Queue, ...] = get_args(Queue)

CHANCE = ("round", "seconds", "seq", "strategy")
"""What two rounds may differ in and still have measured the same."""

QUIET = Alert | Feedback | Look | Round | Routed | Promote | Gated | Reasons | Categorise
"""What changes neither labels nor the pool."""


class Session:
    """A dataset being labelled with a mind behind it.

    Parameters
    ----------
    data : Dataset
    mind : Mind or InOrder
    turns : Turns, optional
        Which questions are drawn by lot, and which are asked blind; none by default.
    """

    def __init__(self, data: Dataset, mind: Mind | InOrder, turns: Turns | None = None) -> None:
        self.data = data
        self.mind = mind
        self.auditor = Auditor(mind)
        self.turns = turns or Turns(data)
        self.changed = threading.Condition()
        self.hand = Hand()
        self.outcome: Outcome | None = None
        self.rev = 0
        self._queue = 0
        self._told = 0
        self._closed = False
        self._again: list[int] = []
        self._put_off: list[int] = []
        self._known = ""
        self._said: dict[str, Said] = {}
        self._telling = False
        self._trainer = Trainer(self._work)
        self._trainer.notify()
        data.listen(self._heard)
        self._tail = Tail(self.hear) if data.shared else None

    # -- ask ---------------------------------------------------------------------------------------------------------

    def deal(
        self,
        n: int,
        *,
        queue: Queue = "train",
        hold: Collection[str] = (),
        have: Collection[str] = (),
        parts: bool = True,
    ) -> tuple[int, list[Sample]]:
        """Return the number of the ranking and the next `n` samples, best first, without those in `hold` (keys).

        Those in `have` (keys) come without their content; what counts in them is left out unless `parts` are wanted.

        Raises
        ------
        DataError
            `n` is no positive whole number, or there is no such queue.
        """
        _check_count("n", n)
        check_queue(queue)
        outcome = self._first_outcome()
        self.hear()
        with self.changed:
            held = {self.data.samples.position(key) for key in hold}
            turns = self._turns(queue, held, n, outcome)
            number, outcome = self._queue, self.outcome or outcome
        probas = self._proba([turn.place for turn in turns], outcome)
        samples = [
            self._sample(turn, proba, outcome, queue, self.data.samples.keys[turn.place] in have, parts)
            for turn, proba in zip(turns, probas, strict=True)
        ]
        with self.changed:
            for turn, sample in zip(turns, samples, strict=True):
                self._said[self.data.samples.keys[turn.place]] = _said(sample, outcome, turn)
        return number, samples

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
        return Sample(
            id=self.data.samples.ids[place],
            content=content,
            problem=problem,
            proba=None if proba is None else dict(zip(names, proba.tolist(), strict=True)),
            why=BY_LOT if turn.lot == self.data.samples.keys[place] else self.mind.why(place, said, outcome),
            blind=turn.blind,
            golden=queue == "golden" or self.data.state(self.data.samples.keys[place]).golden,
            flagged=self.data.state(self.data.samples.keys[place]).flagged,
        )

    def content(self, place: int) -> tuple[Any, Problem | None]:
        """Return what is shown, and why a sample cannot be; it can still be skipped or rejected."""
        try:
            return self.data.samples.content(place), None
        except DataError as error:
            log.error("A sample cannot be shown: %s", error, exc_info=error)
            return "This sample cannot be shown.", Problem(error.code, str(error))

    def lay(self, samples: Sequence[Sample]) -> None:
        """Take note that a page was dealt these; of none, that it opens."""
        samples_of = self.data.samples
        with self.changed:
            if not samples:
                self.hand.clear()
            places = [samples_of.position(sample.id) for sample in samples]
            self.hand.lay(places, lambda place: self.data.state(samples_of.ids[place]).status == "pool")

    # -- tell --------------------------------------------------------------------------------------------------------

    def record(self, marks: Sequence[Mark]) -> list[Event]:
        """Journal answers, each once however often it arrives; returns the new events once they are durable.

        Raises
        ------
        UnknownSample, UnknownLabel
            Nothing of `marks` was recorded.
        StoreError
            The disk did not take them; nothing was recorded.
        """
        with self.changed:
            events = [self.data.event(self.complete(mark.action), id=mark.id, at=mark.at) for mark in marks]
            self._telling = True
            try:
                fresh = self.data.record(events)
            finally:
                self._telling = False
            for event in fresh:
                self._follow(event.action)
                self.turns.follow(event)
            self._notify()
        if fresh:
            self._trainer.notify()
        return fresh

    def _heard(self, events: Sequence[Event]) -> None:
        """Follow what the dataset was told by others: a rollback, code, another kernel on the same store."""
        loud = [event for event in events if not isinstance(event.action, QUIET)]
        with self.changed:
            if self._telling:  # `record` follows what it tells itself
                return
            if any(isinstance(event.action, Categorise | Reasons) for event in events):
                self._notify()
            if not loud:
                return
            self._told += sum(isinstance(event.action, Annotate | Adjudicate | Undo) for event in loud)
            for event in loud:
                self.turns.follow(event)
            self._notify()
        self._trainer.notify()

    def hear(self) -> None:
        """Take in what other people on this store told meanwhile."""
        if self.data.shared:
            self.data.refresh()

    def note(self, *actions: Action, id: str | None = None) -> None:
        """Journal what is no answer, and show it; `id` names the event of a single action, which so happens once."""
        with self.changed:
            self.data.record([self.data.event(action, id=id) for action in actions])
            self._notify()

    def do(self, *actions: PersonAction) -> list[Event]:
        """Journal what a person did by code."""
        events = [self.data.event(action) for action in actions]
        return self.record([Mark(event.id, event.at, action) for event, action in zip(events, actions, strict=True)])

    def undo(self, n: int = 1) -> list[Event]:
        """Take the last `n` answers back, newest first."""
        _check_count("n", n)
        with self.changed:
            return self.do(*[Undo(recent.event) for recent in reversed(self.data.recent(n))])

    def complete(self, action: PersonAction) -> PersonAction:
        """Check an action against the dataset, and add to an annotation what the loop had said of the sample."""
        if self.data.annotator:  # who has not said who they are may still do so: their answers wait
            self.data.permit(self.data.event(action))
        if isinstance(action, Undo):
            return action
        key = self.data.samples.keys[self.data.samples.position(action.sample)]
        if isinstance(action, Annotate):
            said = action.said or self._said.get(key)
            return self.data.placed(msgspec.structs.replace(action, sample=key, said=said))
        if isinstance(action, Probe) and not action.expected:
            action = msgspec.structs.replace(action, expected=self.data.own_answer(self.data.samples.position(key)))
        if isinstance(action, Adjudicate | Probe):
            return self.data.placed(msgspec.structs.replace(action, sample=key))
        return msgspec.structs.replace(action, sample=key)

    def _follow(self, action: object) -> None:
        """Keep what the journal does not: samples to ask again at once, and how far the model is behind."""
        if isinstance(action, Undo):
            place = self.data.place_of_event(action.target)
            if place is not None:
                self._again = [place, *(other for other in self._again if other != place)]
            self._told += 1
        elif isinstance(action, Annotate | Adjudicate):
            self._told += not self.data.state(action.sample).golden

    # -- wait and look -----------------------------------------------------------------------------------------------

    def wait(self, timeout: float | None = None) -> bool:
        """Block until the model knows every label told so far; warn when a part of the loop failed on them."""
        if self.data.snapshot().hash != self._known:  # another loop may have told this dataset something
            self._trainer.notify()
        done = self._trainer.wait(timeout)
        if self.outcome is not None and self.outcome.problem is not None:
            warnings.warn(self.outcome.problem.message, TrainingWarning, stacklevel=3)
        return done

    def retrain(self) -> None:
        """Work anew on the labels as they are, after something else changed than they."""
        self._trainer.notify()

    def close(self) -> None:
        """End the background worker; what was told stays told, and what was lent is given back."""
        with self.changed:
            self._closed = True
            self.changed.notify_all()
        self._trainer.close()
        if self._tail is not None:
            self._tail.close()
            self.data.leave()

    def view(self) -> View:
        """Return the whole state of the screen."""
        with self.changed:
            rounds = self.data.rounds()
            return View(
                rev=self.rev,
                queue=self._queue,
                round=rounds[-1].round if rounds else 0,
                counts=msgspec.structs.replace(self.data.counts(), again=len(self.data.again())),
                phase=self.outcome.ranking.phase if self.outcome else "",
                recent=self.data.recent(20),
                model=self._model_state(),
                problem=self.data.problem or (self.outcome.problem if self.outcome else None),
                classes=self.data.task_id,
            )

    def confusion(self) -> Confusion:
        """Return the golden set by true label and prediction of the present model.

        Raises
        ------
        NotTrained
            There is no model, or nothing to measure it on.
        """
        model, snapshot = self.outcome and self.outcome.model, self.data.snapshot()
        if model is None or not len(snapshot.golden) or model.names != snapshot.names:
            raise NotTrained("recall and confusion need a model (labels of two classes) and verified golden samples.")
        predicted = model.predict_proba(self.mind.X[snapshot.golden]).argmax(axis=1)
        return confusion(snapshot.golden_codes, predicted, snapshot.names, model_version=model.version)

    def _model_state(self) -> ModelState | None:
        if self.outcome is None or self.outcome.model is None:
            return None
        model, score = self.outcome.model, self.outcome.score
        return ModelState(
            version=model.version,
            labels=model.labels,
            behind=self._told - self.outcome.told,
            accuracy=score.accuracy if score else None,
            accuracy_low=score.low if score else None,
            accuracy_high=score.high if score else None,
        )

    def _notify(self) -> None:
        self.rev += 1
        self.changed.notify_all()

    # -- one round, on the worker's thread ---------------------------------------------------------------------------

    def _work(self, stale: Callable[[], bool]) -> bool:
        with self.changed:
            snapshot, told = self.data.snapshot(), self._told
            asked = self.hand.asked(snapshot.eligible)
        started = perf_counter()
        try:
            outcome = self.mind.round(snapshot, told, self.outcome, stale, asked)
        except Stale:
            return False
        self._publish(outcome, snapshot, perf_counter() - started)
        self.mind.settle(snapshot, outcome, stale, asked)
        self.auditor.visit(snapshot, outcome.model, stale)
        return True

    def _publish(self, outcome: Outcome, snapshot: Snapshot, seconds: float) -> None:
        with self.changed:
            self._note_round(outcome, snapshot, seconds)
            self.outcome = outcome
            self._known = snapshot.hash
            self.hand.late = self._told - outcome.told
            self._queue += 1
            self._notify()

    def _past(self, model: Model, snapshot: Snapshot) -> float | None:
        """Return the accuracy on past errors that became golden; None where there are none."""
        if not len(snapshot.past):
            return None
        predicted = model.predict_proba(self.mind.X[snapshot.past]).argmax(axis=1)
        return float((predicted == snapshot.past_codes).mean())

    def _note_round(self, outcome: Outcome, snapshot: Snapshot, seconds: float) -> None:
        """Journal the round, unless it measured what the last one did (a restart, a skip)."""
        if outcome.model is None:
            return
        rounds = self.data.rounds()
        number = rounds[-1].round + 1 if rounds else 1
        made = {"snapshot": snapshot.prefix_hash(outcome.model.labels), "seq": snapshot.seq, "seed": self.data.seed}
        parts: dict[str, Any] = {"learner": self.mind.spec, "strategy": outcome.ranking.strategy}
        parts["past_accuracy"] = self._past(outcome.model, snapshot)
        this = round_of(number, outcome.model, outcome.score, seconds, **made, **parts)
        if (
            rounds
            and msgspec.structs.replace(this, **{name: getattr(rounds[-1], name) for name in CHANCE}) == rounds[-1]
        ):
            return
        if self.data.shared and this.model_version in {each.model_version for each in rounds[-5:]}:
            return  # another kernel learned the same labels first
        try:
            self.data.record([self.data.event(this)])
        except StoreError as error:  # labels say so themselves; a round is measured again
            log.error("The round could not be journalled: %s", error, exc_info=error)


def check_queue(queue: object) -> None:
    """Raise `DataError` unless there is such a queue."""
    if queue not in QUEUES:
        raise DataError(f"queue is one of {', '.join(map(repr, QUEUES))}; found {queue!r}.")


def _check_count(name: str, n: object) -> None:
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
