"""Scores on the golden set: verified samples that no learner trains on and no strategy asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import numpy as np
from sklearn.metrics import confusion_matrix, f1_score

from nbloop.quality.estimate import share, share_of_groups
from nbloop.schema import ClassScore, Confusion


class Score(NamedTuple):
    """A model on `n` golden samples.

    Attributes
    ----------
    n : int
    accuracy : float
    low, high : float
        95 % interval of the accuracy (Wilson, 1927).
    macro_f1 : float
        Mean F1 over the classes that occur among the truths or the predictions.
    log_loss : float
        Mean negative log probability of the true class, in nats; a probability of 0 counts as 1e-15.
    """

    n: int
    accuracy: float
    low: float
    high: float
    macro_f1: float
    log_loss: float

    def __str__(self) -> str:
        return f"{self.accuracy:.1%} ({self.low:.1%} to {self.high:.1%}) on {self.n} samples"


def score(
    y: np.ndarray,
    proba: np.ndarray,
    classes: Sequence[str] | int,
    *,
    groups: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> Score:
    """Score probabilities against verified labels.

    Parameters
    ----------
    y : array of shape (n,)
        True classes, as codes.
    proba : array of shape (n, n_classes)
        A class the model has not seen has probability 0.
    classes : sequence of str
        The classes, in the order of the codes.
    groups : array of shape (n,), optional
        What was drawn whole: errors of one group come together, and the interval is as wide as that makes it.
    weights : array of shape (n,), optional
        How much each counts, where large groups were drawn more often.

    Raises
    ------
    ValueError
        No samples, or shapes that do not fit.

    Examples
    --------
    >>> score(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]), ["ham", "spam"]).accuracy
    1.0
    """
    y, proba = _fitting(y, proba, classes)
    predicted = proba.argmax(axis=1)
    right = predicted == y
    interval = share(int(right.sum()), len(y)) if groups is None else share_of_groups(right, groups, weights)
    f1 = f1_score(y, predicted, average="macro", sample_weight=weights, zero_division=cast("Any", 0.0))
    true = np.clip(proba[np.arange(len(y)), y], 1e-15, 1.0)
    loss = float(np.average(-np.log(true), weights=weights))
    return Score(len(y), interval.value, interval.low, interval.high, float(f1), loss)


def confusion(
    y: np.ndarray, predicted: np.ndarray, classes: Sequence[str], *, model_version: str | None = None
) -> Confusion:
    """Count golden samples by true class (row) and predicted class (column).

    Parameters
    ----------
    y, predicted : arrays of shape (n,)
        Codes.
    classes : sequence of str
        Their names, in the order of the codes.
    model_version : str, optional
        The model that predicted.

    Examples
    --------
    >>> confusion(np.array([0, 1, 1]), np.array([0, 1, 0]), ["ham", "spam"]).counts
    ((1, 0), (1, 1))
    """
    codes = np.arange(len(classes))
    counts = confusion_matrix(y, predicted, labels=codes) if len(y) else np.zeros((len(codes), len(codes)), dtype=int)
    support, said, right = counts.sum(axis=1), counts.sum(axis=0), counts.diagonal()
    scores = tuple(
        ClassScore(str(classes[i]), int(support[i]), _share(right[i], support[i]), _share(right[i], said[i]))
        for i in range(len(classes))
    )
    return Confusion(scores, tuple(tuple(int(count) for count in row) for row in counts), model_version)


def _share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None


def _fitting(y: np.ndarray, proba: np.ndarray, classes: Sequence[str] | int) -> tuple[np.ndarray, np.ndarray]:
    y, proba = np.asarray(y), np.asarray(proba, dtype=np.float64)
    k = classes if isinstance(classes, int) else len(classes)
    if len(y) == 0 or proba.shape != (len(y), k):
        raise ValueError(f"need probabilities of shape (n, {k}) for n > 0 labels; found {proba.shape} for {len(y)}.")
    return y, proba
