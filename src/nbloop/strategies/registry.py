"""From what a user writes as `strategy=` to a strategy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nbloop.errors import StrategyError
from nbloop.strategies.adapters import adapted
from nbloop.strategies.auto import Auto
from nbloop.strategies.committee import consensus_kl, disagreement, variation_ratio, vote_entropy
from nbloop.strategies.coverage import (
    badge,
    core_set,
    density,
    discriminative,
    herding,
    k_means,
    k_means_plus_plus,
    outlier,
    prob_cover,
    typiclust,
    uncertainty_herding,
)
from nbloop.strategies.joint import batch_bald
from nbloop.strategies.lookahead import expected_error, expected_variance
from nbloop.strategies.query import Choice, Query, Strategy
from nbloop.strategies.rare import balanced, rare
from nbloop.strategies.scored import Scored
from nbloop.strategies.uncertainty import entropy, least_confidence

CUSTOM = "your own order"


def _scored(name: str, scores: Callable[[Query], Any], phase: str = "") -> Callable[[], Strategy]:
    return lambda: Scored(name, scores, Auto(), phase)


def _unsure(name: str, score: Callable[[np.ndarray], np.ndarray], phase: str) -> Callable[[], Strategy]:
    return _scored(name, lambda query: query.each(score), phase)


def _divided(name: str, score: Callable[[np.ndarray], np.ndarray], phase: str) -> Callable[[], Strategy]:
    return _scored(name, lambda query: disagreement(query, score, name), phase)


def _closest(query: Query) -> Choice:
    return Choice(*query.closest(query.n), "closest calls between two classes")


def _random(query: Query) -> np.ndarray:
    return query.rng.random(len(query.candidates))


REGISTRY: dict[str, Callable[[], Strategy]] = {
    "auto": Auto,
    "random": _scored("random", _random, "drawn at random"),
    "margin": _scored("margin", _closest),
    "entropy": _unsure("entropy", entropy, "most mixed predictions"),
    "least_confidence": _unsure("least_confidence", least_confidence, "least confident predictions"),
    "vote_entropy": _divided("vote_entropy", vote_entropy, "most split votes of the committee"),
    "variation_ratio": _divided("variation_ratio", variation_ratio, "smallest majorities of the committee"),
    "consensus_kl": _divided("consensus_kl", consensus_kl, "members farthest from their consensus"),
    "bald": _divided("bald", consensus_kl, "most to learn about the committee"),
    "batch_bald": _scored("batch_bald", batch_bald),
    "expected_error": _scored("expected_error", expected_error),
    "expected_variance": _scored("expected_variance", expected_variance),
    "core_set": _scored("core_set", core_set),
    "k_means": _scored("k_means", k_means),
    "k_means_plus_plus": _scored("k_means_plus_plus", k_means_plus_plus),
    "badge": _scored("badge", badge),
    "density": _scored("density", density, "close calls among many alike"),
    "typiclust": _scored("typiclust", typiclust),
    "prob_cover": _scored("prob_cover", prob_cover),
    "herding": _scored("herding", herding),
    "uncertainty_herding": _scored("uncertainty_herding", uncertainty_herding),
    "discriminative": _scored("discriminative", discriminative, "unlike anything labelled"),
    "outlier": _scored("outlier", outlier, "unlike the rest of the pool"),
    "rare": _scored("rare", rare, "classes with few labels"),
    "balanced": _scored("balanced", balanced, "close calls in classes with few labels"),
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
        A query strategy of scikit-activeml, modAL or small-text is adapted.
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
    if not isinstance(spec, type) and (theirs := adapted(spec)):
        spec = theirs
    if not callable(spec) or isinstance(spec, type):
        raise StrategyError(
            f"strategy must be a name or a function of a query; found {spec!r}. Names: {', '.join(REGISTRY)}."
        )
    if isinstance(spec, Auto | Scored):
        return spec
    name = str(getattr(spec, "name", None) or getattr(spec, "__name__", None) or type(spec).__name__)
    return Scored(name, spec, Auto(), CUSTOM)
