"""The summary: what is read of the labeling where no live widget is: reopened without a kernel, or on paper."""

from __future__ import annotations

from html import escape
from typing import Any

from IPython.display import DisplayHandle, display

from nbloop.schema import View
from nbloop.session import Session
from nbloop.widgets.publisher import Publisher

INTERVAL = 2.0
"""Seconds between two summaries: they are read after the work, not during it."""


class Summary:
    """A line of text in the saved notebook that stays up to date; the live widget on the page hides it.

    JupyterLab prefers a widget over everything else in one output, also when there is nothing behind it any more. So
    the summary is an output of its own, and the page hides it for as long as a labeler of the same dataset lives there.
    """

    def __init__(self, session: Session) -> None:
        self._uid = session.data.uid
        self._shown = ""
        self._handle: DisplayHandle | None = display(self._bundle(session.view()), raw=True, display_id=True)
        Publisher(session, interval=INTERVAL).add(self)

    def show(self, view: View) -> None:
        """Write the summary anew where it changed."""
        if self._handle is not None and summary_of(view) != self._shown:
            self._handle.update(self._bundle(view), raw=True)

    def _bundle(self, view: View) -> dict[str, Any]:
        self._shown = summary_of(view)
        html = (
            f'<div class="nbloop-static" data-nbloop="{escape(self._uid)}"><p>{escape(self._shown)}</p>'
            "<p><em>Run the cell to go on labeling.</em></p></div>"
        )
        return {"text/html": html, "text/plain": self._shown}


def summary_of(view: View) -> str:
    """Return in a sentence or two where the labeling stands."""
    counts, model = view.counts, view.model
    said = f"nbloop: {counts.labels} of {counts.total} samples labelled, {counts.pool} left to ask."
    if model is None or model.accuracy is None:
        return said
    return f"{said} Golden-set accuracy {model.accuracy:.1%} ({model.accuracy_low:.1%} to {model.accuracy_high:.1%})."
