"""Keeping: backups, a disk that fails, memory as the last resort, people who are forgotten, others on one store."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import event as hooks

from nbloop import Classification, Dataset, Loop
from nbloop.errors import DataError, StoreError, StoreWarning
from nbloop.journal import Journal
from nbloop.schema import Action, Annotate, Event
from outside import change

TASK = Classification(["ham", "spam"])
TEXTS = [f"message {i}" for i in range(200)]


def open_texts(store: Path | str, **options: object) -> Dataset:
    return Dataset(TEXTS, **{"id": range(200), "task": TASK, "store": store, "annotator": "ada", **options})


def tell(data: Dataset, *actions: Action) -> list[Event]:
    return data.record([data.event(action) for action in actions])


def tell_until_it_fails(data: Dataset, told: list[Event]) -> None:
    for i in range(200):
        told += tell(data, Annotate(str(i), "spam", rationale="word " * 200))


def fill(data: Dataset) -> None:
    """Let the disk of a dataset be full from now on, as SQLite sees it."""

    def no_more_pages(connection: sqlite3.Connection, *_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    data._journal._engine.dispose()
    hooks.listen(data._journal._engine, "connect", no_more_pages)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "labels.db"


# -- copies and checks -------------------------------------------------------------------------------------------------


def test_a_backup_is_the_dataset_as_it_was_and_labelling_goes_on(store: Path, tmp_path: Path) -> None:
    data = open_texts(store)
    tell(data, Annotate("1", "spam"), Annotate("2", "ham", rationale="a note"))
    head = data.backup(tmp_path / "backup.db")
    tell(data, Annotate("3", "ham"))
    assert open_texts(tmp_path / "backup.db").labels.label.to_dict() == {1: "spam", 2: "ham"}
    data.verify(head=head, backup=tmp_path / "backup.db")
    assert data.backup(tmp_path / "backup.db") != head
    assert len(open_texts(tmp_path / "backup.db").labels) == 3
    assert sorted(path.name for path in tmp_path.glob("*backup*") if path.stat().st_size) == ["backup.db"]


def test_a_backup_into_no_folder_names_the_backup_and_not_the_store(store: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"the backup '.*/none/backup\.db' cannot be written: there is no such folder"):
        open_texts(store).backup(tmp_path / "none" / "backup.db")


def test_a_backup_replaces_nothing_but_an_earlier_one(store: Path, tmp_path: Path) -> None:
    data = open_texts(store)
    (tmp_path / "thesis.txt").write_text("all my work, and more than a hundred bytes of it " * 9)
    with pytest.raises(StoreError, match="not an SQLite store"):
        data.backup(tmp_path / "thesis.txt")
    open_texts(tmp_path / "other.db")
    with pytest.raises(StoreError, match="store of another dataset"):
        data.backup(tmp_path / "other.db")
    with pytest.raises(StoreError, match="is the store itself"):
        data.backup(store)
    with pytest.raises(StoreError, match="cannot be"):
        data.backup(tmp_path / "nowhere" / "backup.db")
    assert (tmp_path / "thesis.txt").read_text().startswith("all my work")


def test_verify_misses_a_tail_that_was_cut_while_the_kernel_ran_or_after_a_backup(store: Path, tmp_path: Path) -> None:
    data = open_texts(store)
    tell(data, Annotate("1", "spam"))
    tell(data, Annotate("2", "spam"))
    head, noted = data.backup(tmp_path / "backup.db"), data.snapshot().head
    assert head == noted
    with sqlite3.connect(store) as connection:
        last = connection.execute("SELECT hash FROM events WHERE seq = 2").fetchone()[0]
    connection.close()
    change(store, "DELETE FROM events WHERE seq = 3", f"UPDATE meta SET value = '2:{last}' WHERE name = 'head'")
    for check in ({}, {"head": head}, {"backup": tmp_path / "backup.db"}):
        with pytest.raises(StoreError, match="event 3 is missing"):
            data.verify(**check)
    again = open_texts(store)
    again.verify()  # nothing in the file can tell
    with pytest.raises(StoreError, match="event 3 is missing"):
        again.verify(head=head)
    with pytest.raises(DataError, match=r"head= is what data\.backup"):
        again.verify(head="latest")


@pytest.mark.parametrize("again", [False, True])
def test_verify_compares_the_labels_with_the_journal(store: Path, again: bool) -> None:
    data = open_texts(store)
    tell(data, Annotate("1", "spam"), Annotate("2", "ham"))
    data = open_texts(store) if again else data
    data.verify()
    fold = data._fold
    code, answer = int(fold.places.code[1]), fold.answers[1]
    fold.places.code[1] = fold.places.code[2]
    with pytest.raises(StoreError, match=r"sample '1' is .*'ham'.* here and .*'spam'.* last event about it is 2"):
        data.verify()
    fold.places.code[1], fold.answers[1] = code, fold.answers[2]
    with pytest.raises(StoreError, match=rf"sample '1' is .* here and .*\(by event '{answer.id}'\) by the journal"):
        data.verify()
    fold.answers[1] = answer
    data.verify()


# -- a disk that fails -------------------------------------------------------------------------------------------------


def test_a_full_disk_is_named_and_all_that_was_acknowledged_is_there(store: Path) -> None:
    data = open_texts(store)
    fill(data)
    told: list[Event] = []
    with pytest.raises(StoreError, match=r"disk is full.*go on in memory: data.go_on_in_memory"):
        tell_until_it_fails(data, told)
    assert 0 < len(told) < 200
    assert len(data.labels) == len(told)
    again = open_texts(store)
    again.verify()
    assert [event.id for _, event in again._journal.read()][1:] == [event.id for event in told]


def test_labels_made_in_memory_are_written_to_the_store_when_it_can_be_again(store: Path) -> None:
    data = open_texts(store)
    loop = Loop(data)
    loop.tell(1, "spam")
    fill(data)
    with pytest.raises(StoreError, match="is full"):
        tell(data, Annotate("2", "ham", rationale="x" * 100_000))
    with pytest.warns(StoreWarning, match=r"kept in memory only.*data.save_to") as said:
        data.go_on_in_memory()
    assert [warning.filename for warning in said] == [__file__]
    assert loop._session.view().problem.code == "memory"
    loop.tell(2, "ham")
    assert len(open_texts(store).labels) == 1
    data.save_to(store)
    assert loop._session.view().problem is None
    loop.tell(3, "ham")
    data.verify()
    again = open_texts(store)
    assert again.labels.label.to_dict() == {1: "spam", 2: "ham", 3: "ham"}
    assert again.uid == data.uid
    assert again.log().batch.is_monotonic_increasing


def test_labels_of_memory_go_to_a_new_file_and_never_into_another_dataset(store: Path, tmp_path: Path) -> None:
    data = open_texts(":memory:")
    tell(data, Annotate("1", "spam"), Annotate("2", "ham"))
    tell(data, Annotate("3", "ham"))
    open_texts(tmp_path / "other.db")
    with pytest.raises(StoreError, match="store of another dataset"):
        data.save_to(tmp_path / "other.db")
    data.save_to(store)
    assert open_texts(store).log().batch.tolist() == [1, 2, 2, 4]
    assert open_texts(store).uid == data.uid


def test_a_store_that_cannot_be_opened_is_a_warning_where_the_person_wants_that(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="folder of the store does not exist"):
        open_texts(tmp_path / "nowhere" / "labels.db")
    with pytest.warns(StoreWarning) as said:
        data = open_texts(tmp_path / "nowhere" / "labels.db", on_store_error="memory")
    assert [str(warning.message).split(":")[0] for warning in said] == [
        "the folder of the store does not exist",
        "Labels are kept in memory only and are gone when this kernel ends. Write them",
    ]
    tell(data, Annotate("1", "spam"))
    data.save_to(tmp_path / "labels.db")
    assert len(open_texts(tmp_path / "labels.db").labels) == 1
    with pytest.raises(DataError, match="on_store_error= is 'raise' or 'memory'; found 'ignore'"):
        open_texts(":memory:", on_store_error="ignore")


LIMITED = """
import resource, signal, sys
from nbloop.errors import StoreError
sys.path.insert(0, sys.argv[2])
from test_keeping import open_texts, tell
from nbloop.schema import Annotate
data = open_texts(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
try:
    for i in range(200):
        [event] = tell(data, Annotate(str(i), "spam", rationale="word " * 200))
        print(event.id)
except StoreError as error:
    print(error)
"""


def test_a_disk_that_refuses_a_write_is_named_and_all_that_was_acknowledged_is_there(store: Path) -> None:
    command = [sys.executable, "-c", LIMITED, str(store), str(Path(__file__).parent)]
    *told, said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert "disk I/O error. The disk failed" in said
    assert told
    again = open_texts(store)
    again.verify()
    assert [event.id for _, event in again._journal.read()][1:] == told


READ_ONLY = """
import sys
from nbloop.errors import StoreError
sys.path.insert(0, sys.argv[2])
from test_keeping import open_texts, tell
from nbloop.schema import Annotate
try:
    data = open_texts(sys.argv[1])
    print(data.labels.label.to_dict())
    tell(data, Annotate("2", "ham"))
except StoreError as error:
    print(error)
"""


def test_a_store_that_cannot_be_written_can_be_read_and_says_what_would_do(store: Path) -> None:
    tell(open_texts(store), Annotate("1", "spam"))
    os.chmod(store, 0o444)
    os.chmod(store.parent, 0o555)
    before = store.read_bytes()
    command = [sys.executable, "-c", READ_ONLY, str(store), str(Path(__file__).parent)]
    if os.geteuid() == 0:  # nothing is read-only to root
        command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all", *command]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    os.chmod(store.parent, 0o755)
    assert said.startswith("{1: 'spam'}")  # to be read it need not be written
    assert "readonly" in said
    assert "a folder that you may write to" in said
    assert store.read_bytes() == before


def test_a_damaged_file_is_named(store: Path) -> None:
    data = open_texts(store)
    tell(data, *[Annotate(str(i), "spam") for i in range(200)])
    data.close()
    content = bytearray(store.read_bytes())
    content[4096:] = b"\x5a" * (len(content) - 4096)
    store.write_bytes(content)
    with pytest.raises(StoreError, match=r"malformed.*Restore a backup"):
        open_texts(store)


def test_the_limit_of_the_test_above_is_none_here() -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    assert shutil.which("setpriv")


# -- people ------------------------------------------------------------------------------------------------------------


def test_who_is_erased_is_forgotten_here_too_and_the_labels_stay(store: Path, tmp_path: Path) -> None:
    data = open_texts(store)
    tell(data, Annotate("1", "spam", rationale="my own words"))
    bob = open_texts(store, annotator="bob")
    tell(bob, Annotate("2", "ham"))
    data.erase("ada")
    for each in (data, open_texts(store)):
        each.verify()
        assert each.labels.label.to_dict() == {1: "spam", 2: "ham"}
        assert each.labels.annotator.str[:7].tolist() == ["erased-", "bob"]
        assert each.labels.rationale.tolist() == ["", ""]
    bob.refresh()
    assert bob.labels.annotator.str[:7].tolist() == ["erased-", "bob"]
    data.backup(tmp_path / "backup.db")
    assert b"my own words" not in store.read_bytes() + (tmp_path / "backup.db").read_bytes()
    with pytest.raises(DataError, match="nobody called 'eve'"):
        data.erase("eve")


# -- others on one store -----------------------------------------------------------------------------------------------


def test_a_loop_learns_what_another_kernel_told_the_store(store: Path) -> None:
    data, other = open_texts(store), open_texts(store, annotator="bob")
    loop = Loop(data)
    tell(other, Annotate("1", "spam"), Annotate("2", "ham"))
    assert data.refresh() == 2
    assert data.refresh() == 0
    loop.wait()
    assert loop._session.outcome.model.labels == 2
    assert data.labels.annotator.tolist() == ["bob", "bob"]


def test_a_loop_that_is_gone_hears_nothing_and_is_not_kept(store: Path) -> None:
    data = open_texts(store)
    loop = Loop(data, learner=None)
    loop.close()
    del loop
    import gc

    gc.collect()
    tell(data, Annotate("1", "spam"))
    assert [listener() for listener in data._listeners] == [None]
    assert isinstance(Journal(store), Journal)
