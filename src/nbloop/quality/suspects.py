"""Suspects: labels that are probably wrong, by what models say that never saw them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedKFold


def out_of_fold(X: Any, y: np.ndarray, make: Callable[[], Any], *, folds: int = 5, seed: int = 0) -> np.ndarray:
    """Return probabilities of each sample by a model that did not learn its label, shape (n, classes).

    Parameters
    ----------
    X : matrix, shape (n, d)
        Features.
    y : ndarray of int, shape (n,)
        Codes 0, 1, ...; a class needs two samples at least, those of smaller ones get zeros for it.
    make : callable
        Returns a fresh learner.
    folds : int
        Fewer only where every class is smaller than that.
    seed : int
        Decides the folds.
    """
    found = np.zeros((len(y), int(y.max()) + 1))
    size = int(min(folds, max(2, np.bincount(y).max())))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class smaller than the folds is in some of them only
        parts = list(StratifiedKFold(size, shuffle=True, random_state=seed).split(np.zeros(len(y)), y))
    for train, rest in parts:
        learner = make().fit(X[train], y[train])
        found[np.ix_(rest, np.asarray(learner.classes_, int))] = learner.predict_proba(X[rest])
    return found


def self_confidence(proba: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return how likely each given label is, shape (n,); the lowest are the most suspicious."""
    return proba[np.arange(len(y)), y]


def suspects(proba: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the places of probably wrong labels, most suspicious first.

    A label is suspected when another class is likelier than that class is on average among its own samples.

    Notes
    -----
    Northcutt, Jiang and Chuang (2021), Confident learning: estimating uncertainty in dataset labels.

    Examples
    --------
    >>> proba = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.95, 0.05]])
    >>> suspects(proba, np.array([0, 0, 1, 1])).tolist()
    [3]
    """
    usual = np.array([proba[y == k, k].mean() if (y == k).any() else np.inf for k in range(proba.shape[1])])
    sure = np.where(proba >= usual, proba, -1.0)
    likely = sure.argmax(axis=1)
    wrong = np.flatnonzero((sure.max(axis=1) >= 0) & (likely != y))
    return wrong[np.argsort(self_confidence(proba, y)[wrong], kind="stable")]
