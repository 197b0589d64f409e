"""Announcing: a kernel says "busy" of every message, and of what a page asks of a face it need not."""

from __future__ import annotations

from inspect import iscoroutinefunction, signature
from typing import Any

from IPython.core.getipython import get_ipython


class Announcing:
    """What a kernel says of its state: all that it would, but "busy" with requests to faces.

    JupyterLab draws its toolbar anew for every "busy", on the thread that should take the reply: that takes longer than
    to make a label durable. "idle" is still said, as front ends wait for it.

    Parameters
    ----------
    kernel : ipykernel.kernelbase.Kernel

    Attributes
    ----------
    faces : set of str
        The comms of faces.
    """

    def __init__(self, kernel: Any) -> None:
        self.faces: set[str] = set()
        self._kernel, self._say = kernel, kernel._publish_status

    def __call__(self, status: str, channel: str = "", parent: Any = None) -> Any:
        """Say it of a message on a channel; of none, it is said of the present one."""
        if status == "busy" and channel == "shell" and parent is None and self._is_for_a_face():
            return None
        return self._say(status, channel, parent)

    def _is_for_a_face(self) -> bool:
        """Tell whether the present message of the shell channel is for the comm of a face."""
        match self._kernel.get_parent("shell"):
            case {"header": {"msg_type": "comm_msg"}, "content": {"comm_id": str(comm)}}:
                return comm in self.faces
        return False


def quiet() -> set[str]:
    """Return the comms of faces, to add to and take from; of the kernel that runs this, if there is one."""
    kernel = getattr(get_ipython(), "kernel", None)
    say = getattr(kernel, "_publish_status", None)
    if isinstance(say, Announcing):
        return say.faces
    if kernel is None or say is None or not _is_known(say):  # marimo, or an ipykernel that does it otherwise
        return set()
    kernel._publish_status = Announcing(kernel)
    return kernel._publish_status.faces


def _is_known(say: Any) -> bool:
    return [*signature(say).parameters] == ["status", "channel", "parent"] and not iscoroutinefunction(say)
