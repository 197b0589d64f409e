"""What the loop expects of a learner."""

from __future__ import annotations

from typing import Any, Protocol, Self

import numpy as np


class Learner(Protocol):
    """A classifier that can go on learning.

    `update` gets *all* labels so far and goes on from the present state towards their fit; it is a pure function of
    that state, `X` and `y`, so that equal labels in equal order end in the same bits. `state` is an opaque value that
    later updates never change; `restore` goes back to it.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes seen so far, sorted; the columns of `predict_proba`.
    """

    classes_: np.ndarray

    @property
    def incremental(self) -> bool:
        """False when `update` is nothing but `fit`: then no earlier state is of use."""
        ...

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from scratch: X of shape (n, d), y of shape (n,)."""
        ...

    def update(self, X: Any, y: Any) -> Self:
        """Go on from the present state towards the fit of X, y: all labels so far."""
        ...

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return probabilities of shape (n, n_classes)."""
        ...

    def state(self) -> Any:
        """Return the present state."""
        ...

    def restore(self, state: Any) -> Self:
        """Go back to a state."""
        ...
