"""The order of the source: what stands in for a mind when nobody wants a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nbloop.outcome import Outcome, Ranking, why_of
from nbloop.schema import Why
from nbloop.snapshot import Snapshot


class InOrder:
    """A mind that learns nothing and asks the samples in their order."""

    learns = False
    spec = ""
    X: Any = None

    def round(
        self, snapshot: Snapshot, told: int, last: Outcome | None, stale: Callable[[], bool], asked: np.ndarray  # noqa: ARG002  the signature of `Mind.round`
    ) -> Outcome:  # fmt: skip
        """Rank the samples by their place in the source."""
        positions = np.flatnonzero(snapshot.eligible)
        return Outcome(Ranking(positions, np.full(len(positions), np.nan), "order", "in the order given"), told=told)

    def settle(self, snapshot: Snapshot, outcome: Outcome, stale: Callable[[], bool], asked: np.ndarray) -> None:
        """There is nothing to prepare."""

    def why(self, place: int, proba: np.ndarray | None, outcome: Outcome) -> Why:  # noqa: ARG002  the signature of `Mind.why`
        """Return the place of the sample in the order."""
        return why_of(place, outcome.ranking)
