"""The gatekeeper: judges one model of a session against another, and lets it serve or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from nbloop.errors import GateError, NotTrained
from nbloop.mind import Mind
from nbloop.model import Model
from nbloop.predictor import Predictor
from nbloop.quality.deltas import deltas
from nbloop.quality.gate import MARGIN, SLICE_MARGIN, Judged, Verdict, judge
from nbloop.quality.lots import one_of_each
from nbloop.quality.slices import Masks, masks_of
from nbloop.schema import Annotate, Gated, Look
from nbloop.session import Session
from nbloop.trust.generations import Generations
from nbloop.trust.golden import look
from nbloop.trust.impact import Impact, impact
from nbloop.trust.validation import columns_of, validate

Slices = Iterable[str] | Mapping[str, Any]


class Gatekeeper:
    """Compares, judges and promotes the models of a session.

    Parameters
    ----------
    session : Session
    mind : Mind
    """

    def __init__(self, session: Session, mind: Mind) -> None:
        self._session = session
        self._data = self.data = session.data
        self._mind = self.mind = mind
        self.generations = Generations(session, mind)

    def compare(self, candidate: str | Predictor | None, current: str | Predictor | None) -> pd.DataFrame:
        """Return the change of each measure on the golden set, with its interval."""
        judged, groups = self._golden(*self._pair(candidate, current)), self._data.snapshot().golden_groups
        return deltas(judged, seed=self._data.seed, groups=groups)

    def impact(self, candidate: str | None, current: str | None, slices: Slices) -> Impact:
        """Return what changed between two models."""
        after, before = self._pair(
            candidate, current or self.generations.last(before=candidate or self.generations.last())
        )
        return impact(self._data, self._mind, self._golden(after, before), before, after, self._slices(slices))

    def gate(
        self,
        candidate: str | Predictor | None = None,
        current: str | Predictor | None = None,
        *,
        slices: Slices = (),
        margin: float = MARGIN,
        slice_margin: float = SLICE_MARGIN,
        strict: bool = False,
    ) -> Verdict:
        """Judge a candidate, and journal the verdict and that the golden set was looked at."""
        after, before = self._pair(candidate, current)
        judged = self._golden(after, before)
        verdict = judge(
            judged,
            candidate=after.version,
            current=before.version,
            past=self._past(after, before),
            slices=self._slices(slices),
            findings=[finding.sentence for finding in validate(self._data, self._data.snapshot())],
            alone=self._alone(),
            margin=margin,
            slice_margin=slice_margin,
            strict=strict,
        )
        told = tuple((check.name, check.outcome, check.sentence) for check in verdict.checks)
        gated = Gated(verdict.candidate, verdict.current, verdict.passed, told)
        self._session.note(gated)
        return replace(verdict, looks=self._looked(judged, after))

    def _alone(self) -> np.ndarray | None:
        """Return the rows of the golden set that count as drawn alone; None where all were."""
        snapshot = self._data.snapshot()
        return one_of_each(snapshot.groups, snapshot.golden, self._data.seed) if len(snapshot.groups) else None

    def _looked(self, judged: Judged, after: Model) -> int:
        """Count the candidate among the models that were chosen by these samples."""
        right = float((judged.after.argmax(axis=1) == judged.y).mean())
        return look(self._data, Look("random", "gate", after.version, len(judged.y), right))

    def promote(self, version: str | None, reason: str, *, anyway: bool, **options: Any) -> str:
        """Let a version serve when it passes the gate against the one that serves now, and return it.

        Raises
        ------
        GateError
            It did not pass, and `anyway` does not say to go on.
        RoleError
            You may not.
        """
        self.generations.permit()
        version = version or self.generations.last()
        serving = self.generations.serving
        if serving not in (None, version):
            verdict = self.gate(version, serving, **options)
            if not verdict and not anyway:
                raise GateError(f"{verdict}\nPromote it with anyway=True and a reason= to take that on yourself.")
        elif (found := validate(self._data, self._data.snapshot())) and not anyway:
            raise GateError(f"{version} was not promoted: {' '.join(each.sentence for each in found)}")
        self.generations.promote(version, reason, columns_of(self._data))
        return version

    def serving(self) -> Model:
        """Return the model that serves.

        Raises
        ------
        GateError
            None was ever promoted.
        """
        if (version := self.generations.serving) is None:
            raise GateError("no version was promoted yet: loop.promote() lets the newest one serve.")
        return self.generations.model(version)

    def _pair(self, candidate: str | Predictor | None, current: str | Predictor | None) -> tuple[Model, Model]:
        """Return candidate and current model; by default the newest, and the one that serves or came before."""
        after = self._model(candidate or self.generations.last())
        if current is None:
            serving = self.generations.serving
            current = serving if serving not in (None, after.version) else self.generations.last(before=after.version)
        return after, self._model(current)

    def _model(self, which: str | Predictor) -> Model:
        return which.model if isinstance(which, Predictor) else self.generations.model(which)

    def _golden(self, after: Model, before: Model) -> Judged:
        snapshot = self._data.snapshot()
        if not len(snapshot.golden):
            raise NotTrained(
                "models are compared on verified golden samples, of which there are none. Make the dataset with "
                "golden=0.1, and verify some with loop.labeler(queue='golden')."
            )
        return self.generations.judged(before, after, snapshot.golden, snapshot.golden_codes)

    def _past(self, after: Model, before: Model) -> Judged | None:
        """Return both models on past errors: those set apart as golden, else training samples once predicted wrong."""
        snapshot = self._data.snapshot()
        places, codes = snapshot.past, snapshot.past_codes
        if not len(places):
            rows = np.flatnonzero(np.isin(snapshot.labelled, list(self.corrected())))
            places, codes = snapshot.labelled[rows], snapshot.codes[rows]
        return self.generations.judged(before, after, places, codes) if len(places) else None

    def corrected(self) -> set[int]:
        """Return the positions of samples that a model had predicted otherwise than a person."""
        return {self._data.samples.position(key) for key in self._corrected()}

    def _corrected(self) -> Iterable[str]:
        for event in self._data.events(Annotate):
            action: Any = event.action
            said = action.said and action.said.prediction
            if said is not None and said != action.value and action.sample in self._data.samples:
                yield action.sample

    def _slices(self, specs: Slices) -> Masks:
        """Return the parts of the golden set: by label, and those that are asked for."""
        snapshot = self._data.snapshot()
        table = self._data.samples.frame.loc[snapshot.golden]
        names = np.array(snapshot.names)[snapshot.golden_codes]
        by_label = {f"label = {name}": names == name for name in np.unique(names)}
        return by_label | masks_of(table, specs)
