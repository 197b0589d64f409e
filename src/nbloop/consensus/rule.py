"""The rule: from what several annotators said of one sample to the one answer that stands, or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Literal

from nbloop.errors import DataError
from nbloop.schema import Event

Verdict = Literal["open", "accepted", "contested"]
Weigh = Callable[[Sequence[tuple[str, str]]], tuple[str, float] | None]


@dataclass(frozen=True)
class Rule:
    """How many annotators a sample needs, and when their answer is accepted.

    Parameters
    ----------
    raters : int
        Annotators who answer each sample. With one, the majority of whoever answered stands, the latest on ties.
    accept : int or float, optional
        How many of them must say the same (a whole number; more than half when absent), or how sure Dawid and Skene's
        model must be (a number between 0.5 and 1, such as 0.95).

    Raises
    ------
    DataError
        Numbers that cannot be met.

    Examples
    --------
    >>> Rule(3).needed, Rule(3, 3).needed, Rule(3, 0.95).posterior
    (2, 3, 0.95)
    """

    raters: int = 1
    accept: int | float | None = None

    def __post_init__(self) -> None:
        if not _whole(self.raters) or self.raters < 1:
            raise DataError(f"raters= is how many people answer each sample, at least one; found {self.raters!r}.")
        if self.accept is None or (_whole(self.accept) and 1 <= self.accept <= self.raters):
            return
        if isinstance(self.accept, Real) and not _whole(self.accept) and 0.5 < self.accept < 1:
            return
        raise DataError(
            f"accept= is how many of the {self.raters} raters must say the same (1 to {self.raters}), or the posterior "
            f"of Dawid and Skene's model that is enough, such as 0.95; found {self.accept!r}."
        )

    @property
    def needed(self) -> int:
        """How many annotators must say the same."""
        return int(self.accept) if self.accept is not None and _whole(self.accept) else self.raters // 2 + 1

    @property
    def posterior(self) -> float | None:
        """How sure Dawid and Skene's model must be; None where votes are counted."""
        return None if self.accept is None or _whole(self.accept) else float(self.accept)

    @property
    def simple(self) -> bool:
        """Whether the first answer is already enough."""
        return self.raters == 1 and self.accept is None

    def settle(self, answers: Sequence[Event], weigh: Weigh | None = None) -> tuple[Verdict, Event | None]:
        """Return whether a sample is still asked, accepted or contested, and the answer that stands.

        Parameters
        ----------
        answers : sequence of Event
            The `Annotate` and `Reject` events of one sample that stand, oldest first.
        weigh : callable, optional
            From (annotator, value) pairs to the likeliest value and its posterior; needed where a posterior is wanted.
        """
        if self.simple:
            answer = resolve(answers)
            return ("accepted" if answer else "open"), answer
        votes = count(answers)
        if sum(map(len, votes.values())) < self.raters:
            return "open", None
        if self.posterior is not None and weigh is not None and None not in votes:
            return self._weighed(answers, votes, weigh)
        ranked = sorted(votes.values(), key=len, reverse=True)
        tied = len(ranked) > 1 and len(ranked[0]) == len(ranked[1])
        if tied or len(ranked[0]) < self.needed:
            return "contested", None
        return "accepted", answers[ranked[0][0]]

    def _weighed(
        self, answers: Sequence[Event], votes: dict[Any, list[int]], weigh: Weigh
    ) -> tuple[Verdict, Event | None]:
        found = weigh([(answers[place].annotator, value) for value, places in votes.items() for place in places])
        if found is None or found[1] < float(self.posterior or 1) or found[0] not in votes:
            return "contested", None
        return "accepted", answers[votes[found[0]][0]]


def resolve(answers: Sequence[Event]) -> Event | None:
    """Return the answer that a sample has, by majority among annotators.

    Parameters
    ----------
    answers : sequence of Event
        The `Annotate` and `Reject` events of one sample that stand, oldest first. Of each annotator the last one
        counts, and a rejection is a vote like a label. Of values with equally many votes the one said last wins.

    Returns
    -------
    Event or None
        The first of the events that say what won; None when there are no answers.
    """
    if len(answers) < 2:
        return answers[0] if answers else None
    won = max(count(answers).values(), key=lambda places: (len(places), places[-1]))
    return answers[won[0]]


def count(answers: Sequence[Event]) -> dict[Any, list[int]]:
    """Return the places of the votes for each value (None is a rejection); of each annotator the last answer counts."""
    last = {event.annotator: event for event in answers}
    votes: dict[Any, list[int]] = {}
    for place, event in enumerate(answers):
        if last[event.annotator] is event:
            votes.setdefault(getattr(event.action, "value", None), []).append(place)
    return votes


def _whole(number: object) -> bool:
    return isinstance(number, Integral) and not isinstance(number, bool)
