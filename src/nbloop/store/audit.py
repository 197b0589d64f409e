"""The audit: walks a store from its first event to its last, and names the first that is not as it was told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from nbloop.errors import StoreError
from nbloop.schema import Erase
from nbloop.store.chain import DECODER, NOTES_DECODER, genesis, link, sealed
from nbloop.store.tables import EVENTS, META, NOTES, PEOPLE

STEP = 10_000
"""Events read at a time."""


@dataclass
class Audit:
    """One walk over the store that `connection` is connected to; `heads` are seq → hash that must be in its chain."""

    connection: sa.Connection
    name: str
    heads: dict[int, str] = field(default_factory=dict)

    def run(self) -> None:
        """Raise `StoreError` that names the first thing that does not fit."""
        self._check_pages()
        meta = {line.name: line.value for line in self.connection.execute(sa.select(META))}
        self._people = {row.person: row for row in self.connection.execute(sa.select(PEOPLE))}
        self._unseen = set(self._people)
        self._erased = self._who_was_erased()
        self._seq, self._chain = 0, genesis(meta["uid"])
        for rows in self._steps():
            notes = self._notes(rows[0].seq, rows[-1].seq)
            for row in rows:
                self._check(row._asdict(), notes.pop(row.seq, None))
            self._none_left(notes, "notes")
        self._none_left(self._notes(self._seq + 1, 2**62) | self._notes(-(2**62), 0), "notes")
        self._none_left(self._unseen, "people")
        self._check_end(meta.get("head"))

    def _check_pages(self) -> None:
        if self.connection.dialect.name == "sqlite":
            found = self.connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
            if found != "ok":
                raise StoreError(f"the file of the store {self.name!r} is damaged: {found}. Restore a backup.")

    def _steps(self) -> Iterable[Any]:
        last = -(2**62)
        query = sa.select(EVENTS).order_by(EVENTS.c.seq).limit(STEP)
        while rows := self.connection.execute(query.where(EVENTS.c.seq > last)).all():
            yield rows
            last = rows[-1].seq

    def _notes(self, first: int, last: int) -> dict[int, Any]:
        lines = self.connection.execute(sa.select(NOTES).where(NOTES.c.seq.between(first, last)))
        return {line.seq: line for line in lines}

    def _who_was_erased(self) -> set[str]:
        rows = self.connection.execute(sa.select(EVENTS.c.seq, EVENTS.c.payload).where(EVENTS.c.kind == "erase"))
        return {said.person for row in rows if isinstance(said := self._decoded(row.seq, row.payload), Erase)}

    def _check(self, row: dict[str, Any], note: Any) -> None:
        place = self._seq + 1
        self._chain = link(self._chain, row)
        if row["seq"] != place or row["hash"] != self._chain:
            self._tell(place, f"event {place} (found seq {row['seq']}, id {row['id']!r}) does not fit those before it")
        self._seq = place
        self._decoded(place, row["payload"])
        self._read_time(place, row["at"])
        self._check_person(place, row["annotator"])
        self._check_note(place, row, note)
        if self.heads.get(place, self._chain) != self._chain:
            self._tell(place, f"event {place} is another one than when it was noted (hash {self.heads[place]})")

    def _decoded(self, place: int, payload: str) -> Any:
        try:
            return DECODER.decode(payload)
        except (msgspec.DecodeError, TypeError) as error:
            return self._tell(place, f"event {place} cannot be read ({error})")

    def _read_time(self, place: int, at: str) -> None:
        try:
            datetime.fromisoformat(at)
        except ValueError as error:
            self._tell(place, f"event {place} has no time ({error})")

    def _check_person(self, place: int, person: str) -> None:
        known = self._people.get(person)
        self._unseen.discard(person)
        if known is None and person not in self._erased:
            self._tell(place, f"the name of who told event {place} is gone, and nobody erased it")
        if known is not None and sealed(known.salt, known.name) != person:
            self._tell(place, f"event {place} was told by somebody else than {known.name!r}")

    def _check_note(self, place: int, row: dict[str, Any], note: Any) -> None:
        if note is None:
            if row["note"] is not None and row["annotator"] not in self._erased:
                self._tell(place, f"the note of event {place} is gone, and nobody erased it")
        elif sealed(note.salt, note.text) != row["note"]:
            self._tell(place, f"the note of event {place} is another one")
        else:
            self._read_note(place, note.text)

    def _read_note(self, place: int, text: str) -> None:
        try:
            NOTES_DECODER.decode(text)
        except msgspec.DecodeError as error:
            self._tell(place, f"the note of event {place} cannot be read ({error})")

    def _none_left(self, rows: Iterable[object], table: str) -> None:
        if left := sorted(map(str, rows)):
            self._tell(
                self._seq, f"behind event {self._seq} the table {table} has lines that no event wrote: {left[:3]}"
            )

    def _check_end(self, head: str | None) -> None:
        if head != f"{self._seq}:{self._chain}":
            self._tell(self._seq + 1, f"event {self._seq + 1} is missing: the store was told up to {head}")
        if beyond := [seq for seq in self.heads if seq > self._seq]:
            self._tell(self._seq + 1, f"event {self._seq + 1} is missing: once there were {max(beyond)}")

    def _tell(self, place: int, what: str) -> None:
        raise StoreError(
            f"the store {self.name!r} was changed outside nbloop: {what}. Restore a backup to have the events as they "
            f"were told; those before event {place} are."
        )
