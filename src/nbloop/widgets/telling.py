"""Telling: the answers of a page on their way into the journal."""

from __future__ import annotations

from nbloop.errors import NbloopError
from nbloop.schema import Mark, Refused, Saved, Tell
from nbloop.session import Session


def tell(session: Session, body: Tell) -> tuple[Saved, list[bytes]]:
    """Journal what can be recorded, and say what never can, so that one bad answer holds up no other."""
    good, refused = _sift(session, body.marks)
    session.record(good)
    return Saved(tuple(mark.id for mark in good), session.view(), refused), []


def _sift(session: Session, marks: tuple[Mark, ...]) -> tuple[list[Mark], tuple[Refused, ...]]:
    good: list[Mark] = []
    refused: list[Refused] = []
    for mark in marks:
        try:
            session.complete(mark.action)
            good.append(mark)
        except NbloopError as error:
            refused.append(Refused(mark.id, error.code, str(error)))
    return good, tuple(refused)
