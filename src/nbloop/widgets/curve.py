"""The live curve: golden-set accuracy as it is measured, and what it lets one expect."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
import traitlets

from nbloop.schema import (
    WIRE,
    AskConfusion,
    Confusion,
    CurveConfig,
    Hello,
    Outlook,
    Rounds,
    RoundsAfter,
    View,
    Welcome,
)
from nbloop.session import Session
from nbloop.trust.outlook import outlook
from nbloop.widgets.bundle import bundle
from nbloop.widgets.face import Face
from nbloop.widgets.publisher import Publisher
from nbloop.widgets.ticker import INTERVAL, Ticker
from nbloop.wire import problem_of

log = logging.getLogger("nbloop")


class Curve(Face):
    """Accuracy against labels with its interval, the advice when to stop, and what the strategy saved.

    Parameters
    ----------
    session : Session
    publisher : Publisher
    interval : float
        Seconds between two outlooks, at least: they fit models of their own, beside the loop.
    """

    _esm = bundle("curve.js")
    _css = bundle("curve.css")
    outlook = traitlets.Dict().tag(sync=True)

    def __init__(self, session: Session, publisher: Publisher, *, interval: float = INTERVAL) -> None:
        self._ticker: Ticker | None = None
        self._seen: Any = None
        super().__init__(
            session,
            publisher,
            CurveConfig(
                wire=WIRE,
                dataset=session.data.uid,
                title="Learning curve",
                labels=session.data.task.names,
            ),
            {Hello: self._hello, RoundsAfter: self._rounds, AskConfusion: self._confusion},
        )
        self._ticker = Ticker(self._refresh, interval)
        self._ticker.wake()

    def show(self, view: View) -> None:
        """Take a whole new view, and look ahead again soon."""
        super().show(view)
        if self._ticker is not None:
            self._ticker.wake()

    def close(self) -> None:
        """End the curve and its thread."""
        if self._ticker is not None:
            self._ticker.close()
        super().close()

    def _refresh(self) -> None:
        session = vars(self).get("_session")
        if session is None or not session.mind.learns or not self._is_due(session):
            return
        try:
            made = outlook(session)
        except Exception as error:
            log.error("What stands under the curve could not be computed: %s", error, exc_info=error)
            made = Outlook(problem=problem_of(error))
        self.outlook = msgspec.to_builtins(made)
        self._leave_the_way_to_the_page()

    def _is_due(self, session: Session) -> bool:
        """Tell whether the model has learned other labels since; while it still learns, the next view asks again."""
        snapshot, model = session.data.snapshot(), session.view().model
        seen = snapshot.hash, snapshot.golden.tobytes(), snapshot.golden_codes.tobytes()
        if model is None or model.behind or seen == self._seen:
            return False
        self._seen = seen
        return True

    def _hello(self, _: Hello) -> tuple[Welcome, list[bytes]]:
        return Welcome(self._session.view()), []

    def _rounds(self, body: RoundsAfter) -> tuple[Rounds, list[bytes]]:
        return Rounds(tuple(each for each in self._session.data.rounds() if each.round > body.after)), []

    def _confusion(self, _: AskConfusion) -> tuple[Confusion, list[bytes]]:
        return self._session.confusion(), []
