"""What a real kernel says of its state while a page asks a face, and while it asks any other widget."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

CELL = """
import ipywidgets, nbloop
loop = nbloop.Loop(nbloop.Dataset([f"text {i}" for i in range(30)], task=nbloop.Classification(["ham", "spam"])))
face, other = loop.labeler(), ipywidgets.IntSlider()
print(face.model_id, other.model_id, loop.ask()[0].id)
"""

PATIENCE = 60  # seconds; a kernel on a busy machine


@pytest.fixture
def client() -> Iterator[BlockingKernelClient]:
    manager, client = start_new_kernel()
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(client: BlockingKernelClient, code: str) -> str:
    printed: list[str] = []
    hear = lambda message: printed.append(message["content"].get("text", ""))  # noqa: E731
    assert client.execute_interactive(code, timeout=PATIENCE, output_hook=hear)["content"]["status"] == "ok", printed
    return "".join(printed)


def said_of(client: BlockingKernelClient, comm: str, data: dict[str, Any]) -> tuple[list[str], list[dict[str, Any]]]:
    """Send a message as a page does; return the states that the kernel says of it, up to "idle", and its replies."""
    sent = client.session.msg("comm_msg", {"comm_id": comm, "data": data})
    client.shell_channel.send(sent)
    states, replies = [], []
    while "idle" not in states:
        heard = client.get_iopub_msg(timeout=PATIENCE)
        if heard["parent_header"].get("msg_id") == sent["header"]["msg_id"]:
            if heard["msg_type"] == "status":
                states.append(heard["content"]["execution_state"])
            elif heard["msg_type"] == "comm_msg" and "content" in heard["content"]["data"]:
                replies.append(heard["content"]["data"]["content"])
    return states, replies


def test_a_kernel_says_busy_of_every_message_but_those_to_faces(client: BlockingKernelClient):
    face, other, sample = run(client, CELL).split()
    action = {"kind": "annotate", "sample": sample, "value": "ham"}
    mark = {"id": uuid4().hex, "at": datetime.now(UTC).isoformat(), "action": action}
    content = {"id": "1", "body": {"kind": "tell", "marks": [mark]}}
    states, replies = said_of(client, face, {"method": "custom", "content": content})
    assert states == ["idle"]
    assert replies[0]["body"]["ids"] == [mark["id"]]
    assert said_of(client, other, {"method": "request_state"})[0] == ["busy", "idle"]
    assert said_of(client, "no such comm", {})[0] == ["busy", "idle"]
    run(client, "face.close()")
    assert said_of(client, face, {"method": "request_state"})[0] == ["busy", "idle"]
