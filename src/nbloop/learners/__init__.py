"""Learners: scikit-learn's terms plus `update`, which goes on from the present state towards the fit of all labels."""

from __future__ import annotations

from nbloop.learners.committee import Committee
from nbloop.learners.going_on import Replay, WarmStart
from nbloop.learners.learner import Learner
from nbloop.learners.logistic import Logistic
from nbloop.learners.refit import Refit
from nbloop.learners.registry import make_learner, names

__all__ = ["Committee", "Learner", "Logistic", "Refit", "Replay", "WarmStart", "make_learner", "names"]
