"""Lots: one sample of each group, so that those which are left were drawn independently of each other."""

from __future__ import annotations

import numpy as np
from scipy.optimize import root_scalar


def one_of_each(groups: np.ndarray, golden: np.ndarray, seed: int) -> np.ndarray:
    """Return rows of `golden`, one of each group at most: as good as drawn alone, each sample with the same chance.

    Groups that were not drawn may be wrong as a whole, however right all others are. So no bound may count on more than
    one sample a group. A large group is drawn more often than a small one, by the first of its samples; where that is
    less often than its size would have it, small groups are left out by lot until it fits.

    Parameters
    ----------
    groups : array of int, shape (n,)
        The group of every sample there is, as a code; empty where samples were drawn alone, which leaves all rows.
    golden : array of int, shape (g,)
        Positions of those that were drawn, in whole groups.
    seed : int
        Equal seed, equal lots.

    Returns
    -------
    array of int, shape (k,)
        Rows of `golden`, in order.

    Examples
    --------
    >>> len(one_of_each(np.repeat(range(50), 4), np.arange(40), 0))
    10
    """
    if not len(groups):
        return np.arange(len(golden))
    rng, sizes = np.random.default_rng(seed), np.bincount(groups)
    order = rng.permutation(len(golden))
    codes, first = np.unique(groups[golden[order]], return_index=True)
    kept = rng.random(len(codes)) < _share_kept(sizes, len(codes))[codes]
    return np.sort(order[first[kept]])


def evened(groups: np.ndarray, golden: np.ndarray) -> np.ndarray:
    """Return how much each golden sample counts, shape (g,), so that samples of large groups count no more than others.

    Examples
    --------
    >>> evened(np.repeat(range(50), 4), np.arange(40)).round(2).tolist()[:2]
    [0.25, 0.25]
    """
    own = np.unique(groups[golden], return_counts=True)
    share = _share_kept(np.bincount(groups), len(own[0]))[own[0]] / own[1]
    return share[np.searchsorted(own[0], groups[golden])]


def as_drawn(groups: np.ndarray, golden: np.ndarray) -> dict[str, np.ndarray]:
    """Return groups and weights of golden samples for `score`; nothing where they were drawn alone."""
    return {"groups": groups[golden], "weights": evened(groups, golden)} if len(groups) else {}


def told_of(groups: np.ndarray) -> str:
    """Return what a sentence about golden samples adds where they were drawn in whole groups."""
    return " (one of each group, by lot)" if len(groups) else ""


def _share_kept(sizes: np.ndarray, drawn: int) -> np.ndarray:
    """Return how often a group is kept, so that drawn and kept is each in proportion to its size."""
    sizes = np.asarray(sizes, float)

    def chance(lot: float) -> np.ndarray:
        """A group is drawn with the first of its samples whose lot is low enough."""
        return 1 - (1 - lot) ** sizes

    all_drawn = drawn >= (sizes > 0).sum()
    lot = 1.0 if all_drawn else root_scalar(lambda each: chance(each).sum() - drawn, bracket=(0.0, 1.0)).root
    weights = np.divide(sizes, chance(float(lot)), out=np.zeros_like(sizes), where=sizes > 0)
    return weights / weights.max()
