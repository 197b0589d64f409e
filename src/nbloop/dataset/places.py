"""The places: what every sample is now, as arrays by position, and how many are what."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nbloop.dataset.apart import Apart
from nbloop.schema import Counts

NONE, REJECTED, CONTESTED = -1, -2, -3
"""Codes of a sample without a label."""

TRAIN, GOLDEN, NEAR, DELEGATED = range(4)
"""What a sample is for."""

MOST_NEWS = 4096
"""Changes that are kept one by one for whoever asks for news."""

WAITING, LABELLED, OUT, DISPUTED, MUTE = range(5)
"""What became of it: not yet answered, a label, rejected, answers that disagree, a label that is none any more."""


class Places:
    """Labels, flags and parts of all samples, and their numbers, kept up to date change by change.

    What a change costs depends on how many samples it touches, never on how many there are: every answer asks for the
    counts, and nobody should wait longer for them in a larger pool.

    Parameters
    ----------
    apart : Apart
        Which samples are set apart.

    Attributes
    ----------
    code : ndarray, shape (n,)
        Of the label that stands; `NONE`, `REJECTED` or `CONTESTED` where there is none.
    since : ndarray, shape (n,)
        The sequence number of the event after which the sample was asked no more; 0 while it may be asked.
    flagged, corrected : ndarray of bool, shape (n,)
        Marked to be looked at again; with a label that overruled the model, or an earlier answer.
    """

    def __init__(self, apart: Apart) -> None:
        n = len(apart.golden)
        self.code, self.since = np.full(n, NONE, np.int64), np.zeros(n, np.int64)
        self.flagged, self.corrected = np.zeros(n, bool), np.zeros(n, bool)
        self._cell = np.zeros(n, np.int8)  # part and outcome of a sample, as one number
        self._order = np.zeros(0, np.int64)  # positions with a training label, when somebody last asked
        self._touched: list[np.ndarray] = []  # positions that changed since
        self._news: list[np.ndarray] | None = None  # the same for whoever asks for news
        self.set_apart(apart)

    def put(
        self,
        positions: Sequence[int] | np.ndarray,
        code: Sequence[int] | np.ndarray,
        since: Sequence[int] | np.ndarray,
        flagged: Sequence[bool] | np.ndarray,
        corrected: Sequence[bool] | np.ndarray,
    ) -> None:
        """Take in what some samples are now; each position once."""
        if not len(positions):
            return
        places = np.array(positions, np.int64)
        self._flagged += int(np.sum(flagged)) - int(self.flagged[places].sum())
        self.code[places], self.since[places], self.flagged[places] = code, since, flagged
        self.corrected[places] = corrected
        self._tally -= self._count(self._cell[places])
        self._cell[places] = self._cell[places] // 5 * 5 + self._outcome(places)
        self._tally += self._count(self._cell[places])
        self._touch(places)

    def set_apart(self, apart: Apart) -> None:
        """Take in what is set apart from now on."""
        part = np.where(apart.golden, GOLDEN, TRAIN) + NEAR * apart.near + DELEGATED * apart.delegated
        before = self._cell // 5
        self._touch(np.flatnonzero(_untrained(before) != _untrained(part)))
        self.apart = apart
        self._cell = (part * 5 + self._outcome(np.arange(len(part)))).astype(np.int8)
        self._tally = self._count(self._cell)
        self._flagged = int(self.flagged.sum())

    def _touch(self, places: np.ndarray) -> None:
        self._touched.append(places)
        if self._news is not None:
            self._news.append(places)
            if len(self._news) > MOST_NEWS:
                self._news = [np.unique(np.concatenate(self._news))]

    def _outcome(self, places: np.ndarray) -> np.ndarray:
        code = self.code[places]
        closed = np.select([code >= 0, code == REJECTED, code == CONTESTED], [LABELLED, OUT, DISPUTED], MUTE)
        return np.where(self.since[places] == 0, WAITING, closed)

    @staticmethod
    def _count(cells: np.ndarray) -> np.ndarray:
        return np.bincount(cells, minlength=20).reshape(4, 5)

    def counts(self, skipped: int) -> Counts:
        """Return how many samples are in which state; all but total, flagged and verified add up to total."""
        tally = self._tally
        train = tally[TRAIN] + tally[DELEGATED]
        return Counts(
            total=len(self.code),
            labels=int(train[LABELLED]),
            pool=int(tally[TRAIN, WAITING]) - skipped,
            skipped=skipped,
            rejected=int(tally[:, OUT].sum() - tally[GOLDEN, OUT]),
            flagged=self._flagged,
            golden=int(tally[GOLDEN].sum()),
            verified=int(tally[GOLDEN, LABELLED]),
            apart=int(tally[NEAR].sum() - tally[NEAR, OUT] + tally[DELEGATED, WAITING]),
            review=int(train[DISPUTED]),
            measuring=int((self.code[self.apart.places("random")] >= 0).sum()),
        )

    def open(self) -> np.ndarray:
        """Return which samples may be asked, now or later."""
        return self._cell == TRAIN * 5 + WAITING

    def is_open(self, position: int) -> bool:
        """Tell the same of one sample."""
        return bool(self._cell[position] == TRAIN * 5 + WAITING)

    def order(self) -> np.ndarray:
        """Return the positions that have a training label, in the order they were labelled."""
        if self._touched:
            touched = self._once(np.concatenate(self._touched))
            kept = self._order[~np.isin(self._order, touched)] if len(self._order) else self._order
            added = touched[(self.code[touched] >= 0) & ~_untrained(self._cell[touched] // 5)]
            order = np.concatenate([kept, added[np.argsort(self.since[added])]])
            self._order = order[np.argsort(self.since[order], kind="stable")]  # sorted already, but for an undo
            self._touched.clear()
        return self._order

    def news(self) -> np.ndarray:
        """Return the positions that changed since this was asked last; all that have a training label the first time.

        There is one who asks.
        """
        told = [self.order()] if self._news is None else self._news
        self._news = []
        return self._once(np.concatenate([np.empty(0, np.int64), *told]))

    def trains(self, places: np.ndarray) -> np.ndarray:
        """Tell which of some positions have a training label."""
        return (self.code[places] >= 0) & ~_untrained(self._cell[places] // 5)

    def _once(self, touched: np.ndarray) -> np.ndarray:
        """Return some positions once each, ascending; of nearly all, a walk over all is faster than to sort them."""
        if len(touched) < len(self.code) // 8:
            return np.unique(touched)
        mask = np.zeros(len(self.code), bool)
        mask[touched] = True
        return np.flatnonzero(mask)

    def measured(self, part: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the positions of a part of the golden set that are verified, ascending, and their codes."""
        places = self.apart.places(part)
        verified = places[self.code[places] >= 0]
        return verified, self.code[verified]


def _untrained(part: np.ndarray) -> np.ndarray:
    return (part == GOLDEN) | (part == NEAR)
