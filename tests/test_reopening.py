"""Opening a store again: a fold that is loaded at once is the one that was told event by event, whatever happened."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import nbloop
from nbloop.consensus import Rule
from nbloop.dataset.changes import divided, merged, renamed
from nbloop.dataset.fold import TRUTH, Fold
from nbloop.errors import StoreError
from nbloop.journal import Journal
from nbloop.schema import (
    Action,
    Adjudicate,
    Annotate,
    Classification,
    Define,
    Discuss,
    Draw,
    Escalate,
    Event,
    Flag,
    Probe,
    Promote,
    Reject,
    Round,
    Said,
    Skip,
    Undo,
    Vote,
    Waive,
    Wish,
)
from nbloop.store.page import BETWEEN, Columns, Page
from nbloop.store.reading import PAGE

KEYS = [f"s{i}" for i in range(6)]
TASK = Classification(["a", "b", "c"])
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PEOPLE = ["ada", "bob", "eve", TRUTH]
RULES = [Rule(), Rule(), Rule(), Rule(2), Rule(3, 2), Rule(2, 0.9)]


def history(chance: Random) -> list[Event]:
    """Return whatever may be in a store: of a few samples much, of most a label or two."""
    events, tasks = [Event("task", NOON, "ada", Define(TASK))], {"task": TASK}
    for i in range(chance.randint(0, 30)):
        under = chance.choice(list(tasks))
        action = an_action(chance, tasks[under], under, events, f"n{i}")
        if isinstance(action, Define):
            tasks[f"e{i}"] = action.task
        events.append(Event(f"e{i}", NOON + timedelta(seconds=i), chance.choice(PEOPLE), action))
    return events


def an_action(chance: Random, task: Classification, under: str, events: list[Event], fresh: str) -> Action:
    key, label = chance.choice([*KEYS, "a stranger", "another"]), chance.choice([*task.names, "unheard of"])
    if chance.random() < 0.7:
        said = chance.choice([None, Said("margin"), Said("margin", prediction=chance.choice(task.names))])
        return Annotate(key, label, said=said, under="" if under == "task" else under)
    old = chance.choice(task.names)
    undo, more = Undo(chance.choice(events).id), (fresh, f"{fresh}'")
    defines = [renamed(task, old, fresh), divided(task, old, more, None)]
    defines += [merged(task, task.names[:2], fresh)] if len(task.names) > 2 else []
    rare: list[Action] = [
        Skip(key), Reject(key, chance.choice(["", "blurred"])), Flag(key, chance.random() < 0.5), Escalate(key),
        Adjudicate(key, label), Discuss(key, "why?"), Probe(key, label, old), Draw((key,)), Wish((key,), "slice"),
        Vote(key, label), Waive(("changed columns", "golden twins"), reason="meant"), Promote("v"),
        Round(1, 3, 0.1, "v"), undo, undo, *(replace(define, base=under) for define in defines),
    ]  # fmt: skip
    return chance.choice(rare)


def leaves(page: Page, lines: int) -> list[Page]:
    """Cut a page into smaller ones."""
    columns = [msgspec.json.decode(column, type=list[msgspec.Raw]) for column in page.columns]
    cuts = [slice(start, start + lines) for start in range(0, len(page), lines)]
    made = [
        Columns(*(b"[" + BETWEEN.encode().join(map(bytes, column[cut])) + b"]" for column in columns)) for cut in cuts
    ]
    return [Page(columns, page.notes, page.names, page.store) for columns in made]


def everything(fold: Fold) -> dict[str, Any]:
    """Return all that can be asked of a fold."""
    shot = fold.snapshot()
    arrays = [
        "labelled",
        "codes",
        "golden",
        "golden_codes",
        "past",
        "final",
        "eligible",
        "postponed",
        "corrected",
        "key_digests",
    ]
    assert fold.active() == [fold.counts_now(event) for event, _ in fold.annotations()]
    return {
        **{name: getattr(shot, name).tolist() for name in arrays},
        "seq": (fold.seq, shot.hash, shot.names),
        "states": [fold.state(place) for place in range(len(KEYS))],
        "answers": {place: fold.answers.get(place) for place in range(len(KEYS))},
        "answered": (sorted(fold.answers), len(fold.answers), fold.answered()),
        "asked": (fold.started, fold.tiers, fold.counts(), fold.class_counts(), fold.unverified(), fold.again()),
        "told": fold.told(),
        "events": (list(fold.events), list(fold.events.values()), {id: fold.events[id] for id in fold.events}),
        "stands": [fold.stands(id) for id in fold.events],
        "annotations": (fold.annotations(), fold.strange(["a", "b"]), fold.known(), fold.elsewhere()),
        "recent": [fold.recent(n, who) for n in (1, 20) for who in (None, "ada", "nobody")],
        "sitting": [fold.sitting(who, gap) for who in PEOPLE for gap in (1.5, 100)],
        "about": [(fold.about(key), fold.votes_on(key)) for key in [*KEYS, "a stranger", "never seen"]],
        "active": fold.active(),
        "votes": (list(fold.votes()), list(fold.ballots()), fold.waived),
        "wide": [fold.noted(kind) for kind in (Draw, Define, Round, Wish, Discuss, Probe)],
        "kinds": [list(fold.events.of(kinds)) for kinds in ((Annotate,), (Skip, Undo), (Flag, Round))],
        "wishes": (fold.wishes(), fold.verified_by_truth(), fold.flagged(), fold.golden),
    }


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(RULES))
def test_a_store_that_is_opened_folds_to_what_was_told_event_by_event(seed: int, rule: Rule) -> None:
    chance = Random(seed)
    events = history(chance)
    cut = chance.randint(0, len(events))
    journal, one, opened = Journal(":memory:"), Fold(KEYS, TASK.names, rule), Fold(KEYS, TASK.names, rule)
    for told in journal.append(events[:cut]):
        one.apply([told])
    lines = chance.randint(1, 7)
    opened.load(leaf for page in journal.pages() for leaf in leaves(page, lines))
    assert everything(opened) == everything(one)
    for told in enumerate(events[cut:], start=cut + 1):  # and goes on like it
        one.apply([told])
        opened.apply([told])
    assert everything(opened) == everything(one)


def test_an_event_of_an_opened_store_says_all_it_said(tmp_path: Path) -> None:
    said = Said("margin", "closest calls", 0.25, 3, "v1", "a", {"a": 0.6, "b": 0.4})
    events = [
        Event(f"e{i}", NOON, "ada", Annotate(KEYS[i % 6], "b", "because", 1.5, True, said, ""))
        for i in range(2 * PAGE + 200)
    ]
    Journal(tmp_path / "labels.db").append(events)
    fold = Fold(KEYS, TASK.names)
    fold.load(Journal(tmp_path / "labels.db").pages())
    assert fold.events[f"e{PAGE + 200}"] == events[PAGE + 200]
    assert list(fold.events.values()) == events
    assert f"e{len(events)}" not in fold.events
    assert fold.answers[0] == events[(len(events) - 1) // 6 * 6]


def test_what_cannot_be_read_is_named_when_its_store_is_opened(tmp_path: Path) -> None:
    store = tmp_path / "labels.db"
    Journal(store).append([Event(f"e{i}", NOON, "ada", Annotate(KEYS[i], "b")) for i in range(3)])
    for column, wrong in [("payload", "{}"), ("payload", '{"kind":"annotate","sample":"s1"}'), ("at", "noon")]:
        copy = tmp_path / f"{column}{len(wrong)}.db"
        copy.write_bytes(store.read_bytes())
        with sa.create_engine(f"sqlite:///{copy}").begin() as connection:
            connection.execute(sa.text(f"UPDATE events SET {column} = :wrong WHERE seq = 2"), {"wrong": wrong})
        with pytest.raises(StoreError, match=r"event 2 of .* cannot be read"):
            nbloop.Dataset(KEYS, id=KEYS, task=TASK, store=copy)


def tampered(store: Path, column: str, wrong: str) -> Path:
    """Return a store of three events whose second one was changed by something else."""
    Journal(store).append([Event(f"e{i}", NOON, "ada", Annotate(KEYS[i], "b")) for i in range(3)])
    with sa.create_engine(f"sqlite:///{store}").begin() as connection:
        connection.exec_driver_sql(f"UPDATE events SET {column} = {wrong} WHERE seq = 2")
    return store


@pytest.mark.parametrize(("between", "named"), [(",", "event 2"), (",\n", "one of the events 1 to 3")])
def test_two_things_said_in_one_event_are_never_taken_for_two_events(tmp_path: Path, between: str, named: str) -> None:
    said = """{"kind":"annotate","sample":"s1","value":"b"}""" + between + """{"kind":"skip","sample":"s0"}"""
    store = tampered(tmp_path / "labels.db", "payload", f"'{said}'")
    with pytest.raises(StoreError, match=f"^{named} of .* cannot be read"):
        nbloop.Dataset(KEYS, id=KEYS, task=TASK, store=store)
    with pytest.raises(StoreError, match=f"^{named} of .* cannot be read"):
        list(Journal(store).read())


@pytest.mark.parametrize(
    ("column", "other"),
    [
        ("at", "'20261121T120000+0000'"),
        ("payload", """'{ "kind": "annotate",\n  "sample": "KEY",\n  "value": "b" }'"""),
    ],
)
def test_what_is_written_in_another_way_is_read_as_well(tmp_path: Path, column: str, other: str) -> None:
    store = tampered(tmp_path / "labels.db", column, other.replace("KEY", KEYS[1]))
    assert nbloop.Dataset(KEYS, id=KEYS, task=TASK, store=store).labels.label.to_dict() == dict.fromkeys(KEYS[:3], "b")
    assert [event.at for _, event in Journal(store).read()][:3] == [NOON] * 3  # the dataset has told its task since


@pytest.mark.parametrize("wrong", ["x'ff'", "cast(x'ff' as text)"])
def test_what_is_no_text_is_said_to_be_changed_from_elsewhere(tmp_path: Path, wrong: str) -> None:
    store = tampered(tmp_path / "labels.db", "id", wrong)
    with pytest.raises(StoreError, match="Restore a backup"):
        nbloop.Dataset(KEYS, id=KEYS, task=TASK, store=store)


def test_odd_names_of_events_are_read_as_they_were_written_on_every_page(tmp_path: Path) -> None:
    odd = ["\x00", '"', "\\", "\n", ",\n", "\u2028", "é", "🙂", "],[", "\x1f"]
    events = [
        Event(f"{odd[i % 10]}{i}{odd[i % 7]}", NOON, "ada", Annotate(KEYS[i % 6], "b")) for i in range(2 * PAGE + 1)
    ]
    journal = Journal(tmp_path / "labels.db")
    journal.append(events)
    assert [*journal.read()] == [*enumerate(events, start=1)]
    assert [seq for seq, _ in journal.read(PAGE)] == [*range(PAGE + 1, 2 * PAGE + 2)]


@pytest.mark.parametrize("wide", [7, 3 * PAGE + 1])
def test_what_is_behind_a_gap_is_read_as_well(tmp_path: Path, wide: int) -> None:
    store = tmp_path / "labels.db"
    events = [Event(f"e{i}", NOON, "ada", Annotate(KEYS[i % 6], "b")) for i in range(PAGE + 5)]
    Journal(store).append(events)
    with sa.create_engine(f"sqlite:///{store}").begin() as connection:
        connection.exec_driver_sql("UPDATE events SET seq = -seq WHERE seq > 3")  # two steps: no two may be equal
        connection.exec_driver_sql(f"UPDATE events SET seq = {wide} - seq WHERE seq < 0")
        connection.exec_driver_sql(f"UPDATE events SET seq = {2**63 - 1} WHERE seq = {wide + PAGE + 5}")
    journal = Journal(store)
    found = [*journal.read()]
    assert [event for _, event in found] == events
    assert [seq for seq, _ in found] == [1, 2, 3, *range(wide + 4, wide + PAGE + 5), 2**63 - 1]
    assert [*journal.read(wide + 9)] == found[9:]
    assert [*journal.read(2**63 - 1)] == []


@pytest.mark.parametrize(
    ("column", "wrong", "said"),
    [("id", "x'ff'", "Restore a backup"), ("payload", "'{}'", f"event {PAGE + 3} of .* cannot be read")],
)
def test_damage_on_a_page_that_is_fetched_ahead_is_said_as_well(
    tmp_path: Path, column: str, wrong: str, said: str
) -> None:
    store = tmp_path / "labels.db"
    Journal(store).append([Event(f"e{i}", NOON, "ada", Annotate(KEYS[i % 6], "b")) for i in range(PAGE + 5)])
    with sa.create_engine(f"sqlite:///{store}").begin() as connection:
        connection.exec_driver_sql(f"UPDATE events SET {column} = {wrong} WHERE seq = {PAGE + 3}")
    with pytest.raises(StoreError, match=said):
        nbloop.Dataset(KEYS, id=KEYS, task=TASK, store=store)


def test_whoever_stops_reading_early_holds_nothing_of_the_store(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "labels.db")
    journal.append([Event(f"e{i}", NOON, "ada", Annotate(KEYS[i % 6], "b")) for i in range(PAGE + 5)])
    pages = journal.pages()
    assert len(next(pages)) == PAGE
    late = Event("late", NOON, "bob", Annotate(KEYS[0], "a"))
    assert Journal(journal.name, timeout=5).append([late])[0][0] == PAGE + 6
    pages.close()
    assert not any("nbloop-ahead" in thread.name for thread in threading.enumerate())


def test_a_page_is_walked_in_the_order_of_the_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "labels.db")
    journal.append([Event("e1", NOON, "ada", Annotate(KEYS[0], "b"))])
    asked: list[tuple[str, Any]] = []
    listening = (journal._engine, "before_cursor_execute", lambda *told: asked.append(told[2:4]))
    sa.event.listen(*listening)
    list(journal.pages())
    sa.event.remove(*listening)
    query, values = next((query, values) for query, values in asked if "json_group_array" in query)
    with journal._engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()
    assert any("INTEGER PRIMARY KEY (rowid>? AND rowid<?)" in line[3] for line in plan)


def test_a_store_whose_rows_were_written_anew_in_another_order_is_refused(tmp_path: Path) -> None:
    store = tmp_path / "labels.db"
    Journal(store).append([Event(f"e{i}", NOON, "ada", Annotate(KEYS[i % 6], "b")) for i in range(9)])
    with sa.create_engine(f"sqlite:///{store}").begin() as connection:
        connection.exec_driver_sql("CREATE TABLE other AS SELECT * FROM events ORDER BY seq DESC")
        connection.exec_driver_sql("DROP TABLE events")
        connection.exec_driver_sql("ALTER TABLE other RENAME TO events")
    with pytest.raises(StoreError, match="not in their order"):
        nbloop.Dataset(KEYS, id=KEYS, task=TASK, store=store)


def test_labels_of_an_opened_store_are_kept_when_the_store_is_gone(tmp_path: Path) -> None:
    store = tmp_path / "labels.db"
    first = nbloop.Dataset(KEYS, id=KEYS, task=TASK, store=store, annotator="ada")
    first.record([first.event(Annotate(key, "b", "because")) for key in KEYS[:4]])
    first.close()
    data = nbloop.Dataset(KEYS, id=KEYS, task=TASK, store=store, annotator="ada")
    store.unlink()
    with pytest.warns(nbloop.errors.StoreWarning, match="in memory only"):
        data.go_on_in_memory()
    data.save_to(tmp_path / "again.db")
    data.verify()
    assert data.labels.label.to_dict() == dict.fromkeys(KEYS[:4], "b")
    assert set(data.labels.rationale) == {"because"}
