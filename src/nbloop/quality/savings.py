"""Savings: how many labels a strategy needed for what labels drawn by lot reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

Correct = Callable[[np.ndarray], np.ndarray]
"""From positions to learn to whether each test sample is predicted right, shape (tests,) of bool."""

ORDERS = 12
"""How many random halves of the drawn labels are learned."""


class Savings(NamedTuple):
    """Labels saved against random order, with the interval that holds the true number in 95 of 100 cases.

    Attributes
    ----------
    random : int
        How many labels were drawn by lot.
    reached : float
        The accuracy that they reach alone.
    needed, needed_low, needed_high : float
        How many labels the loop needed for the same.
    curve : DataFrame
        Columns `arm` (``"loop"``, ``"random"``), `labels`, `accuracy`, `low`, `high`.
    """

    random: int
    reached: float
    needed: float
    needed_low: float
    needed_high: float
    curve: pd.DataFrame

    @property
    def saved(self) -> float:
        """Labels saved."""
        return self.random - self.needed

    def __str__(self) -> str:
        low, high = self.random - self.needed_high, self.random - self.needed_low
        said = f"{self.random} labels drawn by lot reach {self.reached:.1%}; the loop reached that with about "
        said += f"{self.needed:.0f} ({self.needed_low:.0f}–{self.needed_high:.0f})"
        verdict = "saved" if low > 0 else "lost" if high < 0 else "saved, which may be chance"
        return f"{said}: {abs(self.saved):.0f} of {self.random} {verdict} ({low:.0f}–{high:.0f})."


def savings(
    order: np.ndarray, drawn: np.ndarray, correct: Correct, rng: np.random.Generator, *, draws: int = 400
) -> Savings:
    """Compare what the labels in the order of the loop reach with what those drawn by lot reach.

    Nothing is extrapolated: the question is how many of the loop's labels match all of those drawn by lot. The interval
    is a bootstrap over the test samples; what other lots would have reached is judged from random halves of the drawn
    labels (the delete-half jackknife of Shao and Wu, 1989). The loop's own order is taken as it was.

    Parameters
    ----------
    order : ndarray of shape (m,)
        Positions as the loop labelled them, those drawn by lot among them.
    drawn : ndarray of shape (k,)
        Positions drawn by lot.
    correct : callable
        Learns positions, and tells which of the test samples it then predicts right.
    rng : numpy.random.Generator
        Draws the orders and the bootstrap.
    draws : int
        How many bootstrap samples.
    """
    sizes, random_sizes = grid(len(order)), grid(len(drawn))
    loop = np.array([correct(order[:size]) for size in sizes])
    whole = correct(drawn)
    random = np.array([_by_size(rng.permutation(drawn), random_sizes[:-1], correct) for _ in range(ORDERS // 4)])
    halves = np.array([correct(rng.permutation(drawn)[: len(drawn) // 2]) for _ in range(ORDERS)])
    tests = rng.integers(loop.shape[1], size=(draws, loop.shape[1]))
    luck = halves[rng.integers(ORDERS, size=draws)]
    reached = np.array(
        [whole[t].mean() + one[t].mean() - halves[:, t].mean() for t, one in zip(tests, luck, strict=True)]
    )
    loops, randoms = (each[..., tests].mean(axis=-1) for each in (loop, random.mean(axis=0)))
    needed = [first_reach(sizes, curve, goal) for curve, goal in zip(loops.T, reached, strict=True)]
    low, high = np.quantile(needed, [0.025, 0.975])
    value = first_reach(sizes, loop.mean(axis=1), float(whole.mean()))
    curve = pd.concat([_curve("loop", sizes, loops), _curve("random", random_sizes, np.vstack([randoms, reached]))])
    low, high = min(float(low), value), max(float(high), value)
    return Savings(len(drawn), float(whole.mean()), value, low, high, curve.reset_index(drop=True))


def _by_size(order: np.ndarray, sizes: np.ndarray, correct: Correct) -> list[np.ndarray]:
    return [correct(order[:size]) for size in sizes]


def grid(n: int, points: int = 14) -> np.ndarray:
    """Return growing numbers of labels, the last one `n`."""
    return np.unique(np.geomspace(min(4, n), n, points).round().astype(int))


def first_reach(sizes: np.ndarray, accuracy: np.ndarray, goal: float) -> float:
    """Return the number of labels at which a curve first reaches `goal`, between two sizes on a line; else the last."""
    place = int((accuracy >= goal).argmax())
    if accuracy[place] < goal:
        return float(sizes[-1])
    if place == 0:
        return float(sizes[0])
    before, after = accuracy[place - 1], accuracy[place]
    return float(sizes[place - 1] + (sizes[place] - sizes[place - 1]) * (goal - before) / (after - before))


def _curve(arm: str, sizes: np.ndarray, means: np.ndarray) -> pd.DataFrame:
    low, high = np.quantile(means, [0.025, 0.975], axis=1)
    columns = {"labels": sizes, "accuracy": means.mean(axis=1), "low": low, "high": high}
    return pd.DataFrame(columns).assign(arm=arm)
