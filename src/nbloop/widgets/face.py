"""A face: a widget that shows a session and answers its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import msgspec
import traitlets
from IPython.core.getipython import get_ipython
from IPython.display import display

from nbloop.schema import Introduce, View, Welcome
from nbloop.session import Session
from nbloop.widgets.announcing import quiet
from nbloop.widgets.beside import Beside
from nbloop.widgets.publisher import Publisher
from nbloop.widgets.showing import take_over, this_run
from nbloop.widgets.summary import Summary
from nbloop.wire import Handler, Wire


class Face(anywidget.AnyWidget):
    """What all faces share: `config`, `view` (a whole snapshot) and one reply to every request.

    `config` is fixed at birth, but for who answers.
    """

    config = traitlets.Dict().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        session: Session,
        publisher: Publisher,
        config: Any,
        handlers: Mapping[type, Handler],
        *,
        beside: Mapping[str, Mapping[type, Handler]] | None = None,
    ) -> None:
        super().__init__(config=msgspec.to_builtins(config), view=msgspec.to_builtins(session.view()))
        self._leave_the_way_to_the_page()
        self._quiet, self._asked_over = quiet(), self.model_id
        self._quiet.add(self._asked_over)
        self._session = session
        self._wire = Wire({Introduce: self._introduce, **handlers})
        self._beside = {name: Beside(Wire(each), self.send) for name, each in (beside or {}).items()}
        self.on_msg(self._answer)
        publisher.add(self)

    def show(self, view: View) -> None:
        """Take a whole new view."""
        self._tell_who()
        self.view = msgspec.to_builtins(view)

    def _introduce(self, body: Introduce) -> tuple[Welcome, list[bytes]]:
        """Take the name of whoever answers; where there is one already, it stays."""
        if not self._session.data.annotator:
            self._session.data.introduce(body.name)
            self._session.note()
        self._tell_who()
        return Welcome(self._session.view()), []

    def _tell_who(self) -> None:
        """Tell the page who answers: it keeps what is unsaved by name."""
        name = self._session.data.annotator
        if self.config.get("annotator", name) != name:
            self.config = {**self.config, "annotator": name}

    def _send(self, msg: Any, buffers: Any = None) -> None:
        """Send whatever is sent: a view, a reply, and what others set, such as a layout."""
        super()._send(msg, buffers)
        self._leave_the_way_to_the_page()

    def _leave_the_way_to_the_page(self) -> None:
        """Undo what ipykernel 7.4 learns from a message: the next request goes to the thread that sent this one.

        What no request asked for counts as sent by the cell that ran last: while that cell runs, or the next, all that
        the page says would wait for its end. Without this memory the page's own choice of a thread counts.
        """
        if self.comm is not None:
            vars(self.comm).pop("_reply_subshell_id", None)

    def _answer(self, _: Any, content: Any, __: Any) -> None:
        beside = next((each for each in self._beside.values() if each.wire.answers(content)), None)
        if beside is None:
            self.send(*self._wire.answer(content))
        elif _only_this_thread_can_reply(self.comm):
            self.send(*beside.wire.answer(content))
        else:
            beside.put(content)

    def close(self) -> None:
        """End the face and let its session go: anywidget keeps every widget as long as the kernel lives."""
        super().close()
        self._quiet.discard(self._asked_over)
        for beside in self._beside.values():
            beside.close()
        self._wire, self._beside = Wire({}), {}
        for name in ("_session", "_classes", "_explaining", "_looks", "_summary"):
            vars(self).pop(name, None)

    def _ipython_display_(self) -> None:
        display_with_summary(self._session, self)

    def __repr__(self) -> str:
        return f"<nbloop {type(self).__name__.lower()}>"


def _only_this_thread_can_reply(comm: Any) -> bool:
    """Tell whether it is marimo's, which finds the page by the thread and drops what any other one sends."""
    return type(comm).__module__.startswith("marimo")


def _results_of(shell: Any) -> list[dict[str, Any]]:
    return [shell.user_ns, shell.user_ns_hidden, vars(shell.displayhook)]


def display_with_summary(session: Session, widget: Any, summary: Callable[[Session], Any] = Summary) -> None:
    """Display a widget under its summary, which lives as long as it does, in place of what this cell showed before."""
    shell = get_ipython()
    take_over(widget, this_run(), *(_results_of(shell) if shell else []))
    widget._summary = summary(session)
    shown = widget._repr_mimebundle_()  # anywidget adds metadata, ipywidgets does not
    display(shown[0] if isinstance(shown, tuple) else shown, raw=True)
