"""Routing: how sure a model must be, so that what it decides alone is seldom wrong, with a guarantee."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nbloop.quality.estimate import least, most

STEPS = 20


class Threshold(NamedTuple):
    """A confidence, and what the golden set says of the samples beyond it.

    Attributes
    ----------
    value : float or None
        None where nothing could be shown.
    n, wrong : int
        Golden samples beyond it, and how many of them the model gets wrong.
    bound : float
        The share of wrong ones that the bound allows for.
    """

    value: float | None
    n: int
    wrong: int
    bound: float


def accept_above(
    sure: np.ndarray, wrong: np.ndarray, pool: np.ndarray, error: float, confidence: float = 0.95
) -> Threshold:
    """Return the lowest confidence from which on at most `error` of the samples are wrong, with `confidence`.

    Candidates come from the confidences of other samples, so that the golden set only tests them: from the most
    cautious downwards, each by an exact binomial bound, and the first one that fails ends it. So no level has to be
    paid for trying several (fixed sequence testing). Candidates with too few golden samples beyond them to prove
    anything are passed over: that depends on how sure the model is, never on whether it is right.

    Parameters
    ----------
    sure, wrong : ndarray of shape (g,)
        The confidence of the model on golden samples, and whether it is wrong.
    pool : ndarray of shape (p,)
        Its confidence on samples that are not golden.
    error : float
        The share of wrong ones that is borne.
    confidence : float
        How certain that must be.

    References
    ----------
    Bauer, "Multiple testing in clinical trials", 1991 (fixed sequences); Angelopoulos et al., "Learn then test", 2021.
    """
    enough = np.log(1 - confidence) / np.log(1 - error)  # fewer without any error prove nothing
    found = Threshold(None, 0, 0, 1.0)
    start = 1.2 * enough / max(len(sure), 1)
    if start > 1:
        return found
    for value in np.quantile(pool, 1 - np.linspace(start, 1, STEPS)):
        beyond = sure >= value
        n, errors = int(beyond.sum()), int(wrong[beyond].sum())
        if n < enough:
            continue
        bound = float(most(errors, n, confidence))
        if bound > error:
            break
        found = Threshold(float(value), n, errors, bound)
    return found


def expert_below(
    sure: np.ndarray, wrong: np.ndarray, pool: np.ndarray, error: float, confidence: float = 0.95
) -> Threshold:
    """Return the highest confidence below which at least `error` of the samples are wrong, with `confidence`."""
    enough = np.log(1 - confidence) / np.log(error)
    found = Threshold(None, 0, 0, 0.0)
    start = 1.2 * enough / max(len(sure), 1)
    if start > 0.5:
        return found
    for value in np.quantile(pool, np.linspace(start, 0.5, STEPS)):
        beyond = sure < value
        n, errors = int(beyond.sum()), int(wrong[beyond].sum())
        if n < enough:
            continue
        bound = float(least(errors, n, confidence))
        if bound < error:
            break
        found = Threshold(float(value), n, errors, bound)
    return found
