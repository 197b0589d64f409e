"""scikit-learn classifiers that go on from where they stood: by replay, or by a warm start."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.pipeline import Pipeline

from nbloop.learners.checked import checked
from nbloop.learners.refit import Refit, seeded

COUNTS = (BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB)
"""Classifiers whose `partial_fit` adds to counts: replayed labels would count twice, and a fit is one pass anyway."""

GROWS = {"n_estimators", "max_leaf_nodes"}
"""Parameters of ensembles of trees, which a warm start makes larger without a look at the earlier trees."""


class Replay(Refit):
    """A classifier with `partial_fit`, which goes over all labels a few times more at each update.

    New labels alone would make it forget the old ones [1]_: on digits an SGD without replay ends at half the accuracy.
    The order of each pass is drawn from the number of labels, so equal labels end in the same bits. The first update,
    and one that brings a new class, is a fit from scratch.

    Parameters
    ----------
    estimator : classifier
        With `partial_fit` and `predict_proba`; never changed itself.
    passes : int
        Over all labels, at each update.
    random_state : int
        Draws the orders.

    References
    ----------
    .. [1] A. Robins, "Catastrophic forgetting, rehearsal and pseudorehearsal", Connection Science, 1995.

    Examples
    --------
    >>> from sklearn.linear_model import SGDClassifier
    >>> learner = Replay(SGDClassifier(loss="log_loss")).update([[0.0], [1.0]], ["ham", "spam"])
    >>> learner.update([[0.0], [1.0], [0.9]], ["ham", "spam", "spam"]).predict([[0.8]]).tolist()
    ['spam']
    """

    incremental = True

    def __init__(self, estimator: Any, *, passes: int = 5, random_state: int = 0) -> None:
        super().__init__(estimator)
        self.passes = passes
        self.random_state = random_state

    def update(self, X: Any, y: Any) -> Self:
        """Go over X, y, all labels so far, `passes` times more."""
        X, y = checked(self, X, y, reset=not hasattr(self, "classes_"))
        if not goes_on(self, y):
            return self.fit(X, y)
        estimator, rng = deepcopy(self.estimator_), np.random.default_rng((self.random_state, len(y)))
        for _ in range(self.passes):
            rows = rng.permutation(len(y))
            estimator.partial_fit(X[rows], y[rows])
        self.estimator_ = estimator
        return self


class WarmStart(Refit):
    """A classifier with `warm_start`, or a pipeline that ends in one, fitted anew from the weights it had.

    An update that brings a new class is a fit from scratch.

    Parameters
    ----------
    estimator : classifier or pipeline
        With a parameter `warm_start`; never changed itself.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> learner = WarmStart(LogisticRegression()).update([[0.0], [1.0]], ["ham", "spam"])
    >>> learner.update([[0.0], [1.0], [0.9]], ["ham", "spam", "spam"]).predict([[0.9]]).tolist()
    ['spam']
    """

    incremental = True

    def update(self, X: Any, y: Any) -> Self:
        """Fit X, y, all labels so far, from the present weights."""
        X, y = checked(self, X, y, reset=not hasattr(self, "classes_"))
        if not goes_on(self, y):
            return self.fit(X, y)
        estimator = deepcopy(self.estimator_)
        try:
            self.estimator_ = estimator.fit(X, y)
        except ValueError:  # the first steps of the pipeline made other columns: the old weights fit them no more
            return self.fit(X, y)
        return self

    def _fresh(self) -> Any:
        estimator = seeded(clone(self.estimator))
        return estimator.set_params(**{f"{_last_step(estimator)}warm_start": True})


def goes_on(learner: Refit, y: np.ndarray) -> bool:
    """Whether what was learned has the classes of `y`."""
    return getattr(learner, "estimator_", None) is not None and np.array_equal(np.unique(y), learner.classes_)


def adapted(estimator: Any) -> Refit:
    """Return the learner that makes the most of a classifier: replay, else a warm start, else a refit."""
    last = estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
    params = last.get_params(deep=False) if hasattr(last, "get_params") else {}
    if hasattr(estimator, "partial_fit") and not isinstance(estimator, COUNTS) and not params.get("early_stopping"):
        return Replay(estimator)
    if "warm_start" in params and GROWS.isdisjoint(params):
        return WarmStart(estimator)
    return Refit(estimator)


def _last_step(estimator: Any) -> str:
    return f"{estimator.steps[-1][0]}__" if isinstance(estimator, Pipeline) else ""
