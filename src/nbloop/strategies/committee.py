"""How much a committee disagrees: functions of its probabilities, (members, m, classes), to scores (m,)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nbloop.errors import StrategyError
from nbloop.strategies.query import BLOCK, Query
from nbloop.strategies.uncertainty import entropy


def vote_entropy(members: np.ndarray) -> np.ndarray:
    """Return the entropy of the members' votes (Dagan and Engelson, ICML 1995)."""
    return entropy(votes(members))


def variation_ratio(members: np.ndarray) -> np.ndarray:
    """Return the share of members that do not vote as most do (Freeman, 1965)."""
    return 1 - votes(members).max(axis=1)


def consensus_kl(members: np.ndarray) -> np.ndarray:
    """Return the mean divergence of the members from their mean (McCallum and Nigam, ICML 1998).

    It equals the mutual information of label and member (BALD; Houlsby et al., 2011): the entropy of the mean less the
    mean of the entropies.
    """
    return np.maximum(entropy(members.mean(axis=0)) - np.mean([entropy(proba) for proba in members], axis=0), 0)


def votes(members: np.ndarray) -> np.ndarray:
    """Return the share of members that vote for each class, shape (m, classes).

    >>> votes(np.array([[[0.9, 0.1]], [[0.2, 0.8]]])).tolist()
    [[0.5, 0.5]]
    """
    return np.eye(members.shape[2])[members.argmax(axis=2)].mean(axis=0)


def disagreement(query: Query, score: Callable[[np.ndarray], np.ndarray], name: str) -> np.ndarray:
    """Return `score` of the members' probabilities of all candidates, block by block.

    Raises
    ------
    StrategyError
        There is a model and it is no committee.
    """
    if query.members_of is None:
        if query.trained:
            raise StrategyError(f"strategy {name!r} needs a committee: use learner='committee', or one of your own.")
        return query.each(entropy)  # raises NotTrained: the cold start is asked
    blocks = [query.candidates[i : i + BLOCK] for i in range(0, len(query.candidates), BLOCK)]
    return np.concatenate([np.empty(0), *(score(query.members_of(block)) for block in blocks)])
