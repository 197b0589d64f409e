"""Facts: what tiles are made of, each looked up once, and never at the expense of whoever labels."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import pandas as pd

from nbloop.dataset import Dataset
from nbloop.dataset.settling import TRUTH
from nbloop.mind import Mind
from nbloop.schema import Alert, Counts, Gated, Round, Routed
from nbloop.session import Session
from nbloop.trust.generations import Generations
from nbloop.trust.mistakes import Errors
from nbloop.trust.validation import Finding, validate
from nbloop.trust.waiting import waits


class Facts:
    """What is known of a session now: the last outcome, whatever the learner is at.

    Parameters
    ----------
    session : Session
    target : int, optional
        How many labels are wanted.
    """

    def __init__(self, session: Session, target: int | None = None) -> None:
        self.session = session
        self.target = target
        self.data: Dataset = session.data
        self.outcome = session.outcome

    @property
    def learns(self) -> bool:
        """Whether there is anything that learns."""
        return isinstance(self.session.mind, Mind)

    @property
    def model(self) -> Any:
        """The model that serves people who label now; None before there is one."""
        return self.outcome and self.outcome.model

    @cached_property
    def counts(self) -> Counts:
        """How many samples are in which state."""
        return self.data.counts()

    @cached_property
    def rounds(self) -> list[Round]:
        """What was measured, oldest first."""
        return self.data.rounds()

    @cached_property
    def errors(self) -> Errors | None:
        """The disagreements of the present model; None without one."""
        model = self.model
        if model is None or model.names != self.data.task.names:
            return None
        return Errors(self.session, model, self.session.mind.X)

    @cached_property
    def slices(self) -> pd.DataFrame:
        """Parts of the data by how often the model errs there; none without a model or anything to judge it on."""
        return pd.DataFrame() if self.errors is None else self.errors.slices()

    @cached_property
    def findings(self) -> list[Finding]:
        """What speaks against learning from the labels."""
        return validate(self.data, self.data.snapshot())

    @cached_property
    def serving(self) -> str | None:
        """The version that was promoted and not rolled back."""
        return Generations(self.session, self.session.mind).serving if isinstance(self.session.mind, Mind) else None

    @cached_property
    def gated(self) -> Gated | None:
        """The last verdict of the gate."""
        return self._last(Gated)

    @cached_property
    def routed(self) -> Routed | None:
        """The thresholds that were set last."""
        return self._last(Routed)

    def _last(self, kind: type) -> Any:
        noted = self.data.noted(kind)
        return noted[-1].action if noted else None

    @cached_property
    def alerts(self) -> list[Any]:
        """The events of all alerts, oldest first."""
        return self.data.noted(Alert)

    @cached_property
    def answers(self) -> pd.DataFrame:
        """What people answered, and how long it took them."""
        return self.data.answer_times()

    @cached_property
    def people(self) -> list[str]:
        """Who answered."""
        said = self.data.annotations
        return [str(name) for name in said["annotator"].unique() if name != TRUTH]

    @cached_property
    def waits(self) -> pd.DataFrame:
        """How long samples that were queued waited for an answer."""
        return waits(self.data)
