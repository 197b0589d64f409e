"""The workbench: labeler and curve side by side, one under the other where it is narrow."""

from __future__ import annotations

from collections.abc import Sequence

from ipywidgets import Box, DOMWidget, Layout

from nbloop.session import Session
from nbloop.widgets.face import display_with_summary


class Workbench(Box):
    """Faces of one session in a row that wraps.

    Parameters
    ----------
    session : Session
    faces : sequence of DOMWidget
        The first is the widest.
    """

    def __init__(self, session: Session, faces: Sequence[DOMWidget]) -> None:
        self._session = session
        first, *others = faces
        first.layout = Layout(flex="3 1 26rem", min_width="0", margin="0 24px 16px 0")
        for other in others:
            other.layout = Layout(flex="2 1 20rem", min_width="0", margin="0 0 16px 0")
        super().__init__(children=faces, layout=Layout(display="flex", flex_flow="row wrap", align_items="flex-start"))

    def _ipython_display_(self) -> None:
        display_with_summary(self._session, self)

    def __repr__(self) -> str:
        return "<nbloop workbench>"
