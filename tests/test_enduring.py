"""Threads in the background outlive what fails in them: what they keep up to date would stand still for good."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

import nbloop
from nbloop.session import Session
from nbloop.tail import Tail
from nbloop.widgets.publisher import Publisher
from nbloop.widgets.ticker import Ticker


class Failing:
    """Fails until it was called three times, or always."""

    def __init__(self, *, always: bool = False) -> None:
        self.calls, self.always, self.tried, self.went_well = 0, always, threading.Event(), threading.Event()

    def work(self, *_: object) -> None:
        self.calls += 1
        self.tried.set()
        if self.always or self.calls < 3:
            raise RuntimeError("a bug nobody knows of")
        self.went_well.set()

    show = work


class Seeing:
    """Sees what is shown beside."""

    def __init__(self) -> None:
        self.seen = threading.Event()

    def show(self, _: object) -> None:
        self.seen.set()


@pytest.mark.parametrize("thread", [Ticker, Tail], ids=["board", "tail"])
def test_what_failed_is_tried_again_unasked_and_said_once(
    thread: Callable[..., Ticker | Tail], caplog: pytest.LogCaptureFixture
) -> None:
    failing = Failing()
    background = thread(failing.work, 0.01)
    if isinstance(background, Ticker):
        background.wake()
    assert failing.went_well.wait(60)
    background.close()
    assert [record.exc_info is not None for record in caplog.records] == [True]


def opened() -> nbloop.Loop:
    task = nbloop.Classification(["a", "b"])
    return nbloop.Loop(nbloop.Dataset(["one", "two", "three"], task=task, store=":memory:"))


def test_a_face_that_always_fails_keeps_no_other_from_a_view() -> None:
    loop, failing, seeing = opened(), [Failing(always=True), Failing(always=True)], Seeing()
    publisher = Publisher(loop._session, 0.01)
    for face in [*failing, seeing]:  # kept in no order, so whichever fails first would keep the other from its turn
        publisher.add(face)
    loop._session.note()
    assert all(face.tried.wait(60) for face in failing)
    assert seeing.seen.wait(60)


def test_a_view_that_cannot_be_made_is_made_later_though_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, face, failing, view = opened(), Seeing(), Failing(), Session.view
    assert loop.wait()
    monkeypatch.setattr(Session, "view", lambda self: (failing.work(), view(self))[1])
    publisher = Publisher(loop._session, 0.01)
    publisher.add(face)
    assert face.seen.wait(60)
    assert failing.calls >= 3
