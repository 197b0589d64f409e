"""Anchors: learner states at growing label counts, so that a model is a pure function of the ordered labels.

A warm start is fast, but what it ends in depends on where it began. Here every model begins at the last *anchor*, a
state reached through the anchors before it, each at a fixed number of labels. So it does not matter how the labels were
grouped into commits, whether one was told and undone, or whether the kernel was restarted: equal labels in equal order
end in the same bits, and reopening costs a logarithmic number of updates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

import numpy as np

from nbloop.learners import Learner


def anchor_counts(start: int, stop: int) -> Iterator[int]:
    """Yield the anchor counts in ``(start, stop]``: 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, ...

    Examples
    --------
    >>> list(anchor_counts(4, 20))
    [5, 6, 7, 8, 10, 12, 15, 18]
    """
    count = 1
    while count <= stop:
        if count > start:
            yield count
        count += max(1, count // 4)


class Anchors:
    """Trains learners on growing label lists, each from the nearest anchor.

    Parameters
    ----------
    make : callable
        Makes an untrained learner.
    X : array or CSR matrix, shape (n, d)
        Features of the whole pool.
    """

    def __init__(self, make: Callable[[], Learner], X: Any) -> None:
        self._make = make
        self._X = X
        self._labelled = np.empty(0, dtype=np.intp)
        self._codes = np.empty(0, dtype=np.intp)
        self._times = np.empty(0, dtype=np.intp)
        self._states: list[tuple[int, Any]] = []

    def train(self, labelled: np.ndarray, codes: np.ndarray, times: np.ndarray | None = None) -> Learner:
        """Return a new learner that knows exactly these labels, shape (m,) each, in this order.

        With `times`, shape (m,), a label counts as often as that says: it is there so many times, in its place.
        """
        times = np.ones(len(labelled), dtype=np.intp) if times is None else times
        self._forget(labelled, codes, times)
        learner = self._make()
        if not learner.incremental:
            return learner.fit(*self._told(len(labelled)))
        if self._states:
            learner.restore(self._states[-1][1])
        done = self._anchored
        for count in anchor_counts(done, len(labelled)):
            learner.update(*self._told(count))
            self._states.append((count, learner.state()))
        if self._anchored < len(labelled):
            learner.update(*self._told(len(labelled)))
        return learner

    def rehearse(self, labelled: np.ndarray, codes: np.ndarray, times: np.ndarray | None = None) -> Learner:
        """Return what `train` would, to the bit, and take no note of it: these labels may never be told."""
        aside = copy(self)
        aside._states = list(self._states)
        return aside.train(labelled, codes, times)

    def _told(self, count: int) -> tuple[Any, np.ndarray]:
        """Return the first labels, each as often as it counts."""
        rows = np.repeat(np.arange(count), self._times[:count])
        return self._X[self._labelled[rows]], self._codes[rows]

    @property
    def _anchored(self) -> int:
        return self._states[-1][0] if self._states else 0

    def _forget(self, *now: np.ndarray) -> None:
        """Drop the anchors that saw a label which is no longer there, or counts another time."""
        shared = min(map(_common_prefix, now, (self._labelled, self._codes, self._times)))
        while self._anchored > shared:
            self._states.pop()
        self._labelled, self._codes, self._times = (array.copy() for array in now)


def _common_prefix(a: np.ndarray, b: np.ndarray) -> int:
    """How many leading entries two lists share."""
    size = min(len(a), len(b))
    differ = np.flatnonzero(a[:size] != b[:size])
    return int(differ[0]) if len(differ) else size
