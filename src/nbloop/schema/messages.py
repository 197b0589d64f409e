"""What the browser asks and what the kernel replies."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from nbloop.schema.answers import PersonAction
from nbloop.schema.cards import Card, Problem
from nbloop.schema.classing import AskClasses, ChangeClasses, Classes
from nbloop.schema.explaining import AskExplanation, Explained
from nbloop.schema.gating import Decide, Decided
from nbloop.schema.mistakes import (
    AskMistake,
    AskMistakes,
    AskSlices,
    AskStory,
    AskTally,
    Dossier,
    LookAgain,
    Mistakes,
    PutDown,
    Slices,
    Story,
    Tally,
)
from nbloop.schema.records import Round
from nbloop.schema.reviewing import AskReview, Case, Docket, Reveal
from nbloop.schema.state import View


class Hello(Struct, frozen=True, tag="hello", tag_field="kind"):
    """Is the kernel there? Repeated until the first reply."""


class Deal(Struct, frozen=True, tag="deal", tag_field="kind"):
    """Ask for the next `n` cards; `hold` are samples answered in this page that may not have arrived yet.

    Samples in `have` come without their content: the page holds it already, the one in front first. `ready` is the next
    sample, where it would keep its place until the one that comes instead has its reasons.
    """

    n: int
    hold: tuple[str, ...] = ()
    have: tuple[str, ...] = ()
    ready: str = ""


class Mark(Struct, frozen=True):
    """An answer as the browser made it."""

    id: str
    at: datetime
    action: PersonAction


class Tell(Struct, frozen=True, tag="tell", tag_field="kind"):
    """Answers to journal; the reply comes when they are durable."""

    marks: tuple[Mark, ...]


class Introduce(Struct, frozen=True, tag="introduce", tag_field="kind"):
    """Say who answers, where nobody has: a name or pseudonym. A new `config` follows."""

    name: str


class RoundsAfter(Struct, frozen=True, tag="rounds", tag_field="kind"):
    """Ask for the rounds after this one."""

    after: int


class AskConfusion(Struct, frozen=True, tag="confusion", tag_field="kind"):
    """Ask for recall and confusion on the golden set."""


AboutErrors = AskMistakes | AskTally | AskSlices | AskMistake | AskStory | PutDown | LookAgain
RequestBody = (
    Hello
    | Introduce
    | Deal
    | Tell
    | RoundsAfter
    | AskConfusion
    | AskClasses
    | ChangeClasses
    | AskReview
    | Reveal
    | Decide
    | AskExplanation
    | AboutErrors
)


class Request(Struct, frozen=True):
    """What the browser sends; there is exactly one reply, also when it fails."""

    id: str
    body: RequestBody


class Welcome(Struct, frozen=True, tag="welcome", tag_field="kind"):
    """The kernel is there."""

    view: View


class Cards(Struct, frozen=True, tag="cards", tag_field="kind"):
    """The next cards, best first; their probabilities are of `model` and the task `classes`.

    `keeps` tells whether the sample that was `ready` may still be asked next.
    """

    cards: tuple[Card, ...]
    classes: str = ""
    model: str | None = None
    keeps: bool = False


class Refused(Struct, frozen=True):
    """An answer that can never be recorded, and why: the page stops sending it and shows the message."""

    id: str
    code: str
    message: str


class Saved(Struct, frozen=True, tag="saved", tag_field="kind"):
    """The events `ids` are durable, whether they arrived now or before; those in `refused` never will be."""

    ids: tuple[str, ...]
    view: View
    refused: tuple[Refused, ...] = ()


class Rounds(Struct, frozen=True, tag="rounds", tag_field="kind"):
    """Rounds, oldest first."""

    rounds: tuple[Round, ...]


class ClassScore(Struct, frozen=True):
    """One class on the golden set; rates are absent where nothing was to be counted."""

    label: str
    support: int
    recall: float | None = None
    precision: float | None = None


class Confusion(Struct, frozen=True, tag="confusion", tag_field="kind"):
    """Golden samples by true label (row) and prediction (column), in the order of the labels."""

    classes: tuple[ClassScore, ...]
    counts: tuple[tuple[int, ...], ...]
    model_version: str | None = None


AnswerOnErrors = Mistakes | Tally | Slices | Dossier | Story
ReplyBody = (
    Welcome | Cards | Saved | Rounds | Confusion | Classes | Explained | Docket | Case | Decided | AnswerOnErrors
)


class Reply(Struct, frozen=True):
    """The one reply to the request with this id."""

    reply_to: str
    body: ReplyBody | None = None
    error: Problem | None = None
