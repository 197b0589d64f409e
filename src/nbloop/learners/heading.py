"""Where a linear model will go when one more sample is labelled, before anybody knows how."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse, vstack
from sklearn.base import clone

from nbloop.learners.logistic import Logistic


def heading(learner: Logistic, X: Any, y: np.ndarray, sample: Any) -> np.ndarray:
    """Return the direction along which the weights move most, whichever of its two likeliest classes a sample gets.

    The gradient of one label more is the sample times what the model is wrong about in each class; what curvature makes
    of it stays near one direction of the features, the same for all classes and nearly so for all answers. Found by
    rehearsing both answers.

    Parameters
    ----------
    learner : Logistic
        Trained on X and y; stays as it is.
    X : array or CSR matrix, shape (n, d)
        Samples with a label.
    y : ndarray, shape (n,)
        Their labels.
    sample : array or CSR matrix, shape (1, d)
        What will be labelled next.

    Returns
    -------
    ndarray, shape (d,)
        Of length one.

    Examples
    --------
    >>> X, y = np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([0, 1])
    >>> abs(heading(Logistic().fit(X, y), X, y, np.array([[0.5, 0.0]]))).tolist()
    [1.0, 0.0]
    """
    likely = learner.classes_[np.argsort(-learner.predict_proba(sample)[0])[:2]]
    more = vstack([X, sample], format="csr") if issparse(X) else np.concatenate([X, sample])
    moves = [_moved(learner, more, np.append(y, code)) for code in likely]
    return np.linalg.svd(np.concatenate(moves), full_matrices=False)[2][0]


def _moved(learner: Logistic, X: Any, y: np.ndarray) -> np.ndarray:
    rehearsing: Any = clone(learner)
    return rehearsing.restore(learner.state()).update(X, y).coef_ - learner.coef_
