"""A committee of learners: what they disagree about is what there is to learn."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any, Self, cast

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from nbloop.learners.checked import checked
from nbloop.learners.learner import Learner
from nbloop.learners.logistic import Logistic


class Committee(ClassifierMixin, BaseEstimator):
    """Learners trained side by side, each on its own draw from the labels; their mean is the model.

    A label counts for a member 0, 1, 2, ... times, drawn once and for all (Poisson with mean 1), so that a member's
    labels only grow and it can go on from where it stood [1]_. The first label of each class counts for every member.

    Parameters
    ----------
    members : sequence of Learner, optional
        Cloned; five `Logistic` by default.
    bootstrap : bool
        Whether each member has its own draw; without, all see all labels, which is of use for unlike members.
    n_jobs : int
        Members trained at a time, in threads: -1 for one a core. The bits do not depend on it.
    random_state : int
        Draws the labels.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    members_ : list of Learner

    References
    ----------
    .. [1] N. C. Oza and S. Russell, "Online bagging and boosting", AISTATS 2001.

    Examples
    --------
    >>> committee = Committee().update([[0.0], [0.1], [1.0], [1.1]], [0, 0, 1, 1])
    >>> committee.predict_members([[0.5]]).shape
    (5, 1, 2)
    """

    def __init__(
        self,
        members: Sequence[Learner] | None = None,
        *,
        bootstrap: bool = True,
        n_jobs: int = -1,
        random_state: int = 0,
    ) -> None:
        self.members = members
        self.bootstrap = bootstrap
        self.n_jobs = n_jobs
        self.random_state = random_state

    @property
    def incremental(self) -> bool:
        """Whether every member can go on from an earlier state."""
        return all(member.incremental for member in self._founders())

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def fit(self, X: Any, y: Any) -> Self:
        """Fit fresh members on X of shape (n, d) and y of shape (n,)."""
        X, y = checked(self, X, y, reset=True)
        return self._train(self._founders(), X, y)

    def update(self, X: Any, y: Any) -> Self:
        """Let every member go on with all labels so far."""
        if not hasattr(self, "members_"):
            return self.fit(X, y)
        X, y = checked(self, X, y, reset=False)
        return self._train(self.members_, X, y)

    def predict_members(self, X: Any) -> np.ndarray:
        """Return the probabilities of each member, shape (members, n, n_classes)."""
        check_is_fitted(self, "members_")
        X = checked(self, X, reset=False)
        return np.stack([member.predict_proba(X) for member in self.members_])

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the mean of the members' probabilities, shape (n, n_classes)."""
        return self.predict_members(X).mean(axis=0)

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each row."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    def state(self) -> Any:
        """Return the members' states."""
        if not hasattr(self, "members_"):
            return None
        return self.classes_, self.n_features_in_, tuple(member.state() for member in self.members_)

    def restore(self, state: Any) -> Self:
        """Go back to a state."""
        if state is None:
            for name in ("classes_", "members_", "n_features_in_"):
                self.__dict__.pop(name, None)
            return self
        self.classes_, self.n_features_in_, states = state
        self.members_ = [member.restore(one) for member, one in zip(self._founders(), states, strict=True)]
        return self

    def _founders(self) -> list[Learner]:
        members = [Logistic() for _ in range(5)] if self.members is None else self.members
        return [cast("Learner", clone(m) if hasattr(m, "get_params") else deepcopy(m)) for m in members]

    def _train(self, members: Sequence[Learner], X: Any, y: np.ndarray) -> Self:
        jobs = [(member, self._drawn(y, place)) for place, member in enumerate(members)]
        trained = Parallel(n_jobs=self.n_jobs, prefer="threads")(
            delayed(member.update)(X[rows], y[rows]) for member, rows in jobs
        )
        self.classes_, self.members_ = np.unique(y), cast("list[Learner]", trained)
        return self

    def _drawn(self, y: np.ndarray, place: int) -> np.ndarray:
        """Return the rows that count for a member, as often as they count."""
        if not self.bootstrap:
            return np.arange(len(y))
        counts = np.random.default_rng((self.random_state, place)).poisson(1.0, len(y))
        first = np.unique(y, return_index=True)[1]
        counts[first] = np.maximum(counts[first], 1)
        return np.repeat(np.arange(len(y)), counts)
