"""Generations: every model the loop ever had, rebuilt from what it was made of; and which one serves."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pandas as pd

from nbloop.errors import GateError, NotTrained
from nbloop.mind import Mind
from nbloop.model import Model
from nbloop.quality.gate import Judged
from nbloop.schema import Event, Promote, Round
from nbloop.session import Session

COLUMNS = (
    "labels", "accuracy", "accuracy_low", "accuracy_high", "macro_f1", "log_loss", "snapshot", "seq", "seed", "learner",
    "strategy",
)  # fmt: skip
"""What is kept of a generation, beside when it was made and whether it serves."""


class Generations:
    """The models of a session, by version.

    Parameters
    ----------
    session : Session
    mind : Mind
    """

    def __init__(self, session: Session, mind: Mind) -> None:
        self._session = session
        self._data = session.data
        self._mind = mind

    def frame(self) -> pd.DataFrame:
        """Return one row a version, oldest first: what it scored, what it was made of, and which one serves."""
        serving = self.serving
        made = {event.action.model_version: event for event in self._rounds()}  # type: ignore[union-attr]  rounds only
        rows = [
            {"version": version, **{name: getattr(event.action, name) for name in COLUMNS}, "at": event.at}
            for version, event in made.items()
        ]
        frame = pd.DataFrame(rows, columns=["version", *COLUMNS, "at"]).set_index("version")
        measures = list(COLUMNS[1:6])
        return frame.astype(dict.fromkeys(measures, "float64")).assign(serving=frame.index == serving)

    def last(self, before: str | None = None) -> str:
        """Return the newest version, or the newest that came before another one.

        Raises
        ------
        NotTrained
            There is none.
        """
        versions = list(dict.fromkeys(event.action.model_version for event in self._rounds()))  # type: ignore[union-attr]
        if before in versions:
            versions = versions[: versions.index(before)]
        if not versions:
            raise NotTrained("there is no earlier model to compare with. Label on, and ask again.")
        return versions[-1]

    def model(self, version: str) -> Model:
        """Return the model of a version, rebuilt bit by bit from the labels it was made of.

        Raises
        ------
        GateError
            There is no such version, or it came of another learner or seed.
        """
        made = self._made(version)
        snapshot = self._data.snapshot_at(made.seq) if made.seq else self._data.snapshot()
        model = self._mind.rebuild(snapshot, made.labels, version)
        if model is None:
            raise GateError(
                f"version {version} came of the learner {made.learner or 'of another loop'}, this loop has "
                f"{self._mind.spec}. Make the loop with that learner to have the model again."
            )
        return model

    def judged(self, before: Model, after: Model, places: np.ndarray, codes: np.ndarray) -> Judged:
        """Return what two models say of some samples."""
        X = self._mind.X[places]
        return Judged(codes, before.predict_proba(X), after.predict_proba(X))

    @property
    def serving(self) -> str | None:
        """The version that was promoted last and not rolled back; None when none ever was."""
        return stack[-1] if (stack := self._promoted()) else None

    @property
    def before(self) -> str | None:
        """The version that would serve after a roll-back; None when there is none."""
        return stack[-2] if len(stack := self._promoted()) > 1 else None

    def knows(self, version: str) -> bool:
        """Tell whether a version was ever made by this loop."""
        return any(event.action.model_version == version for event in self._rounds())  # type: ignore[union-attr]

    def promote(self, version: str, reason: str, columns: dict[str, str], *, id: str | None = None) -> None:
        """Journal that a version serves from here on."""
        self.permit()
        made = self._made(version)
        classes = self._data.classes_at(made.seq or self._data.snapshot().seq, made.labels)
        under = self._data.task_id
        self._record(Promote(version, reason, columns=columns, classes=classes, under=under), id)

    def permit(self) -> None:
        """Raise `RoleError` where whoever works here may not say which model serves."""
        self._data.permit(self._data.event(Promote("")))

    def roll_back(self, reason: str, *, id: str | None = None) -> str:
        """Journal that the version promoted before the present one serves again, and return it.

        Raises
        ------
        GateError
            There is none.
        RoleError
            You may not.
        """
        self.permit()
        stack = self._promoted()
        if len(stack) < 2:
            found = f"only {stack[0]} was ever promoted" if stack else "no version was ever promoted"
            raise GateError(f"there is nothing to roll back to: {found}. Promote another version instead.")
        self._record(Promote(stack[-2], reason, back=True), id)
        return stack[-2]

    def _promoted(self) -> list[str]:
        return [promote.version for promote in self._data.promoted()]

    def _rounds(self) -> list[Event]:
        return self._data.noted(Round)

    def _made(self, version: str) -> Round:
        rounds = [event.action for event in self._rounds()]
        found = next((each for each in reversed(rounds) if each.model_version == version), None)  # type: ignore[union-attr]
        if found is None:
            known = ", ".join(dict.fromkeys(each.model_version for each in rounds[-5:]))  # type: ignore[union-attr]
            raise GateError(f"there is no version {version!r}. The latest are: {known or 'none'}.")
        return msgspec.structs.replace(found)  # type: ignore[type-var]

    def _record(self, action: Any, id: str | None) -> None:
        self._session.note(action, id=id)
