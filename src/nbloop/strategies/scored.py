"""Strategies made of one function: a score for each candidate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nbloop.errors import NotTrained, StrategyError
from nbloop.strategies.order import top
from nbloop.strategies.query import Choice, Query, Strategy


class Scored:
    """Asks what a function scores highest; as long as that needs a model and there is none, the cold start's choice.

    Parameters
    ----------
    name : str
    scores : callable
        Query to scores (len(query.candidates),), higher is asked sooner; or to a `Choice`.
    cold : Strategy
        Asked while `scores` raises `NotTrained`.
    phase : str
        What a person reads on the card.
    """

    def __init__(self, name: str, scores: Callable[[Query], Any], cold: Strategy, phase: str) -> None:
        self.name = name
        self._scores = scores
        self._cold = cold
        self._phase = phase

    def __repr__(self) -> str:
        return f"<strategy {self.name}>"

    def __call__(self, query: Query) -> Choice:
        """Return the best candidates, checked."""
        try:
            found = self._scores(query)
        except NotTrained:
            return self._cold(query)
        if isinstance(found, Choice):
            return checked(found, query, self.name)
        scores = _numbers(found, query, self.name)
        chosen = top(scores, query.n, query.rng)
        return Choice(query.candidates[chosen], scores[chosen], self._phase)


def checked(choice: Choice, query: Query, name: str) -> Choice:
    """Return `choice`, cut to what was wanted, or raise a `StrategyError` that names what is wrong with it."""
    positions = np.asarray(choice.positions)
    if positions.ndim != 1 or not (np.issubdtype(positions.dtype, np.integer) or positions.size == 0):
        raise StrategyError(
            f"strategy {name!r} must choose integer positions of shape (m,); "
            f"found {positions.dtype} of shape {positions.shape}."
        )
    if len(outside := positions[~np.isin(positions, query.candidates)]):
        raise StrategyError(
            f"strategy {name!r} chose {int(outside[0])}, which may not be asked"
            f"{' as it has a label already' if outside[0] in query.labelled else ''}. Choose from query.candidates."
        )
    values, counts = np.unique(positions, return_counts=True)
    if (counts > 1).any():
        twice = int(values[counts.argmax()])
        raise StrategyError(f"strategy {name!r} chose {twice} more than once. Choose each position once.")
    scores = np.asarray(choice.scores, dtype=np.float64)
    if scores.shape != positions.shape:
        raise StrategyError(
            f"strategy {name!r} must give one score a position, shape {positions.shape}; found shape {scores.shape}."
        )
    _finite(scores, positions, name)
    return Choice(positions[: query.n].astype(np.intp), scores[: query.n], str(choice.phase))


def _numbers(found: Any, query: Query, name: str) -> np.ndarray:
    try:
        scores = np.asarray(found, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StrategyError(f"strategy {name!r} must return numbers; found {type(found).__name__}: {error}") from error
    if scores.shape != (len(query.candidates),):
        raise StrategyError(
            f"strategy {name!r} must return one score a candidate, shape {(len(query.candidates),)}; "
            f"found shape {scores.shape}."
        )
    return _finite(scores, query.candidates, name)


def _finite(scores: np.ndarray, positions: np.ndarray, name: str) -> np.ndarray:
    if bad := int((~np.isfinite(scores)).sum()):
        first = positions[int((~np.isfinite(scores)).argmax())]
        raise StrategyError(
            f"strategy {name!r} must return finite scores; found {bad} NaN or infinite, first at position {first}."
        )
    return scores
