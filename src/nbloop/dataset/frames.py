"""Frames: answers as a person reads them, one row each, named by sample."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd

from nbloop.schema import Annotate, Event

PROVENANCE = ("model", "prediction", "strategy", "score", "rank")
"""What the loop had said, as columns."""


def answers_frame(ids: Sequence[Hashable], events: Sequence[Event | None]) -> pd.DataFrame:
    """Return the answer that stands for each sample, missing where there is none."""
    columns = {
        "label": [_of(event, "value") for event in events],
        "annotator": [event.annotator if event else None for event in events],
        "at": [event.at if event else None for event in events],
        "rationale": [_of(event, "rationale") for event in events],
        "seconds": [_of(event, "seconds") for event in events],
    }
    return _typed(ids, columns)


def annotations_frame(ids: Sequence[Hashable], events: Sequence[Event], active: Sequence[bool]) -> pd.DataFrame:
    """Return every annotation with its provenance."""
    said = [event.action.said if isinstance(event.action, Annotate) else None for event in events]
    answers = answers_frame(ids, events)
    answers.insert(0, "event", [event.id for event in events])
    more = {
        "shown": [bool(_of(event, "shown")) for event in events],
        "active": list(active),
        **{name: [getattr(one, name, None) for one in said] for name in PROVENANCE},
    }
    return answers.assign(**more)


def _of(event: Event | None, name: str) -> Any:
    return getattr(event.action, name, None) if event else None


def _typed(ids: Sequence[Hashable], columns: dict[str, list[Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(columns, index=pd.Index(ids, name="id"))
    frame["at"] = pd.to_datetime(frame["at"], utc=True)
    return frame.astype({"label": "string", "annotator": "string", "rationale": "string", "seconds": "float64"})
