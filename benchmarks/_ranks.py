"""Who is better over several data sets: mean ranks, a Friedman test, and pairs told apart."""

from __future__ import annotations

import numpy as np
from scipy.stats import friedmanchisquare, rankdata, studentized_range, wilcoxon


def ranks(scores: np.ndarray) -> np.ndarray:
    """Return the mean rank of each column of `scores` (data sets, strategies); 1 is the highest, ties share.

    >>> ranks(np.array([[0.9, 0.8, 0.8], [0.9, 0.7, 0.6]])).tolist()
    [1.0, 2.25, 2.75]
    """
    return rankdata(-scores, axis=1).mean(axis=0)


def friedman(scores: np.ndarray) -> float:
    """Return the p-value of all strategies being alike (Friedman, 1937); needs three of each."""
    return float(friedmanchisquare(*scores.T).pvalue)


def critical_difference(strategies: int, datasets: int, alpha: float = 0.05) -> float:
    """Return by how much two mean ranks must differ (Nemenyi, 1963; Demsar, JMLR 2006).

    >>> round(critical_difference(4, 14), 2)
    1.25
    """
    q = studentized_range.ppf(1 - alpha, strategies, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(strategies * (strategies + 1) / (6 * datasets)))


def against(scores: np.ndarray, one: int) -> np.ndarray:
    """Return p-values of each strategy being like number `one`: Wilcoxon over data sets, with Holm's step.

    Parameters
    ----------
    scores : array of shape (data sets, strategies)
        Scores; higher is better.
    one : int
        Its own p-value is 1.
    """
    others = [i for i in range(scores.shape[1]) if i != one]
    raw = np.array([_wilcoxon(scores[:, one] - scores[:, i]) for i in others])
    order, result = np.argsort(raw), np.ones(scores.shape[1])
    stepped = np.maximum.accumulate(raw[order] * (len(raw) - np.arange(len(raw))))
    result[np.array(others)[order]] = np.minimum(stepped, 1)
    return result


def _wilcoxon(differences: np.ndarray) -> float:
    return float(wilcoxon(differences).pvalue) if differences.any() else 1.0
