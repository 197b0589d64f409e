"""The journal: what was acknowledged is there, once, in one order, and nobody can change it unseen."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from nbloop.engine import file_system, refuse_network
from nbloop.errors import MissingExtra, StoreError, StoreWarning
from nbloop.journal import Journal
from nbloop.schema import (
    Annotate,
    Classification,
    Define,
    Draw,
    Event,
    Flag,
    Label,
    Reject,
    Round,
    Said,
    Skip,
    Undo,
)
from outside import change

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

WRITER = """
import sys
from datetime import UTC, datetime
from nbloop.journal import Journal
from nbloop.schema import Annotate, Event
store, name, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
journal = Journal(store)
for i in range(n):
    events = [Event(f"{name}-{i}", datetime.now(UTC), name, Annotate(f"sample {i}", "spam"))]
    events.append(Event(f"shared-{i}", datetime.now(UTC), name, Annotate(f"sample {i}", "ham")))
    journal.append(events)
    print(f"{name}-{i}", flush=True)
"""


COLUMNS = "at, annotator, kind, sample, payload, batch, note, hash"


def an_event(id: str, sample: str = "a", value: str = "spam", at: datetime = NOON) -> Event:
    return Event(id, at, "ada", Annotate(sample, value))


def start_writer(store: Path, name: str, n: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(store), name, str(n)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "labels.db"


@pytest.fixture
def told(store: Path) -> Path:
    """A store with four events."""
    Journal(store).append([an_event(f"e{i}", sample=f"s{i}") for i in range(1, 5)])
    return store


def test_a_second_arrival_is_the_same_event(store: Path) -> None:
    journal = Journal(store)
    first, again = an_event("e1", value="spam"), an_event("e1", value="ham")
    assert journal.append([first]) == [(1, first)]
    assert journal.append([again, an_event("e2")]) == [(2, an_event("e2"))]
    assert list(journal.read()) == [(1, first), (2, an_event("e2"))]


def test_an_event_twice_in_one_call_is_one_event() -> None:
    journal = Journal(":memory:")
    assert [(seq, event.id) for seq, event in journal.append([an_event("a"), an_event("b"), an_event("a")])] == [
        (1, "a"),
        (2, "b"),
    ]
    assert journal.append([]) == []


def test_every_kind_of_event_comes_back_as_it_was_told(store: Path) -> None:
    said = Said(
        "margin", phase="top", score=0.25, rank=3, model="4f", prediction="ham", proba={"ham": 0.6, "spam": 0.4}
    )
    actions = [
        Annotate("1", "späm", rationale="two\nlines \u0000 and “quotes”", seconds=1.5, shown=True, said=said),
        Skip("1", seconds=0.1),
        Reject("1", rationale="broken"),
        Flag("1", on=False),
        Undo("e0"),
        Draw(("1", "2"), share=0.1, seed=7),
        Define(
            Classification(["ham", Label("spam", key="x", color="#b0323a", description="ads")], guidelines="*look*")
        ),
        Round(1, 20, 0.5, "4f", accuracy=0.9, accuracy_low=0.8, accuracy_high=0.95, macro_f1=0.9, log_loss=0.3),
    ]
    events = [Event(f"e{i}", NOON + timedelta(microseconds=i), "ada", action) for i, action in enumerate(actions)]
    Journal(store).append(events)
    assert [event for _, event in Journal(store).read()] == events


def test_reading_goes_on_after_a_sequence_number(told: Path) -> None:
    assert [event.id for _, event in Journal(told).read(after=2)] == ["e3", "e4"]


def test_a_store_keeps_its_name_and_another_one_has_another(store: Path, tmp_path: Path) -> None:
    assert Journal(store).uid == Journal(store).uid != Journal(tmp_path / "other.db").uid


def test_times_are_kept_in_utc_whatever_their_zone(store: Path) -> None:
    here = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    Journal(store).append([an_event("e1", at=here)])
    [(_, found)] = Journal(store).read()
    assert found.at == NOON
    assert found.at.tzinfo == UTC


def test_a_batch_with_one_impossible_event_leaves_nothing_behind(store: Path) -> None:
    journal = Journal(store)
    with pytest.raises(StoreError, match="'e2' has a time without a zone"):
        journal.append([an_event("e1"), an_event("e2", at=datetime(2026, 1, 1))])
    with pytest.raises(StoreError, match=r"'e3' .* no valid Unicode"):
        journal.append([an_event("e3", value="\ud800")])
    with pytest.raises(StoreError, match="no valid Unicode"):
        journal.append([an_event("e4 \ud800")])
    nan = Annotate("a", "spam", said=Said("margin", proba={"spam": float("nan")}))
    with pytest.raises(StoreError, match=r"'e5' holds what cannot be read again: Expected `float`"):
        journal.append([Event("e5", NOON, "ada", nan)])
    with pytest.raises(StoreError, match="'e6' holds what cannot be read again"):
        journal.append([an_event("e6", value=7)])  # type: ignore[arg-type]  # a name that is no text
    assert list(journal.read()) == []
    assert [seq for seq, _ in journal.append([an_event("e1")])] == [1]


def test_more_events_than_a_statement_has_parameters_arrive_in_one_call() -> None:
    journal = Journal(":memory:")
    events = [an_event(f"e{i}") for i in range(40_000)]
    assert len(journal.append(events)) == 40_000
    assert journal.append(events) == []


@pytest.mark.parametrize("place", ["file", "memory"])
def test_threads_that_append_at_once_get_one_order(place: str, store: Path) -> None:
    journal = Journal(store if place == "file" else ":memory:")
    start, failures = threading.Barrier(8), []

    def tell(thread: int) -> None:
        start.wait()
        try:
            for i in range(20):
                journal.append([an_event(f"{thread}-{i}"), an_event(f"shared-{i}")])
                assert f"{thread}-{i}" in {event.id for _, event in journal.read()}
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=tell, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert [seq for seq, _ in journal.read()] == list(range(1, 8 * 20 + 20 + 1))
    journal.verify()


def test_processes_that_append_at_once_get_one_order(store: Path) -> None:
    writers = [start_writer(store, name, 25) for name in ("ada", "bob", "eve")]
    assert [writer.wait() for writer in writers if writer.communicate()] == [0, 0, 0]
    journal = Journal(store)
    assert [seq for seq, _ in journal.read()] == list(range(1, 3 * 25 + 25 + 1))
    journal.verify()


def test_what_was_acknowledged_outlives_a_killed_kernel(store: Path) -> None:
    writer = start_writer(store, "ada", 100_000)
    assert writer.stdout is not None
    acknowledged = [writer.stdout.readline().strip() for _ in range(30)]
    writer.send_signal(signal.SIGKILL)
    acknowledged += writer.communicate()[0].split("\n")[:-1]
    journal = Journal(store)
    assert set(acknowledged) <= {event.id for _, event in journal.read()}
    journal.verify()
    assert journal.append([an_event("after")])


def test_every_connection_has_the_settings_that_survive_a_power_loss(store: Path) -> None:
    change(store, "PRAGMA journal_mode=WAL", "CREATE TABLE other (x)")
    with pytest.warns(StoreWarning, match=r"had left the store in journal mode 'wal'.*'truncate' again") as said:
        journal = Journal(store)
    assert [warning.filename for warning in said] == [__file__]
    connections = [journal._engine.connect() for _ in range(3)]
    for connection in connections:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
        assert found == {"journal_mode": "truncate", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    for connection in connections:
        connection.close()


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE events SET payload = replace(payload, 'spam', 'ham') WHERE seq = 2", 2),
        ("UPDATE events SET annotator = 'eve' WHERE seq = 3", 3),
        ("UPDATE events SET at = '2026-11-22T12:00:00+00:00' WHERE seq = 1", 1),
        ("UPDATE events SET sample = 's9' WHERE seq = 4", 4),
        ("DELETE FROM events WHERE seq = 2", 2),
        (f"INSERT INTO events SELECT 5, 'e5', {COLUMNS} FROM events WHERE seq = 4", 5),
        ("UPDATE events SET seq = 9 WHERE seq = 4", 4),
        ("UPDATE events SET batch = 2 WHERE seq = 3", 3),
        ("DELETE FROM events WHERE seq = 4", 4),
    ],
)
def test_verify_names_the_first_event_that_was_changed_from_outside(told: Path, statement: str, place: int) -> None:
    Journal(told).verify()
    change(told, statement)
    with pytest.raises(StoreError, match=rf"changed outside nbloop: event {place} "):
        Journal(told).verify()


def test_the_rows_tell_a_reader_without_nbloop_what_happened(told: Path) -> None:
    query = "SELECT seq, id, at, name, kind, sample, payload FROM events JOIN people ON person = annotator"
    with sqlite3.connect(told) as connection:
        row = connection.execute(query).fetchone()
    connection.close()
    payload = '{"kind":"annotate","sample":"s1","value":"spam"}'
    assert row == (1, "e1", "2026-11-21T12:00:00+00:00", "ada", "annotate", "s1", payload)


def test_an_event_that_cannot_be_read_is_named(told: Path) -> None:
    change(told, "UPDATE events SET payload = '{}' WHERE seq = 3")
    with pytest.raises(StoreError, match=r"event 3 of .* cannot be read"):
        list(Journal(told).read())


def test_a_notebook_that_changes_its_folder_keeps_its_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    journal = Journal("labels.db")
    monkeypatch.chdir(tmp_path / "elsewhere")
    journal.close()  # so that the next statement opens a connection
    journal.append([an_event("e1")])
    assert len(list(Journal(tmp_path / "labels.db").read())) == 1


def test_a_store_of_a_newer_version_says_how_to_upgrade(told: Path) -> None:
    change(told, "UPDATE meta SET value = '99' WHERE name = 'version'")
    with pytest.raises(StoreError, match=r"newer nbloop \(store version 99.*pip install -U nbloop"):
        Journal(told)


def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but long enough to be taken for one" * 20)
    before = file.read_bytes()
    with pytest.raises(StoreError, match=r"not an SQLite store.*another store="):
        Journal(file)
    assert file.read_bytes() == before


def test_a_database_of_another_program_is_refused(store: Path) -> None:
    change(store, "CREATE TABLE events (id TEXT, what TEXT)")
    with pytest.raises(StoreError, match="belongs to another program"):
        Journal(store)


def test_a_place_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(StoreError, match="folder that you may write to"):
        Journal("/proc/labels.db")


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"'.*/nowhere'"):
        Journal(tmp_path / "nowhere" / "labels.db")


def test_a_store_that_another_program_holds_is_waited_for_and_then_named(told: Path) -> None:
    journal = Journal(told, timeout=0.05)
    other = sqlite3.connect(told, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match=r"locked.*Close that program"):
        journal.append([an_event("e9")])
    with pytest.raises(StoreError, match="locked"):
        Journal(told, timeout=0.05)
    other.execute("ROLLBACK")
    other.close()
    assert journal.append([an_event("e9")])


MOUNTS = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /home rw,relatime shared:2 - nfs4 server:/home rw
31 30 8:2 / /home/ada/scratch\040disk rw - xfs /dev/sdb1 rw
32 22 0:41 / /mnt/share rw - cifs //server/share rw
""".strip()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/labels.db", "ext4"),
        ("/home/ada/labels.db", "nfs4"),
        ("/home/ada/scratch disk/labels.db", "xfs"),
        ("/homes/labels.db", "ext4"),
        ("/mnt/share/labels.db", "cifs"),
    ],
)
def test_the_file_system_of_a_path_is_the_innermost_mount(path: str, kind: str) -> None:
    assert file_system(Path(path), MOUNTS) == kind


def test_a_network_file_system_is_refused_with_what_would_do() -> None:
    with pytest.raises(StoreError, match=r"network file system \(nfs4\).*local disk, or a PostgreSQL URL"):
        refuse_network(Path("/home/ada/labels.db"), MOUNTS)
    refuse_network(Path("/home/ada/scratch disk/labels.db"), MOUNTS)


def test_other_databases_are_named_and_a_missing_driver_has_its_command() -> None:
    with pytest.raises(StoreError, match=r"SQLite or PostgreSQL; found 'mysql'"):
        Journal("mysql://ada@host/labels")
    with pytest.raises(StoreError, match="a path, ':memory:' or a URL"):
        Journal("://labels")
    with pytest.raises(MissingExtra, match=r"pip install pg8000"):
        Journal("postgresql+pg8000://ada@host/labels")


def test_a_closed_journal_can_be_opened_again(told: Path) -> None:
    journal = Journal(told)
    journal.close()
    assert len(list(Journal(told).read())) == 4
