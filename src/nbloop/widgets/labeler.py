"""The labeler: cards, keys and what the model makes of them."""

from __future__ import annotations

import msgspec
import traitlets

from nbloop.asking import Queue
from nbloop.quality.effort import Nudges
from nbloop.sample import Sample
from nbloop.schema import (
    WIRE,
    AskClasses,
    AskExplanation,
    Card,
    Cards,
    ChangeClasses,
    Config,
    Deal,
    Hello,
    ImageContent,
    Saved,
    Tell,
    View,
    Welcome,
)
from nbloop.session import Session
from nbloop.trust.fatigue import advice
from nbloop.widgets.bundle import bundle
from nbloop.widgets.classes import ClassDesk
from nbloop.widgets.content import content_of
from nbloop.widgets.explaining import ExplainDesk
from nbloop.widgets.face import Face
from nbloop.widgets.looks import Looks
from nbloop.widgets.publisher import Publisher
from nbloop.widgets.telling import tell

TITLES = {"train": "Labels", "golden": "Golden set", "errors": "Look again"}

MOST_CARDS = 50
"""Cards in one reply: enough for any hand, small enough for any wire."""


class Labeler(Face):
    """A person's seat: the card, the keys, undo, later, reject, flag, note, and why this one.

    Parameters
    ----------
    session : Session
    publisher : Publisher
    queue : {"train", "golden", "errors"}
        What is asked: samples to learn from, golden samples to verify, or answered ones to look at again.
    blind : bool
        Start with the model's probabilities hidden.
    target : int, optional
        How many labels are wanted.
    nudges : Nudges, optional
        When a pause is advised; never when absent.
    """

    _esm = bundle("labeler.js")
    _css = bundle("labeler.css")

    advice = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        session: Session,
        publisher: Publisher,
        *,
        queue: Queue = "train",
        blind: bool = False,
        target: int | None = None,
        nudges: Nudges | None = None,
    ) -> None:
        self._nudges, self._advised = nudges, ""
        self._queue: Queue = queue
        self._classes = ClassDesk(session.data)
        self._explaining = ExplainDesk(session)
        self._looks = Looks()
        super().__init__(
            session,
            publisher,
            Config(
                wire=WIRE,
                dataset=session.data.uid,
                annotator=session.data.annotator,
                title=TITLES[queue],
                task=session.data.task,
                content=session.data.samples.shown,
                model=session.mind.learns and queue == "train",
                blind=blind,
                queue=queue,
                target=target,
                classes=session.data.task_id,
            ),
            {
                Hello: self._hello,
                Tell: self._tell,
                AskClasses: self._classes.show,
                ChangeClasses: self._classes.change,
            },
            beside={"cards": {Deal: self._deal}, "reasons": {AskExplanation: self._explaining.explain}},
        )

    def show(self, view: View) -> None:
        """Take a whole new view, and advise a pause when one is due: beside the answers, which wait for neither."""
        last = view.recent[-1].event if view.recent else ""
        if self._nudges is not None and last != self._advised:
            self._advised = last
            found = advice(self._session.data, self._nudges)
            self.advice = {"reason": found[0], "message": found[1]} if found else {}
        super().show(view)

    def _hello(self, _: Hello) -> tuple[Welcome, list[bytes]]:
        if self._queue == "train":
            self._session.lay([])
        self._looks = Looks()  # a page that opens anew may see what is shown otherwise by now
        return Welcome(self._session.view()), []

    def _deal(self, body: Deal) -> tuple[Cards, list[bytes]]:
        """Deal cards, beside the answers: twenty images take longer to encode than a label to be durable."""
        session, looks = self._session, self._looks  # which a widget that is closed meanwhile lets go
        known = [key for key in body.hold if key in session.data.samples]
        n, have, task = min(body.n, MOST_CARDS), frozenset(body.have), session.data.task_id
        samples = session.deal(n, queue=self._queue, hold=known, have=have | looks.keys(), parts=False)
        keeps = session.keeps(body.ready, [sample for sample in samples if str(sample.id) not in body.have[:1]])
        if self._queue == "train":
            session.lay([*([body.ready] if keeps else []), *(str(sample.id) for sample in samples)])
        buffers: list[bytes] = []
        cards = tuple(_as_card(sample, have, looks, buffers) for sample in samples)
        looks.tidy()
        model = samples[0].said.model if samples and samples[0].said else None
        return Cards(cards, task if task == session.data.task_id else "", model, keeps), buffers

    def _tell(self, body: Tell) -> tuple[Saved, list[bytes]]:
        return tell(self._session, body)


def _as_card(sample: Sample, have: frozenset[str], looks: Looks, buffers: list[bytes]) -> Card:
    """Return a sample as a card; rankings that come again and again with the same images encode them once."""
    key, first = str(sample.id), len(buffers)
    made = card(sample, buffers)
    if isinstance(made.content, ImageContent):
        looks.add(key, made.content, buffers[first:])
    if made.content is not None or key in have:
        return made
    return msgspec.structs.replace(made, content=looks.show(key, buffers))


def card(sample: Sample, buffers: list[bytes]) -> Card:
    """Return a sample as the browser holds it; the bytes of an image are added to `buffers`."""
    return Card(
        sample=str(sample.id),
        content=None if sample.content is None else content_of(sample.content, buffers),
        why=msgspec.structs.replace(sample.why, parts=()),  # the page asks for them once the card is painted
        proba=None if sample.proba is None or sample.blind else tuple(round(p, 4) for p in sample.proba.values()),
        flagged=sample.flagged,
        problem=sample.problem,
        golden=sample.golden,
        blind=sample.blind,
        lot=sample.said.lot if sample.said else None,
        chance=sample.said.chance if sample.said else None,
    )
