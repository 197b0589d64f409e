"""Withheld: labels in doubt, from which nobody learns until somebody decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from nbloop.dataset.apart import Apart
from nbloop.dataset.fold import Fold
from nbloop.dataset.near import MOST_TEXTS, Alike
from nbloop.dataset.sayings import Sayings, repeated
from nbloop.pool import Pool
from nbloop.snapshot import Snapshot, without

CONFLICT, TWIN = "conflicting labels", "golden twins"
"""Why a label is held back: an equal sample has another one, or the sample is as good as a golden one."""

NOBODY = np.empty(0, np.intp)

MANY = 10_000
"""Labels that are looked at together when a store is opened, and not after an answer."""


class Withheld(NamedTuple):
    """A label held back: `place` is the sample, `other` the one that speaks against it."""

    place: int
    kind: str
    other: int


class Withholding:
    """Finds the labels in doubt, change by change: what it costs depends on what was told since, not on all labels.

    Two samples that say the same and are labelled differently are both in doubt. A reviewer's decision ends that: what
    was decided counts, and so do labels that agree with it. A training sample that says what a golden one does is in
    doubt as well. Samples that nearly do were set apart when the golden set was drawn (`nbloop.dataset.near`); in pools
    too large for that, they are found here, as they are labelled.

    Parameters
    ----------
    pool : Pool
    near : float or None
        From which share of its content a text is as good as a golden one; None lets all be.
    sayings : Sayings, optional
        Those of another moment of the same pool.
    large : int
        From how many texts on near-duplicates are looked for here.
    """

    def __init__(
        self, pool: Pool, near: float | None, sayings: Sayings | None = None, *, large: int = MOST_TEXTS
    ) -> None:
        self._pool, self._near, self._large = pool, near, large
        self._sayings = sayings or Sayings(pool)
        self._fold: Fold | None = None

    def fresh(self) -> Withholding:
        """Return one for another moment of the same samples."""
        return Withholding(self._pool, self._near, self._sayings, large=self._large)

    def of(self, fold: Fold) -> list[Withheld]:
        """Return what is in doubt, by position; whether it is learned all the same is another question."""
        if fold is not self._fold or fold.names != self._names:
            self._begin(fold)
        if fold.seq != self._seq:
            self._follow(fold)
        return self._found or []

    def _begin(self, fold: Fold) -> None:
        self._fold, self._names, self._seq = fold, fold.names, -1
        self._apart = Apart([], {})
        self._conflicts: dict[int, int] = {}
        self._twins: dict[int, int] = {}
        self._found: list[Withheld] | None = None

    def _follow(self, fold: Fold) -> None:
        """Take in what was told since."""
        changed, self._seq = fold.places.news(), fold.seq
        changed = changed if self._found is not None else fold.places.order()
        self._find_conflicts(fold, changed)
        if fold.apart is not self._apart:
            self._set_apart(fold.apart)
            self._twins.clear()
            changed = fold.places.order()
        self._find_twins(fold, changed)
        found = [Withheld(place, CONFLICT, other) for place, other in self._conflicts.items()]
        found += [Withheld(place, TWIN, other) for place, other in self._twins.items()]
        self._found = sorted(found)

    # -- equal to each other -----------------------------------------------------------------------------------------

    def _find_conflicts(self, fold: Fold, changed: np.ndarray) -> None:
        equal = self._sayings.equal_to(self._sayings.of(changed))
        _forget(self._conflicts, np.concatenate([changed, equal]))
        equal = equal[fold.places.trains(equal)]
        for places in _at_odds(equal, self._sayings.of(equal), fold.places.code[equal]):
            self._judge(fold, places, fold.places.code[places])

    def _judge(self, fold: Fold, places: np.ndarray, codes: np.ndarray) -> None:
        """Say which of some samples that say the same are in doubt."""
        decided = np.array([fold.answers.decision(place) is not None for place in places.tolist()])
        doubtful = ~decided & ~np.isin(codes, codes[decided])
        for place, code in zip(places[doubtful].tolist(), codes[doubtful].tolist(), strict=True):
            self._conflicts[place] = int(places[np.argmax(codes != code)])

    # -- as good as golden -------------------------------------------------------------------------------------------

    def _set_apart(self, apart: Apart) -> None:
        self._apart = apart
        self._golden = apart.golden_places if self._near is not None else NOBODY
        self._golden_said = self._sayings.of(self._golden)
        texts = self._pool.kind == "text" and len(self._golden) and len(self._pool) > self._large
        self._alike = Alike(self._sayings.texts(self._golden), self._near) if texts and self._near else None

    def _find_twins(self, fold: Fold, changed: np.ndarray) -> None:
        _forget(self._twins, changed)
        places = changed[fold.places.trains(changed)]
        said = self._sayings.of(places)
        equal = (said != 0) & np.isin(said, self._golden_said)
        for place, digest in zip(places[equal].tolist(), said[equal], strict=True):
            self._twins[place] = int(self._golden[np.argmax(self._golden_said == digest)])
        if self._alike is not None and len(places):
            near = self._alike.of(self._sayings.texts(places))
            for place, twin in zip(places[near >= 0].tolist(), near[near >= 0].tolist(), strict=True):
                self._twins.setdefault(place, int(self._golden[twin]))


def _forget(found: dict[int, int], places: np.ndarray) -> None:
    if found:  # at opening there is nothing to forget, and places are all that have a label
        for place in {*places.tolist()} & found.keys():
            del found[place]


def _at_odds(places: np.ndarray, said: np.ndarray, codes: np.ndarray) -> list[np.ndarray]:
    """Return, of positions that say the same, those together whose codes differ."""
    if len(places) > MANY:  # most say what no other does, and to sort them with their places is what takes time
        twice = repeated(said)
        places, said, codes = places[twice], said[twice], codes[twice]
    if not len(places):
        return []
    order = np.argsort(said, kind="stable")
    places, said, codes = places[order], said[order], codes[order]
    starts = np.flatnonzero(np.r_[True, said[1:] != said[:-1]])
    differ = np.minimum.reduceat(codes, starts) != np.maximum.reduceat(codes, starts)
    ends = np.r_[starts[1:], len(places)]
    return [places[start:end] for start, end in zip(starts[differ], ends[differ], strict=True)]


def standing(fold: Fold, withholding: Withholding) -> list[Withheld]:
    """Return what is held back: what is in doubt, unless that check was waived."""
    return [each for each in withholding.of(fold) if each.kind not in fold.waived]


def withhold(snapshot: Snapshot, fold: Fold, withholding: Withholding) -> Snapshot:
    """Return the snapshot of a fold without the labels that are held back."""
    places = sorted({each.place for each in standing(fold, withholding)})
    return without(snapshot, np.array(places, np.int64))


def told_of(held: Sequence[Withheld], named: Callable[[int], str]) -> str:
    """Say what is held back, and what ends it; empty when nothing is."""
    if not held:
        return ""
    first, places = held[0], {each.place for each in held}
    many = f"{len(places)} labels are" if len(places) > 1 else "1 label is"
    equals = "says the same as" if first.kind == CONFLICT else "is as good as the golden sample"
    ways = {
        CONFLICT: "relabel one, or decide in loop.review()",
        TWIN: "reject it: learned, it would make the golden set flatter the model",
    }
    return (
        f"{many} in doubt and not learned: {named(first.place)} {equals} {named(first.other)}. data.held lists all; "
        f"{ways[first.kind]}. To learn them as they are: loop.guard(False, {first.kind!r}, reason=...)."
    )
