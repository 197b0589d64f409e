"""Deltas: how much each measure changed from one model to another, with intervals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from nbloop.quality.calibration import rise_of_error, weightings
from nbloop.quality.gate import Judged
from nbloop.quality.paired import paired

DRAWS = 500
"""Weightings of the Bayesian bootstrap."""

Measure = Callable[[np.ndarray], np.ndarray]
"""From weights (draws, n) to one value a draw."""


def deltas(judged: Judged, *, seed: int = 0, groups: np.ndarray | None = None) -> pd.DataFrame:
    """Compare two models on the same samples.

    Parameters
    ----------
    judged : Judged
        What both say.
    seed : int
        Of the bootstrap.
    groups : ndarray of shape (n,), optional
        What was drawn whole: then all intervals are of a bootstrap of whole groups.

    Returns
    -------
    DataFrame indexed by measure
        ``before``, ``after``, ``difference``, ``low``, ``high`` of accuracy (Tango 1998), macro F1, log loss
        and calibration error (Bayesian bootstrap, Rubin 1981), all 95 %.

    Examples
    --------
    >>> y, sure = np.array([0, 1, 0, 1]), np.eye(2) * 0.8 + 0.1
    >>> deltas(Judged(y, sure[y][::-1], sure[y])).loc["accuracy", ["before", "after", "difference"]].tolist()
    [0.0, 1.0, 1.0]
    """
    y, *both = judged
    found = paired(*(proba.argmax(axis=1) == y for proba in both))
    weights = weightings(np.random.default_rng(seed), DRAWS, len(y), groups)
    alone = (found.before, found.after, found.difference, found.low, found.high)
    together = _drawn(weights, *(lambda w, p=proba: _accuracy(w, y, p) for proba in both))
    rows: dict[str, tuple[float, ...]] = {"accuracy": alone if groups is None else together}
    rows["macro_f1"] = _drawn(weights, *(lambda w, p=proba: _macro_f1(w, y, p.argmax(axis=1)) for proba in both))
    rows["log_loss"] = _drawn(weights, *(lambda w, p=proba: _log_loss(w, y, p) for proba in both))
    rows["calibration_error"] = tuple(rise_of_error(*judged, seed=seed, groups=groups))
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["before", "after", "difference", "low", "high"])
    return frame.rename_axis("measure")


def _drawn(weights: np.ndarray, before, after) -> tuple[float, ...]:
    whole = np.ones((1, weights.shape[1]))
    first, second = float(before(whole)[0]), float(after(whole)[0])
    low, high = np.quantile(after(weights) - before(weights), [0.025, 0.975])
    return first, second, second - first, float(low), float(high)


def _accuracy(weights: np.ndarray, y: np.ndarray, proba: np.ndarray) -> np.ndarray:
    return weights @ (proba.argmax(axis=1) == y) / weights.sum(axis=1)


def _macro_f1(weights: np.ndarray, y: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return the mean F1 over the classes that occur, for each row of weights."""
    scores = []
    for code in np.union1d(y, predicted):
        true, said = (y == code).astype(float), (predicted == code).astype(float)
        scores.append(2 * (weights @ (true * said)) / (weights @ true + weights @ said))
    return np.mean(scores, axis=0)


def _log_loss(weights: np.ndarray, y: np.ndarray, proba: np.ndarray) -> np.ndarray:
    loss = -np.log(np.clip(proba[np.arange(len(y)), y], 1e-15, 1.0))
    return weights @ loss / weights.sum(axis=1)
