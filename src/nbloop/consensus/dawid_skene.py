"""Dawid and Skene's model: true classes and every annotator's errors, estimated from votes alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix

from nbloop.consensus.votes import Votes

LEAST = 1e-10
"""No probability is taken to be smaller, so that one surprising vote excludes no class."""


@dataclass(frozen=True, eq=False)
class Crowd:
    """What the votes say of items and annotators.

    Attributes
    ----------
    posterior : ndarray, shape (items, classes)
        How likely each class is the true one.
    prior : ndarray, shape (classes,)
        How frequent the classes are.
    confusion : ndarray, shape (raters, classes, classes)
        ``confusion[r, k, v]``: how likely rater r says v of an item whose class is k.
    """

    posterior: np.ndarray
    prior: np.ndarray
    confusion: np.ndarray

    @cached_property
    def accuracy(self) -> np.ndarray:
        """How likely each rater is right, shape (raters,)."""
        return np.einsum("k,rkk->r", self.prior, self.confusion)

    @cached_property
    def typical(self) -> np.ndarray:
        """The confusion of a rater of whom nothing is known: the mean of all, shape (classes, classes)."""
        return self.confusion.mean(axis=0)


def dawid_skene(votes: Votes, *, rounds: int = 200, tolerance: float = 1e-6) -> Crowd:
    """Estimate classes and errors by expectation maximisation, starting from the shares of the votes.

    Parameters
    ----------
    votes : Votes
        At least one; every item has one at least.
    rounds : int
        Steps at most.
    tolerance : float
        Done when no posterior moves by more.

    Notes
    -----
    Dawid and Skene (1979), Maximum likelihood estimation of observer error-rates using the EM algorithm.

    Examples
    --------
    >>> rows = [(i, rater, "ab"[(i + (rater == "bob")) % 2]) for i in range(8) for rater in ("ada", "bob", "cyd")]
    >>> crowd = dawid_skene(Votes.of(rows, ["a", "b"]))
    >>> crowd.accuracy.round(2).tolist()
    [1.0, 0.0, 1.0]
    """
    k, raters = len(votes.classes), len(votes.rater_names)
    said = csr_matrix(
        (np.ones(len(votes)), (votes.raters * k + votes.values, votes.items)), (raters * k, len(votes.item_names))
    )
    posterior = votes.counts / votes.counts.sum(axis=1, keepdims=True)
    for _ in range(rounds):
        prior, log_errors = _maximise(said, posterior, raters)
        now = _softmax(said.T @ log_errors + np.log(prior))
        moved, posterior = float(np.abs(now - posterior).max()), now
        if moved < tolerance:
            break
    prior, log_errors = _maximise(said, posterior, raters)
    return Crowd(posterior, prior, np.exp(log_errors).reshape(raters, k, k).transpose(0, 2, 1))


def posterior_of(log_prior: np.ndarray, log_errors: list[np.ndarray]) -> np.ndarray:
    """Return the posterior of one item from the column of log errors of each of its votes, shape (classes,)."""
    return _softmax(np.sum([log_prior, *log_errors], axis=0)[None])[0]


def _maximise(said: csr_matrix, posterior: np.ndarray, raters: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the prior, and the log of what a rater says (row: rater and value) given the class (column)."""
    k = posterior.shape[1]
    prior = np.clip(posterior.mean(axis=0), LEAST, None)
    counts = (said @ posterior).reshape(raters, k, k)
    errors = np.clip(counts / np.clip(counts.sum(axis=1, keepdims=True), LEAST, None), LEAST, None)
    errors /= errors.sum(axis=1, keepdims=True)
    return prior / prior.sum(), np.log(errors).reshape(raters * k, k)


def _softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)
