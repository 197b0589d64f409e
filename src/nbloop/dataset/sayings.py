"""Sayings: what samples say, whoever wrote it how, so that equal ones are found as they are labelled."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from nbloop.dataset.near import all_normalised, row_names
from nbloop.pool import Pool
from nbloop.pool.columns import items_of

COMMON = 0.5
"""Where more samples than this share have an equal one, that says nothing: the columns do not tell samples apart."""

FEW = 16
"""Digests that are looked for one by one."""


class Sayings:
    """Digests of what samples say without case, signs and blanks, each worked out when it is first asked for.

    Images and objects say nothing, and neither do rows of a single column. Where more than half of the samples have an
    equal one (answers of yes and no, tables of a few coarse columns), none says anything: two people in two rows are
    two people, and what differs between them is in no column.

    Parameters
    ----------
    pool : Pool
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known = np.zeros(len(pool), bool)
        self._digests = np.zeros(len(pool), np.uint64)

    def of(self, places: np.ndarray) -> np.ndarray:
        """Return the digests of samples, shape (k,); 0 for one that says nothing."""
        new = np.sort(places[~self._known[places]])  # as they lie in the memory
        if len(new) and self.tell:
            self._digests[new] = self._read(new)
        self._known[new] = True
        return self._digests[places]

    def equal_to(self, said: np.ndarray) -> np.ndarray:
        """Return the positions, of those that were asked for before, that say what one of `said` does.

        `said` are digests of different samples that were asked for before.
        """
        wanted = said[said != 0]
        if len(wanted) > FEW:
            if len(wanted) == np.count_nonzero(self._digests):
                return np.flatnonzero(self._digests)
            return np.flatnonzero(pd.Series(self._digests).isin(wanted))  # numpy's own takes 20 times as long
        found = [np.flatnonzero(self._digests == one) for one in {*wanted.tolist()}]  # no table of all for a few
        return np.concatenate([np.empty(0, np.intp), *found])

    def texts(self, places: np.ndarray) -> list[str]:
        """Return texts without case, signs and blanks; only of a pool of texts."""
        column = self._column
        shown: Any = items_of(column.iloc[places]) if len(places) > FEW else [column.array[place] for place in places]
        return all_normalised([*map(str, shown)])

    @cached_property
    def _column(self) -> Any:
        return self._pool.frame[self._pool.columns[0]]

    @cached_property
    def tell(self) -> bool:
        """Whether samples that say the same are the same."""
        pool = self._pool
        if pool.kind == "row":
            return len(pool.columns) > 1 and not self._common()
        return pool.kind == "text" and not self._common()

    def _common(self) -> bool:
        shown = self._pool.frame[self._pool.columns]
        try:
            equal = repeated(_digests(items_of(self._column))) if self._pool.kind == "text" else _equal(shown)
        except TypeError:  # cells that have no hash, such as lists
            equal = _equal(shown.astype(str))
        return bool(equal.mean() > COMMON)

    def _read(self, places: np.ndarray) -> np.ndarray:
        if self._pool.kind == "text":
            texts = self.texts(places)
        else:
            texts = [repr(cells) for cells in row_names(self._pool.frame[self._pool.columns].iloc[places])]
        return _digests(texts)


def repeated(digests: np.ndarray) -> np.ndarray:
    """Return for each digest whether it is there more than once; most are not, and to sort them alone is quick."""
    ordered = np.sort(digests)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    return pd.Series(digests).isin(again).to_numpy() if len(again) else np.zeros(len(digests), bool)


def _equal(shown: pd.DataFrame) -> np.ndarray:
    return shown.duplicated(keep=False).to_numpy()


def _digests(texts: Sequence[str]) -> np.ndarray:
    """Return digests that hold in this process only; that of no text is 0."""
    return np.fromiter(map(hash, texts), np.int64, len(texts)).view(np.uint64)
