"""How unsure one model is of each sample: functions of its probabilities, shape (m, classes), to scores (m,)."""

from __future__ import annotations

import numpy as np


def least_confidence(proba: np.ndarray) -> np.ndarray:
    """Return one minus the highest probability (Lewis and Gale, 1994).

    >>> least_confidence(np.array([[0.75, 0.25], [0.5, 0.5]])).tolist()
    [0.25, 0.5]
    """
    return 1 - proba.max(axis=1)


def margin(proba: np.ndarray) -> np.ndarray:
    """Return one minus the gap between the two highest probabilities (Scheffer, Decomain and Wrobel, 2001).

    >>> margin(np.array([[0.75, 0.25, 0.0], [0.5, 0.5, 0.0]])).tolist()
    [0.5, 1.0]
    """
    first, second = proba[:, 0].copy(), np.zeros_like(proba[:, 0])
    for column in proba.T[1:]:
        np.maximum(second, np.minimum(first, column), out=second)
        np.maximum(first, column, out=first)
    return 1 - (first - second)


def entropy(proba: np.ndarray) -> np.ndarray:
    """Return the entropy in nats (Shannon, 1948; Settles and Craven, 2008).

    >>> entropy(np.array([[1.0, 0.0], [0.5, 0.5]])).round(3).tolist()
    [0.0, 0.693]
    """
    tiny = np.finfo(proba.dtype).tiny
    return -np.sum(proba * np.log(np.maximum(proba, tiny)), axis=1) + 0.0
