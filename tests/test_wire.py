"""Every request gets exactly one reply, also when it fails."""

from __future__ import annotations

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
