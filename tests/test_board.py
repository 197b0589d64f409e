"""The board: what a person should know of a loop at a glance, and what to do next."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import pandas as pd
import pytest

import nbloop
from nbloop.examples import tickets
from nbloop.schema import Alert, Annotate, Gated, Routed, Tile, Wish
from nbloop.trust.board import board
from nbloop.trust.board.said import duration
from nbloop.trust.waiting import waits
from nbloop.widgets.dashboard import Dashboard
from nbloop.widgets.ticker import Ticker

FRAME = tickets(300)
TASK = nbloop.Classification(sorted(FRAME["intent"].unique()))


def opened(**options: Any) -> nbloop.Loop:
    given = {"golden": 0.4, "truth": "intent", "store": ":memory:", "annotator": "ana"} | options
    data = nbloop.Dataset(FRAME, content="text", id="ticket", task=TASK, **given)
    return nbloop.Loop(data, target=60)


def seen(loop: nbloop.Loop) -> dict[str, Tile]:
    return {tile.name: tile for tile in board(loop._session, loop._target).tiles}


@pytest.fixture(scope="module")
def loop() -> nbloop.Loop:
    loop = opened()
    loop.simulate(n=40, batch=10)
    return loop


def test_accuracy_has_its_interval_and_how_it_came_to_be(loop: nbloop.Loop) -> None:
    tile, last = seen(loop)["accuracy"], loop.history.iloc[-1]
    assert tile.interval is not None
    assert (tile.interval.value, tile.interval.low) == (last["accuracy"], last["accuracy_low"])
    assert tile.value == f"{last['accuracy']:.1%}"
    assert len(tile.trend) == 4
    assert tile.code == "print(loop.stop_advice())"


def test_labels_show_the_way_to_the_target(loop: nbloop.Loop) -> None:
    tile = seen(loop)["labels"]
    assert (tile.value, tile.share) == ("40", pytest.approx(40 / 60))


def test_a_loop_that_has_just_begun_is_told_what_to_do() -> None:
    found = seen(opened(golden=None, truth=None))
    assert found["accuracy"].todo == "Label on."
    assert found["gate"].tone == found["drift"].tone == found["agreement"].tone == "none"
    assert "checks" not in found
    assert found["labels"].code == "loop"


def test_a_loop_without_a_model_has_only_what_people_do() -> None:
    loop = nbloop.annotate(["a", "b"], ["x", "y"], store=":memory:")
    assert set(seen(loop)) == {"labels", "waiting", "agreement", "effort"}


def test_golden_samples_that_nobody_verified_are_asked_for() -> None:
    loop = opened(truth=None)
    for sample in loop.ask(2):
        loop.tell(sample.id, TASK.names[0])
    loop.tell(loop.ask()[0].id, TASK.names[1])
    loop.wait()
    assert seen(loop)["accuracy"].code == 'loop.labeler(queue="golden")'
    assert {bar.name: bar.n for bar in seen(loop)["waiting"].bars}["golden, to verify"] == 120


def test_errors_are_counted_by_reason_and_say_what_most_of_them_call_for() -> None:
    loop = opened()
    loop.simulate(n=40, batch=10)
    errors = loop.errors().frame
    assert seen(loop)["errors"].value == str(len(errors))
    assert f"{len(errors)} errors without a reason" in seen(loop)["errors"].todo
    for sample in errors.index:
        loop.categorise(sample, "ambiguous guideline")
    tile = seen(loop)["errors"]
    assert [(bar.name, bar.n) for bar in tile.bars] == [("ambiguous guideline", len(errors))]
    assert "Say it in the guidelines" in tile.todo


def test_the_gate_is_shown_for_the_newest_model_and_asks_for_it_when_it_was_not_judged() -> None:
    loop = opened()
    loop.simulate(n=40, batch=20)
    assert seen(loop)["gate"].code == "loop.gate()"
    verdict = loop.gate(margin=0.5)
    tile = seen(loop)["gate"]
    assert (tile.value, tile.code) == ("passed", "loop.promote()")
    assert verdict.candidate in tile.detail
    loop.promote(margin=0.5)
    assert seen(loop)["gate"].code == ""
    assert not loop.gate(loop.versions.index[0], margin=0.0001)
    assert f"{loop.versions.index[-1]} is newer" in seen(loop)["gate"].todo
    loop._session.note(Gated(verdict.candidate, "m", False, (("golden set", "failed", "3 points were lost."),)))
    tile = seen(loop)["gate"]
    assert (tile.tone, tile.value) == ("bad", "did not pass")
    assert "3 points were lost." in tile.detail


def test_an_alert_of_drift_warns_and_names_the_samples_it_queued() -> None:
    loop = opened()
    loop.simulate(n=30, batch=30)
    queued = tuple(map(str, loop.data.labels.index[:3]))
    loop._session.note(Alert("data", "length is not as it was", samples=queued), Wish(queued, "drift"))
    tile = seen(loop)["drift"]
    assert (tile.value, tile.tone) == ("1 alert this week", "warn")
    assert "3 samples" in tile.todo
    assert seen(loop)["waiting"].value == "3"


def test_audits_that_contradict_a_threshold_are_bad_news() -> None:
    loop = opened()
    loop.simulate(n=30, batch=30)
    labels = loop.data.labels["label"]
    wrong = {str(id): next(name for name in TASK.names if name != label) for id, label in labels.items()}
    routed = Routed("m", 0.05, 0.95, "why", accept=0.8, accepted=30, asked=10, audits=wrong)
    loop._session.note(routed)
    tile = seen(loop)["routing"]
    assert (tile.value, tile.tone) == ("75% accepted", "bad")
    assert "30 of 30 audited ones were wrong" in tile.detail


def test_agreement_and_effort_speak_of_people_alone() -> None:
    loop = opened()
    loop.simulate(n=30, batch=30)
    assert "One person" in seen(loop)["agreement"].detail
    rows = [(id, name, label) for id, label in loop.data.labels["label"].items() for name in ("ben", "eve")]
    loop.data.add_annotations(pd.DataFrame(rows, columns=["sample", "annotator", "label"]))
    tile = seen(loop)["agreement"]
    assert (tile.value, tile.tone) == ("1.00", "good")
    assert "3 people" in tile.detail


def test_what_was_queued_is_timed_until_it_is_answered() -> None:
    loop = opened()
    loop.simulate(n=10, batch=10)
    first, second = loop.data.labels.index[:2]
    loop.look_again([first, second], "to be sure")
    assert waits(loop.data).empty
    loop.tell(first, TASK.names[0])
    found = waits(loop.data)
    assert found.index.tolist() == [first]
    assert found["queued for"].tolist() == ["to be sure"]
    assert min(found["seconds"].tolist()) >= 0


def test_the_dashboard_follows_the_loop_by_itself() -> None:
    loop = opened()
    loop.simulate(n=20, batch=20)
    dashboard = Dashboard(loop._session, loop._publisher, interval=0.01)
    changed = threading.Event()

    def look(_: object) -> None:
        tiles = {tile["name"]: tile["value"] for tile in dashboard.board["tiles"]}
        if tiles["labels"] == "21":
            changed.set()

    dashboard.observe(look, "board")
    loop.tell(loop.ask()[0].id, TASK.names[0])
    assert changed.wait(30)
    dashboard.close()


def test_a_board_that_cannot_be_computed_keeps_the_last_one_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = opened()
    loop.simulate(n=20, batch=20)
    dashboard = Dashboard(loop._session, loop._publisher, interval=60)
    tiles = dashboard.board["tiles"]
    monkeypatch.setattr(type(loop.data), "counts", _broken)
    dashboard._refresh()
    assert dashboard.board["tiles"] == tiles
    assert "the disk is gone" in dashboard.board["problem"]["message"]
    monkeypatch.undo()
    dashboard.close()


def _broken(_: object) -> None:
    raise OSError("the disk is gone")


def test_a_ticker_keeps_nobody_alive() -> None:
    class Owner:
        def work(self) -> None: ...

    owner = Owner()
    ticker, gone = Ticker(owner.work, 0.01), weakref.ref(owner)
    ticker.wake()
    del owner
    gc.collect()
    assert gone() is None


def test_times_are_said_in_the_unit_that_fits() -> None:
    assert [duration(each) for each in (0, 59, 3600, 86400 * 400)] == ["0.1 s", "59 s", "1 h", "400 days"]


def test_an_answer_with_its_time_counts_as_effort() -> None:
    loop = opened(golden=None, truth=None)
    key = loop.ask()[0].id
    loop.data.record([loop.data.event(Annotate(key, TASK.names[0], seconds=4.0))])
    tile = seen(loop)["effort"]
    assert tile.value == "4.0 s"
    assert "1 answer" in tile.detail
