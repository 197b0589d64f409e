"""Votes: who said what of which item, as three arrays of codes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Votes:
    """One vote a row; of each rater at most one an item.

    Attributes
    ----------
    items, raters, values : ndarray of int, shape (v,)
        Places in the three lists of names.
    item_names, rater_names, classes : tuple
        What the codes stand for.

    Examples
    --------
    >>> votes = Votes.of([("s1", "ada", "ham"), ("s1", "bob", "spam"), ("s2", "ada", "ham")], ["ham", "spam"])
    >>> votes.counts.tolist()
    [[1, 1], [1, 0]]
    """

    items: np.ndarray
    raters: np.ndarray
    values: np.ndarray
    item_names: tuple[Any, ...]
    rater_names: tuple[str, ...]
    classes: tuple[str, ...]

    @classmethod
    def of(cls, rows: Iterable[tuple[Hashable, str, str]], classes: Sequence[str]) -> Votes:
        """Make votes of (item, rater, value) rows; items and raters in the order they occur first."""
        items: dict[Hashable, int] = {}
        raters: dict[str, int] = {}
        codes = {name: code for code, name in enumerate(classes)}
        found = [
            (items.setdefault(item, len(items)), raters.setdefault(rater, len(raters)), codes[value])
            for item, rater, value in rows
        ]
        of_items, of_raters, values = np.array(found, np.int64).reshape(-1, 3).T
        return cls(of_items, of_raters, values, tuple(items), tuple(raters), tuple(classes))

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def counts(self) -> np.ndarray:
        """How often each item was given each class, shape (items, classes)."""
        k = len(self.classes)
        flat = np.bincount(self.items * k + self.values, minlength=len(self.item_names) * k)
        return flat.reshape(-1, k)

    def table(self) -> np.ndarray:
        """Return the code that each rater gave each item, shape (raters, items); -1 where there is no vote."""
        found = np.full((len(self.rater_names), len(self.item_names)), -1, np.int64)
        found[self.raters, self.items] = self.values
        return found
