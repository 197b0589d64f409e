"""A line of the journal, and all that it can say."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from nbloop.schema.answers import PersonAction
from nbloop.schema.records import (
    Alert,
    Categorise,
    Define,
    Draw,
    Erase,
    Feedback,
    Gated,
    Grant,
    Look,
    Promote,
    Reasons,
    Round,
    Routed,
    Waive,
    Wish,
)

Action = (
    PersonAction
    | Grant
    | Draw
    | Define
    | Round
    | Look
    | Wish
    | Routed
    | Alert
    | Feedback
    | Erase
    | Promote
    | Waive
    | Gated
    | Reasons
    | Categorise
)


class Event(Struct, frozen=True, gc=False):
    """One line of the journal. `id` is made where the event happened; a second arrival is the same event."""

    id: str
    at: datetime
    annotator: str
    action: Action
