"""A face: a widget that shows a session and answers its page."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import anywidget
import msgspec
import traitlets
from IPython.display import display

from nbloop.session import Session
from nbloop.widgets.publisher import Publisher
from nbloop.wire import Handler, Wire


class Face(anywidget.AnyWidget):
    """What all faces share: `config` (fixed at birth), `view` (a whole snapshot) and one reply to every request."""

    config = traitlets.Dict().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, session: Session, publisher: Publisher, config: Any, handlers: Mapping[type, Handler]) -> None:
        super().__init__(config=msgspec.to_builtins(config), view=msgspec.to_builtins(session.view()))
        self._session = session
        self._wire = Wire(handlers)
        self.on_msg(self._answer)
        publisher.add(self)

    def show(self, view: dict[str, Any]) -> None:
        """Take a whole new view."""
        self.view = view

    def _answer(self, _: Any, content: Any, __: Any) -> None:
        reply, buffers = self._wire.answer(content)
        self.send(reply, buffers)

    def _ipython_display_(self) -> None:
        display_with_summary(self._session, self)

    def __repr__(self) -> str:
        return f"<nbloop {type(self).__name__.lower()}>"


def display_with_summary(session: Session, widget: Any) -> None:
    """Display a widget under a summary that is read where no live widget is: reopened without a kernel, or on paper."""
    summary = {"text/html": _html(session), "text/plain": summary_of(session)}
    display(summary, raw=True, display_id=f"nbloop-{session.data.uid}")
    display(widget._repr_mimebundle_(), raw=True)


def summary_of(session: Session) -> str:
    """Return one sentence on where the labeling stands."""
    view = session.view()
    counts, model = view.counts, view.model
    accuracy = ""
    if model and model.accuracy is not None:
        accuracy = (
            f" Golden-set accuracy {model.accuracy:.1%}"
            f" ({model.accuracy_low:.1%} to {model.accuracy_high:.1%}, {counts.verified} samples)."
        )
    return f"nbloop: {counts.labels} of {counts.total} samples labelled, {counts.pool} left to ask.{accuracy}"


def _html(session: Session) -> str:
    """The live widget hides this block for as long as it is on the page."""
    text = escape(summary_of(session))
    return (
        f'<div class="nbloop-static" data-nbloop="{escape(session.data.uid)}"><p>{text}</p>'
        "<p><em>Run the cell to go on labeling.</em></p></div>"
    )
