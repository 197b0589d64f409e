"""A moment of the journal: after one of its events, or at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from numbers import Integral
from typing import Any

from nbloop.errors import DataError
from nbloop.schema import Event


@dataclass(frozen=True)
class Moment:
    """Has every event up to `seq`, or, where there is a `time`, all that happened until then."""

    seq: int | None = None
    time: datetime | None = None

    def has(self, seq: int, event: Event) -> bool:
        """Tell whether the event had happened by then."""
        return event.at <= self.time if self.time is not None else seq <= (self.seq or 0)

    def __str__(self) -> str:
        return f"event {self.seq}" if self.time is None else self.time.isoformat()


def moment_of(when: Any, last: int) -> Moment:
    """Return what a person means by `when`.

    Raises
    ------
    DataError
        No event of a journal that ends with `last`, a time without a zone, or neither of them.
    """
    if isinstance(when, Integral) and not isinstance(when, bool):
        if not 0 <= int(when) <= last:
            raise DataError(f"the journal has the events 1 to {last}, and 0 is before; found {when}. See data.log().")
        return Moment(seq=int(when))
    time = _time(when)
    if time is None:
        raise DataError(f"a moment is a number of data.log() or a time; found {when!r:.80}.")
    if time.tzinfo is None:
        raise DataError(f"a time needs a zone, such as {time.isoformat()}+00:00; found {when!s}.")
    return Moment(time=time)


def _time(when: Any) -> datetime | None:
    if isinstance(when, str):
        try:
            return datetime.fromisoformat(when)
        except ValueError:
            return None
    return when if isinstance(when, datetime) else None
