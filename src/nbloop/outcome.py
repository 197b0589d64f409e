"""The outcome of a round: what a person is served from until the next one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isfinite

import numpy as np

from nbloop.model import Model
from nbloop.quality.golden import Score
from nbloop.schema import Part, Problem, Why


@dataclass(frozen=True)
class Ranking:
    """What to ask next: positions in the pool, best first, and why."""

    positions: np.ndarray
    scores: np.ndarray
    strategy: str
    phase: str

    @cached_property
    def ranks(self) -> dict[int, int]:
        """Position → rank, counted from 1."""
        return {int(position): i for i, position in enumerate(self.positions, start=1)}


@dataclass(frozen=True)
class Outcome:
    """What the mind published last: everything a person is served from."""

    ranking: Ranking
    model: Model | None = None
    score: Score | None = None
    problem: Problem | None = None
    told: int = 0


def why_of(place: int, ranking: Ranking, parts: tuple[Part, ...] = ()) -> Why:
    """Return why the sample at `place` is asked."""
    rank = ranking.ranks.get(place)
    score = None if rank is None else float(ranking.scores[rank - 1])
    return Why(ranking.strategy, ranking.phase, score if score is not None and isfinite(score) else None, rank, parts)
