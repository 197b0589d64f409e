"""The outlook: what a curve says of what comes, and of what random order would have reached."""

from __future__ import annotations

from typing import Any

from nbloop.errors import DataError, NotTrained
from nbloop.mind import Mind
from nbloop.schema import Outlook, Point
from nbloop.session import Session
from nbloop.trust.control import LEAST, control_frame, label_savings
from nbloop.trust.stopping import Advice, stop_advice

GOAL = 0.95
"""The accuracy that is wanted where nobody says another."""


def outlook(session: Session, goal: float = GOAL) -> Outlook:
    """Return the advice when to stop and, with a control arm, what the strategy saved, as far as labels allow.

    Parameters
    ----------
    session : Session
        Has a model; models are fitted for this, so it takes from tens of milliseconds to seconds.
    goal : float
        The accuracy that is wanted.
    """
    mind = session.mind
    assert isinstance(mind, Mind)
    labels = len(session.data.snapshot().labelled)
    return Outlook(labels, **_advice(session, mind, goal), **_savings(session, mind))


def _advice(session: Session, mind: Mind, goal: float) -> dict[str, Any]:
    try:
        advice = stop_advice(session.data, mind, goal)
    except NotTrained:  # too few labels for any advice
        return {}
    return {"stop": advice.stop, "advice": advice.short, "grounds": str(advice), "ahead": _ahead(session, advice)}


def _ahead(session: Session, advice: Advice) -> tuple[Point, ...]:
    """Return where the curve stands and where a quarter more labels would lead; nothing before it is measured."""
    measured = [each.accuracy for each in session.data.rounds() if each.accuracy is not None]
    if not measured:
        return ()
    now, then = measured[-1], 1.25 * advice.labels
    reached = (min(1.0, now + gain) for gain in (advice.gain, advice.gain_low, advice.gain_high))
    return Point(advice.labels, now, now, now), Point(then, *reached)


def _savings(session: Session, mind: Mind) -> dict[str, Any]:
    if not session.turns.control:
        return {}
    try:
        found = label_savings(session.data, mind, session.data.seed)
    except DataError:
        drawn = len(control_frame(session.data))
        return {"savings": f"What the strategy saves shows after {LEAST} samples drawn by lot; there are {drawn}."}
    arm: Any = found.curve[found.curve["arm"] == "random"]
    rows = arm[["labels", "accuracy", "low", "high"]].astype(float).to_numpy().tolist()
    return {"savings": str(found), "control": tuple(Point(*row) for row in rows)}
