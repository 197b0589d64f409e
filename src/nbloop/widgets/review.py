"""The review: cases somebody should decide on, why they are here, and who said what."""

from __future__ import annotations

import threading
from collections import Counter

from nbloop.schema import (
    WIRE,
    AskClasses,
    AskReview,
    Ballot,
    Case,
    Cause,
    Docket,
    Hello,
    Probed,
    Remark,
    Reveal,
    ReviewConfig,
    Saved,
    Tell,
    Waiting,
    Welcome,
)
from nbloop.session import Session
from nbloop.trust.docket import REASONS
from nbloop.trust.review import Review
from nbloop.widgets.bundle import bundle
from nbloop.widgets.classes import ClassDesk
from nbloop.widgets.content import content_of
from nbloop.widgets.face import Face
from nbloop.widgets.publisher import Publisher
from nbloop.widgets.telling import tell

MOST_CASES = 20
"""Cases in one reply."""


class ReviewFace(Face):
    """A reviewer's seat: the case, why it is here, the votes, the discussion, and one key a decision.

    Parameters
    ----------
    session : Session
    publisher : Publisher
    review : Review
        The queue that is shown.
    title : str
    """

    _esm = bundle("review.js")
    _css = bundle("review.css")

    def __init__(self, session: Session, publisher: Publisher, review: Review, *, title: str = "Review") -> None:
        self._review = review
        self._thinking = False
        super().__init__(
            session,
            publisher,
            ReviewConfig(
                wire=WIRE,
                dataset=session.data.uid,
                annotator=session.data.annotator,
                title=title,
                task=session.data.task,
                content=session.data.samples.shown,
                hidden=review.hidden,
                only=review.docket.only is not None,
                classes=session.data.task_id,
            ),
            {
                Hello: self._hello,
                AskReview: self._docket,
                Reveal: self._reveal,
                Tell: self._tell,
                AskClasses: ClassDesk(session.data).show,
            },
        )

    def close(self) -> None:
        """End the face."""
        super().close()
        vars(self).pop("_review", None)

    def _hello(self, _: Hello) -> tuple[Welcome, list[bytes]]:
        return Welcome(self._session.view()), []

    def _docket(self, body: AskReview) -> tuple[Docket, list[bytes]]:
        session, review = self._session, self._review
        session.hear()
        self._think()
        reasons = review.docket.reasons()
        mine = dict(review.mine(reasons))
        keys = session.data.samples.keys
        free = {keys[place]: place for place in mine if keys[place] not in body.hold}
        order = [*(key for key in free if key not in body.last), *(key for key in body.last if key in free)]
        buffers: list[bytes] = []
        cases = [self._case(free[key], mine[free[key]], buffers, key in body.have) for key in order[: _most(body.n)]]
        counted = Counter(reason for why in mine.values() for reason in why)
        again = session.data.probed()
        return Docket(
            cases=tuple(cases),
            left=len(free),
            above=len(reasons) - len(mine),
            waiting=tuple(Waiting(reason, counted[reason]) for reason in REASONS if counted[reason]),
            up=review.up,
            again=len(again),
            same=sum(probe.value == probe.expected for probe in again),
            probed=Probed(again[-1].sample, again[-1].expected, again[-1].value) if again else None,
            thinking=self._thinking,
        ), buffers

    def _think(self) -> None:
        """Doubt labels beside all else: on large data that takes seconds."""
        if self._review.docket.stale and not self._thinking:
            self._thinking = True
            threading.Thread(target=self._doubt, name="nbloop-doubts", daemon=True).start()

    def _doubt(self) -> None:
        session, docket = self._session, self._review.docket
        try:
            docket.think()
        finally:
            self._thinking = False
            session.note()  # a new view makes the page ask again

    def _reveal(self, body: Reveal) -> tuple[Case, list[bytes]]:
        place = self._session.data.samples.position(body.sample)
        return self._case(place, self._review.docket.reasons().get(place, {}), [], had=True), []

    def _tell(self, body: Tell) -> tuple[Saved, list[bytes]]:
        return tell(self._session, body)

    def _case(self, place: int, why: dict[str, str], buffers: list[bytes], had: bool) -> Case:
        data, item = self._session.data, self._review.item(place, why, had=had)
        return Case(
            sample=data.samples.keys[place],
            content=None if had else content_of(item.content, buffers),
            causes=tuple(Cause(reason, item.details.get(reason, "")) for reason in item.reasons),
            label=item.label,
            votes=None if item.votes is None else tuple(Ballot(*vote) for vote in item.votes),
            notes=tuple(Remark(*note) for note in item.notes),
            tier=item.tier,
            own=item.own,
            flagged=data.state(data.samples.keys[place]).flagged,
            problem=item.problem,
            said=item.said,
        )


def _most(n: int) -> int:
    return max(0, min(n, MOST_CASES))
