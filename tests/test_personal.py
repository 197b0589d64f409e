"""Whatever an event says of a person or in their words stays outside the chain, whatever kind of event it is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from nbloop.journal import Journal
from nbloop.schema import Discuss, Erase, Event, Grant

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_names_in_grants_and_words_in_discussions_are_erased_with_the_person(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "labels.db")
    told = [
        Event("e1", NOON, "ada", Grant("bob", "reviewer")),
        Event("e2", NOON, "bob", Discuss("s1", "I think of my sister")),
        Event("e3", NOON, "ada", Discuss("s1", "so do I")),
    ]
    journal.append(told)
    assert [event for _, event in journal.read()] == told
    person = str(journal.person("bob"))
    journal.append([Event("e4", NOON, "ada", Erase(person))])
    journal.verify()
    found = [event.action for _, event in journal.read()]
    assert found == [
        Grant(f"erased-{person[:8]}", "reviewer"),
        Discuss("s1", ""),
        Discuss("s1", "so do I"),
        Erase(person),
    ]
    content = (tmp_path / "labels.db").read_bytes()
    assert b"sister" not in content
    assert b"bob" not in content
