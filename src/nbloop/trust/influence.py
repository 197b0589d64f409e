"""Influence: how much seeing the model's suggestion sways people."""

from __future__ import annotations

from dataclasses import dataclass

from nbloop.dataset import Dataset
from nbloop.errors import DataError
from nbloop.quality.estimate import Estimate, difference, share
from nbloop.schema import Annotate


@dataclass(frozen=True)
class Influence:
    """How often people agree with the model when they see what it says, and when they do not.

    Attributes
    ----------
    shown, blind : Estimate
        The shares of agreement.
    sway : Estimate
        Their difference: what the suggestion does to the answers, as chance decided who saw it.
    """

    shown: Estimate
    blind: Estimate
    sway: Estimate

    def __str__(self) -> str:
        sway = f"{100 * self.sway.value:+.1f} points ({100 * self.sway.low:+.1f} to {100 * self.sway.high:+.1f})"
        certain = "" if self.sway.low > 0 or self.sway.high < 0 else ", which may be chance"
        return (
            f"People agree with the model in {self.shown} when they see it and in {self.blind} blind: {sway}{certain}."
        )


def influence(data: Dataset) -> Influence:
    """Measure it on all annotations that stand, of samples that a model had predicted.

    Raises
    ------
    DataError
        None was made with, or none without the suggestion.
    """
    agreed: dict[bool, list[bool]] = {True: [], False: []}
    for event in data.answered():
        said = event.action.said if isinstance(event.action, Annotate) else None
        if isinstance(event.action, Annotate) and said is not None and said.prediction is not None:
            agreed[event.action.shown].append(said.prediction == event.action.value)
    if not agreed[True] or not agreed[False]:
        raise DataError(
            f"{len(agreed[True])} answers were given with the model's suggestion and {len(agreed[False])} without: "
            "both are needed. Make the loop with blind=0.2 and label in the labeler on."
        )
    counts = [(sum(agreed[seen]), len(agreed[seen])) for seen in (True, False)]
    return Influence(share(*counts[0]), share(*counts[1]), difference(*counts[0], *counts[1]))
