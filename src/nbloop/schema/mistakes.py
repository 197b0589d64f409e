"""What the browser asks and learns about the errors of the model."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from nbloop.schema.cards import Card
from nbloop.schema.records import Reason
from nbloop.schema.task import Classification


class MistakesConfig(Struct, frozen=True):
    """What a view of errors is, fixed at birth (the `config` trait)."""

    wire: int
    dataset: str
    annotator: str
    title: str
    task: Classification
    content: str


class Cluster(Struct, frozen=True):
    """Errors that belong together: all, those of one label taken for another, of a slice, or put down to one reason.

    `name` is a slice or a reason (empty: none yet), `specs` the columns and expressions that the slice came of.
    """

    by: Literal["all", "pair", "slice", "reason", "status"] = "all"
    name: str = ""
    label: str = ""
    predicted: str = ""
    specs: tuple[str, ...] = ()


class AskMistakes(Struct, frozen=True, tag="mistakes", tag_field="kind"):
    """Ask for `n` errors of a cluster from place `start`, or around the one called `near` where it is still there."""

    cluster: Cluster
    start: int
    n: int
    order: Literal["sure", "new"] = "sure"
    near: str = ""


class AskTally(Struct, frozen=True, tag="tally", tag_field="kind"):
    """Ask how many errors there are, what is taken for what, and what they were put down to."""


class AskSlices(Struct, frozen=True, tag="slices", tag_field="kind"):
    """Ask in which parts of the data the model errs: those of `specs`, or found by themselves when there are none."""

    specs: tuple[str, ...] = ()


class AskMistake(Struct, frozen=True, tag="mistake", tag_field="kind"):
    """Ask for all that is known of one sample."""

    sample: str


class AskStory(Struct, frozen=True, tag="story", tag_field="kind"):
    """Ask what the last commit changed."""


class PutDown(Struct, frozen=True, tag="put_down", tag_field="kind"):
    """Put the error on a sample down to a reason, or take that back with none; `id` is the event's."""

    id: str
    sample: str
    reason: str
    rationale: str = ""


class LookAgain(Struct, frozen=True, tag="look_again", tag_field="kind"):
    """Queue one sample, or all of a cluster, to be looked at again; `id` is the event's."""

    id: str
    cluster: Cluster
    sample: str = ""


class Mistake(Struct, frozen=True):
    """One error as a line of a list; `id` names it, `now` is the label in force where it is another one since."""

    id: str
    sample: str
    source: str
    label: str
    predicted: str
    status: str
    brief: str
    confidence: float | None = None
    annotator: str = ""
    reason: str = ""
    rationale: str = ""
    now: str | None = None


class Mistakes(Struct, frozen=True, tag="mistakes", tag_field="kind"):
    """Errors `start` to `start + len(mistakes)` of `total`; `place` is where the one asked for is."""

    total: int
    start: int
    mistakes: tuple[Mistake, ...]
    place: int | None = None


class Pair(Struct, frozen=True):
    """How often `label` was taken for `predicted`."""

    label: str
    predicted: str
    n: int


class Attribution(Struct, frozen=True):
    """How many errors are put down to a reason, the 95 % interval of its share, and what it calls for."""

    reason: str
    n: int
    share: float
    low: float
    high: float
    calls_for: str
    advice: str


class Tally(Struct, frozen=True, tag="tally", tag_field="kind"):
    """Errors by what was taken for what (the most frequent of `pairs_total`), by reason, and by status.

    `model` is empty while there is none. `waiting` counts all that waits to be looked at again, errors or not.
    """

    total: int
    pairs: tuple[Pair, ...]
    pairs_total: int
    causes: tuple[Attribution, ...]
    statuses: dict[str, int]
    reasons: tuple[Reason, ...]
    model: str
    labels: int
    golden: int
    waiting: int


class Slice(Struct, frozen=True):
    """How often the model errs in a part of the data, with the 95 % interval; `p` is corrected for many tests."""

    name: str
    n: int
    errors: int
    rate: float
    low: float
    high: float
    p: float


class Slices(Struct, frozen=True, tag="slices", tag_field="kind"):
    """Slices, worst first, of `total`; judged on the golden set, or on answers, whose rate is no accuracy."""

    slices: tuple[Slice, ...]
    total: int
    judged: Literal["golden", "answers"]
    n: int


class Neighbour(Struct, frozen=True):
    """A labelled sample that is near."""

    sample: str
    label: str
    distance: float
    brief: str


class Dossier(Struct, frozen=True, tag="dossier", tag_field="kind"):
    """The card of one sample, what the present model predicts, and the labelled samples nearest to it."""

    card: Card
    neighbours: tuple[Neighbour, ...]
    predicted: str = ""
    confidence: float | None = None


class Piece(Struct, frozen=True):
    """A piece of a story: words, or a number with the code that it comes from."""

    text: str
    source: str = ""


class Story(Struct, frozen=True, tag="story", tag_field="kind"):
    """What changed from one model to the next, sentence by sentence; no sentences before there are two to compare."""

    before: str
    after: str
    sentences: tuple[tuple[Piece, ...], ...]
