"""What one more label would change, for small pools: expected error and expected variance."""

from __future__ import annotations

import numpy as np

from nbloop.strategies.herding import dense, radius, squared_distances
from nbloop.strategies.order import followed, sample
from nbloop.strategies.query import Choice, Query

CANDIDATES, REFERENCE = 300, 1000
"""Candidates compared, and samples that stand for the pool, drawn at random from larger pools."""

TOGETHER = 10
"""How many are chosen one after the other, each as if those before had labels; the rest follow by themselves."""

PRIOR = 1.0
"""Labels that a Parzen window has seen everywhere, of all classes alike: it is unsure where nothing was labelled."""

VARIANCE = 10.0
"""Variance of a weight before any label: the default learner's ``C``."""


def expected_error(query: Query) -> Choice:
    """Ask what leaves the fewest errors to expect over the pool, whatever the answer (Roy and McCallum, ICML 2001).

    An answer is as likely as the model says. What it leaves is judged by a Parzen window, which learns it without being
    fitted; in a batch, those before count as answered with the model's probabilities.

    References
    ----------
    Roy and McCallum, "Toward optimal active learning through sampling estimation of error reduction", ICML 2001.
    Chapelle, "Active learning for Parzen window classifier", AISTATS 2005.
    """
    drawn = sample(query.candidates, CANDIDATES, query.rng)
    proba = query.each(np.copy, drawn)
    kernel, counts = _window(query, drawn)
    alone = places = gains = np.empty(0)
    for turn in range(min(query.n, TOGETHER, len(drawn))):
        fewer = errors(counts) - errors_after(counts, kernel, proba)
        alone = fewer.copy() if turn == 0 else alone
        fewer[places.astype(np.intp)] = -np.inf
        best = int(fewer.argmax())
        places, gains = np.r_[places, best], np.r_[gains, fewer[best]]
        counts = counts + kernel[best][:, None] * proba[best]
    return _ordered(query, drawn, places, gains, alone, "fewest errors to expect after it")


def errors(counts: np.ndarray) -> float:
    """Return the mean chance that the most frequent class is wrong, for counts of shape (r, classes)."""
    return float((1 - counts.max(axis=1) / counts.sum(axis=1)).mean()) if len(counts) else 0.0


def errors_after(counts: np.ndarray, kernel: np.ndarray, proba: np.ndarray) -> np.ndarray:
    """Return the errors to expect after each candidate is labelled, shape (m,).

    Parameters
    ----------
    counts : array of shape (r, classes)
        Labels around each reference sample.
    kernel : array of shape (m, r)
        What a label of a candidate adds to its count.
    proba : array of shape (m, classes)
        What the label may be.
    """
    total, expected = counts.sum(axis=1) + kernel, np.zeros(len(kernel))
    best, second = np.sort(counts, axis=1)[:, [-1, -2]].T
    for code, column in enumerate(counts.T):  # only the count of this class grows
        others = np.where(column == best, second, best)
        expected += proba[:, code] * (1 - np.maximum(column + kernel, others) / total).mean(axis=1)
    return expected


def expected_variance(query: Query) -> Choice:
    """Ask what leaves the model's probabilities least uncertain over the pool (Cohn, Ghahramani and Jordan, 1996).

    The weights of a logistic model are taken as normally distributed around the present ones, with one covariance for
    all classes; a label takes off variance as its Fisher information says, and it does not matter which label it is.

    References
    ----------
    Cohn, Ghahramani and Jordan, "Active learning with statistical models", JAIR 1996.
    Schein and Ungar, "Active learning for logistic regression: an evaluation", Machine Learning 2007 (A-optimality).
    """
    drawn = sample(query.candidates, REFERENCE, query.rng)
    information = _information(query.each(np.copy, drawn))
    variance = covariance(query, drawn)
    alone = places = gains = np.empty(0)
    for turn in range(min(query.n, TOGETHER, len(drawn))):
        less = variance_less(variance, information)
        alone = less.copy() if turn == 0 else alone
        less[places.astype(np.intp)] = -np.inf
        best = int(less.argmax())
        places, gains = np.r_[places, best], np.r_[gains, less[best]]
        shrink = information[best] / (1 + information[best] * variance[best, best])
        variance = variance - shrink * np.outer(variance[best], variance[best])
    return _ordered(query, drawn, places, gains, alone, "least variance to expect after it")


def covariance(query: Query, drawn: np.ndarray) -> np.ndarray:
    """Return the covariance of the logits of the `drawn` samples, given those that have labels, shape (m, m)."""
    X, L = query.X[drawn], query.X[query.labelled]
    prior, known, cross = (VARIANCE * (dense(A @ B.T).astype(np.float64) + 1) for A, B in ((X, X), (L, L), (L, X)))
    known[np.diag_indices_from(known)] += 1 / _information(query.each(np.copy, query.labelled))
    return prior - cross.T @ np.linalg.solve(known, cross)


def variance_less(variance: np.ndarray, information: np.ndarray) -> np.ndarray:
    """Return how much less variance of probabilities a label of each sample leaves on average, shape (m,).

    Parameters
    ----------
    variance : array of shape (m, m)
        Covariance of the logits.
    information : array of shape (m,)
        What a label tells of its logit; also how far a probability follows its logit.
    """
    moved = (information**2) @ variance**2 / max(len(variance), 1)
    return information * moved / (1 + information * np.maximum(variance.diagonal(), 0))


def _information(proba: np.ndarray) -> np.ndarray:
    """Return the summed variance of the answers, kept above 0: what a label of each sample tells."""
    return np.maximum((proba * (1 - proba)).sum(axis=1), 1e-6).astype(np.float64)


def _window(query: Query, drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what a label of each drawn candidate adds around each reference sample, and what the labels so far did."""
    R = query.X[sample(query.candidates, REFERENCE, query.rng)]
    distances = squared_distances(query.X[drawn], R)
    width = radius(distances[:100])
    known = np.exp(-squared_distances(query.X[query.labelled], R).astype(np.float64) / width)
    counts = known.T @ np.eye(query.classes)[query.y] + PRIOR / query.classes
    return np.exp(-distances.astype(np.float64) / width), counts


def _ordered(
    query: Query, drawn: np.ndarray, places: np.ndarray, gains: np.ndarray, alone: np.ndarray, phase: str
) -> Choice:
    chosen, scores = followed(places.astype(np.intp), gains, alone, query.n, query.rng)
    return Choice(drawn[chosen], scores, phase)
