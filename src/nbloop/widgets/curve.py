"""The live curve: golden-set accuracy as it is measured."""

from __future__ import annotations

from nbloop.charts import DARK, LIGHT, live_curve
from nbloop.schema import WIRE, AskConfusion, Confusion, CurveConfig, Hello, Rounds, RoundsAfter, Welcome
from nbloop.session import Session
from nbloop.widgets.bundle import bundle
from nbloop.widgets.face import Face
from nbloop.widgets.publisher import Publisher


class Curve(Face):
    """Accuracy against labels with its interval; recall by class and confusion on demand."""

    _esm = bundle("curve.js")
    _css = bundle("curve.css")

    def __init__(self, session: Session, publisher: Publisher) -> None:
        super().__init__(
            session,
            publisher,
            CurveConfig(
                wire=WIRE,
                dataset=session.data.uid,
                title="Learning curve",
                labels=session.data.task.names,
                spec_light=live_curve(LIGHT),
                spec_dark=live_curve(DARK),
            ),
            {Hello: self._hello, RoundsAfter: self._rounds, AskConfusion: self._confusion},
        )

    def _hello(self, _: Hello) -> tuple[Welcome, list[bytes]]:
        return Welcome(self._session.view()), []

    def _rounds(self, body: RoundsAfter) -> tuple[Rounds, list[bytes]]:
        return Rounds(tuple(each for each in self._session.data.rounds() if each.round > body.after)), []

    def _confusion(self, _: AskConfusion) -> tuple[Confusion, list[bytes]]:
        return self._session.confusion(), []
