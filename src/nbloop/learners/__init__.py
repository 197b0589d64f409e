"""Learners: scikit-learn's terms plus `update`, which goes on from the present state towards the fit of all labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbloop.learners.calibrated import Calibrated
from nbloop.learners.committee import Committee
from nbloop.learners.going_on import Replay, WarmStart
from nbloop.learners.learner import Learner
from nbloop.learners.logistic import Logistic
from nbloop.learners.refit import Refit
from nbloop.learners.registry import make_learner, names

if TYPE_CHECKING:
    from nbloop.learners.torch_learner import TorchLearner

__all__ = [
    "Calibrated",
    "Committee",
    "Learner",
    "Logistic",
    "Refit",
    "Replay",
    "TorchLearner",
    "WarmStart",
    "make_learner",
    "names",
]


def __getattr__(name: str) -> Any:
    """Import torch only for who uses it."""
    if name == "TorchLearner":
        from nbloop.learners.torch_learner import TorchLearner

        return TorchLearner
    raise AttributeError(f"module 'nbloop.learners' has no attribute {name!r}")
