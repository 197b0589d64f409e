"""Consensus: from what several annotators said of one sample to the one answer that stands."""

from __future__ import annotations

from collections.abc import Sequence

from nbloop.schema import Event


def resolve(answers: Sequence[Event]) -> Event | None:
    """Return the answer that a sample has, by majority among annotators.

    Parameters
    ----------
    answers : sequence of Event
        The `Annotate` and `Reject` events of one sample that stand, oldest first. Of each annotator the last one
        counts, and a rejection is a vote like a label. Of values with equally many votes the one said last wins.

    Returns
    -------
    Event or None
        The first of the events that say what won; None when there are no answers.
    """
    if len(answers) < 2:
        return answers[0] if answers else None
    last = {event.annotator: event for event in answers}
    votes: dict[str | None, list[int]] = {}
    for place, event in enumerate(answers):
        if last[event.annotator] is event:
            votes.setdefault(getattr(event.action, "value", None), []).append(place)
    won = max(votes.values(), key=lambda places: (len(places), places[-1]))
    return answers[won[0]]
