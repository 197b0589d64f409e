"""From what a user writes as `strategy=` to a strategy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from nbloop.errors import StrategyError
from nbloop.strategies.auto import Auto
from nbloop.strategies.query import Query, Strategy
from nbloop.strategies.scored import Scored
from nbloop.strategies.uncertainty import entropy, least_confidence, margin

CUSTOM = "your own order"


def _uncertain(name: str, score: Callable[[np.ndarray], np.ndarray], phase: str) -> Strategy:
    return Scored(name, lambda query: query.each(score), Auto(), phase)


def _random(query: Query) -> np.ndarray:
    return query.rng.random(len(query.candidates))


REGISTRY: dict[str, Callable[[], Strategy]] = {
    "auto": Auto,
    "random": lambda: Scored("random", _random, Auto(), "drawn at random"),
    "margin": partial(_uncertain, "margin", margin, "closest calls between two classes"),
    "entropy": partial(_uncertain, "entropy", entropy, "most mixed predictions"),
    "least_confidence": partial(_uncertain, "least_confidence", least_confidence, "least confident predictions"),
}
"""Every strategy with a name; ``"auto"`` is the default."""


def names() -> list[str]:
    """Return the names that `make_strategy` knows.

    >>> names()[:2]
    ['auto', 'random']
    """
    return list(REGISTRY)


def make_strategy(spec: Any = "auto") -> Strategy:
    """Return a strategy.

    Parameters
    ----------
    spec : str, Strategy or callable
        One of `names`, a strategy, or a function from a `Query` to scores (higher is asked sooner) or to a `Choice`.
        A function that reads `query.proba` is replaced by a cold start until there is a model.

    Raises
    ------
    StrategyError
        No such name, or nothing that can be called.

    Examples
    --------
    >>> make_strategy(lambda query: query.proba[:, 0]).name
    '<lambda>'
    """
    if isinstance(spec, str):
        if spec not in REGISTRY:
            raise StrategyError(f"there is no strategy {spec!r}. There are: {', '.join(REGISTRY)}.")
        return REGISTRY[spec]()
    if not callable(spec) or isinstance(spec, type):
        raise StrategyError(
            f"strategy must be a name or a function of a query; found {spec!r}. Names: {', '.join(REGISTRY)}."
        )
    if isinstance(spec, Auto | Scored):
        return spec
    name = str(getattr(spec, "name", None) or getattr(spec, "__name__", None) or type(spec).__name__)
    return Scored(name, spec, Auto(), CUSTOM)
