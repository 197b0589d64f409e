"""Causes: what errors are put down to, and which of them people should look at again."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from nbloop.dataset import Dataset
from nbloop.errors import DataError
from nbloop.quality.reasons import REASONS
from nbloop.schema import Categorise, Reason, Reasons, Wish
from nbloop.session import Session


def reasons_of(data: Dataset) -> tuple[Reason, ...]:
    """Return the reasons of a dataset: those last given, else those of the house."""
    given = [event.action for event in data.events(Reasons) if isinstance(event.action, Reasons)]
    return given[-1].reasons if given else REASONS


def put_down(session: Session, sample_id: Hashable, reason: str, rationale: str = "", id: str | None = None) -> None:
    """Put the error on a sample down to a reason; ``""`` takes that back. One with an `id` counts once.

    Raises
    ------
    DataError
        There is no such reason.
    """
    if reason and reason not in (names := [each.name for each in reasons_of(session.data)]):
        raise DataError(f"there is no reason {reason!r}. There are: {', '.join(names)}. Or give others: use_reasons.")
    session.note(Categorise(_key(session.data, sample_id), reason, rationale), id=id)


def look_again(session: Session, sample_ids: Iterable[Hashable], reason: str = "", id: str | None = None) -> int:
    """Queue samples to be looked at again, and return how many wait there now. One with an `id` counts once."""
    keys = tuple(dict.fromkeys(_key(session.data, sample_id) for sample_id in sample_ids))
    if keys:
        session.note(Wish(keys, reason), id=id)
    return len(session.data.again())


def _key(data: Dataset, sample_id: Hashable) -> str:
    return data.samples.keys[data.samples.position(sample_id)]
