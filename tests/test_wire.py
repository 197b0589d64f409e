"""Every request gets exactly one reply, also when it fails."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from nbloop.errors import UnknownLabel
from nbloop.schema import Deal, Hello, Rounds, RoundsAfter
from nbloop.wire import Wire


def refuse(_: Deal) -> Any:
    raise UnknownLabel("'eggs' is not a label of this task.")


def break_down(_: Hello) -> Any:
    return 1 / 0


WIRE = Wire({RoundsAfter: lambda body: (Rounds(()), [str(body.after).encode()]), Deal: refuse, Hello: break_down})


def test_a_reply_names_its_request_and_carries_buffers() -> None:
    reply, buffers = WIRE.answer({"id": "r1", "body": {"kind": "rounds", "after": 7}})
    assert reply == {"reply_to": "r1", "body": {"kind": "rounds", "rounds": ()}, "error": None}
    assert buffers == [b"7"]


def test_an_error_of_ours_travels_with_its_code_and_sentence() -> None:
    reply, _ = WIRE.answer({"id": "r2", "body": {"kind": "deal", "n": 3}})
    assert reply["error"] == {"code": "unknown-label", "message": "'eggs' is not a label of this task."}


def test_an_unexpected_error_is_logged_with_its_traceback_and_answered(caplog: pytest.LogCaptureFixture) -> None:
    reply, _ = WIRE.answer({"id": "r3", "body": {"kind": "hello"}})
    assert reply["error"]["code"] == "internal"
    assert "ZeroDivisionError" in reply["error"]["message"]
    assert "1 / 0" in caplog.text


@pytest.mark.parametrize(
    "content", [None, [], {}, {"id": "r4"}, {"id": "r4", "body": {"kind": "format-disk"}}, {"id": 5, "body": 5}]
)
def test_what_is_no_request_is_answered_with_a_sentence(content: Any) -> None:
    reply, _ = WIRE.answer(content)
    assert reply["error"]["code"] == "request"
    assert "Reload the page" in reply["error"]["message"]


def test_a_request_for_another_widget_is_answered_with_a_sentence() -> None:
    reply, _ = WIRE.answer({"id": "r5", "body": {"kind": "confusion"}})
    assert reply["error"]["code"] == "request"


AT_ONCE = """
import sys, threading
sys.setswitchinterval(1e-6)
from nbloop.wire import Wire
content = {"id": "r", "body": {"kind": "tell", "marks": [
    {"id": "m", "at": "2026-11-27T12:00:00+00:00", "action": {"kind": "annotate", "sample": "1", "value": "a"}}]}}
wire, start = Wire({}), threading.Barrier(4)
def ask():
    start.wait()
    for _ in range(50):
        wire.answer(content)
threads = [threading.Thread(target=ask) for _ in range(4)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
"""


def test_the_first_requests_of_several_widgets_at_one_moment_are_all_read() -> None:
    done = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
