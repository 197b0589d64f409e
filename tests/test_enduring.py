"""Threads in the background outlive what fails in them: what they keep up to date would stand still for good."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

import nbloop
from nbloop.tail import Tail
from nbloop.widgets.publisher import Publisher
from nbloop.widgets.ticker import Ticker


class Failing:
    """Fails the first time, and remembers the second."""

    def __init__(self) -> None:
        self.calls, self.again = 0, threading.Event()

    def work(self, *_: object) -> None:
        self.calls += 1
        if self.calls == 1:
            raise RuntimeError("a bug nobody knows of")
        self.again.set()

    show = work


class Seeing:
    """Sees what is shown beside."""

    def __init__(self) -> None:
        self.seen = threading.Event()

    def show(self, _: object) -> None:
        self.seen.set()


@pytest.mark.parametrize(
    "thread", [lambda work: Ticker(work, 0.01), lambda work: Tail(work, 0.01)], ids=["board", "tail"]
)
def test_what_failed_once_is_tried_again(
    thread: Callable[[Callable[[], None]], Ticker | Tail], caplog: pytest.LogCaptureFixture
) -> None:
    failing = Failing()
    with caplog.at_level(logging.ERROR, "nbloop"):
        background = thread(failing.work)
        while not failing.again.is_set():
            if isinstance(background, Ticker):
                background.wake()
            failing.again.wait(0.01)
    background.close()
    assert "a bug nobody knows of" in caplog.text


def test_a_face_that_fails_keeps_no_other_from_the_next_view(caplog: pytest.LogCaptureFixture) -> None:
    loop = nbloop.Loop(
        nbloop.Dataset(["one", "two", "three"], task=nbloop.Classification(["a", "b"]), store=":memory:")
    )
    publisher, failing, seeing = Publisher(loop._session, 0.01), Failing(), Seeing()
    publisher.add(failing)
    publisher.add(seeing)
    while not (failing.again.is_set() and seeing.seen.is_set()):
        loop._session.note()
        failing.again.wait(0.01)
    assert "a bug nobody knows of" in caplog.text
