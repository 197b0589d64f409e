"""Stopping: what more labels would bring, from models that agree and from golden samples."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import cohen_kappa_score

AGREE = 0.99
"""Successive models that agree this much have settled (Bloodgood and Vijay-Shanker, 2009)."""

RIGHT, LEAST, MOST, BLUR = 0.25, -0.2, 0.7, 0.005
"""What a quarter more labels gain for each prediction that the last quarter changed: what is expected, the limits
within which all but a few gains were, and what is added to both sides (decision 015)."""

RATES = (0.1, 0.8)
"""How fast gains shrink: the exponents of learning curves."""

DRAWS = 2000

Range = tuple[float, float, float]
"""A value with the limits of its 95 % interval."""


def gain(changed: float) -> Range:
    """Return what a quarter more labels will bring in accuracy, when the last quarter changed so many predictions.

    Accuracy cannot move by more than the share of predictions that do; most of those become right one time and wrong
    another. What is left was a quarter on average on nine data sets (decision 015), with any number of classes.

    Parameters
    ----------
    changed : float
        The share of predictions that differ between a model and the one that knew four fifths of its labels.

    Examples
    --------
    >>> [round(value, 3) for value in gain(0.04)]
    [0.01, -0.013, 0.033]
    """
    return RIGHT * changed, LEAST * changed - BLUR, MOST * changed + BLUR


def labels_to(goal: float, labels: int, hits: int, n: int, changed: float, rng: np.random.Generator) -> Range:
    """Return how many labels reach an accuracy, infinite where it is out of reach.

    From where the golden set says the model is, gains go on shrinking as a power of the labels.

    Parameters
    ----------
    goal : float
        The accuracy that is wanted.
    labels : int
        How many there are.
    hits, n : int
        Golden samples that the model gets right, and all of them.
    changed : float
        As in `gain`.
    rng : numpy.random.Generator
        Draws accuracies that the golden set allows for (Jeffreys), gains and rates.
    """
    accuracy = np.append(hits / n, rng.beta(hits + 0.5, n - hits + 0.5, DRAWS))
    spread = (MOST - LEAST) / 4 * changed * rng.standard_normal(DRAWS) + BLUR / 2 * rng.standard_normal(DRAWS)
    next_quarter = np.maximum(RIGHT * changed + np.append(0.0, spread), 0.0)
    rate = np.append(np.mean(RATES), rng.uniform(*RATES, DRAWS))
    still = next_quarter / (1 - 1.25**-rate)  # all that is to come
    missing = np.maximum(goal - accuracy, 0.0)
    reach = still > missing
    left = 1 - np.divide(missing, still, out=np.zeros_like(missing), where=reach)
    needed = np.where(reach, labels * left ** (-1 / rate), np.where(missing > 0, np.inf, labels))
    ordered = np.sort(needed[1:])
    return float(needed[0]), float(ordered[int(0.025 * DRAWS)]), float(ordered[int(0.975 * DRAWS)])


def changed(before: np.ndarray, after: np.ndarray) -> float:
    """Return the share of predictions that two models do not share."""
    return float((before != after).mean())


def agreement(before: np.ndarray, after: np.ndarray) -> float:
    """Return Cohen's kappa of two models' predictions; 1 where both say the same one class of everything."""
    return 1.0 if np.array_equal(before, after) else float(cohen_kappa_score(before, after))


def unsure(proba: np.ndarray) -> float:
    """Return the share of samples on which the first class leads the second by less than half."""
    top = np.sort(proba, axis=1)[:, -2:]
    return float((top[:, 1] - top[:, 0] < 0.5).mean())
