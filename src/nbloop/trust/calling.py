"""Calling up: samples that somebody wants reviewed, once however often the cell runs."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from nbloop.errors import DataError
from nbloop.schema import Wish
from nbloop.session import Session


def call_up(session: Session, sample_ids: Iterable[Hashable], reason: str) -> tuple[int, ...]:
    """Journal that these samples are to be looked at, unless the same was said before; return their positions.

    Raises
    ------
    DataError
        The samples are no list, or the reason is no text.
    UnknownSample
        No sample has this id.
    """
    if isinstance(sample_ids, str) or not isinstance(sample_ids, Iterable):
        raise DataError(f"samples= is a list of ids; found {sample_ids!r:.80}. Write [...] around one.")
    if not isinstance(reason, str):
        raise DataError(f"reason= is text; found {reason!r:.80}.")
    data = session.data
    places = tuple(dict.fromkeys(data.samples.position(id) for id in sample_ids))
    wish = Wish(tuple(data.samples.keys[place] for place in places), reason)
    if places and all(event.action != wish for event in data.noted(Wish)):
        session.note(wish)
    return places
