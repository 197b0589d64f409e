"""Agreement: how well people who label the same items agree, beyond chance."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

Level = Literal["nominal", "ordinal", "interval"]


class Measure(NamedTuple):
    """A measured agreement; `value` is None where it is not defined, and `reason` says why.

    Attributes
    ----------
    value : float or None
    n : int
        Items it was measured on.
    low, high : float or None
        95 % interval, where one was asked for.
    reason : str
        Empty where the measure is defined.
    """

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    reason: str = ""


def observed(a: np.ndarray, b: np.ndarray) -> Measure:
    """Return the share of items of which two raters said the same.

    Examples
    --------
    >>> observed(np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0])).value
    0.75
    """
    if not len(a):
        return Measure(None, 0, reason="no item was answered by both")
    return Measure(float((a == b).mean()), len(a))


def cohen(a: np.ndarray, b: np.ndarray) -> Measure:
    """Return Cohen's kappa of two raters.

    Parameters
    ----------
    a, b : ndarray of int, shape (n,)
        Codes of what each said of the same items.

    Notes
    -----
    Cohen (1960), A coefficient of agreement for nominal scales.

    Examples
    --------
    >>> cohen(np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0])).value
    0.5
    >>> cohen(np.array([0, 0]), np.array([0, 0])).reason
    'both said one class only, so chance alone would agree'
    """
    if not len(a):
        return Measure(None, 0, reason="no item was answered by both")
    k = int(max(a.max(), b.max())) + 1
    by_chance = float(np.bincount(a, minlength=k) @ np.bincount(b, minlength=k)) / len(a) ** 2
    if by_chance == 1:
        return Measure(None, len(a), reason="both said one class only, so chance alone would agree")
    return Measure((float((a == b).mean()) - by_chance) / (1 - by_chance), len(a))


def fleiss(counts: np.ndarray) -> Measure:
    """Return Fleiss' kappa.

    Parameters
    ----------
    counts : ndarray of int, shape (items, classes)
        How often each item was given each class: equally many votes an item.

    Notes
    -----
    Fleiss (1971), Measuring nominal scale agreement among many raters.

    Examples
    --------
    >>> round(fleiss(np.array([[3, 0], [0, 3], [1, 2]])).value, 3)
    0.55
    """
    votes = counts.sum(axis=1)
    n = int(votes[0]) if len(votes) else 0
    if n < 2 or not len(votes):
        return Measure(None, len(votes), reason="no item has two votes")
    if (votes != n).any():
        found = f"found {votes.min()} to {votes.max()}; Krippendorff's alpha does without"
        return Measure(None, len(votes), reason=f"it needs equally many votes an item: {found}")
    by_chance = float(((counts.sum(axis=0) / counts.sum()) ** 2).sum())
    if by_chance == 1:
        return Measure(None, len(votes), reason="all votes are for one class, so chance alone would agree")
    agreed = float(((counts * (counts - 1)).sum(axis=1) / (n * (n - 1))).mean())
    return Measure((agreed - by_chance) / (1 - by_chance), len(votes))


def alpha(counts: np.ndarray, *, level: Level = "nominal", resamples: int = 0, seed: int = 0) -> Measure:
    """Return Krippendorff's alpha: any number of raters, any votes missing.

    Parameters
    ----------
    counts : ndarray of int, shape (items, classes)
        How often each item was given each class. Items with fewer than two votes say nothing of agreement.
    level : {"nominal", "ordinal", "interval"}
        How far two classes are apart: different; by the items between them; by the square of their codes' difference.
    resamples : int
        Bootstrap draws of items for a 95 % interval (percentiles); 0 gives none.
    seed : int
        Decides the draws.

    Notes
    -----
    Krippendorff (2011), Computing Krippendorff's alpha-reliability.

    Examples
    --------
    >>> round(alpha(np.array([[2, 0], [0, 2], [1, 1]])).value, 3)
    0.444
    """
    pairable = counts[counts.sum(axis=1) > 1]
    if not len(pairable):
        return Measure(None, 0, reason="no item has two votes")
    patterns, often = np.unique(pairable, axis=0, return_counts=True)
    value = float(_alphas(patterns, often[None].astype(float), level)[0])
    if np.isnan(value):
        return Measure(None, len(pairable), reason="all votes are for one class, so chance alone would agree")
    low, high = _interval(patterns, often, level, resamples, seed) if resamples else (None, None)
    return Measure(value, len(pairable), low, high)


def _interval(
    patterns: np.ndarray, often: np.ndarray, level: Level, resamples: int, seed: int
) -> tuple[float | None, float | None]:
    drawn = np.random.default_rng(seed).multinomial(often.sum(), often / often.sum(), size=resamples)
    values = np.concatenate([_alphas(patterns, part.astype(float), level) for part in np.array_split(drawn, 20)])
    found = values[~np.isnan(values)]
    return (float(np.quantile(found, 0.025)), float(np.quantile(found, 0.975))) if len(found) else (None, None)


def _alphas(patterns: np.ndarray, weights: np.ndarray, level: Level) -> np.ndarray:
    """Return alpha for each row of weights (how often each pattern of votes occurs), shape (draws,); nan: undefined."""
    sizes = patterns.sum(axis=1)
    totals = weights @ patterns  # (draws, classes)
    n = totals.sum(axis=1)
    if level == "nominal":
        apart = (sizes**2 - (patterns**2).sum(axis=1)) / (sizes - 1)
        seen, expected = weights @ apart, n**2 - (totals**2).sum(axis=1)
    else:
        places = _places(totals, level)
        far = (places[:, :, None] - places[:, None]) ** 2  # (draws, classes, classes)
        pairs = np.einsum("uc,uk->uck", patterns, patterns) / (sizes - 1)[:, None, None]
        seen = np.einsum("du,uck,dck->d", weights, pairs, far, optimize=True)
        expected = np.einsum("dc,dk,dck->d", totals, totals, far, optimize=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0, 1 - (n - 1) * seen / expected, np.nan)


def _places(totals: np.ndarray, level: Level) -> np.ndarray:
    """Return where the classes lie on a line: by rank among all votes, or by their codes; shape of `totals`."""
    return (
        totals.cumsum(axis=1) - totals / 2
        if level == "ordinal"
        else np.broadcast_to(np.arange(totals.shape[1]), totals.shape)
    )
