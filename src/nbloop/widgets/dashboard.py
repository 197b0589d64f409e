"""The dashboard: the whole loop at a glance, a tile each, and what to do next."""

from __future__ import annotations

import logging

import msgspec
import traitlets

from nbloop.schema import WIRE, Board, BoardConfig, Hello, View, Welcome
from nbloop.session import Session
from nbloop.trust.board import board
from nbloop.widgets.bundle import bundle
from nbloop.widgets.face import Face
from nbloop.widgets.publisher import Publisher
from nbloop.widgets.ticker import INTERVAL, Ticker
from nbloop.wire import problem_of

log = logging.getLogger("nbloop")


class Dashboard(Face):
    """Tiles that follow the loop, computed beside it.

    Parameters
    ----------
    session : Session
    publisher : Publisher
    target : int, optional
        How many labels are wanted.
    interval : float
        Seconds between two boards, at least.
    """

    _esm = bundle("dashboard.js")
    _css = bundle("dashboard.css")
    board = traitlets.Dict().tag(sync=True)

    def __init__(
        self, session: Session, publisher: Publisher, *, target: int | None = None, interval: float = INTERVAL
    ) -> None:
        self._target = target
        self._ticker: Ticker | None = None
        config = BoardConfig(wire=WIRE, dataset=session.data.uid, title="Dashboard")
        super().__init__(session, publisher, config, {Hello: self._hello})
        self._refresh()
        self._ticker = Ticker(self._refresh, interval)
        self._ticker.wake()  # for what happened while the first board was made

    def show(self, view: View) -> None:
        """Take a whole new view, and a new board soon."""
        super().show(view)
        if self._ticker is not None:
            self._ticker.wake()

    def close(self) -> None:
        """End the dashboard and its thread."""
        if self._ticker is not None:
            self._ticker.close()
        super().close()

    def _refresh(self) -> None:
        if (session := vars(self).get("_session")) is None:
            return
        try:
            made = board(session, self._target)
        except Exception as error:
            log.error("The dashboard could not be computed: %s", error, exc_info=error)
            made = msgspec.structs.replace(self._last(), rev=session.rev, problem=problem_of(error))
        self.board = msgspec.to_builtins(made)

    def _last(self) -> Board:
        return msgspec.convert(self.board, Board) if self.board else Board(0)

    def _hello(self, _: Hello) -> tuple[Welcome, list[bytes]]:
        return Welcome(self._session.view()), []
