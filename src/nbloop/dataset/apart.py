"""Apart: which samples measure, and which are kept out of training and asking for other reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np

from nbloop.schema import Draw

MEASURING = ("random", "final", "errors")
"""The parts of the golden set; a sample drawn for several belongs to the first."""


class Apart:
    """Samples set apart, by the part they were drawn for.

    Attributes
    ----------
    golden : ndarray of bool, shape (n,)
        Verified and never trained on: drawn at random, held out, or past errors.
    near : ndarray of bool, shape (n,)
        So much like a golden sample that training on them would be training on it.
    delegated : ndarray of bool, shape (n,)
        Routine ones that functions answer: not asked, but trained on when a person answers anyway.
    keys : dict of str to set of str
        The same by part, also of samples that the source lacks.
    """

    def __init__(self, draws: Iterable[Draw], index: Mapping[str, int]) -> None:
        self._index = index
        self.keys: defaultdict[str, set[str]] = defaultdict(set)
        for draw in draws:
            self.keys[draw.part].update(draw.samples)
        self.all_golden = self.keys["random"] | self.keys["final"] | self.keys["errors"]
        self.golden = self._mask(self.all_golden)
        self.near = self._mask(self.keys["near"]) & ~self.golden
        self.delegated = self._mask(self.keys["delegated"]) & ~self.golden & ~self.near

    @property
    def untrained(self) -> np.ndarray:
        """What no learner may see."""
        return self.golden | self.near

    @cached_property
    def golden_places(self) -> np.ndarray:
        """The positions of the golden set, ascending."""
        return np.flatnonzero(self.golden)

    def places(self, part: str) -> np.ndarray:
        """Return the positions of one part of the golden set, ascending."""
        return self._parts[part]

    @cached_property
    def _parts(self) -> dict[str, np.ndarray]:
        """The positions by part; asked with every answer, and the same until the next draw."""
        earlier: set[str] = set()
        parts = {}
        for name in MEASURING:
            parts[name] = np.flatnonzero(self._mask(self.keys[name] - earlier))
            earlier |= self.keys[name]
        return parts

    def _mask(self, keys: set[str]) -> np.ndarray:
        mask = np.zeros(len(self._index), bool)
        mask[[self._index[key] for key in keys & self._index.keys()]] = True
        return mask
