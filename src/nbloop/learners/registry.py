"""From what a user writes as `learner=` to a learner."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, cast

from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from nbloop.errors import LearnerError
from nbloop.learners.calibrated import Calibrated
from nbloop.learners.committee import Committee
from nbloop.learners.going_on import Replay, adapted
from nbloop.learners.learner import Learner
from nbloop.learners.logistic import Logistic
from nbloop.learners.refit import Refit, check_classifier


def _torch() -> Any:
    from nbloop.learners.torch_learner import TorchLearner  # an extra

    return TorchLearner()


REGISTRY: dict[str, Callable[[], Any]] = {
    "logistic": Logistic,
    "committee": Committee,
    "calibrated": Calibrated,
    "sgd": lambda: Replay(SGDClassifier(loss="log_loss", alpha=1e-3, random_state=0)),
    "forest": lambda: Refit(RandomForestClassifier(n_estimators=100, random_state=0)),
    "neighbors": lambda: Refit(KNeighborsClassifier(n_neighbors=1)),
    "bayes": lambda: Refit(GaussianNB()),
    "torch": _torch,
}
"""Every learner with a name; ``"auto"`` is the first."""


def names() -> list[str]:
    """Return the names that `make_learner` knows.

    >>> names()[0]
    'logistic'
    """
    return list(REGISTRY)


def make_learner(spec: Any = "auto") -> Learner:
    """Return an untrained learner.

    Parameters
    ----------
    spec : str, Learner or scikit-learn classifier
        ``"auto"``, one of `names`, an object with `update`, or any scikit-learn classifier or pipeline with
        `predict_proba`, which is cloned: it goes on by replay where it has `partial_fit`, from its weights where it
        has `warm_start`, and is refitted elsewhere (always, as ``Refit(classifier)``). What is given is never changed.

    Raises
    ------
    LearnerError
        No such name, or nothing that can learn and give probabilities.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> make_learner(LogisticRegression())
    WarmStart(estimator=LogisticRegression())
    """
    if isinstance(spec, str):
        if spec != "auto" and spec not in REGISTRY:
            raise LearnerError(f"there is no learner {spec!r}. There are: auto, {', '.join(REGISTRY)}.")
        return REGISTRY["logistic" if spec == "auto" else spec]()
    if not isinstance(spec, type) and all(hasattr(spec, name) for name in ("update", "state", "restore")):
        if not hasattr(spec, "predict_proba"):
            raise LearnerError(f"{type(spec).__name__} has no predict_proba, so nothing can be ranked by uncertainty.")
        return cast("Learner", clone(spec) if hasattr(spec, "get_params") else deepcopy(spec))
    return adapted(check_classifier(spec))
