"""Strategies that look at where samples lie: most need no model at all."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors

from nbloop.errors import NotTrained
from nbloop.strategies.herding import cover, dense, squared_distances
from nbloop.strategies.order import sample, top
from nbloop.strategies.query import Choice, Query
from nbloop.strategies.spread import CLUSTERS, clustered, turns, unit
from nbloop.strategies.uncertainty import margin

POOL = 4000
"""Candidates compared with each other, drawn at random from larger pools."""


def herding(query: Query) -> Choice:
    """Cover the pool with soft balls (MaxHerding; Bae, Ng, Lo, Ghassemi and Sutherland, ECCV 2024)."""
    places = sample(query.candidates, max(400, query.n), query.rng)
    return cover(query, places, POOL, None, "samples that stand for most others")


def prob_cover(query: Query) -> Choice:
    """Cover the pool with hard balls (ProbCover; Yehuda, Dekel, Hacohen and Weinshall, NeurIPS 2022)."""
    places = sample(query.candidates, max(400, query.n), query.rng)
    return cover(query, places, POOL, None, "samples with most others around them", ball=True)


def uncertainty_herding(query: Query) -> Choice:
    """Cover what the model is unsure of (Bae, Noh and Sutherland, ICLR 2025)."""
    if not query.trained:  # before anything is drawn: until then it is the default, to the last question
        raise NotTrained("there is no model yet: it takes labels of two classes.")
    places = sample(query.candidates, max(400, query.n), query.rng)
    return cover(query, places, POOL, margin, "samples that stand for most doubts")


def core_set(query: Query) -> Choice:
    """Ask what is farthest from anything labelled or chosen (k-center greedy; Sener and Savarese, ICLR 2018)."""
    drawn = sample(query.candidates, POOL, query.rng)
    rows = query.X[drawn]
    nearest = _nearest(query, rows)
    places, distances = [], []
    for _ in range(min(query.n, len(drawn))):
        best = int(nearest.argmax())
        places.append(best)
        distances.append(max(float(nearest[best]), 0.0))
        nearest = np.minimum(nearest, squared_distances(rows[best : best + 1], rows)[0])
        nearest[best] = -1
    return Choice(drawn[np.array(places, dtype=np.intp)], np.sqrt(distances), "samples far from anything labelled")


def k_means(query: Query) -> Choice:
    """Ask what is nearest to each of several centres (Zhdanov, 2019), one of each cluster first."""
    drawn = sample(query.candidates, POOL, query.rng)
    if not len(drawn):
        return Choice(drawn, np.empty(0), "nothing is left")
    clusters = clustered(query.X[drawn], min(query.n, CLUSTERS), query.rng)
    distances = squared_distances(query.X[drawn], clusters.cluster_centers_.astype(np.float32))
    own = distances[np.arange(len(drawn)), clusters.labels_]
    scores = _largest_first(clusters.labels_) - turns(clusters.labels_, -own)
    return _best(query, drawn, scores, "the centre of each cluster")


def typiclust(query: Query) -> Choice:
    """Ask the most typical of each cluster without a label (Hacohen, Dekel and Weinshall, ICML 2022)."""
    drawn = sample(query.candidates, POOL, query.rng)
    if not len(drawn):
        return Choice(drawn, np.empty(0), "nothing is left")
    rows = query.X[drawn]
    clusters = clustered(rows, min(len(query.covered), 8 * CLUSTERS) + min(query.n, CLUSTERS), query.rng)
    neighbors = NearestNeighbors(n_neighbors=min(20, len(drawn))).fit(rows)
    typical = -neighbors.kneighbors(rows)[0].mean(axis=1)
    asked = np.zeros(clusters.n_clusters)
    if len(query.covered):
        asked += np.bincount(clusters.predict(query.X[query.covered]), minlength=clusters.n_clusters)
    scores = _largest_first(clusters.labels_) - turns(clusters.labels_, typical) - asked[clusters.labels_]
    return _best(query, drawn, scores, "the most typical sample of each cluster")


def k_means_plus_plus(query: Query) -> Choice:
    """Draw samples by their squared distance from those drawn before (Arthur and Vassilvitskii, SODA 2007)."""
    drawn = sample(query.candidates, POOL, query.rng)
    return _seeded(query, drawn, np.ones((len(drawn), 1)), "a spread of samples")


def badge(query: Query) -> Choice:
    """Draw samples whose gradients of the last layer are large and differ (BADGE; Ash et al., ICLR 2020)."""
    drawn = sample(query.candidates, POOL, query.rng)
    gradient = query.each(np.copy, drawn)
    if len(drawn):
        gradient[np.arange(len(drawn)), gradient.argmax(axis=1)] -= 1
    return _seeded(query, drawn, gradient, "samples that would change the model in different ways")


def density(query: Query) -> np.ndarray:
    """Return the margin score times the mean similarity to the pool (Settles and Craven, EMNLP 2008)."""
    return query.each(margin) * _similarity_to_pool(query)


def outlier(query: Query) -> np.ndarray:
    """Return how unlike the pool a sample is."""
    return 1 - _similarity_to_pool(query)


def discriminative(query: Query) -> np.ndarray:
    """Return the probability of having no label (Gissin and Shalev-Shwartz, 2019)."""
    if not len(query.labelled) or not len(query.candidates):
        return np.zeros(len(query.candidates))
    others = sample(query.candidates, POOL, query.rng)
    rows = query.X[np.concatenate([query.labelled, others])]
    side = np.repeat([0, 1], [len(query.labelled), len(others)])
    model = LogisticRegression(class_weight="balanced", max_iter=200).fit(rows, side)
    return model.predict_proba(query.X[query.candidates])[:, 1]


def _nearest(query: Query, rows: Any) -> np.ndarray:
    """Return the squared distance of each row to the nearest sample asked so far; 0 while there is none."""
    if not len(query.covered):
        return np.zeros(rows.shape[0], dtype=np.float32)
    return squared_distances(rows, query.X[query.covered]).min(axis=1)


def _largest_first(labels: np.ndarray) -> np.ndarray:
    """Return a score between 0 and 1 by the size of each one's cluster."""
    return unit(np.bincount(labels)[labels].astype(np.float64))


def _best(query: Query, drawn: np.ndarray, scores: np.ndarray, phase: str) -> Choice:
    chosen = top(scores, query.n, query.rng)
    return Choice(drawn[chosen], scores[chosen], phase)


def _seeded(query: Query, drawn: np.ndarray, factor: np.ndarray, phase: str) -> Choice:
    """Draw by k-means++ among the outer products factor ⊗ X, which are never built; a score is the place."""
    rows = query.X[drawn]
    square = (factor**2).sum(axis=1) * _squares(rows)
    nearest, places = np.maximum(square, 1e-12), []
    for _ in range(min(query.n, len(drawn))):
        new = int(query.rng.choice(len(drawn), p=nearest / nearest.sum()))
        places.append(new)
        inner = (factor @ factor[new]) * dense(rows @ rows[new : new + 1].T).ravel()
        nearest = np.minimum(nearest, np.maximum(square + square[new] - 2 * inner, 1e-12))
        nearest[places] = 0
    return Choice(drawn[np.array(places, dtype=np.intp)], np.linspace(1, 0, len(places)), phase)


def _squares(rows: Any) -> np.ndarray:
    return dense(rows.multiply(rows).sum(axis=1)).ravel() if hasattr(rows, "multiply") else (rows**2).sum(axis=1)


def _similarity_to_pool(query: Query) -> np.ndarray:
    """Return the mean of 1 / (1 + squared distance / their mean) to 200 samples drawn from the pool."""
    if not len(query.candidates):
        return np.empty(0)
    reference = query.X[sample(query.candidates, 200, query.rng)]
    scale = squared_distances(reference, reference).mean() or 1.0
    blocks = np.array_split(query.candidates, len(query.candidates) // 8192 + 1)
    return np.concatenate([(1 / (1 + squared_distances(query.X[b], reference) / scale)).mean(axis=1) for b in blocks])
