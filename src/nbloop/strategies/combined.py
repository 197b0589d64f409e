"""Strategies made of strategies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np

from nbloop.errors import StrategyError
from nbloop.strategies.order import sample, top
from nbloop.strategies.query import Choice, Query, Strategy
from nbloop.strategies.registry import make_strategy
from nbloop.strategies.spread import CLUSTERS, clustered, turns, unit


def made(spec: Any) -> Strategy:
    """Return a part as a strategy; one that is a strategy already stays itself."""
    whole = callable(spec) and hasattr(spec, "name")
    return cast("Strategy", spec) if whole else make_strategy(spec)


class Mix:
    """Asks several strategies, each for its share of the places.

    The places are given out so that any beginning of the order has about the shares; a score is the place in it.

    Parameters
    ----------
    shares : mapping of str, Strategy or callable to float
        Positive; brought to a sum of 1.

    Examples
    --------
    >>> Mix({"margin": 0.9, "random": 0.1}).name
    'mix(margin 0.9, random 0.1)'
    """

    def __init__(self, shares: Mapping[Any, float]) -> None:
        if not shares or not all(share > 0 for share in shares.values()):
            raise StrategyError(f"shares must be positive; found {list(shares.values())}.")
        total = sum(shares.values())
        self._shares = {made(strategy): share / total for strategy, share in shares.items()}
        self.name = f"mix({', '.join(f'{strategy.name} {share:.2g}' for strategy, share in self._shares.items())})"

    def __call__(self, query: Query) -> Choice:
        """Return the strategies' choices, interleaved by their shares."""
        choices = [strategy(query) for strategy in self._shares]
        shares, given = np.array(list(self._shares.values())), np.zeros(len(choices))
        rest = [iter(choice.positions.tolist()) for choice in choices]
        chosen: dict[int, None] = {}
        while len(chosen) < min(query.n, len(query.candidates)) and np.isfinite(given).any():
            turn = int(np.argmin((given + query.rng.random()) / shares))
            position = next((p for p in rest[turn] if p not in chosen), None)
            given[turn] += 1 if position is not None else np.inf
            if position is not None:
                chosen[position] = None
        positions = np.fromiter(chosen, dtype=np.intp)
        return Choice(positions, np.linspace(1, 0, len(positions)), choices[0].phase)


class Then:
    """Asks one strategy until there are enough labels, and another from then on."""

    def __init__(self, first: Any, labels: int, second: Any) -> None:
        self._first, self._labels, self._second = made(first), labels, made(second)
        self.name = f"{self._first.name} then {self._second.name}"

    def __call__(self, query: Query) -> Choice:
        """Return the choice of whichever strategy's turn it is."""
        return (self._first if len(query.y) < self._labels else self._second)(query)


class Diversify:
    """Spreads the top of a strategy's order over clusters of the features: one of each first (Zhdanov, 2019)."""

    def __init__(self, strategy: Any, *, clusters: int = CLUSTERS) -> None:
        self._strategy, self._clusters = made(strategy), clusters
        self.name = f"diverse {self._strategy.name}"

    def __call__(self, query: Query) -> Choice:
        """Return the strategy's best, one of each cluster first; a score loses 1 for each of its cluster before."""
        choice = self._strategy(replace(query, n=max(query.n, 10 * self._clusters)))
        if not len(choice.positions):
            return choice
        labels = clustered(query.X[choice.positions], self._clusters, query.rng).labels_
        spread = unit(choice.scores) - turns(labels, choice.scores)
        chosen = top(spread, query.n, query.rng)
        return Choice(choice.positions[chosen], spread[chosen], choice.phase)


class Control:
    """Asks a random sample in a share of the places, so that the loop can be compared with none."""

    def __init__(self, strategy: Any, share: float = 0.1) -> None:
        if not 0 < share < 1:
            raise StrategyError(f"the share of random samples must lie between 0 and 1; found {share}.")
        self._strategy, self._share = made(strategy), share
        self.name = f"{self._strategy.name} with {share:.0%} at random"

    def __call__(self, query: Query) -> Choice:
        """Return the strategy's order with random samples at random places; a score is the place."""
        choice = self._strategy(query)
        drawn = sample(query.candidates, len(choice.positions), query.rng)
        at_random = query.rng.random(len(choice.positions)) < self._share
        merged = np.concatenate([np.where(at_random, drawn, choice.positions), choice.positions])
        positions = merged[np.sort(np.unique(merged, return_index=True)[1])][: len(choice.positions)]
        return Choice(positions, np.linspace(1, 0, len(positions)), choice.phase)
