"""Time travel: the dataset as it was, and back to it, by new events; every label tells where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace

from nbloop import Classification, Dataset, Loop
from nbloop.errors import DataError, StoreError, UnknownSample
from nbloop.journal import Journal
from nbloop.schema import Action, Annotate, Event, Flag, Reject, Round, Said, Skip, Undo

TASK = Classification(["ham", "spam"])
TEXTS = [f"message {i} about {'money' if i % 3 == 0 else 'lunch'}" for i in range(60)]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def open_texts(store: Path | str = ":memory:", **options: object) -> Dataset:
    return Dataset(TEXTS, **{"id": range(60), "task": TASK, "store": store, "annotator": "ada", **options})


def tell(data: Dataset, *actions: Action, who: str = "ada", minute: int = 0) -> list[Event]:
    at = NOON + timedelta(minutes=minute)
    events = [data.event(action, at=at) for action in actions]
    return data.record([Event(event.id, event.at, who, event.action) for event in events])


def same(data: Dataset, other: Dataset) -> None:
    """Fail unless two datasets hold the same labels, states and counts."""
    pd.testing.assert_frame_equal(data.labels, other.labels)
    pd.testing.assert_frame_equal(data.golden, other.golden)
    pd.testing.assert_frame_equal(data.pool, other.pool)
    assert data.snapshot().hash == other.snapshot().hash
    assert replace(data.counts(), pool=0, skipped=0) == replace(other.counts(), pool=0, skipped=0)
    assert [data.state(key) for key in data.samples.keys] == [other.state(key) for key in other.samples.keys]


@pytest.fixture
def data() -> Dataset:
    """Events 1 (task) to 11, one a minute."""
    data = open_texts()
    tell(data, Annotate("1", "ham"), minute=1)
    [labelled] = tell(data, Annotate("2", "spam"), minute=2)
    tell(data, Annotate("2", "ham"), who="bob", minute=3)
    tell(data, Skip("3"), minute=4)
    tell(data, Flag("1"), minute=5)
    [undo] = tell(data, Undo(labelled.id), minute=6)
    tell(data, Reject("4"), Annotate("5", "spam"), minute=7)
    tell(data, Undo(undo.id), minute=8)
    tell(data, Flag("1", on=False), minute=9)
    return data


# -- as it was ---------------------------------------------------------------------------------------------------------


def test_every_earlier_moment_is_what_a_dataset_of_those_events_says(data: Dataset, tmp_path: Path) -> None:
    events = [event for _, event in data._journal.read()]
    for seq in range(1, len(events) + 1):
        journal = Journal(tmp_path / f"{seq}.db")
        journal.append(events[:seq])
        same(data.at(seq), open_texts(tmp_path / f"{seq}.db"))
    same(data.at(len(events)), data)
    assert len(data.at(0).labels) == 0


def test_a_time_means_what_was_answered_until_then(data: Dataset) -> None:
    assert data.at(NOON + timedelta(minutes=2, seconds=1)).labels.label.to_dict() == {1: "ham", 2: "spam"}
    assert data.at("2026-11-21T13:01:30+01:00").labels.label.to_dict() == {1: "ham"}


@pytest.mark.parametrize(
    ("when", "what"),
    [
        (99, "has the events 1 to 11, and 0 is before; found 99"),
        (-1, "found -1"),
        (datetime(2026, 11, 21), r"a time needs a zone, such as 2026-11-21T00:00:00\+00:00"),
        ("yesterday", "a number of data.log.. or a time; found 'yesterday'"),
        (True, "found True"),
    ],
)
def test_a_moment_that_is_none_is_named(data: Dataset, when: object, what: str) -> None:
    with pytest.raises(DataError, match=what):
        data.at(when)
    with pytest.raises(DataError, match=what):
        data.rollback(to=when)


@pytest.mark.parametrize(
    "write",
    [
        lambda past: past.record([past.event(Annotate("1", "spam"))]),
        lambda past: past.rollback(to=2),
        lambda past: past.take_back(annotator="ada"),
        lambda past: past.erase("ada"),
        lambda past: past.backup("past.db"),
        lambda past: past.save_to("past.db"),
        lambda past: past.go_on_in_memory(),
        lambda past: past.refresh(),
    ],
)
def test_the_past_cannot_be_written(data: Dataset, write: Callable[[Dataset], object]) -> None:
    before = data.log()
    with pytest.raises(StoreError, match="as it was at event 4: it cannot be written"):
        write(data.at(4))
    pd.testing.assert_frame_equal(data.log(), before)


def test_a_past_task_is_the_one_of_then(tmp_path: Path) -> None:
    tell(open_texts(tmp_path / "labels.db"), Annotate("1", "spam"))
    data = open_texts(tmp_path / "labels.db", task=Classification(["news", "ham", "spam"]))
    tell(data, Annotate("2", "news"))
    assert data.at(2).task.names == ("ham", "spam")
    assert data.at(2).labels.label.to_dict() == {1: "spam"}
    assert data.at(2).snapshot().codes.tolist() == [1]


# -- and back to it ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", range(12))
def test_a_rollback_leads_to_every_earlier_moment_and_another_one_leads_back(data: Dataset, to: int) -> None:
    n = len(data.log())
    data.rollback(to=to)
    same(data, data.at(to))
    data.verify()
    assert len(data.log()) >= n
    data.rollback(to=n)
    same(data, data.at(n))
    assert data.rollback(to=n) == 0


def test_a_rollback_to_a_time(data: Dataset) -> None:
    data.rollback(to=NOON + timedelta(minutes=2))
    assert data.labels.label.to_dict() == {1: "ham", 2: "spam"}


def test_random_histories_roll_back_to_any_of_their_moments() -> None:
    rng = np.random.default_rng(0)
    data = open_texts()
    for _ in range(120):
        log = data.log()
        events = log.event[log.says != "the classes are ham, spam"].tolist()
        kind = rng.integers(5) if events else 0
        sample, value = str(rng.integers(12)), rng.choice(["ham", "spam"])
        target = events[rng.integers(len(events))] if events else ""
        actions = [Annotate(sample, str(value)), Skip(sample), Flag(sample), Undo(target), Undo(target)]
        tell(data, actions[kind], who=str(rng.choice(["ada", "bob"])))
        if rng.random() < 0.1:
            to = int(rng.integers(len(log) + 1))
            data.rollback(to=to)
            same(data, data.at(to))
    data.verify()


def test_the_golden_set_and_the_rounds_outlive_a_rollback() -> None:
    data = open_texts(golden=0.2, truth=["ham", "spam"] * 30)
    tell(data, Round(1, 2, 0.1, "4f"), Annotate(data.samples.keys[data.snapshot().labelled.size], "ham"))
    golden = data.golden
    data.rollback(to=0)
    pd.testing.assert_frame_equal(data.golden, golden)
    assert len(data.rounds()) == 1
    assert len(data.labels) == 0


def test_answers_are_taken_back_by_label_person_time_batch_sample_and_event() -> None:
    data = open_texts()
    tell(data, *[Annotate(str(i), "ham") for i in range(4)], minute=1)
    tell(data, *[Annotate(str(i), "spam") for i in range(4, 8)], who="bob", minute=2)
    [last] = tell(data, Annotate("8", "spam"), minute=3)
    assert data.take_back(label="spam", annotator="bob", samples=[4]) == 1
    assert sorted(data.labels.index) == [0, 1, 2, 3, 5, 6, 7, 8]
    assert data.take_back(batch=2) == 4
    assert sorted(data.labels.index) == [5, 6, 7, 8]
    assert data.take_back(since=NOON + timedelta(minutes=1), until=NOON + timedelta(minutes=2)) == 3
    assert data.labels.index.tolist() == [8]
    assert data.take_back(events=[last.id]) == 1
    assert data.take_back(label="spam") == 0
    with pytest.raises(DataError, match="say which answers to take back"):
        data.take_back()
    with pytest.raises(UnknownSample):
        data.take_back(samples=[99])


def test_a_running_loop_unlearns_what_a_rollback_takes_back() -> None:
    truth = ["spam" if "money" in text else "ham" for text in TEXTS]
    data, fresh = open_texts(truth=truth), open_texts(truth=truth)
    loop = Loop(data)
    loop.simulate(n=20, batch=5)
    to, kept = int(data.log().index[-1]), data.labels
    for id in data.pool.index[:15]:
        loop.tell(id, "ham")
    loop.wait()
    behind = loop.predict(TEXTS)
    revision = loop._session.rev
    data.rollback(to=to)
    assert loop._session.rev > revision
    loop.wait()
    other = Loop(fresh)
    for id, label in kept.label.items():
        other.tell(id, label)
    other.wait()
    proba = loop._session.outcome.model.predict_proba(loop._session.mind.X)
    assert np.array_equal(proba, other._session.outcome.model.predict_proba(other._session.mind.X))
    assert np.array_equal(loop.predict(TEXTS), other.predict(TEXTS))
    assert not np.array_equal(behind, loop.predict(TEXTS))
    assert loop._session.view().model.behind == 0


# -- what happened -----------------------------------------------------------------------------------------------------


def test_the_log_tells_what_happened_in_sentences(data: Dataset) -> None:
    log = data.log()
    assert log.says.tolist() == [
        "the classes are ham, spam",
        "labelled 'ham'",
        "labelled 'spam'",
        "labelled 'ham'",
        "skipped",
        "flagged",
        "took back: labelled 'spam'",
        "rejected",
        "labelled 'spam'",
        "took back: took back: labelled 'spam'",
        "unflagged",
    ]
    assert log.index.tolist() == list(range(1, 12))
    assert log["sample"].tolist()[1:] == [1, 2, 2, 3, 1, 2, 4, 5, 2, 1]
    assert log.stands.tolist() == [True] * 6 + [False] + [True] * 4
    assert log.batch.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 8, 10, 11]
    assert log.annotator.tolist()[2:4] == ["ada", "bob"]


def test_every_label_traces_to_its_events_and_to_what_the_model_said() -> None:
    data = open_texts()
    said = Said("margin", "top", 0.25, 3, "4f", "spam", {"spam": 0.7, "ham": 0.3})
    [first] = tell(data, Annotate("7", "spam"))
    tell(data, Annotate("8", "spam"), Undo(first.id), who="bob", minute=1)
    tell(data, Annotate("7", "ham", rationale="a joke", seconds=2.5, shown=True, said=said), minute=2)
    trace = data.trace(7)
    assert trace.says.tolist() == ["labelled 'spam'", "took back: labelled 'spam'", "labelled 'ham'"]
    assert trace.decides.tolist() == [False, False, True]
    assert trace.taken_back_by.tolist()[0] == "bob"
    last = trace.iloc[-1]
    found = {name: last[name] for name in ("model", "prediction", "probability", "strategy", "phase", "score", "rank")}
    assert found == {
        "model": "4f",
        "prediction": "spam",
        "probability": 0.3,
        "strategy": "margin",
        "phase": "top",
        "score": 0.25,
        "rank": 3,
    }
    assert (last.proba, last.seconds, last["shown"], last.rationale) == (said.proba, 2.5, True, "a joke")
    assert data.trace(9).empty
    with pytest.raises(UnknownSample):
        data.trace(99)
