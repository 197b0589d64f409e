"""The wire: one request in, exactly one reply out, also when it fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from nbloop.errors import NbloopError, RequestError
from nbloop.schema import Problem, Reply, ReplyBody, Request

log = logging.getLogger("nbloop")

Handler = Callable[[Any], tuple[ReplyBody, list[bytes]]]


class Wire:
    """Answers requests by the kind of their body.

    Parameters
    ----------
    handlers : mapping of body type to function
        Each gets the body and returns the reply's body and its buffers.
    """

    def __init__(self, handlers: Mapping[type, Handler]) -> None:
        self._handlers = dict(handlers)
        self._kinds = {kind.__struct_config__.tag for kind in self._handlers}  # type: ignore[attr-defined]  they are structs

    def answers(self, content: Any) -> bool:
        """Return whether `content` is of a kind that this wire answers."""
        body = content.get("body") if isinstance(content, dict) else None
        return isinstance(body, dict) and body.get("kind") in self._kinds

    def answer(self, content: Any) -> tuple[dict[str, Any], list[bytes]]:
        """Return the reply to `content` as plain JSON values, and its buffers. Never raises."""
        try:
            body, buffers = self._handle(content)
            return msgspec.to_builtins(Reply(_id_of(content), body)), buffers
        except Exception as error:
            log.error("A request of the page failed: %s", error, exc_info=error)
            return failed(content, error), []

    def _handle(self, content: Any) -> tuple[ReplyBody, list[bytes]]:
        try:
            body = msgspec.convert(content, Request).body
        except msgspec.ValidationError as error:
            raise RequestError(
                f"the page sent what this version does not understand ({error}). Reload the page."
            ) from error
        if type(body) not in self._handlers:
            raise RequestError(f"this widget does not answer {type(body).__name__}. Re-run the cell.")
        return self._handlers[type(body)](body)


def failed(content: Any, error: Exception) -> dict[str, Any]:
    """Return the reply to a request that failed."""
    return msgspec.to_builtins(Reply(_id_of(content), error=problem_of(error)))


def _id_of(content: Any) -> str:
    return str(content.get("id", "")) if isinstance(content, dict) else ""


def problem_of(error: Exception) -> Problem:
    """Return what a person reads of an error."""
    if isinstance(error, NbloopError):
        return Problem(error.code, str(error))
    return Problem("internal", f"{type(error).__name__}: {error}. The traceback is in the log of the kernel.")
