"""Multinomial logistic regression that goes on from where it stood."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from nbloop.learners.checked import checked


class State(NamedTuple):
    """What `Logistic` knows: never changed once made."""

    classes: np.ndarray
    coef: np.ndarray
    intercept: np.ndarray
    n_features: int


class Logistic(ClassifierMixin, BaseEstimator):
    """Multinomial logistic regression with an L2 penalty, fitted by L-BFGS from the present weights.

    The objective is scikit-learn's: ``C`` times the summed log loss plus half the squared weights; intercepts are free.
    After a few more labels the old weights are almost the new ones, so `update` needs only a few iterations [1]_.

    Parameters
    ----------
    C : float
        Inverse strength of the penalty, for features of about unit scale.
    max_iter : int
        Iterations of `fit`, and of the first `update`.
    update_iter : int
        Iterations of an `update` that goes on from earlier weights.
    tol : float
        Stop when no entry of the mean gradient is larger.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes seen. With only one, its probability is 1.
    coef_ : ndarray of shape (n_classes, n_features)
        One row a class, also for two classes.
    intercept_ : ndarray of shape (n_classes,)
    n_iter_ : int
        Iterations of the last `fit` or `update`.

    References
    ----------
    .. [1] D. C. Liu and J. Nocedal, "On the limited memory BFGS method for large scale optimization", 1989.

    Examples
    --------
    >>> learner = Logistic().update([[0.0], [1.0]], ["ham", "spam"])
    >>> before = learner.state()
    >>> learner.update([[0.0], [1.0], [9.0]], ["ham", "spam", "news"]).classes_.tolist()
    ['ham', 'news', 'spam']
    >>> learner.restore(before).predict([[0.9]]).tolist()
    ['spam']
    """

    incremental = True

    def __init__(self, C: float = 10.0, *, max_iter: int = 300, update_iter: int = 10, tol: float = 1e-4) -> None:
        self.C = C
        self.max_iter = max_iter
        self.update_iter = update_iter
        self.tol = tol

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def fit(self, X: Any, y: Any) -> Self:
        """Fit X, an array or CSR matrix of shape (n, d), and y of shape (n,), from scratch.

        Raises
        ------
        FeatureError
            X is not finite, not numeric or not of shape (n, d).
        """
        X, y = checked(self, X, y, reset=True)
        return self._advance(X, y, None, self.max_iter)

    def update(self, X: Any, y: Any) -> Self:
        """Go on from the present weights towards the fit of X, y: all labels so far, with new classes or without."""
        if not hasattr(self, "coef_"):
            return self.fit(X, y)
        X, y = checked(self, X, y, reset=False)
        return self._advance(X, y, self.state(), self.update_iter)

    def logits(self, X: Any) -> np.ndarray:
        """Return X @ coef_.T + intercept_, of shape (n, n_classes)."""
        check_is_fitted(self)
        X = checked(self, X, reset=False)
        return np.asarray(X @ self.coef_.T.astype(X.dtype)) + self.intercept_.astype(X.dtype)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return probabilities of shape (n, n_classes), in the type of X."""
        logits = self.logits(X)
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        return logits

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each row."""
        best = self.logits(X).argmax(axis=1)
        return self.classes_[best]

    def state(self) -> State | None:
        """Return what was learned; later updates leave it as it is."""
        if not hasattr(self, "coef_"):
            return None
        return State(self.classes_, self.coef_, self.intercept_, self.n_features_in_)

    def restore(self, state: State | None) -> Self:
        """Go back to a state."""
        if state is None:
            for name in ("classes_", "coef_", "intercept_", "n_features_in_"):
                self.__dict__.pop(name, None)
            return self
        self.classes_, self.coef_, self.intercept_, self.n_features_in_ = state
        return self

    def _advance(self, X: Any, y: np.ndarray, start: State | None, iterations: int) -> Self:
        classes = np.unique(y)
        weights, self.n_iter_ = _aligned(start, classes, X.shape[1]), 0
        if len(classes) > 1:
            codes = np.searchsorted(classes, y)
            weights, self.n_iter_ = _descend(X.astype(np.float64), codes, weights, self.C, iterations, self.tol)
        weights.flags.writeable = False  # states share it
        self.classes_, self.coef_, self.intercept_ = classes, weights[:, :-1], weights[:, -1]
        return self


def _aligned(start: State | None, classes: np.ndarray, n_features: int) -> np.ndarray:
    """Return weights (n_classes, n_features + 1) that begin where `start` ended; a new class begins at zero."""
    weights = np.zeros((len(classes), n_features + 1))
    if start is not None:
        kept = np.isin(start.classes, classes)
        rows = np.searchsorted(classes, start.classes[kept])
        weights[rows, :-1], weights[rows, -1] = start.coef[kept], start.intercept[kept]
    return weights


def _descend(
    X: Any, codes: np.ndarray, weights: np.ndarray, C: float, iterations: int, tol: float
) -> tuple[np.ndarray, int]:
    """Minimise the mean log loss plus its share of the penalty; return the weights and the iterations taken."""
    rows, shape, penalty = np.arange(len(codes)), weights.shape, 1 / (C * len(codes))

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        W = flat.reshape(shape)
        logits = X @ W[:, :-1].T + W[:, -1]
        norm = np.asarray(logsumexp(logits, axis=1))
        value = np.mean(norm - logits[rows, codes]) + penalty / 2 * np.sum(W[:, :-1] ** 2)
        residual = np.exp(logits - norm[:, None])
        residual[rows, codes] -= 1
        residual /= len(codes)
        gradient = np.empty(shape)
        gradient[:, :-1] = (X.T @ residual).T + penalty * W[:, :-1]
        gradient[:, -1] = residual.sum(axis=0)
        return float(value), gradient.ravel()

    options = {"maxiter": iterations, "gtol": tol, "ftol": 0.0, "maxcor": 10}
    found = minimize(loss, weights.ravel(), jac=True, method="L-BFGS-B", options=options)
    return found.x.reshape(shape), int(found.nit)
