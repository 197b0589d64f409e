"""A learner whose probabilities are as sure as they are right, by the labels it has."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Self, cast

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from nbloop.learners.checked import checked
from nbloop.learners.learner import Learner
from nbloop.learners.logistic import Logistic
from nbloop.temperature import FEWEST, fit_temperature, tempered

GROWTH = 1.25
"""Labels, against those of the last temperature, that are worth a new one."""


class Calibrated(ClassifierMixin, BaseEstimator):
    """Another learner with a temperature, fitted to predictions of labels that were held out [1]_.

    Each fold of the labels is predicted by a learner that saw the others. It takes at least 50 labels, and a new
    temperature is fitted when there are a quarter more. Labels that a strategy chose are harder than the pool, so on
    easy data this doubts too much: where there is a golden set, ``Loop(calibrate=True)`` is the better way.

    Parameters
    ----------
    learner : Learner, optional
        Cloned; `Logistic` by default.
    folds : int
    random_state : int
        Draws the folds.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    temperature_ : float
    learner_ : Learner

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun and K. Weinberger, "On calibration of modern neural networks", ICML 2017.

    Examples
    --------
    >>> Calibrated().update([[0.0], [1.0]], ["ham", "spam"]).predict([[0.9]]).tolist()
    ['spam']
    """

    def __init__(self, learner: Learner | None = None, *, folds: int = 5, random_state: int = 0) -> None:
        self.learner = learner
        self.folds = folds
        self.random_state = random_state

    @property
    def incremental(self) -> bool:
        """Whether the learner can go on from an earlier state."""
        return self._fresh().incremental

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def fit(self, X: Any, y: Any) -> Self:
        """Fit X of shape (n, d) and y of shape (n,) from scratch, and the temperature."""
        X, y = checked(self, X, y, reset=True)
        self.learner_ = self._fresh().fit(X, y)
        self.classes_ = self.learner_.classes_
        return self._calibrate(X, y)

    def update(self, X: Any, y: Any) -> Self:
        """Go on with all labels so far."""
        if not hasattr(self, "learner_"):
            return self.fit(X, y)
        X, y = checked(self, X, y, reset=False)
        self.learner_ = self.learner_.update(X, y)
        self.classes_ = self.learner_.classes_
        return self if len(y) < GROWTH * self.calibrated_at_ else self._calibrate(X, y)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return calibrated probabilities of shape (n, n_classes)."""
        check_is_fitted(self, "learner_")
        X = checked(self, X, reset=False)
        return tempered(self.learner_.predict_proba(X), self.temperature_)

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each row."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    def state(self) -> Any:
        """Return the learner's state and the temperature."""
        if not hasattr(self, "learner_"):
            return None
        return self.n_features_in_, self.temperature_, self.calibrated_at_, self.learner_.state()

    def restore(self, state: Any) -> Self:
        """Go back to a state."""
        if state is None:
            for name in ("classes_", "learner_", "n_features_in_", "temperature_", "calibrated_at_"):
                self.__dict__.pop(name, None)
            return self
        self.n_features_in_, self.temperature_, self.calibrated_at_, inner = state
        self.learner_ = self._fresh().restore(inner)
        self.classes_ = self.learner_.classes_
        return self

    def _fresh(self) -> Learner:
        learner = Logistic() if self.learner is None else self.learner
        return cast("Learner", clone(learner) if hasattr(learner, "get_params") else deepcopy(learner))

    def _calibrate(self, X: Any, y: np.ndarray) -> Self:
        codes, proba = self._held_out(X, y) if len(y) >= FEWEST else (np.empty(0, dtype=np.intp), np.empty((0, 0)))
        self.temperature_ = fit_temperature(codes, proba) if len(codes) >= FEWEST else 1.0
        self.calibrated_at_ = len(y)
        return self

    def _held_out(self, X: Any, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return codes and probabilities of labels predicted without them; a class seen once cannot be."""
        codes = np.searchsorted(self.classes_, y)
        proba = np.zeros((len(y), len(self.classes_)))
        rows = np.random.default_rng((self.random_state, len(y))).permutation(len(y))
        for fold in np.array_split(rows, self.folds):
            others = np.setdiff1d(rows, fold)
            learner = self._fresh().fit(X[others], y[others])
            proba[np.ix_(fold, np.searchsorted(self.classes_, learner.classes_))] = learner.predict_proba(X[fold])
        known = proba[np.arange(len(y)), codes] > 0
        return codes[known], proba[known]
