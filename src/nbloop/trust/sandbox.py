"""The sandbox: what would have become of the same answers under another learner, strategy or correction policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pandas as pd

from nbloop.errors import DataError
from nbloop.mind import Mind
from nbloop.schema import AboutSample, Annotate, Draw, Event, Round, Waive
from nbloop.session import Session
from nbloop.simulate import simulate
from nbloop.strategies import make_strategy

Policy = str | Callable[[pd.DataFrame], Any]

ANSWERS = get_args(AboutSample)
"""What people did with samples."""

POLICIES = ("last", "first", "without")
"""Corrections count (as told), do not (the first answer stands), or corrected samples are left out."""


def sandbox(session: Session, mind: Mind, *, learner: Any, strategy: Any, corrections: Policy) -> Session:
    """Replay a session in memory; nothing reaches its store.

    Parameters
    ----------
    session : Session
        What was labelled.
    mind : Mind
        Its mind, whose features are used again.
    learner : str, Learner, scikit-learn classifier or None
        None: the same.
    strategy : str, Strategy, callable or None
        None: the answers come in the order they came, and each round of the session is a round again. Else the strategy
        asks among the labelled samples, and the labels that stand answer.
    corrections : {"last", "first", "without"} or callable
        Which annotations count: all, the first of each sample, none of the samples that have several; or a function
        from the annotations (as `Dataset.annotations`) to an array of bool.
    """
    asked = mind.strategy if strategy is None else make_strategy(strategy)
    other = Mind(mind.features, mind.learner if learner is None else learner, asked, session.data.seed)
    other.weight = mind.weight
    events = _kept(session, corrections)
    if strategy is None:
        return _in_order(session, other, events)
    return _asked_anew(session, other, events)


def _kept(session: Session, corrections: Policy) -> list[Event]:
    """Return the events that stand and count, in order."""
    events = session.data.events(*ANSWERS, Draw, Waive)
    counted = _counted(session, corrections)
    return [event for event in events if not isinstance(event.action, Annotate) or event.id in counted]


def _counted(session: Session, corrections: Policy) -> set[str]:
    said: Any = session.data.annotations
    said = said[said["active"]]
    if callable(corrections):
        rows = np.asarray(corrections(said))
        if rows.dtype != bool or rows.shape != (len(said),):
            raise DataError(
                f"corrections= gives an array of bool, one for each of {len(said)} annotations; "
                f"found {rows.dtype} of shape {rows.shape}."
            )
    elif corrections == "last":
        rows = np.ones(len(said), bool)
    elif corrections == "first":
        rows = ~said.index.duplicated(keep="first")
    elif corrections == "without":
        rows = ~said.index.duplicated(keep=False)
    else:
        raise DataError(f"corrections= is {', '.join(map(repr, POLICIES))} or a function; found {corrections!r:.80}.")
    return set(said.loc[rows, "event"])


def _in_order(session: Session, mind: Mind, events: list[Event]) -> Session:
    """Tell the answers again, a round where there was a round."""
    golden, others = _parted(session, events)
    branch = Session(session.data.branch(golden), mind)
    stops = {event.id for event in session.data.events(Round)}
    kept = {event.id for event in others}
    waiting: list[Event] = []
    for event in session.data.events(*ANSWERS, Round):
        if event.id in kept:
            waiting.append(event)
        if event.id in stops and waiting:
            waiting = _tell(branch, waiting)
    _tell(branch, waiting)
    return branch


def _tell(branch: Session, events: list[Event]) -> list[Event]:
    branch.data.record(events)
    branch.wait()
    return []


def _asked_anew(session: Session, mind: Mind, events: list[Event]) -> Session:
    """Let the strategy ask among the samples that have a label; the rest is set apart."""
    golden, _ = _parted(session, events)
    resolved: Any = session.data.branch(events).labels["label"]
    keys = session.data.samples.keys
    labelled = {str(key) for key in resolved.index}
    data = session.data.branch(golden)
    unknown = [key for key in keys if key not in labelled]
    data.record([data.event(Draw(tuple(unknown), part="delegated", by="sandbox: nobody knows their label"))])
    branch = Session(data, mind)
    rounds = max(1, len({event.action.labels for event in session.data.events(Round)}))  # type: ignore[union-attr]
    simulate(branch, resolved, len(resolved), max(1, round(len(resolved) / rounds)))
    return branch


def _parted(session: Session, events: list[Event]) -> tuple[list[Event], list[Event]]:
    """Part what makes the golden set from what is learned."""
    keys = {session.data.samples.keys[place] for place in session.data.golden_places()}
    first = [event for event in events if isinstance(event.action, Draw | Waive) or event.action.sample in keys]  # type: ignore[union-attr]
    made = {event.id for event in first}
    return first, [event for event in events if event.id not in made]
