"""Telling: the answers of a page on their way into the journal."""

from __future__ import annotations

from nbloop.errors import NbloopError
from nbloop.schema import Event, Mark, Refused, Saved, Tell
from nbloop.session import Session
from nbloop.store.chain import told_of


def tell(session: Session, body: Tell) -> tuple[Saved, list[bytes]]:
    """Journal what can be recorded, and say what never can, so that one bad answer holds up no other.

    What is in the journal already stays saved, also where it could not be recorded any more.
    """
    known = [mark for mark in body.marks if session.data.has_event(mark.id)]
    fresh = [mark for mark in body.marks if not session.data.has_event(mark.id)]
    good, refused = _sift(session, fresh)
    session.record(good)
    return Saved(tuple(mark.id for mark in [*known, *good]), session.view(), refused), []


def _sift(session: Session, marks: list[Mark]) -> tuple[list[Mark], tuple[Refused, ...]]:
    good: list[Mark] = []
    refused: list[Refused] = []
    for mark in marks:
        try:
            told_of(Event(mark.id, mark.at, "", session.complete(mark.action)))
            good.append(mark)
        except NbloopError as error:
            refused.append(Refused(mark.id, error.code, str(error)))
    return good, tuple(refused)
