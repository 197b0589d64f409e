"""Training: a newcomer answers samples whose label is known, hears at once what was right, and passes or goes on."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbloop.dataset import Dataset
from nbloop.dataset.draw import lots
from nbloop.errors import DataError
from nbloop.schema import Probe
from nbloop.session import Session
from nbloop.snapshot import digests


@dataclass(frozen=True)
class Exercise:
    """A sample to label for practice; what it shows is known."""

    id: Hashable
    content: Any


@dataclass(frozen=True)
class Feedback:
    """What a newcomer hears of an answer: whether it was `right`, the `label` expected, and why it is that."""

    right: bool
    label: str
    rationale: str


class Training:
    """A round of golden samples that others verified; its answers train no model and change no label.

    Parameters
    ----------
    session : Session
    n : int
        How many answers make the round.
    pass_mark : float
        The share of them that must be right.

    Raises
    ------
    DataError
        There are fewer verified golden samples than that, or the pass mark is no share.
    """

    def __init__(self, session: Session, n: int, pass_mark: float) -> None:
        if not isinstance(pass_mark, int | float) or not 0 < pass_mark <= 1:
            raise DataError(f"pass_mark= is a share above 0, such as 0.8; found {pass_mark!r}.")
        self._session, self._data = session, session.data
        self.n, self.pass_mark = n, pass_mark
        self._known = _known(self._data)
        if not isinstance(n, int) or not 1 <= n <= len(self._known):
            raise DataError(
                f"a training round of n={n!r} needs as many golden samples that others verified; there are "
                f"{len(self._known)}. Verify more of them (queue='golden'), or ask for fewer."
            )

    @property
    def answers(self) -> list[Probe]:
        """What this person answered in training so far, oldest first, also in an earlier sitting."""
        mine = [event.action for event in self._data.noted(Probe) if event.annotator == self._data.annotator]
        return [action for action in mine if isinstance(action, Probe) and action.about == "training"]

    def next(self) -> Exercise | None:
        """Return the next sample; None when the round is over. Each person has an order of their own."""
        done = self.answers
        if len(done) >= self.n:
            return None
        seen = {answer.sample for answer in done}
        keys = [key for key in self._known if key not in seen]
        key = keys[int(np.argmin(lots(digests(keys), f"training:{self._data.annotator}")))]
        place = self._data.samples.position(key)
        return Exercise(self._data.samples.ids[place], self._session.content(place)[0])

    def answer(self, sample_id: Hashable, label: object) -> Feedback:
        """Record an answer and say at once whether it was right.

        Raises
        ------
        DataError
            The sample is no exercise, or was answered before: only a first answer tells what somebody knows.
        UnknownLabel
            The label is not one of the task.
        """
        key = self._data.samples.keys[self._data.samples.position(sample_id)]
        if key not in self._known or any(answer.sample == key for answer in self.answers):
            raise DataError(f"sample {sample_id!r} is no exercise of this round, or was answered; take `next()`.")
        value, (expected, rationale) = self._data.task.check(label), self._known[key]
        self._session.do(Probe(key, value, expected, "training"))
        return Feedback(value == expected, expected, rationale)

    @property
    def right(self) -> int:
        """How many of the answers were right."""
        return sum(answer.value == answer.expected for answer in self.answers)

    @property
    def passed(self) -> bool | None:
        """Whether the pass mark was reached; None while the round goes on."""
        done = len(self.answers)
        return None if done < self.n else self.right >= self.pass_mark * done

    def __repr__(self) -> str:
        verdict = {None: "under way", True: "passed", False: "not passed"}[self.passed]
        return f"<nbloop training: {self.right} of {len(self.answers)} right, {verdict}>"


def _known(data: Dataset) -> dict[str, tuple[str, str]]:
    """Return key → label and rationale of the golden samples that somebody else verified."""
    golden = data.golden
    verified = golden[golden["label"].notna() & (golden["annotator"] != data.annotator)]
    rows = zip(verified.index, verified["label"], verified["rationale"], strict=True)
    return {data.samples.keys[data.samples.position(id)]: (str(label), str(why or "")) for id, label, why in rows}
