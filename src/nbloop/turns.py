"""Turns: which question is drawn by lot, so that the loop can be compared with none, and which is asked blind."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbloop.dataset import Dataset
from nbloop.dataset.draw import lots
from nbloop.errors import DataError
from nbloop.schema import Annotate, Event, Said, Undo, Why
from nbloop.snapshot import Snapshot

BY_LOT = Why("control", "drawn by lot, so that the loop can be compared with none")


@dataclass(frozen=True)
class Turn:
    """One question: the sample at `place`; `lot` is the sample drawn at this turn, if one was.

    The lot falls on the whole pool, so it may fall on a sample with a label. Then that sample counts as drawn, with
    what the model said before its label was known, and the strategy chooses what is asked.
    """

    place: int
    lot: str | None = None
    chance: float | None = None
    blind: bool = False


class Turns:
    """Decides turn by turn, from the seed alone: asking twice, undoing or opening again changes no lot.

    Drawing from all samples and not from those without a label is what makes the drawn ones a simple random sample of
    the pool: what a strategy leaves over is easier than what it took.

    Parameters
    ----------
    data : Dataset
    control : float
        The share of turns at which the lot decides, from 0 to 1.
    blind : float
        The share of samples that are asked without showing what the model says of them.
    """

    def __init__(self, data: Dataset, control: Any = 0.0, blind: Any = 0.0) -> None:
        self._data = data
        self.control, self.blind = _share("control", control), _share("blind", blind)
        self._order: np.ndarray | None = None
        self._drawn: set[str] | None = None

    def deal(self, order: Iterator[int], snapshot: Snapshot, held: Collection[int], n: int) -> list[Turn]:
        """Return the next `n` turns: samples of `order`, and by lot others."""
        asked: dict[int, Turn] = {}
        drawn = self._lots(snapshot) if self.control else iter(())
        rest, first = (place for place in order if place not in held), len(snapshot.labelled) + len(held)
        for number in range(first, first + n):
            place, lot, chance = None, None, None
            if self.control:
                chance, falls = 1 - self.control, _chance(self._data.seed, "control", number) < self.control
                place, lot, chance = self._fall(drawn, snapshot, {*held, *asked}) if falls else (None, None, chance)
            if place is None:
                place = next((other for other in rest if other not in asked), None)
            if place is None:
                break
            asked[place] = Turn(place, lot, chance, self.is_blind(place))
        return list(asked.values())

    def follow(self, event: Event) -> None:
        """Note what was drawn by an answer, or that this must be worked out anew."""
        if isinstance(event.action, Undo):
            self._drawn = None
        elif self._drawn is not None and isinstance(event.action, Annotate):
            self._drawn |= _lot_of(event)

    def _fall(
        self, drawn: Iterator[tuple[int, float]], snapshot: Snapshot, known: Collection[int]
    ) -> tuple[int | None, str | None, float | None]:
        """Return what is asked (None: what the strategy wants), on whom the lot fell, and with which chance."""
        place, chance = next(drawn, (None, None))
        if place is None:
            return None, None, 1 - self.control
        key = self._data.samples.keys[place]
        return (None if place in known or not snapshot.eligible[place] else place), key, chance

    def _lots(self, snapshot: Snapshot) -> Iterator[tuple[int, float]]:
        """Yield the places on which lots fall next, each with its chance; skipped ones wait until they are back."""
        if self._order is None:
            self._order = np.argsort(lots(snapshot.key_digests, f"control {self._data.seed}"), kind="stable")
        if self._drawn is None:
            self._drawn = set().union(*map(_lot_of, self._data.answered()))
        among = snapshot.eligible.copy()
        among[snapshot.labelled] = True
        among[[self._data.samples.position(key) for key in self._drawn if key in self._data.samples]] = False
        places = self._order[among[self._order]]
        return ((int(place), self.control / (len(places) - i)) for i, place in enumerate(places))

    def is_blind(self, place: int) -> bool:
        """Return whether the sample at `place` is asked without what the model says of it."""
        return self.blind > 0 and _chance(self._data.seed, "blind", self._data.samples.keys[place]) < self.blind


def _lot_of(event: Event) -> set[str]:
    said: Said | None = getattr(event.action, "said", None)
    return {said.lot} if said and said.lot else set()


def _chance(seed: int, what: str, which: object) -> float:
    """Return a number from 0 to 1 that follows from its arguments and looks like chance."""
    return int(lots(np.zeros(1, np.uint64), f"{what} {seed} {which}")[0]) / 2**64


def _share(name: str, share: Any) -> float:
    share = 0.0 if share is None else share
    if isinstance(share, bool) or not isinstance(share, int | float | np.number) or not 0 <= share < 1:
        raise DataError(f"{name}= is a share of the questions from 0 to 1, such as 0.1; found {share!r}.")
    return float(share)
