"""Who takes part in the contest of `efficiency.py`: our strategies and those of other libraries, as they come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from _person import Choose, sources
from nbloop.errors import NotTrained
from nbloop.learners import Logistic
from nbloop.strategies import Query, make_strategy, names
from nbloop.strategies.adapters import adapted, scikit_activeml


@dataclass(frozen=True)
class Contestant:
    """A strategy that takes part.

    Parameters
    ----------
    library, name : str
    make : callable
        Returns a function from a query to positions.
    committee : bool
        Whether it asks a committee, trained beside the learner that is tested.
    core : bool
        Whether it takes part from the first, and one label a commit too.
    pool : int
        Larger pools are left out, because of `slow`.
    classes : int
        More classes are left out, because of `slow`.
    slow : str
        Why.
    """

    library: str
    name: str
    make: Callable[[], Choose]
    committee: bool = False
    core: bool = False
    pool: int = 10**9
    classes: int = 10**9
    slow: str = ""

    @property
    def who(self) -> str:
        """Return library and name."""
        return f"{self.library} {self.name}"

    @property
    def code(self) -> str:
        """Return what its choices follow from: versions and hashes of the sources."""
        own = sources("strategies") if self.library == "nbloop" else version(self.library)
        return f"{own}-{sources('learners', 'features')}"


OURS = ("auto", "random", "margin", "uncertainty_herding")
"""Ours that take part from the first; all others that there are follow."""

COMMITTEES = ("vote_entropy", "variation_ratio", "bald", "batch_bald")
SAME = {"consensus_kl": "equals bald"}

SIX = "five more learners are trained for its committee"
LOOKAHEAD = "a second a commit and more, beyond what it is for: small pools"


def contestants() -> list[Contestant]:
    """Return who takes part, those first that the comparison rests on."""
    found = [one for library in LIBRARIES for one in LIBRARIES[library]()]
    return sorted(found, key=lambda one: not one.core)


def contestant(library: str, name: str) -> Contestant:
    """Return one of them, without importing the other libraries."""
    return next(one for one in LIBRARIES[library]() if one.name == name)


def _ours() -> list[Contestant]:
    found = []
    for name in (name for name in names() if name not in SAME):
        slow: dict[str, Any] = {"pool": 500, "slow": LOOKAHEAD} if name.startswith("expected_") else {}
        slow |= {"classes": 50, "slow": SIX} if name in COMMITTEES else {}
        found.append(Contestant("nbloop", name, lambda name=name: _own(name), name in COMMITTEES, name in OURS, **slow))
    return found


def _scikit_activeml() -> list[Contestant]:
    from skactiveml import pool

    many = {"classes": 50, "slow": "seconds a commit: it builds a gradient of classes x features for each sample"}
    return [
        _peer("scikit-activeml", "margin", lambda: pool.UncertaintySampling("margin_sampling")),
        _peer("scikit-activeml", "entropy", lambda: pool.UncertaintySampling("entropy")),
        _peer("scikit-activeml", "badge", pool.Badge, core=True, **many),
        _peer("scikit-activeml", "typiclust", pool.TypiClust, core=True),
        _peer("scikit-activeml", "max_herding", pool.MaxHerding, core=True),
        _peer("scikit-activeml", "falcun", pool.Falcun, core=True),
        _peer("scikit-activeml", "clue", pool.Clue),
        Contestant("scikit-activeml", "drop_query", _drop_query),
        _peer("scikit-activeml", "core_set", pool.CoreSet),
        _peer("scikit-activeml", "prob_cover", pool.ProbCover),
        _peer("scikit-activeml", "contrastive", pool.ContrastiveAL),
        _peer("scikit-activeml", "committee", pool.QueryByCommittee, committee=True, classes=50, slow=SIX),
    ]


def _drop_query() -> Choose:
    """Return theirs with a classifier of theirs around our learner: it predicts on features that no sample has."""
    from skactiveml.classifier import SklearnClassifier
    from skactiveml.pool import DropQuery

    def choose(query: Query) -> np.ndarray:
        if not query.trained:
            return query.rng.permutation(query.candidates)[: query.n]
        model = SklearnClassifier(Logistic(), classes=np.arange(query.classes))
        return scikit_activeml(DropQuery(), clf=model)(query).positions

    return choose


def _modal() -> list[Contestant]:
    from modAL.batch import uncertainty_batch_sampling
    from modAL.uncertainty import entropy_sampling, margin_sampling

    return [
        _peer("modAL-python", "margin", lambda: margin_sampling, core=True),
        _peer("modAL-python", "entropy", lambda: entropy_sampling),
        _peer("modAL-python", "ranked_batch", lambda: uncertainty_batch_sampling),
    ]


def _small_text() -> list[Contestant]:
    import small_text

    return [
        _peer("small-text", "breaking_ties", small_text.BreakingTies, core=True),
        _peer("small-text", "k_means", small_text.EmbeddingKMeans),
        _peer("small-text", "greedy_core_set", small_text.GreedyCoreset),
        _peer("small-text", "lightweight_core_set", small_text.LightweightCoreset),
        _peer("small-text", "contrastive", lambda: small_text.ContrastiveActiveLearning(pbar=None)),
    ]


def _own(name: str) -> Choose:
    strategy = make_strategy(name)
    return lambda query: strategy(query).positions


def _peer(library: str, name: str, make: Callable[[], Any], **options: Any) -> Contestant:
    return Contestant(library, name, lambda: _theirs(make()), **options)


def _theirs(strategy: Any) -> Choose:
    """Return a strategy of another library; what needs a model begins at random, as it has no cold start."""
    ask = adapted(strategy)
    assert ask is not None

    def choose(query: Query) -> np.ndarray:
        try:
            return ask(query).positions
        except NotTrained:
            return query.rng.permutation(query.candidates)[: query.n]

    return choose


LIBRARIES: dict[str, Callable[[], list[Contestant]]] = {
    "nbloop": _ours,
    "scikit-activeml": _scikit_activeml,
    "modAL-python": _modal,
    "small-text": _small_text,
}
