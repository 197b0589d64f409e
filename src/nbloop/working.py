"""Working: one round of a session, on the thread of its worker."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from nbloop.auditor import Auditor
from nbloop.dataset import Dataset
from nbloop.errors import StoreError
from nbloop.hand import Hand
from nbloop.history import round_of
from nbloop.in_order import InOrder
from nbloop.mind import Mind, Stale
from nbloop.model import Model
from nbloop.outcome import Outcome, Ranking
from nbloop.schema import Problem
from nbloop.snapshot import Snapshot

log = logging.getLogger("nbloop")

NOTHING = Ranking(np.empty(0, dtype=np.intp), np.empty(0), "order", "in no order yet")
"""What is asked first when the first round failed: whatever is eligible."""

CHANCE = ("round", "seconds", "seq", "strategy")
"""What two rounds may differ in and still have measured the same."""


class Working:
    """What the worker of a `Session` does."""

    data: Dataset
    mind: Mind | InOrder
    auditor: Auditor
    changed: threading.Condition
    hand: Hand
    outcome: Outcome | None
    _queue: int
    _told: int
    _known: str
    _held: Problem | None

    if TYPE_CHECKING:

        def _notify(self) -> None: ...

    def _work(self, stale: Callable[[], bool]) -> bool:
        try:
            return self._round(stale)
        except Exception as error:  # noqa: BLE001  a worker that ends would leave every `wait` waiting, and say nothing
            self._failed(error)
            return True

    def _failed(self, error: Exception) -> None:
        """Say what no part of the user's is to blame for; the last good model serves, the next label tries again."""
        log.error("A round failed: %s", error, exc_info=error)
        said = f"a round failed with {type(error).__name__}: {error}. Labels are kept; the next one tries again."
        with self.changed:
            self.outcome = replace(self.outcome or Outcome(NOTHING), problem=Problem("round", said))
            self._queue += 1
            self._notify()

    def _round(self, stale: Callable[[], bool]) -> bool:
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
            self._held = Problem("held", self.data.held_back()) if self.mind.learns and len(snapshot.held) else None
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
        """Journal the round, unless it measured what the last one did (a restart, a skip), or learned nothing."""
        if outcome.model is None or not isinstance(self.mind, Mind):
            return
        if outcome.model.version != self.mind.version(snapshot):  # the last good one serves on: that is no new round
            return
        rounds = self.data.rounds()
        number = rounds[-1].round + 1 if rounds else 1
        made = {"snapshot": snapshot.prefix_hash(outcome.model.labels), "seq": snapshot.seq, "seed": self.data.seed}
        parts: dict[str, Any] = {"learner": self.mind.spec, "strategy": outcome.ranking.strategy}
        parts["held"] = len(snapshot.held)
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
