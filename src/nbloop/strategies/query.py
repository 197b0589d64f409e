"""All that a strategy may know, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np

from nbloop.errors import NotTrained
from nbloop.strategies.order import top
from nbloop.strategies.uncertainty import margin

BLOCK = 8192
"""Rows scored at a time: their features and probabilities stay in the cache, and a ranking can be cancelled between."""


class Choice(NamedTuple):
    """What to ask next.

    Attributes
    ----------
    positions : ndarray of shape (m,)
        Positions in the pool, best first; at most `Query.n`.
    scores : ndarray of shape (m,)
        Their scores; higher is asked sooner.
    phase : str
        What the strategy is doing now, as a person reads it on the card.
    """

    positions: np.ndarray
    scores: np.ndarray
    phase: str


class Strategy(Protocol):
    """Chooses what to ask."""

    @property
    def name(self) -> str:
        """What stands in the journal beside each answer."""
        ...

    def __call__(self, query: Query) -> Choice:
        """Return the best `query.n` of `query.candidates`, best first."""
        ...


@dataclass(frozen=True)
class Query:
    """What a strategy may know; it changes none of it.

    Parameters
    ----------
    X : array or CSR matrix of shape (pool, d)
        Features of all samples.
    candidates : ndarray of shape (m,)
        Positions that may be asked.
    labelled : ndarray of shape (k,)
        Positions with a label, in the order they were labelled.
    y : ndarray of shape (k,)
        Their classes, as codes below `classes`.
    classes : int
        How many classes the task has.
    n : int
        How many are wanted.
    rng : numpy.random.Generator
        The only source of chance.
    proba_of : callable, optional
        Positions (b,) to probabilities (b, classes); absent while there is no model.
    members_of : callable, optional
        Positions (b,) to the probabilities of each member of a committee, (members, b, classes).
    closest_of : callable, optional
        How many (k,) to the closest calls among the candidates, as `closest` returns them, found faster.
    asked : ndarray of shape (a,)
        Positions that a person is being asked while this is worked out: their labels come before the answer is of use.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> cold = Query(np.eye(3), np.arange(3), np.array([], int), np.array([], int), classes=2, n=3, rng=rng)
    >>> cold.trained
    False
    """

    X: Any
    candidates: np.ndarray
    labelled: np.ndarray
    y: np.ndarray
    classes: int
    n: int
    rng: np.random.Generator
    proba_of: Callable[[np.ndarray], np.ndarray] | None = field(default=None, repr=False)
    members_of: Callable[[np.ndarray], np.ndarray] | None = field(default=None, repr=False)
    closest_of: Callable[[int], tuple[np.ndarray, np.ndarray]] | None = field(default=None, repr=False)
    asked: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.intp))

    @property
    def trained(self) -> bool:
        """Whether there is a model."""
        return self.proba_of is not None

    @property
    def covered(self) -> np.ndarray:
        """Positions that have a label, or will have one before the answer is of use."""
        return np.concatenate([self.labelled, self.asked]) if len(self.asked) else self.labelled

    @cached_property
    def proba(self) -> np.ndarray:
        """Probabilities of the candidates, shape (m, classes).

        Raises
        ------
        NotTrained
            There is no model yet. A strategy that lets this pass is replaced by its cold start.
        """
        return self.each(lambda proba: proba)

    def each(self, score: Callable[[np.ndarray], np.ndarray], positions: np.ndarray | None = None) -> np.ndarray:
        """Return `score` of the probabilities of `positions` (all candidates by default), block by block."""
        if self.proba_of is None:
            raise NotTrained("there is no model yet: it takes labels of two classes.")
        positions = self.candidates if positions is None else positions
        if not len(positions):
            return score(np.empty((0, self.classes)))
        blocks = (positions[i : i + BLOCK] for i in range(0, len(positions), BLOCK))
        return np.concatenate([score(self.proba_of(block)) for block in blocks])

    def closest(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the `n` candidates with the highest margin score and their scores, best first."""
        if self.closest_of is not None:
            return self.closest_of(n)
        scores = self.each(margin)
        best = top(scores, n, self.rng)
        return self.candidates[best], scores[best]
