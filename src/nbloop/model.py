"""A model: one trained learner as it serves, never changed again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import numpy as np

from nbloop.errors import LearnerError
from nbloop.learners import Learner, Logistic
from nbloop.snapshot import Snapshot
from nbloop.temperature import Calibration, tempered

BLOCK = 8192
"""Samples embedded at a time, before a look at whether that is still wanted."""

TOLERANCE = 1e-3
"""What rounding may take from a probability, or add to a sum of them."""


@dataclass(frozen=True)
class Model:
    """A learner that knows `labels` labels, speaking in the order of the task's `names`."""

    learner: Learner
    names: tuple[str, ...]
    version: str
    labels: int
    told: int
    calibration: Calibration | None = None

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return probabilities, shape (n, classes of the task); a class not seen yet has 0.

        Raises
        ------
        LearnerError
            The learner answered with something that is no probability.
        """
        try:
            proba = np.asarray(self.learner.predict_proba(X))
        except Exception as error:
            raise LearnerError(f"the learner {self.learner!r} raised {type(error).__name__}: {error}") from error
        classes = np.asarray(self.learner.classes_, dtype=np.intp)
        if wrong := _wrong_with(proba, (X.shape[0], len(classes))):
            raise LearnerError(
                f"{self.learner!r}.predict_proba must answer probabilities of shape {(X.shape[0], len(classes))}, one "
                f"row a sample, one column a class seen; found {wrong}."
            )
        aligned = np.zeros((X.shape[0], len(self.names)), dtype=np.float64)
        aligned[:, classes] = proba
        return aligned

    def calibrated(self, X: Any) -> np.ndarray:
        """Return probabilities as a person reads them: those of `predict_proba`, with the temperature if there is one.

        Strategies take the others: what they choose stays a function of the labels alone.
        """
        proba = self.predict_proba(X)
        if self.calibration is None or self.calibration.temperature == 1:
            return proba
        seen = np.asarray(self.learner.classes_, dtype=np.intp)
        proba[:, seen] = tempered(proba[:, seen], self.calibration.temperature)
        return proba

    def members_proba(self, X: Any) -> np.ndarray:
        """Return the probabilities of each member of a committee, shape (members, n, classes of the task)."""
        members = self.learner.predict_members(X)  # type: ignore[attr-defined]  asked only of committees
        aligned = np.zeros((*members.shape[:2], len(self.names)))
        aligned[..., np.asarray(self.learner.classes_, dtype=np.intp)] = members
        return aligned

    @property
    def embeds(self) -> bool:
        """Whether the learner makes features of its own, on which its last layer is linear."""
        return hasattr(self.learner, "embed") and hasattr(self.learner, "head")

    def embedded(self, X: Any, check: Callable[[], None]) -> np.ndarray:
        """Return what the learner makes of X, shape (n, h); `check` is called between blocks, and may raise.

        Raises
        ------
        LearnerError
            The learner raised.
        """
        blocks = []
        for start in range(0, X.shape[0], BLOCK):
            check()
            try:
                blocks.append(self.learner.embed(X[start : start + BLOCK]))  # type: ignore[attr-defined]  asked by `embeds`
            except Exception as error:
                raise LearnerError(f"the learner {self.learner!r} raised {type(error).__name__}: {error}") from error
        return np.concatenate(blocks)

    def on_embeddings(self) -> Model:
        """Return the last layer as a model of its own, which takes what `embedded` returns."""
        return replace(self, learner=self.learner.head())  # type: ignore[attr-defined]  asked by `embeds`

    @property
    def is_committee(self) -> bool:
        """Whether the learner has members to disagree."""
        return hasattr(self.learner, "predict_members")

    @property
    def linear(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Weights (classes seen, d) and intercepts of a softmax over linear logits; None for any other learner."""
        return (self.learner.coef_, self.learner.intercept_) if isinstance(self.learner, Logistic) else None

    @property
    def has_direction(self) -> bool:
        """Whether weights tell one class from another, as `direction` returns them."""
        return getattr(self.learner, "coef_", None) is not None

    def direction(self, proba: np.ndarray) -> np.ndarray | None:
        """Return the weights, shape (d,), that tell the first class of `proba` from the second; None if not linear."""
        coef = getattr(self.learner, "coef_", None)
        if coef is None:
            return None
        weights = {int(code): row for code, row in zip(self.learner.classes_, np.atleast_2d(coef), strict=False)}
        first, second = np.argsort(-proba, kind="stable")[:2]
        if len(weights) != len(self.learner.classes_):  # one row for two classes
            row = np.atleast_2d(coef)[0]
            return row if first == self.learner.classes_[-1] else -row
        return weights[int(first)] - weights[int(second)] if int(second) in weights else weights[int(first)]


def _wrong_with(proba: np.ndarray, shape: tuple[int, int]) -> str:
    """Say what keeps `proba` from being probabilities of this shape; empty when nothing does."""
    if proba.shape != shape:
        return f"shape {proba.shape}"
    if not np.isfinite(proba).all():
        return "NaN or infinite values"
    if (proba < -TOLERANCE).any():
        return f"a negative one, {proba.min():.3g}"
    sums = proba.sum(axis=1)
    return f"rows that add up to {sums[np.abs(sums - 1).argmax()]:.3g}" if (np.abs(sums - 1) > TOLERANCE).any() else ""


def version_of(learner: str, snapshot: Snapshot, labels: int) -> str:
    """Name the model that `learner` (its spec) becomes on the first `labels` labels: equal labels, equal name."""
    return blake2b(f"{learner}:{snapshot.prefix_hash(labels)}".encode(), digest_size=4).hexdigest()
