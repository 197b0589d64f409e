"""Leakage: what would let a model score better on the golden set than it deserves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import HashingVectorizer

NEAR = 0.8
"""Share of common pieces from which two texts count as one."""


def plain(text: object) -> str:
    """Return a text without case, punctuation and surplus space: what is left is what it says.

    >>> plain("  WIN a prize!! ")
    'win a prize'
    """
    return " ".join(re.findall(r"\w+", str(text).casefold()))


def near_twins(texts: Sequence[str], others: Sequence[str], *, share: float = NEAR) -> list[tuple[int, int, float]]:
    """Return pairs of places whose texts are the same but for case, punctuation or a few characters.

    Parameters
    ----------
    texts, others : sequences of str
        Training and golden, say.
    share : float
        Least Jaccard similarity of the sets of five characters.

    Returns
    -------
    list of (place in `texts`, place in `others`, similarity)
        The most similar of `others` for each of `texts` that has one. Texts of under five characters must be equal.

    Examples
    --------
    >>> near_twins(["Free money now", "lunch?"], ["FREE  money, now!", "dinner at eight"])
    [(0, 0, 1.0)]
    """
    if not len(texts) or not len(others):
        return []
    options: Any = {"norm": None, "binary": True, "alternate_sign": False}
    pieces: Any = HashingVectorizer(analyzer="char", ngram_range=(5, 5), preprocessor=plain, **options)
    left, right = pieces.transform(texts), pieces.transform(others)
    common = (left @ right.T).tocoo()
    sizes = left.getnnz(axis=1)[common.row] + right.getnnz(axis=1)[common.col] - common.data
    similar = common.data / sizes
    pairs: Any = pd.DataFrame({"one": common.row, "other": common.col, "similarity": similar})[similar >= share]
    best = pairs.sort_values(["one", "similarity"], ascending=[True, False]).drop_duplicates("one")
    found = [(int(one), int(other), float(near)) for one, other, near in best.itertuples(index=False)]
    return sorted(found + _short_twins(texts, others))


def _short_twins(texts: Sequence[str], others: Sequence[str]) -> list[tuple[int, int, float]]:
    """Return equal texts that are too short to be cut into pieces."""
    known = {said: place for place, said in enumerate(map(plain, others)) if 0 < len(said) < 5}
    return [(place, known[said], 1.0) for place, said in enumerate(map(plain, texts)) if said in known]


def copies_of_label(table: pd.DataFrame, codes: np.ndarray, *, purity: float = 0.98, fewest: int = 20) -> list[str]:
    """Return the columns that say the label in other words: almost each value one label, each label one value.

    Parameters
    ----------
    table : DataFrame of n rows
        The labelled samples.
    codes : array of shape (n,)
        Their classes.
    purity : float
        Least share of rows that fit, both ways.
    fewest : int
        Labelled rows below which nothing is said.

    Examples
    --------
    >>> table = pd.DataFrame({"age": range(20), "paid": ["yes", "no"] * 10})
    >>> copies_of_label(table, np.array([0, 1] * 10))
    ['paid']
    """
    if len(codes) < fewest or len(np.unique(codes)) < 2:
        return []
    return [str(name) for name in table.columns if _tells(table[name], codes, purity)]


def _tells(column: Any, codes: np.ndarray, purity: float) -> bool:
    values = pd.factorize(column.astype(str))[0]
    if not 1 < values.max() + 1 <= 2 * len(np.unique(codes)):
        return False
    counts = np.zeros((values.max() + 1, int(codes.max()) + 1))
    np.add.at(counts, (values, codes), 1)
    return min(counts.max(axis=1).sum(), counts.max(axis=0).sum()) / len(codes) >= purity


def conflicts(texts: Sequence[str], codes: np.ndarray) -> list[tuple[int, int]]:
    """Return pairs of places that say the same and are labelled differently.

    >>> conflicts(["Win!", "lunch?", "win"], np.array([1, 0, 0]))
    [(0, 2)]
    """
    first: dict[str, int] = {}
    found = []
    for place, said in enumerate(map(plain, texts)):
        before = first.setdefault(said, place)
        if said and codes[before] != codes[place]:
            found.append((before, place))
    return found
