"""Weighing: votes by how often their annotators are right, for the rule that wants a posterior."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nbloop.consensus.dawid_skene import Crowd, dawid_skene, posterior_of
from nbloop.consensus.votes import Votes
from nbloop.schema import Annotate

GROWTH = 1.05
"""The crowd is estimated anew when there are 5 % more votes: each estimate reads all of them."""


class Weighing:
    """Dawid and Skene's model of the votes so far, and what it says of one sample.

    The model is estimated from the first votes of the journal, as many as the last step of a geometric series. So it
    follows from the events that stand, whether they came one by one or all at once.

    Parameters
    ----------
    names : sequence of str
        The labels, by code.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._codes = {name: code for code, name in enumerate(names)}
        self._votes: list[tuple[str, str, Annotate]] = []  # event, annotator, what they said
        self._used = 0
        self._crowd: Crowd | None = None
        self._raters: dict[str, int] = {}

    def add(self, event: str, annotator: str, vote: Annotate) -> None:
        """Take a vote in, in the order of the journal, whether it stands or not."""
        self._votes.append((event, annotator, vote))

    def refit(self, stands: Callable[[str], bool], *, undone: bool) -> bool:
        """Estimate the crowd anew where its votes may be others than before; tell whether it was."""
        upto = step(len(self._votes))
        if upto == self._used and not undone:
            return False
        self._used, self._crowd = upto, None
        first = [(who, vote) for event, who, vote in self._votes[:upto] if stands(event)]
        last = {(vote.sample, who): vote.value for who, vote in first if vote.value in self._codes}
        votes = Votes.of([(sample, who, value) for (sample, who), value in last.items()], self._names)
        if len(votes):
            self._crowd = dawid_skene(votes, rounds=50, tolerance=1e-4)
            self._raters = {name: code for code, name in enumerate(votes.rater_names)}
        return True

    def __call__(self, said: Sequence[tuple[str, str]]) -> tuple[str, float] | None:
        """Return the likeliest label of a sample from its (annotator, value) pairs, and its posterior."""
        if self._crowd is None:
            return None
        columns = [self._errors(who)[:, self._codes[value]] for who, value in said if value in self._codes]
        posterior = posterior_of(np.log(self._crowd.prior), [np.log(np.clip(each, 1e-10, 1)) for each in columns])
        best = int(posterior.argmax())
        return self._names[best], float(posterior[best])

    def _errors(self, who: str) -> np.ndarray:
        assert self._crowd is not None
        return self._crowd.confusion[self._raters[who]] if who in self._raters else self._crowd.typical


def step(votes: int) -> int:
    """Return how many of `votes` the model is made of: the last step of the series that is not above.

    Examples
    --------
    >>> step(5), step(20), step(104), step(105)
    (5, 20, 101, 101)
    """
    at = 20
    if votes < at:
        return votes
    while int(at * GROWTH) <= votes:
        at = int(at * GROWTH)
    return at
