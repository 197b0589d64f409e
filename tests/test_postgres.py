"""A team's store: the same journal on a PostgreSQL server, which the tests start themselves."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

import postgres
from _server import crashes
from nbloop import Classification, Dataset, Loop
from nbloop.errors import StoreError
from nbloop.journal import Journal
from nbloop.schema import Annotate, Erase, Event
from nbloop.store.migrations import OLD_EVENTS, _create
from nbloop.store.reading import PAGE

pytestmark = pytest.mark.skipif(
    postgres.binaries() is None, reason="PostgreSQL is not installed: apt install postgresql"
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TASK = Classification(["ham", "spam"])
TEXTS = [f"message {i} about {'money' if i % 3 == 0 else 'lunch'}" for i in range(60)]
FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    with postgres.running() as server:
        yield server


@pytest.fixture
def store(server: postgres.Server) -> str:
    """The URL of a database of its own."""
    name = f"labels_{uuid4().hex}"
    with psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.url.rpartition("/")[0] + f"/{name}"


def an_event(id: str, who: str = "ada", **more: str) -> Event:
    return Event(id, NOON, who, Annotate(f"sample of {id}", "spam", **more))


def open_texts(store: str | Path, who: str) -> Dataset:
    return Dataset(TEXTS, id=range(60), task=TASK, store=store, annotator=who)


def test_a_server_keeps_events_like_a_file(store: str) -> None:
    journal = Journal(store)
    first, second = an_event("e1", rationale="two\nlines \u0000 and “quotes”"), an_event("e2", "bob")
    assert journal.append([first, first]) == [(1, first)]
    assert journal.append([first, second]) == [(2, second)]
    assert list(Journal(store).read()) == [(1, first), (2, second)]
    assert Journal(store).uid == journal.uid
    journal.verify()
    more = [an_event(f"more {i}") for i in range(PAGE)]
    journal.append(more)
    assert [event for _, event in Journal(store).read()] == [first, second, *more]
    with psycopg.connect(store.replace("+psycopg", "")) as connection:
        connection.execute("UPDATE events SET at = '2026-11-22T12:00:00+00:00' WHERE seq = 2")
    with pytest.raises(StoreError, match="changed outside nbloop: event 2 "):
        journal.verify()


def test_writers_at_once_get_one_order_without_gaps(store: str) -> None:
    journals = [Journal(store) for _ in range(4)]
    start = threading.Barrier(4)

    def write(number: int) -> None:
        start.wait()
        for i in range(15):
            journals[number].append([an_event(f"{number}-{i}"), an_event(f"shared-{i}")])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [seq for seq, _ in journals[0].read()] == list(range(1, 4 * 15 + 15 + 1))
    journals[0].verify()


def test_two_people_label_one_dataset(store: str) -> None:
    ada, bob = open_texts(store, "ada"), open_texts(store, "bob")
    loop = Loop(ada)
    loop.tell(1, "ham")
    bob.record([bob.event(Annotate("3", "spam", rationale="about money"))])
    ada.refresh()
    loop.wait()
    assert ada.labels.annotator.to_dict() == {1: "ada", 3: "bob"}
    assert loop._session.outcome.model.labels == 2
    ada.rollback(to=0)
    bob.refresh()
    assert bob.labels.empty
    loop.close()


def test_a_backup_of_a_server_is_a_file_with_the_same_chain(store: str, tmp_path: Path) -> None:
    data = open_texts(store, "ada")
    data.record([data.event(Annotate("1", "spam", rationale="word"))])
    head = data.backup(tmp_path / "backup.db")
    data.record([data.event(Annotate("2", "ham"))])
    data.verify(head=head, backup=tmp_path / "backup.db")
    copy = open_texts(tmp_path / "backup.db", "ada")
    assert copy.labels.label.to_dict() == {1: "spam"}
    assert copy.uid == data.uid


def test_who_is_erased_is_gone_from_the_server(store: str) -> None:
    journal = Journal(store)
    journal.append([an_event("e1", rationale="my words"), an_event("e2", "bob", rationale="his words")])
    journal.append([Event("e3", NOON, "bob", Erase(str(journal.person("ada"))))])
    journal.verify()
    found = [event for _, event in journal.read()]
    assert [event.annotator[:7] for event in found] == ["erased-", "bob", "bob"]
    assert [event.action.rationale for event in found[:2]] == ["", "his words"]


def test_a_store_of_the_first_version_is_migrated_on_a_server_too(store: str, tmp_path: Path) -> None:
    shutil.copy(FIXTURES / "store-1.sqlite", tmp_path / "labels.db")
    with sqlite3.connect(tmp_path / "labels.db") as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("SELECT * FROM events")]
    connection.close()
    engine = sa.create_engine(store)
    with engine.begin() as target:
        _create(target, "the name")
        target.execute(sa.text("UPDATE meta SET value = '1' WHERE name = 'version'"))
        target.execute(OLD_EVENTS.insert(), rows)
    engine.dispose()
    journal = Journal(store)
    journal.verify()
    assert journal.uid == "the name"
    assert list(journal.read()) == list(Journal(tmp_path / "labels.db").read())


def test_a_password_is_shown_to_nobody(server: postgres.Server) -> None:
    with pytest.raises(StoreError) as said:
        Journal(server.url.replace("nbloop@", "nobody:secret@"))
    assert "secret" not in str(said.value)
    assert '"nobody" does not exist' in str(said.value)


def test_a_server_that_crashes_under_writers_loses_nothing_and_a_tail_reader_misses_nothing(
    server: postgres.Server,
) -> None:
    writing, reading, control = crashes(server, 2, 15, 80)
    assert (writing["attempts"], writing["lost"], writing["duplicated"]) == (2, 0, 0)
    assert writing["acknowledged"] >= 45
    assert (reading["lost"], reading["duplicated"]) == (0, 0)
    assert control["lost"] > 0
