"""A page: a stretch of the journal as it was read; what its events say stays text until somebody asks for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Union, get_args

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from nbloop.errors import StoreError
from nbloop.schema import Action, Annotate, Event
from nbloop.store.chain import DECODER, NAMING, NOTES_DECODER, pseudonym, renamed


class Foretold(Struct, gc=False):
    """What the model had said, of all that an annotation says of it."""

    prediction: str | None = None


class Gist(Struct, gc=False, tag="annotate", tag_field="kind"):
    """What decides labels of all that an annotation says: the rest takes most of the time to read, and the memory."""

    sample: str
    value: str
    under: str = ""
    said: Foretold | None = None


GISTS: Any = msgspec.json.Decoder(Union[tuple(Gist if kind is Annotate else kind for kind in get_args(Action))])  # noqa: UP007  made


class Names(dict[str, str]):
    """Person → name; those who were erased have a pseudonym."""

    def __missing__(self, person: str) -> str:
        self[person] = pseudonym(person)
        return self[person]


@dataclass(slots=True)
class Page:
    """Some events, in order, a column each of what the store has of them.

    Attributes
    ----------
    seqs, ids, times, annotators, payloads : sequences
        One value an event; annotators by name.
    notes : dict of int to str
        Sequence number → what the event says in free text.
    names : Names
        Who else is meant.
    store : str
        For messages.
    """

    seqs: Sequence[int]
    ids: Sequence[str]
    times: Sequence[str]
    annotators: Sequence[str]
    payloads: Sequence[str]
    notes: dict[int, str]
    names: Names
    store: str

    @classmethod
    def of(cls, columns: Sequence[Sequence[Any]], notes: dict[int, str], names: Names, store: str) -> Page:
        """Return a page of sequence numbers, ids, times, persons and payloads; notes may be of others too."""
        seqs, ids, times, people, payloads = columns
        here = {seq: notes[seq] for seq in seqs if seq in notes} if notes else {}
        return cls(seqs, ids, times, [*map(names.__getitem__, people)], payloads, here, names, store)

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
            action = DECODER.decode(self.payloads[line])
            if seq in self.notes:
                action = replace(action, **NOTES_DECODER.decode(self.notes[seq]))
            if isinstance(action, NAMING):
                action = renamed(action, self.names.__getitem__)
            return Event(self.ids[line], datetime.fromisoformat(self.times[line]), self.annotators[line], action)
        except (msgspec.DecodeError, ValueError, TypeError) as error:
            raise StoreError(f"event {seq} of {self.store!r} cannot be read: {error}. Restore a backup.") from error

    def gists(self) -> list[Any]:
        """Return of every event what decides labels: a `Gist` of an annotation, anything else as it is.

        Raises
        ------
        StoreError
            One cannot be read, or has no time.
        """
        decode, parse = GISTS.decode, datetime.fromisoformat
        try:
            for at in self.times:
                parse(at)
            return [decode(payload) for payload in self.payloads]
        except (msgspec.DecodeError, ValueError, TypeError):
            for line in range(len(self)):
                self.event(line)  # whatever has no gist cannot be read either
            raise

    def packed(self) -> bytes:
        """Return the page in a fifth of the memory, without the names."""
        return msgspec.msgpack.encode((self.seqs, self.ids, self.times, self.annotators, self.payloads, self.notes))

    @classmethod
    def unpacked(cls, packed: bytes, names: Names, store: str) -> Page:
        """Return a page that was packed."""
        seqs, ids, times, annotators, payloads, notes = msgspec.msgpack.decode(packed, strict=False)
        return cls(seqs, ids, times, annotators, payloads, notes, names, store)
