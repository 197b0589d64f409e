"""When to stop, as others say it: the criteria of small-text as they come, and rules of thumb."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

PATIENCE = 5
"""Steps without a better golden score after which a plateau is reached."""


@dataclass(frozen=True)
class Step:
    """What there is to see after a commit.

    Parameters
    ----------
    proba : array of shape (n, classes)
        What the model says of the samples that are no golden ones.
    open : array of int
        Those without a label.
    golden : float
        The accuracy on the golden set.
    advised : bool
        What nbloop says.
    """

    proba: np.ndarray
    open: np.ndarray
    golden: float
    advised: bool


Stop = Callable[[Step], bool]


def criteria(classes: int) -> dict[str, Stop]:
    """Return every rule by name, each with a memory of its own."""
    import small_text

    found: dict[str, Stop] = {
        "nbloop: stop_advice": lambda step: step.advised,
        "golden plateau": plateau(),
        "never": lambda _: False,
        "small-text: KappaAverage": _theirs(small_text.KappaAverage(classes)),
        "small-text: ClassificationChange": _theirs(small_text.ClassificationChange(classes)),
        "small-text: OverallUncertainty": _theirs(small_text.OverallUncertainty(classes)),
    }
    return found | ({"small-text: DeltaFScore": _theirs(small_text.DeltaFScore(2))} if classes == 2 else {})


def plateau() -> Stop:
    """Return the rule of thumb: stop when the golden score has not risen for `PATIENCE` steps."""
    seen: list[float] = []

    def stop(step: Step) -> bool:
        seen.append(step.golden)
        return len(seen) > PATIENCE and max(seen[-PATIENCE:]) <= max(seen[:-PATIENCE])

    return stop


def _theirs(criterion: Any) -> Stop:
    def stop(step: Step) -> bool:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # a kappa of models that say one class only
            said = step.proba.argmax(axis=1)
            return bool(criterion.stop(predictions=said, proba=step.proba, indices_stopping=step.open))

    return stop
