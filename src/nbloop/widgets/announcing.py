"""Announcing: a kernel says "busy" of every message, and of what a page asks of a face it need not."""

from __future__ import annotations

from typing import Any

from IPython.core.getipython import get_ipython


class Announcing:
    """What a kernel says of its state: all that it would, but "busy" with requests to faces.

    JupyterLab draws its toolbar anew for every "busy", on the thread that should take the reply: that takes longer than
    to make a label durable. "idle" is still said, as front ends wait for it. The same holds for ipykernel's own
    messages to widgets that arrive while a cell awaits something.

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

    def __call__(self, status: str, *given: Any, **named: Any) -> None:
        """Say it, on a channel and maybe of a named message; of none, it is said of the present one."""
        of_present = len(given) < 2 and "parent" not in named
        if not (status == "busy" and of_present and self._asked_of() in self.faces):
            self._say(status, *given, **named)

    def _asked_of(self) -> Any:
        """Return the comm that the present message is for; None where it is for none."""
        present = self._kernel.get_parent("shell")
        return present.get("content", {}).get("comm_id") if isinstance(present, dict) else None


def quiet() -> set[str]:
    """Return the comms of faces, to add to and take from; of the kernel that runs this, if there is one."""
    kernel = getattr(get_ipython(), "kernel", None)
    say = getattr(kernel, "_publish_status", None)
    if kernel is None or say is None or not hasattr(kernel, "get_parent"):  # marimo, or another kernel
        return set()
    if not isinstance(say, Announcing):
        say = kernel._publish_status = Announcing(kernel)
    return say.faces
