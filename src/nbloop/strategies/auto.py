"""The default: needs no choice, starts diverse, goes on with the closest calls."""

from __future__ import annotations

from nbloop.strategies.herding import cover
from nbloop.strategies.order import sample, top
from nbloop.strategies.query import Choice, Query
from nbloop.strategies.spread import CLUSTERS, clustered, turns
from nbloop.strategies.uncertainty import margin


class Auto:
    """Herding until there are about a hundred labels a class, then the closest calls, one of each kind.

    While exploring, each pick makes the most of the pool look like something labelled, weighted by what the model is
    unsure of. The decision record ``docs/decisions/005-the-default-strategy.md`` has the figures.

    Parameters
    ----------
    candidates : int
        How many candidates are compared while exploring.
    reference : int
        How many samples stand for the pool while exploring.
    per_class : float
        Labels a class after which exploring ends.

    References
    ----------
    Bae, Noh and Sutherland, "Uncertainty herding: one active learning method for all label budgets", ICLR 2025.
    Zhdanov, "Diverse mini-batch active learning", 2019 (clusters of close calls).
    """

    name = "auto"

    def __init__(self, *, candidates: int = 400, reference: int = 4000, per_class: float = 100) -> None:
        self.candidates = candidates
        self.reference = reference
        self.per_class = per_class

    def __repr__(self) -> str:
        return f"Auto(candidates={self.candidates}, reference={self.reference}, per_class={self.per_class})"

    def __call__(self, query: Query) -> Choice:
        """Return the best candidates for the present number of labels."""
        if len(query.y) >= self.per_class * query.classes and query.trained:
            return refine(query)
        places = sample(query.candidates, max(self.candidates, query.n), query.rng)
        if not query.trained:
            return cover(query, places, self.reference, None, "exploring: typical samples first")
        return cover(query, places, self.reference, margin, "exploring: typical samples the model is unsure of")


def refine(query: Query) -> Choice:
    """Return the closest calls, one of each cluster first; a score loses 1 for each of its cluster asked before."""
    positions, scores = query.closest(max(query.n, 10 * CLUSTERS))
    if not len(positions):
        return Choice(positions, scores, "nothing is left")
    mixed = query.rng.permutation(len(positions))  # or the order would decide how k-means begins
    positions, scores = positions[mixed], scores[mixed]
    spread = scores - turns(clustered(query.X[positions], CLUSTERS, query.rng).labels_, scores)
    chosen = top(spread, query.n, query.rng)
    return Choice(positions[chosen], spread[chosen], "refining: closest calls of each kind")
