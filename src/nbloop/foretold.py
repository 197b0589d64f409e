"""What is foretold: the models that the likeliest answers to one card make, trained before anybody answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nbloop.anchors import Anchors
from nbloop.learners import Logistic

ANSWERS = 3
"""How many are rehearsed: a card is asked because the two likeliest are close."""


def foretold(
    anchors: Anchors, learner: Any, told: tuple[np.ndarray, ...], X: Any, front: np.ndarray, check: Callable[[], None]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the weights (classes, d) and intercepts that each likely answer makes, the likeliest first.

    They are those of `Anchors.train`, to the bit, if the answer comes next and counts once.

    Parameters
    ----------
    anchors : Anchors
        Of the pool; they take no note of it.
    learner : Learner
        What was trained on what was told; only of a `Logistic` something is foretold.
    told : tuple of ndarray of shape (m,)
        Positions, codes, and how often each counts.
    X : array or CSR matrix, shape (n, d)
        The pool.
    front : ndarray of shape (0,) or (1,)
        Where the sample is that will be answered next.
    check : callable
        Called before each; what it raises ends it.
    """
    if not len(front) or not isinstance(learner, Logistic):
        return
    labelled, codes, times = told
    for code in learner.classes_[np.argsort(-learner.predict_proba(X[front])[0], kind="stable")[:ANSWERS]]:
        check()
        after: Any = anchors.rehearse(np.append(labelled, front), np.append(codes, code), np.append(times, 1))
        yield after.coef_, after.intercept_
