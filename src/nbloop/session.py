"""The session: ask, tell and undo behind one lock, with the trainer working behind it."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Sequence

import msgspec

from nbloop.asking import Asking, check_count
from nbloop.auditor import Auditor
from nbloop.dataset import Dataset
from nbloop.errors import NotTrained, TrainingWarning, warn_of_data
from nbloop.hand import Hand
from nbloop.in_order import InOrder
from nbloop.mind import Mind
from nbloop.outcome import Outcome
from nbloop.quality.golden import confusion
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
    Reasons,
    Round,
    Routed,
    Said,
    Undo,
    View,
    Vote,
)
from nbloop.tail import Tail
from nbloop.trainer import Trainer
from nbloop.turns import Turns
from nbloop.working import Working

QUIET = Alert | Feedback | Look | Round | Routed | Gated | Reasons | Categorise
"""What changes neither labels nor the pool, nor what stops a retraining."""


class Session(Asking, Working):
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
        self._held: Problem | None = None
        self._warned = ""
        self._said: dict[str, Said] = {}
        self._telling = False
        self._trainer = Trainer(self._work)
        self._trainer.notify()
        data.listen(self._heard)
        self._tail = Tail(self.hear) if data.shared else None

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
        if marks:  # also where another kernel had written them: this one learns of them only now
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
        check_count("n", n)
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
            said = self._provenance(key, action.said)
            return self.data.placed(msgspec.structs.replace(action, sample=key, said=said))
        if isinstance(action, Probe) and not action.expected:
            action = msgspec.structs.replace(action, expected=self.data.own_answer(self.data.samples.position(key)))
        if isinstance(action, Adjudicate | Probe | Vote):
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

    def warn_of_held(self) -> None:
        """Warn of labels that are held back, once as long as they are the same.

        Warns
        -----
        DataWarning
            Labels are in doubt, and nothing learns from them.
        """
        said = self._held.message if self._held else ""
        if said and said != self._warned:
            warn_of_data(said)
        self._warned = said

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
                problem=self.data.problem or (self.outcome.problem if self.outcome else None) or self._held,
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
