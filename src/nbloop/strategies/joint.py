"""What a committee disagrees about in several samples together, so that a batch asks nothing twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nbloop.strategies.committee import consensus_kl, disagreement
from nbloop.strategies.order import followed, sample
from nbloop.strategies.query import Choice, Query
from nbloop.strategies.uncertainty import entropy

POOL = 1000
"""Candidates compared, drawn at random from larger pools."""

TOGETHER = 10
"""How many are chosen together: more than a person answers before the next ranking. The rest follow one by one."""

CASES = 1024
"""Joint answers kept: all that there are, or as many drawn from the committee."""

BLOCK = 64


class Joint:
    """The entropy of the answers to all samples chosen so far, by a committee that answers each on its own.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws joint answers once there are more than `cases`.
    members : int
        Size of the committee.
    cases : int
        How many joint answers are kept.
    """

    def __init__(self, rng: np.random.Generator, members: int, cases: int = CASES) -> None:
        self._rng, self._cases = rng, cases
        self._given = np.ones((1, members))  # the probability of each joint answer, by member
        self._weight = np.ones(1)  # how many joint answers each stands for

    @property
    def entropy(self) -> float:
        """Return the joint entropy in nats."""
        chance = self._given.mean(axis=1)
        return float(-self._weight @ (chance * _log(chance)))

    def entropy_with(self, members: np.ndarray) -> np.ndarray:
        """Return the joint entropy with each one of some samples, (members, m, classes), shape (m,)."""
        chance = np.einsum("jk,kmc->jmc", self._given, members, optimize=True) / len(members)
        return -np.einsum("j,jmc,jmc->m", self._weight, chance, _log(chance), optimize=True)

    def add(self, proba: np.ndarray) -> None:
        """Choose a sample with these probabilities (members, classes)."""
        given = (self._given[:, None] * proba.T[None]).reshape(-1, len(proba))
        weight = np.repeat(self._weight, proba.shape[1])
        if len(given) > self._cases:
            chance = given.mean(axis=1)
            drawn = self._rng.choice(len(given), self._cases, p=weight * chance / (weight @ chance))
            given, weight = given[drawn], 1 / (self._cases * chance[drawn])
        self._given, self._weight = given, weight


def batch_bald(query: Query) -> Choice:
    """Ask the samples whose answers together tell most about the committee (Kirsch et al., NeurIPS 2019).

    The first ten are chosen greedily by the mutual information of all their answers and the member that gives them;
    the rest follow by their own (BALD).

    References
    ----------
    Kirsch, van Amersfoort and Gal, "BatchBALD: efficient and diverse batch acquisition for deep Bayesian active
    learning", NeurIPS 2019.
    """
    drawn = sample(query.candidates, POOL, query.rng)
    alone = disagreement(replace(query, candidates=drawn), consensus_kl, "batch_bald")
    if not len(drawn) or query.members_of is None:
        return Choice(drawn, np.empty(0), "nothing is left")
    places, gains = greedy(query.members_of(drawn), alone, min(query.n, TOGETHER), query.rng)
    places, scores = followed(places, gains, alone, query.n, query.rng)
    return Choice(drawn[places], scores, "most to learn about the committee together")


def greedy(
    members: np.ndarray, alone: np.ndarray, n: int, rng: np.random.Generator, cases: int = CASES
) -> tuple[np.ndarray, np.ndarray]:
    """Choose samples one by one, each adding most to the mutual information of the answers and the member.

    What a sample adds only shrinks as more is chosen, so what it added last is an upper bound and only samples that
    may still win are read again (Minoux, 1978).

    Parameters
    ----------
    members : array of shape (members, m, classes)
        Probabilities.
    alone : array of shape (m,)
        The mutual information of each sample by itself.
    n : int
        How many.
    rng : numpy.random.Generator
        Draws joint answers once there are more than `cases`.
    cases : int
        How many joint answers are kept.

    Returns
    -------
    places, gains : arrays of shape (min(n, m),)
    """
    joint, own = Joint(rng, len(members), cases), np.mean([entropy(proba) for proba in members], axis=0)
    gains, places, won = alone.astype(np.float64), [], []
    for _ in range(min(n, len(gains))):
        stale, known = np.isfinite(gains), joint.entropy
        while stale[best := int(gains.argmax())]:
            block = np.flatnonzero(stale)
            block = block[np.argsort(-gains[block], kind="stable")[:BLOCK]]
            gains[block] = joint.entropy_with(members[:, block]) - own[block] - known
            stale[block] = False
        places.append(best)
        won.append(max(float(gains[best]), 0.0))
        joint.add(members[:, best])
        gains[best] = -np.inf
    return np.array(places, dtype=np.intp), np.array(won)


def _log(chance: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(chance, np.finfo(np.float64).tiny))
