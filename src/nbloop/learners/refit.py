"""Any scikit-learn classifier as a learner: fitted anew on every update."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_regressor
from sklearn.utils.validation import check_is_fitted

from nbloop.errors import LearnerError
from nbloop.learners.checked import checked


class Refit(ClassifierMixin, BaseEstimator):
    """A scikit-learn classifier or pipeline, cloned and fitted at each update.

    Slow for many labels, and exact: the model is a pure function of the labels. A ``random_state`` that was left open
    is set to 0. With one class only, which many classifiers refuse, its probability is 1.

    Parameters
    ----------
    estimator : classifier
        With `fit` and `predict_proba`; never changed itself.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    estimator_ : classifier
        The fitted clone; absent while one class is all there is.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> Refit(GaussianNB()).update([[0.0], [0.2], [1.0], [1.2]], [0, 0, 1, 1]).predict([[1.1]])
    array([1])
    """

    incremental = False

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def fit(self, X: Any, y: Any) -> Self:
        """Fit a fresh clone on X of shape (n, d) and y of shape (n,)."""
        X, y = checked(self, X, y, reset=True)
        self.classes_ = np.unique(y)
        self.estimator_: Any = None
        if len(self.classes_) > 1:
            self.estimator_ = self._fresh().fit(X, y)
            self.classes_ = self.estimator_.classes_
        return self

    def _fresh(self) -> Any:
        return seeded(clone(self.estimator))

    def update(self, X: Any, y: Any) -> Self:
        """Fit a fresh clone: what went before is of no use."""
        return self.fit(X, y)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return probabilities of shape (n, n_classes)."""
        check_is_fitted(self, "classes_")
        X = checked(self, X, reset=False)
        if self.estimator_ is None:
            return np.ones((X.shape[0], 1))
        return self.estimator_.predict_proba(X)

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each row."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    @property
    def coef_(self) -> np.ndarray:
        """The weights of a linear classifier, as it gives them."""
        check_is_fitted(self, "classes_")
        return self.estimator_.coef_

    def state(self) -> Any:
        """Return the fitted clone, which no later update touches."""
        return (self.classes_, self.estimator_, self.n_features_in_) if hasattr(self, "classes_") else None

    def restore(self, state: Any) -> Self:
        """Go back to a state."""
        if state is None:
            for name in ("classes_", "estimator_", "n_features_in_"):
                self.__dict__.pop(name, None)
        else:
            self.classes_, self.estimator_, self.n_features_in_ = state
        return self


def seeded(estimator: Any) -> Any:
    """Set every `random_state` that was left open, also of the parts, to 0: equal labels, equal model."""
    open_ = [
        name
        for name, value in estimator.get_params(deep=True).items()
        if value is None and name.split("__")[-1] == "random_state"
    ]
    return estimator.set_params(**dict.fromkeys(open_, 0))


def check_classifier(estimator: Any) -> Any:
    """Return `estimator`, or raise a `LearnerError` that says what would do."""
    name = type(estimator).__name__
    if isinstance(estimator, type):
        raise LearnerError(
            f"learner must be an instance; found the class {estimator.__name__}. Write brackets after it."
        )
    if not (hasattr(estimator, "fit") and hasattr(estimator, "get_params")):
        raise LearnerError(f"learner must be a scikit-learn classifier or have nbloop's `update`; found {name}.")
    if is_regressor(estimator):
        raise LearnerError(f"{name} predicts numbers, not labels. Give a classifier, or use 'logistic'.")
    if not hasattr(estimator, "predict_proba"):
        raise LearnerError(
            f"{name} has no predict_proba, so nothing can be ranked by uncertainty. "
            f"CalibratedClassifierCV({name}()) gives it one, or use 'logistic'."
        )
    return estimator
