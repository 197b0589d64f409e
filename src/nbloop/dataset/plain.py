"""Plain samples: those of which one or two labels were given and nothing else, settled without making an event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nbloop.dataset.shelf import Shelf


class Plain(NamedTuple):
    """What plain samples are: their places, the rows of their answers, and whether these correct something.

    `others` are the places of samples that are not plain, in the order of their first events.
    """

    places: np.ndarray
    rows: np.ndarray
    corrected: np.ndarray
    others: np.ndarray


def plain(shelf: Shelf, now: Sequence[str | None], undone: np.ndarray, simple: bool) -> Plain:
    """Tell what becomes of the samples on a shelf where the first answer is enough.

    Parameters
    ----------
    shelf : Shelf
        All events of the store.
    now : sequence of str or None
        What each of the shelf's values is called now; None where it says nothing any more.
    undone : ndarray of bool, shape (rows,)
        Rows that may not stand.
    simple : bool
        Whether the first answer is enough; where it is not, no sample is plain.
    """
    many = shelf.many()
    told = np.flatnonzero(many)
    first, last = shelf.ends(told)
    easy = simple & (many[told] <= 2) & ~_odd(shelf, now, undone)[told]
    others = told[~easy][np.argsort(first[~easy])]
    told, first, last = told[easy], first[easy], last[easy]
    meant = _meant(now)[shelf.said]
    same = meant[first] == meant[last]
    rows = np.where(same & (shelf.who[first] != shelf.who[last]), first, last)  # the first of those that say what won
    return Plain(told, rows, ~same | shelf.overrules[first] | shelf.overrules[last], others)


def _odd(shelf: Shelf, now: Sequence[str | None], undone: np.ndarray) -> np.ndarray:
    """Return for every place whether more than annotations that stand, and say something, was told of it."""
    mute = np.array([value is None for value in now] + [True])  # the last is said by whatever is no annotation
    rows = (undone | mute[shelf.said]) & (shelf.place >= 0)
    odd = np.zeros(int(shelf.place.max(initial=-1)) + 1 + len(shelf.many()), bool)
    odd[shelf.place[rows]] = True
    return odd


def _meant(now: Sequence[str | None]) -> np.ndarray:
    """Return a number for each value, equal where they are called the same now."""
    numbers = {value: number for number, value in enumerate(dict.fromkeys(now))}
    return np.array([numbers[value] for value in now] + [-1])
