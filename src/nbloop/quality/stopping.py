"""Stopping: what more labels would bring, from models that agree and from golden samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from sklearn.metrics import cohen_kappa_score

AGREE = 0.99
"""Successive models that agree this much have settled (Bloodgood and Vijay-Shanker, 2009)."""

RIGHT, LEAST, MOST, BLUR = 0.25, -0.2, 0.7, 0.005
"""What a quarter more labels gain for each prediction that the last quarter changed: what is expected, the limits
within which all but a few gains were, and what is added to both sides (decision 015)."""

GAINS, LEFT, RATES = (4.0, 0.075), 0.003, (0.1, 0.8)
"""Of the way to a goal (decision 015): what a quarter more labels gain for each prediction changed, by shape and scale
of a gamma distribution; what still changes where nothing seems to; how fast gains shrink, by the exponent."""

DRAWS, OUT_OF_REACH = 4000, 0.025

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


class Way(NamedTuple):
    """How many labels an accuracy takes.

    Attributes
    ----------
    value, low, high : float
        Where it is reached at all: what is likely, and the limits within which it is in 95 of 100 cases. Infinite where
        it is out of reach.
    chance : float
        Of reaching it with the labels that there can be.
    """

    value: float
    low: float
    high: float
    chance: float


def labels_to(
    goal: float, labels: int, hits: float, n: float, changed: float, most: float, rng: np.random.Generator
) -> Way:
    """Return how many labels reach an accuracy.

    From where the golden set says the model is, gains go on shrinking as a power of the labels. How large the next one
    is, compared with what labels changed of late, and how fast they shrink, is as on real curves (decision 015).

    Parameters
    ----------
    goal : float
        The accuracy that is wanted.
    labels : int
        How many there are.
    hits, n : float
        Golden samples that the model gets right, and all of them; as many as they count for where groups were drawn.
    changed : float
        As in `gain`.
    most : float
        How many labels there can be.
    rng : numpy.random.Generator
        Draws accuracies that the golden set allows for (Jeffreys), gains and rates.
    """
    needed = _needed(goal, labels, hits, n, changed, rng)
    reached = needed[needed <= most]
    chance = len(reached) / DRAWS
    if chance < OUT_OF_REACH:
        return Way(np.inf, np.inf, np.inf, chance)
    ahead = reached[reached > labels] if (reached > labels).any() else reached  # who asks is not there yet
    value, high = np.quantile(ahead, [0.5, 0.975]) if hits < goal * n else (labels, np.quantile(ahead, 0.975))
    return Way(float(value), float(np.quantile(reached, 0.025)), float(high), chance)


def _needed(goal: float, labels: int, hits: float, n: float, changed: float, rng: np.random.Generator) -> np.ndarray:
    """Return draws of the labels that a goal takes: as many as there are where it is reached, infinite where never."""
    accuracy = rng.beta(hits + 0.5, n - hits + 0.5, DRAWS)
    rate = rng.uniform(*RATES, DRAWS)
    next_quarter = (changed + LEFT) * rng.gamma(*GAINS, DRAWS)
    still = next_quarter / (1 - 1.25**-rate)  # all that is to come
    left = 1 - np.clip((goal - accuracy) / still, 0, 1)
    with np.errstate(divide="ignore"):
        return labels * left ** (-1 / rate)


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
