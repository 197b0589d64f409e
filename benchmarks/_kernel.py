"""A real kernel without a page: a client on its channels that asks for cards and answers them as a page does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import perf_counter, sleep
from typing import Any
from uuid import uuid4

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

PATIENCE = 120
"""Seconds after which a kernel that says nothing counts as dead."""


class Kernel:
    """A running kernel.

    Parameters
    ----------
    client : BlockingKernelClient
    """

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client

    def run(self, code: str) -> str:
        """Run a cell and return what it printed.

        Raises
        ------
        RuntimeError
            The cell raised.
        """
        printed: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                printed.append(message["content"]["text"])

        reply = self._client.execute_interactive(code, timeout=PATIENCE, output_hook=hear)
        if reply["content"]["status"] != "ok":
            raise RuntimeError("\n".join(reply["content"]["traceback"]))
        return "".join(printed).strip()

    def request(self, comm: str, body: dict[str, Any]) -> tuple[dict[str, Any], float]:
        """Ask a face something over its comm; return its reply and the seconds until it was there."""
        sent = uuid4().hex
        content = {"comm_id": comm, "data": {"method": "custom", "content": {"id": sent, "body": body}}}
        began = perf_counter()
        self._client.shell_channel.send(self._client.session.msg("comm_msg", content))
        while True:
            heard = self._client.get_iopub_msg(timeout=PATIENCE)["content"].get("data", {})
            said = heard.get("content") if isinstance(heard, dict) else None
            if isinstance(said, dict) and said.get("reply_to") == sent:
                assert said["error"] is None, said
                return said["body"], perf_counter() - began


@contextmanager
def kernel() -> Iterator[Kernel]:
    """Start a kernel, and end it."""
    manager, client = start_new_kernel()
    try:
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def answers(kernel: Kernel, comm: str, truth: dict[str, str], count: int, pace: float) -> list[float]:
    """Answer `count` cards, one every `pace` seconds, cards renewed after each; return the seconds until each was safe.

    The card in front keeps its place when others are dealt.
    """
    hand, waited = _dealt(kernel, comm, []), []
    for _ in range(count):
        began, (front, *rest) = perf_counter(), hand
        action = {"kind": "annotate", "sample": front, "value": truth[front], "seconds": pace}
        mark = {"id": uuid4().hex, "at": datetime.now(UTC).isoformat(), "action": action}
        waited.append(kernel.request(comm, {"kind": "tell", "marks": [mark]})[1])
        sleep(max(0, 0.7 * pace - (perf_counter() - began)))  # by now there is a ranking, as a page hears from its view
        hand = [*rest[:1], *(key for key in _dealt(kernel, comm, [front]) if key != rest[0])]
        sleep(max(0, pace - (perf_counter() - began)))
    return waited


def _dealt(kernel: Kernel, comm: str, hold: list[str]) -> list[str]:
    return [card["sample"] for card in kernel.request(comm, {"kind": "deal", "n": 20, "hold": hold})[0]["cards"]]
