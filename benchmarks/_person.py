"""A simulated person: labels what a strategy asks, while one learner is tested on samples that nobody asks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from nbloop.learners import Committee, Logistic
from nbloop.strategies import Query
from real_data import Data, load

ROOT = Path(__file__).resolve().parents[1]
POOL, TEST = 2000, 2000
"""Larger pools and test halves are drawn down to these, once: some peers take minutes a commit beyond."""

MANY = 3000
"""Tests where the pool is a whole training half."""

Choose = Callable[[Query], np.ndarray]


@dataclass
class Person:
    """What was labelled so far, and the learner that knows it.

    Parameters
    ----------
    data : Data
    seed : int
        Ties, draws, and the order of a strategy that begins at random.
    committee : bool
        Whether the strategy may ask a committee; the tested learner is the same.
    """

    data: Data
    seed: int
    committee: bool = False

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.labelled = np.array([], dtype=np.intp)
        self.open = np.ones(len(self.data.y), dtype=bool)
        self.learner, self.members = Logistic(), Committee(random_state=self.seed)
        self.known: Logistic | None = None

    @property
    def accuracy(self) -> float:
        """Return the share of the test half that the learner gets right."""
        return float((self.learner.predict(self.data.X_test) == self.data.y_test).mean())

    def query(self, n: int) -> Query:
        """Return what a strategy may know now."""
        y = self.data.y[self.labelled]
        trained = len(np.unique(y)) > 1
        query = Query(
            self.data.X, np.flatnonzero(self.open), self.labelled, y, len(self.data.classes), n, self.rng,
            self._proba(self.learner) if trained else None,
        )  # fmt: skip
        return replace(query, members_of=self._of_members) if trained and self.committee else query

    def tell(self, chosen: np.ndarray) -> None:
        """Label samples and learn them."""
        assert len(chosen)
        assert self.open[chosen].all()
        self.labelled, self.open[chosen] = np.concatenate([self.labelled, chosen]), False
        for learner in [self.learner, self.members] if self.committee else [self.learner]:
            learner.update(self.data.X[self.labelled], self.data.y[self.labelled])

    def _proba(self, learner: Logistic) -> Callable[[np.ndarray], np.ndarray]:
        return lambda positions: self._aligned(learner.predict_proba(self.data.X[positions]), learner.classes_)

    def _of_members(self, positions: np.ndarray) -> np.ndarray:
        rows = self.data.X[positions]
        return np.stack([self._aligned(one.predict_proba(rows), one.classes_) for one in self.members.members_])

    def _aligned(self, proba: np.ndarray, classes: np.ndarray) -> np.ndarray:
        aligned = np.zeros((len(proba), len(self.data.classes)), dtype=proba.dtype)
        aligned[:, classes] = proba
        return aligned


def curve(data: Data, choose: Choose, budget: int, commit: int, seed: int, *, committee: bool = False) -> np.ndarray:
    """Return the test accuracy after each commit, until there are `budget` labels."""
    person, accuracies = Person(data, seed, committee), []
    while len(person.labelled) < budget:
        person.tell(np.asarray(choose(person.query(commit)), dtype=np.intp)[:commit])
        accuracies.append(person.accuracy)
    return np.array(accuracies)


def ceiling(data: Data) -> float:
    """Return the test accuracy with all labels of the pool."""
    return float((Logistic().fit(data.X, data.y).predict(data.X_test) == data.y_test).mean())


def prepared(name: str, split: int) -> Data:
    """Return a data set drawn down to `POOL` and `TEST`; features are computed once and kept in ``build/bench``.

    Parameters
    ----------
    name : str
        One of `real_data.NAMES`.
    split : int
        Draws the test half and what is kept: 0 for what is reported, others to develop on.
    """
    kept = ROOT / "build" / "bench" / f"{name}-{split}-{sources('features')}.npz"
    if not kept.exists():
        data, rng = load(name, seed=split), np.random.default_rng(split)
        rows, tests = rng.permutation(len(data.y))[:POOL], rng.permutation(len(data.y_test))[:TEST]
        kept.parent.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, Any] = {"X": data.X[rows], "y": data.y[rows], "classes": np.array(data.classes)}
        np.savez(kept, **arrays, X_test=data.X_test[tests], y_test=data.y_test[tests])
    with np.load(kept) as found:
        return Data(name, *(found[key] for key in ("X", "y", "X_test", "y_test")), tuple(found["classes"]))


@cache
def whole(name: str, split: int) -> Data:
    """Return a data set with its whole training half, and a test half drawn down to `MANY`."""
    data = load(name, seed=split)
    kept = np.random.default_rng(split).permutation(len(data.y_test))[:MANY]
    return Data(name, data.X, data.y, data.X_test[kept], data.y_test[kept], data.classes)


def sources(*rooms: str) -> str:
    """Return a short hash of what the files of these rooms say."""
    files = [path for room in rooms for path in sorted((ROOT / "src" / "nbloop" / room).glob("*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:8]
