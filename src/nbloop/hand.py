"""The hand: the card before a person and those behind it, which will be answered before a ranking can renew them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np


class Hand:
    """Knows what a person is being asked, from what was dealt and what was answered since.

    The card in front keeps its place when others are dealt. A ranking that begins now is in force for what comes behind
    it, and behind as many others as were answered while the last ranking was made.

    Attributes
    ----------
    late : int
        How many labels were told while the last ranking was made.

    Examples
    --------
    >>> hand, eligible = Hand(), np.array([False, True, True, True])
    >>> hand.lay([0, 1, 2], eligible.item)
    >>> hand.lay([3, 2], eligible.item)
    >>> hand.asked(eligible).tolist()
    [1]
    """

    def __init__(self) -> None:
        self.late = 0
        self._places: list[int] = []

    def clear(self) -> None:
        """Begin anew: a page that opens holds nothing."""
        self._places = []

    def lay(self, places: Sequence[int], unanswered: Callable[[int], bool]) -> None:
        """Lay cards behind the one in front: the first without an answer."""
        front = [place for place in self._places if unanswered(place)][:1]
        self._places = [*front, *(place for place in places if place not in front)]

    def asked(self, eligible: np.ndarray) -> np.ndarray:
        """Return what will be answered before a ranking that begins now is in force, soonest first.

        `eligible`, shape (n,), is what has no answer yet.
        """
        waiting = [place for place in self._places if eligible[place]]
        return np.array(waiting[: 1 + self.late], dtype=np.intp)
