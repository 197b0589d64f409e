"""Correcting: labels with which a person overruled the model, or somebody an earlier answer."""

from __future__ import annotations

from collections.abc import Sequence

from nbloop.schema import Action, Annotate, Event


def overrules(action: Action) -> bool:
    """Tell whether a person answered otherwise than the model had said."""
    said = action.said if isinstance(action, Annotate) else None
    return said is not None and said.prediction not in (None, action.value)  # type: ignore[union-attr]  an Annotate


def corrects(answer: Event | None, told: Sequence[Event], standing: Sequence[Event]) -> bool:
    """Tell whether the label of a sample is a correction.

    Parameters
    ----------
    answer : Event or None
        The answer that stands.
    told, standing : sequences of Event
        What was said of the sample, as it was said (predictions have the names of that time), and as it reads now.
    """
    value = getattr(answer.action, "value", None) if answer else None
    if value is None:
        return False
    others = (getattr(event.action, "value", None) for event in standing)
    return any(other not in (None, value) for other in others) or any(overrules(event.action) for event in told)
