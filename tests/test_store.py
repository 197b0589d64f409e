"""The store: every released version opens, what is personal can be erased, a copy is whole, a cut tail is missed."""

from __future__ import annotations

import re
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nbloop.errors import StoreError
from nbloop.journal import Journal
from nbloop.schema import Annotate, Define, Erase, Event, Flag, Reject, Said, Skip, Undo
from nbloop.store.migrations import MIGRATIONS
from outside import change

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIXTURES = Path(__file__).parent / "fixtures"
STORES = sorted(FIXTURES.glob("store-*.sqlite"))


def an_event(id: str, who: str = "ada", **more: str) -> Event:
    return Event(id, NOON, who, Annotate(f"sample of {id}", "spam", **more))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "labels.db"


@pytest.fixture
def told(store: Path) -> Path:
    """A store of two people, with notes."""
    journal = Journal(store)
    journal.append([an_event("e1"), an_event("e2", rationale="two words")])
    journal.append([an_event("e3", "bob", rationale="Bob lives in Bonn"), an_event("e4", "bob")])
    journal.append([an_event("e5")])
    return store


# -- versions ----------------------------------------------------------------------------------------------------------


def test_there_is_a_store_of_every_version() -> None:
    assert {path.stem for path in STORES} >= {f"store-{n}" for n in range(1, len(MIGRATIONS) + 1)}
    newest = sqlite3.connect(FIXTURES / f"store-{len(MIGRATIONS)}.sqlite")
    assert newest.execute("SELECT value FROM meta WHERE name = 'version'").fetchone() == (str(len(MIGRATIONS)),)
    newest.close()


@pytest.mark.parametrize("written", STORES, ids=lambda path: path.stem)
def test_a_store_of_any_version_opens_with_all_that_was_told(written: Path, store: Path) -> None:
    shutil.copy(written, store)
    journal = Journal(store)
    journal.verify()
    assert journal.uid == "5dd45960042941178f00d8ee839a760f"
    events = [event for _, event in journal.read()]
    assert [event.id for event in events] == [f"e{i}" for i in range(16)]
    assert [event.annotator for event in events[:7]] == ["ada", "ada", "truth", "ada", "bob", "bob", "ada"]
    said = Said(
        "margin", phase="top", score=0.25, rank=3, model="4f", prediction="ham", proba={"ham": 0.6, "spam": 0.4}
    )
    note = "two\nlines and “quotes”"
    assert events[3].action == Annotate("m1", "spam", rationale=note, seconds=1.5, shown=True, said=said)
    assert events[5].action == Annotate("m2", "ham", rationale="Grüße, Bob")
    assert [events[6].action, events[7].action] == [Skip("m3", seconds=0.1), Reject("m4", rationale="broken")]
    assert [events[9].action, events[11].action] == [Flag("m2", on=False), Undo("e10")]
    assert isinstance(events[0].action, Define)
    assert events[0].action.task.names == ("ham", "spam")
    assert events[4].at == datetime(2026, 11, 21, 12, 0, 4, 4, tzinfo=UTC)
    assert [seq for seq, _ in journal.append([an_event("e16", rationale="more")])] == [17]
    journal.verify()
    assert Journal(store).uid == journal.uid


def test_what_was_changed_before_a_migration_is_found_after_it(store: Path) -> None:
    shutil.copy(FIXTURES / "store-1.sqlite", store)
    change(store, "UPDATE events SET payload = replace(payload, 'ham', 'spam') WHERE seq = 6")
    journal = Journal(store)
    with pytest.raises(StoreError, match="changed outside nbloop: event 6 "):
        journal.verify()


def test_a_store_with_a_lost_version_is_no_new_one(told: Path) -> None:
    change(told, "UPDATE meta SET value = '' WHERE name = 'version'")
    with pytest.raises(StoreError, match="has no version"):
        Journal(told)


# -- names and notes ---------------------------------------------------------------------------------------------------


def test_names_and_notes_are_not_in_the_events(told: Path) -> None:
    with sqlite3.connect(told) as connection:
        rows = connection.execute("SELECT * FROM events").fetchall()
        people = connection.execute("SELECT name FROM people ORDER BY name").fetchall()
    connection.close()
    assert not re.search(r"\bada\b|bob|Bob|two words", str(rows))  # "ada" may be in a digest
    assert people == [("ada",), ("bob",)]


def test_who_is_erased_is_gone_from_the_file_and_the_chain_still_holds(told: Path) -> None:
    journal = Journal(told)
    person = journal.person("bob")
    assert person is not None
    journal.append([Event("e6", NOON, "ada", Erase(person))])
    journal.verify()
    assert journal.person("bob") is None
    found = {event.id: event for _, event in Journal(told).read()}
    assert {found["e3"].annotator, found["e4"].annotator} == {f"erased-{person[:8]}"}
    assert found["e3"].action == Annotate("sample of e3", "spam")
    assert found["e2"].action == Annotate("sample of e2", "spam", rationale="two words")
    assert b"Bonn" not in told.read_bytes()
    assert b'bob"' not in told.read_bytes()


def test_who_comes_back_after_an_erasure_is_somebody_new(told: Path) -> None:
    journal = Journal(told)
    journal.append([Event("e6", NOON, "ada", Erase(str(journal.person("bob"))))])
    journal.append([an_event("e7", "bob", rationale="here again")])
    assert [event.annotator[:6] for _, event in journal.read(2)] == ["erased", "erased", "ada", "ada", "bob"]
    journal.verify()


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE people SET name = 'eve' WHERE name = 'bob'", "event 3 was told by somebody else than 'eve'"),
        ("DELETE FROM people WHERE name = 'bob'", "who told event 3 is gone, and nobody erased it"),
        ("UPDATE people SET salt = 'x' WHERE name = 'ada'", "event 1 was told by somebody else than 'ada'"),
        ("INSERT INTO people VALUES ('x', 'y', 'eve')", "the table people has lines that no event wrote"),
        ("UPDATE notes SET text = replace(text, 'Bonn', 'Rome')", "the note of event 3 is another one"),
        ("DELETE FROM notes WHERE seq = 2", "the note of event 2 is gone, and nobody erased it"),
        ("UPDATE notes SET seq = 4 WHERE seq = 3", "the note of event 3 is gone"),
        ("INSERT INTO notes VALUES (9, 'x', '{}')", "the table notes has lines that no event wrote"),
        ("INSERT INTO notes VALUES (1, 'x', '{}')", "the note of event 1 is another one"),
        ("UPDATE meta SET value = 'abc' WHERE name = 'uid'", "event 1 .* does not fit"),
        ("UPDATE meta SET value = '4:abc' WHERE name = 'head'", "event 6 is missing"),
        ("UPDATE meta SET value = NULL WHERE name = 'uid'", "is damaged"),
    ],
)
def test_verify_names_what_was_changed_beside_the_events(told: Path, statement: str, what: str) -> None:
    Journal(told).verify()
    change(told, statement)
    with pytest.raises(StoreError, match=what):
        Journal(told).verify()


def test_bytes_that_are_no_text_are_named_as_damage(told: Path) -> None:
    content = told.read_bytes()
    told.write_bytes(content.replace(b"CREATE TABLE people", b"CREATE TABLE p\xacople"))
    with pytest.raises(StoreError, match=r"malformed.*Restore a backup"):
        Journal(told).verify()


# -- heads and copies --------------------------------------------------------------------------------------------------


def test_a_tail_cut_with_care_is_missed_by_who_kept_the_head(told: Path) -> None:
    journal = Journal(told)
    seq, head = journal.head().split(":")
    with sqlite3.connect(told) as connection:
        last = connection.execute("SELECT hash FROM events WHERE seq = 4").fetchone()[0]
    connection.close()
    change(told, "DELETE FROM events WHERE seq = 5", f"UPDATE meta SET value = '4:{last}' WHERE name = 'head'")
    journal.verify()  # the file alone cannot tell
    with pytest.raises(StoreError, match="event 5 is missing: once there were 5"):
        journal.verify({int(seq): head})
    journal.append([an_event("e9")])
    with pytest.raises(StoreError, match="event 5 is another one"):
        journal.verify({int(seq): head})


def test_a_copy_has_the_chain_of_its_original(told: Path, tmp_path: Path) -> None:
    journal = Journal(told)
    head = journal.copy_to(tmp_path / "copy.db")
    copy = Journal(tmp_path / "copy.db")
    assert copy.head() == journal.head() == head
    assert copy.uid == journal.uid
    assert list(copy.read()) == list(journal.read())
    assert copy.batches() == {1: 1, 2: 1, 3: 3, 4: 3, 5: 5}
    copy.append([an_event("e6")])
    copy.verify()


def test_a_store_in_memory_is_copied_like_any_other(tmp_path: Path) -> None:
    journal = Journal(":memory:", uid="name")
    journal.append([an_event("e1", rationale="kept")])
    journal.copy_to(tmp_path / "copy.db")
    assert list(Journal(tmp_path / "copy.db").read()) == list(journal.read())
    assert Journal(tmp_path / "copy.db").uid == "name"
