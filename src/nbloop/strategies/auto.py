"""The default: needs no choice, starts diverse, goes on with the closest calls."""

from __future__ import annotations

import numpy as np

from nbloop.strategies.herding import herd, squared_distances
from nbloop.strategies.order import sample, top
from nbloop.strategies.query import Choice, Query
from nbloop.strategies.uncertainty import margin


class Auto:
    """Uncertainty herding until there are about ten labels a class, then the closest calls, spread out.

    Parameters
    ----------
    candidates : int
        How many candidates are compared while exploring.
    reference : int
        How many samples stand for the pool while exploring.
    per_class : float
        Labels a class after which exploring ends.
    """

    name = "auto"

    def __init__(self, *, candidates: int = 400, reference: int = 2000, per_class: float = 10) -> None:
        self.candidates = candidates
        self.reference = reference
        self.per_class = per_class

    def __call__(self, query: Query) -> Choice:
        """Return the best candidates for the present number of labels."""
        if not query.trained:
            return self._herd(query, "exploring: typical samples first")
        if len(query.y) < self.per_class * query.classes:
            return self._herd(query, "exploring: typical samples the model is unsure of")
        return self._refine(query)

    def _herd(self, query: Query, phase: str) -> Choice:
        places = sample(query.candidates, self.candidates, query.rng)
        reference = sample(query.candidates, self.reference, query.rng)
        R = query.X[reference]
        distances = squared_distances(query.X[places], R)
        near = (
            squared_distances(query.X[query.labelled], R)
            if len(query.labelled)
            else np.full((1, len(reference)), np.inf)
        )
        scale = np.partition(distances, 20, axis=1)[:, 20].mean() if len(reference) > 20 else distances.mean()
        weight = query.each(margin, reference) if query.trained else np.ones(len(reference))
        kernel = np.exp(-distances / (scale + 1e-12))
        covered = np.exp(-near.min(axis=0) / (scale + 1e-12))
        chosen, gains = herd(kernel, covered, weight.astype(np.float32), query.n)
        return Choice(places[chosen], gains, phase)

    def _refine(self, query: Query) -> Choice:
        scores = query.each(margin)
        chosen = top(scores, query.n, query.rng)
        return Choice(query.candidates[chosen], scores[chosen], "refining: closest calls between two classes")
