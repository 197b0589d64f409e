"""What a real kernel says of its state while a page asks a face, and while it is asked anything else."""

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
task = nbloop.Classification(["ham", "spam"])
loop = nbloop.Loop(nbloop.Dataset([f"text {i}" for i in range(30)], task=task, store=":memory:"))
face, other = loop.labeler(), ipywidgets.IntSlider()
print(face.model_id, other.model_id, *[sample.id for sample in loop.ask(2)])
"""

PATIENCE = 60  # seconds; a kernel on a busy machine
ALL = ["busy", "idle"]


class Kernel:
    """A kernel, as a page talks to it."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client
        self.heard: list[dict[str, Any]] = []

    def states(self, kind: str, content: dict[str, Any], *, control: bool = False, **header: Any) -> list[str]:
        """Send a message; return the states that the kernel says of it, up to "idle"."""
        sent = self.client.session.msg(kind, content)
        sent["header"].update(header)
        (self.client.control_channel if control else self.client.shell_channel).send(sent)
        self.heard, states = [], []
        while "idle" not in states:
            heard = self.client.get_iopub_msg(timeout=PATIENCE)
            if heard["parent_header"].get("msg_id") == sent["header"]["msg_id"]:
                self.heard.append(heard)
                states += [heard["content"]["execution_state"]] if heard["msg_type"] == "status" else []
        return states

    def run(self, code: str) -> tuple[list[str], str]:
        """Run a cell; return the states that the kernel says of it, and what it printed."""
        states = self.states("execute_request", {"code": code, "silent": False, "allow_stdin": False})
        texts = [one["content"] for one in self.heard if one["msg_type"] == "stream"]
        return states, "".join(each["text"] for each in texts if each["name"] == "stdout")

    def ask(self, comm: str, data: dict[str, Any], **header: Any) -> list[str]:
        """Send a message over a comm; return the states that the kernel says of it."""
        return self.states("comm_msg", {"comm_id": comm, "data": data}, **header)

    def tell(self, face: str, sample: str, **header: Any) -> list[str]:
        """Answer a sample; return the states that the kernel says of it."""
        mark = {"id": uuid4().hex, "at": datetime.now(UTC).isoformat()}
        mark |= {"action": {"kind": "annotate", "sample": sample, "value": "ham"}}
        body = {"kind": "tell", "marks": [mark]}
        states = self.ask(face, {"method": "custom", "content": {"id": uuid4().hex, "body": body}}, **header)
        sent = [one["content"]["data"] for one in self.heard if one["msg_type"] == "comm_msg"]  # views, and one reply
        assert [each["content"]["body"]["ids"] for each in sent if each["method"] == "custom"] == [[mark["id"]]]
        return states

    def new_subshell(self) -> tuple[list[str], str]:
        """Make a subshell; return the states that the kernel says of it, and its id."""
        states = self.states("create_subshell_request", {}, control=True)
        return states, self.client.get_control_msg(timeout=PATIENCE)["content"]["subshell_id"]


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    manager, client = start_new_kernel()
    yield Kernel(client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_a_kernel_says_busy_of_every_message_but_those_to_faces(kernel: Kernel):
    states, printed = kernel.run(CELL)
    face, other, first, second = printed.split()
    assert states == ALL
    assert kernel.tell(face, first) == ["idle"]
    states, subshell = kernel.new_subshell()  # on another channel, behind a message to a face
    assert states == ALL
    assert kernel.tell(face, second, subshell_id=subshell) == ["idle"]
    assert kernel.run("print(len(loop.data.labels))") == (ALL, "2\n")
    assert kernel.ask(other, {"method": "request_state"}) == ALL
    assert kernel.ask("no such comm", {}) == ALL
    assert kernel.run("face.close()")[0] == ALL
    assert kernel.ask(face, {"method": "request_state"}) == ALL
