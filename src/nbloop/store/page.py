"""A page: a stretch of the journal as it was read; what its events say stays text until somebody asks for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, Union, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from nbloop.errors import StoreError
from nbloop.schema import Action, Annotate, Event
from nbloop.store.chain import DECODER, NAMING, NOTES_DECODER, pseudonym, renamed

BETWEEN = ",\n"
"""What is between two payloads of a page: in those that nbloop writes no line ends."""


class Foretold(Struct, gc=False):
    """What the model had said, of all that an annotation says of it."""

    prediction: str | None = None


class Gist(Struct, gc=False, tag="annotate", tag_field="kind"):
    """What decides labels of all that an annotation says: the rest takes most of the time to read, and the memory."""

    sample: str
    value: str
    under: str = ""
    said: Foretold | None = None


_SAID: Any = Union[tuple(Gist if kind is Annotate else kind for kind in get_args(Action))]  # noqa: UP007  made
GIST, GISTS = msgspec.json.Decoder(_SAID), msgspec.json.Decoder(list[_SAID])
RAWS = msgspec.json.Decoder(list[msgspec.Raw])
NUMBERS = msgspec.json.Decoder(list[int])
TEXTS = msgspec.json.Decoder(list[str])
TIMES = msgspec.json.Decoder(list[datetime])


class Names(dict[str, str]):
    """Person → name; those who were erased have a pseudonym."""

    def __missing__(self, person: str) -> str:
        self[person] = pseudonym(person)
        return self[person]


class Columns(NamedTuple):
    """Some events as JSON arrays, a column each of what the store has of them: whole columns are read in one go."""

    seqs: bytes
    ids: bytes
    times: bytes
    people: bytes
    payloads: bytes


@dataclass
class Page:
    """Some events, in order.

    Attributes
    ----------
    columns : Columns
        All that the store has of them but the notes.
    notes : dict of int to str
        Sequence number → what the event says in free text; maybe of others too.
    names : Names
        Who told them, and who else is meant.
    store : str
        For messages.
    """

    columns: Columns
    notes: dict[int, str]
    names: Names
    store: str

    @cached_property
    def seqs(self) -> list[int]:
        """Sequence numbers.

        Raises
        ------
        StoreError
            They do not ascend: the rows lie in another order than nbloop wrote them in.
        """
        found = NUMBERS.decode(self.columns.seqs)
        if found != sorted(found):
            raise StoreError(
                f"the events of {self.store!r} are not in their order: something else than nbloop wrote them anew. "
                "Restore a backup, or copy them into the table of a store that nbloop made."
            )
        return found

    @cached_property
    def ids(self) -> list[str]:
        """What the events are called."""
        return TEXTS.decode(self.columns.ids)

    @cached_property
    def times(self) -> list[str]:
        """When they were told."""
        return TEXTS.decode(self.columns.times)

    @cached_property
    def people(self) -> list[str]:
        """Who told them, as the store calls them."""
        return TEXTS.decode(self.columns.people)

    @cached_property
    def _payloads(self) -> Sequence[Any]:
        """What they say, each by itself.

        Raises
        ------
        StoreError
            What one of them says is not one thing: which one cannot be told from here.
        """
        found: Sequence[Any] = self.columns.payloads[1:-1].split(BETWEEN.encode())
        if len(found) != len(self):  # a line end in one of them
            try:
                found = RAWS.decode(self.columns.payloads)
            except (msgspec.DecodeError, UnicodeDecodeError):
                found = []
        if len(found) != len(self):
            raise StoreError(
                f"one of the events {self.seqs[0]} to {self.seqs[-1]} of {self.store!r} cannot be read. "
                "Restore a backup; data.verify() names the event."
            )
        return found

    def __len__(self) -> int:
        return len(self.seqs)

    def event(self, line: int) -> Event:
        """Return the event in a line.

        Raises
        ------
        StoreError
            It cannot be read.
        """
        seq = self.seqs[line]
        try:
            action = DECODER.decode(self._payloads[line])
            if seq in self.notes:
                action = replace(action, **NOTES_DECODER.decode(self.notes[seq]))
            if isinstance(action, NAMING):
                action = renamed(action, self.names.__getitem__)
            return Event(
                self.ids[line], datetime.fromisoformat(self.times[line]), self.names[self.people[line]], action
            )
        except (msgspec.DecodeError, ValueError, TypeError) as error:
            raise StoreError(f"event {seq} of {self.store!r} cannot be read: {error}. Restore a backup.") from error

    def gists(self) -> list[Any]:
        """Return of every event what decides labels: a `Gist` of an annotation, anything else as it is.

        Raises
        ------
        StoreError
            One cannot be read, or has no time.
        """
        try:
            TIMES.decode(self.columns.times)
            found = GISTS.decode(self.columns.payloads)
        except (msgspec.DecodeError, ValueError):
            found = []
        if len(found) == len(self):
            return found
        for line in range(len(self)):
            self.event(line)  # whatever has no gist cannot be read either
        return [GIST.decode(payload) for payload in self._payloads]

    def cut(self, lines: int) -> list[Page]:
        """Return the same as pages of so many events: of a small one an event is at hand sooner."""
        columns = self.seqs, self.ids, self.times, self.people
        cuts = [slice(start, start + lines) for start in range(0, len(self), lines)]
        written = [[*(msgspec.json.encode(column[cut]) for column in columns), self._written(cut)] for cut in cuts]
        return [Page(Columns(*each), self.notes, self.names, self.store) for each in written]

    def _written(self, cut: slice) -> bytes:
        return b"[" + BETWEEN.encode().join(map(bytes, self._payloads[cut])) + b"]"

    def closed(self) -> Page:
        """Return the same page with nothing read of it yet: it takes a fifth of the memory."""
        return Page(self.columns, self.notes, self.names, self.store)
