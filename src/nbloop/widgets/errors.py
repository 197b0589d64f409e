"""The view of errors: where they gather, each of them with its reasons, and what was done about them."""

from __future__ import annotations

from nbloop.mind import Mind
from nbloop.schema import (
    WIRE,
    AskMistake,
    AskMistakes,
    AskSlices,
    AskStory,
    AskTally,
    Hello,
    LookAgain,
    MistakesConfig,
    PutDown,
    Welcome,
)
from nbloop.session import Session
from nbloop.widgets.bundle import bundle
from nbloop.widgets.cases import CaseDesk
from nbloop.widgets.face import Face
from nbloop.widgets.publisher import Publisher


class ErrorBook(Face):
    """Every error of the model: named in one key, queued in one key, live.

    Parameters
    ----------
    session : Session
    mind : Mind
        Of this session.
    publisher : Publisher
    """

    _esm = bundle("errors.js")
    _css = bundle("errors.css")

    def __init__(self, session: Session, mind: Mind, publisher: Publisher) -> None:
        desk, data = CaseDesk(session, mind), session.data
        super().__init__(
            session,
            publisher,
            MistakesConfig(WIRE, data.uid, data.annotator, "Errors", data.task, data.samples.shown),
            {
                Hello: self._hello,
                AskMistakes: desk.list,
                AskTally: desk.tally,
                AskSlices: desk.slices,
                AskMistake: desk.dossier,
                AskStory: desk.story,
                PutDown: desk.put_down,
                LookAgain: desk.look_again,
            },
        )

    def _hello(self, _: Hello) -> tuple[Welcome, list[bytes]]:
        return Welcome(self._session.view()), []
