"""What stands under the curve: whether to go on, and what the strategy saved."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import nbloop
from nbloop.trust.control import control_frame
from nbloop.trust.outlook import outlook
from nbloop.widgets.curve import Curve

ROWS = 400


def loop_of(*, golden: float | None = 0.25, control: float = 0.0) -> nbloop.Loop:
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=ROWS)
    X = (np.eye(3)[y] + rng.normal(scale=0.6, size=(ROWS, 3))).astype(np.float32)
    data = nbloop.Dataset(
        [f"sample {i}" for i in range(ROWS)],
        id=range(ROWS),
        features=X,
        task=nbloop.Classification(range(3)),
        golden=golden,
        truth=y.tolist(),
        store=":memory:",
    )
    return nbloop.Loop(data, control=control)


@pytest.fixture(scope="module")
def loop() -> Iterator[nbloop.Loop]:
    made = loop_of(control=0.3)
    made.simulate(n=60, batch=10)
    made.wait()
    yield made
    made.close()


def test_the_advice_is_that_of_the_loop_with_its_forecast(loop: nbloop.Loop) -> None:
    found, advice = outlook(loop._session), loop.stop_advice()
    assert (found.labels, found.stop, found.grounds) == (60, advice.stop, str(advice))
    assert found.advice == advice.short
    assert found.advice.startswith("You can stop." if advice.stop else "Go on.")
    assert f"15 more labels would bring about {100 * advice.gain:.1f} points" in found.advice
    assert "95%" in found.advice


def test_the_forecast_begins_where_the_curve_stands(loop: nbloop.Loop) -> None:
    now, then = outlook(loop._session).ahead
    assert (now.labels, now.accuracy) == (60, loop.history["accuracy"].iloc[-1])
    assert then.labels == 75
    assert then.low <= then.accuracy <= then.high <= 1


def test_with_a_control_arm_the_labels_saved_are_said_and_its_curve_is_there(loop: nbloop.Loop) -> None:
    found, savings = outlook(loop._session), loop.savings()
    assert found.savings == str(savings)
    arm = savings.curve.query("arm == 'random'")
    assert [(point.labels, point.accuracy) for point in found.control] == list(
        zip(arm["labels"], arm["accuracy"], strict=True)
    )
    assert found.control[-1].labels == savings.random


def test_before_there_are_enough_labels_it_says_what_is_missing_and_nothing_else() -> None:
    loop = loop_of(control=0.2)
    loop.simulate(n=8, batch=8)
    loop.wait()
    found = outlook(loop._session)
    assert (found.labels, found.advice, found.control, found.ahead) == (8, "", (), ())
    assert f"there are {len(control_frame(loop.data))}." in found.savings
    loop.close()


def test_without_control_arm_and_golden_set_there_is_advice_alone() -> None:
    loop = loop_of(golden=None)
    loop.simulate(n=30, batch=30)
    loop.wait()
    found = outlook(loop._session)
    assert found.advice.endswith("How far the goal is, a golden set would tell.")
    assert (found.savings, found.ahead) == ("", ())
    loop.close()


def test_the_curve_follows_the_labels_without_being_asked() -> None:
    loop = loop_of(control=0.3)
    curve: Any = Curve(loop._session, loop._publisher, interval=0.0)
    wanted, said = threading.Event(), []

    def heard(change: Any) -> None:
        said.append(change["new"])
        if change["new"]["labels"] == 40:
            wanted.set()

    curve.observe(heard, "outlook")
    loop.simulate(n=40, batch=40)
    loop.wait()
    assert wanted.wait(60)
    assert said[-1]["advice"] == loop.stop_advice().short
    curve.close()
    loop.close()


def test_what_fails_is_said_under_the_curve(loop: nbloop.Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ValueError("no such luck")

    monkeypatch.setattr("nbloop.widgets.curve.outlook", broken)
    curve: Any = Curve(loop._session, loop._publisher)
    failed = threading.Event()
    curve.observe(lambda _: failed.set(), "outlook")
    curve._seen = None
    curve._ticker.wake()
    assert failed.wait(60) or curve.outlook
    assert "no such luck" in curve.outlook["problem"]["message"]
    curve.close()
