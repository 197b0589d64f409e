"""The words: tasks, events, and what travels between kernel and browser.

Only data, no behaviour beyond its own validity. ``js/src/protocol.ts`` is generated from this file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, cast

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from nbloop.errors import TaskError, UnknownLabel

WIRE = 1
"""Version of the messages below; a page with another one asks to re-run the cell."""

KEYS = "1234567890abcdefghijklmnopqrstuvwxyz"
"""Keys given to labels in their order; labels beyond them are found by typing."""

ACTION_KEYS = frozenset({" ", "-", "!", "/", "?", "Enter", "Backspace", "Escape"})
"""Keys with a fixed meaning in the labeler: skip, reject, flag, filter, why, note, undo, leave."""

PALETTE = ("#3b6fd4", "#c2571a", "#2b8a3e", "#a13d97", "#b0323a", "#0b7f8c", "#7a5b12", "#5b4bc4", "#b5297a", "#4d6b1f")
"""Label colours, each at least 4.5:1 against white."""


class Label(Struct, frozen=True, omit_defaults=True):
    """One class of a task.

    Parameters
    ----------
    name : str
        What is stored.
    key : str, optional
        One character; given in order from ``1``-``9``, ``0``, ``a``-``z`` when absent.
    color : str, optional
        ``#rrggbb``; from the palette when absent.
    description : str
        Shown as a tooltip and in the guidelines.

    Raises
    ------
    TaskError
        One of them is no text.
    """

    name: str
    key: str | None = None
    color: str | None = None
    description: str = ""

    def __post_init__(self) -> None:
        for name in ("name", "key", "color", "description"):
            value = getattr(self, name)
            if not isinstance(value, str) and (value is not None or name in ("name", "description")):
                raise TaskError(f"{name}= of a label is text; found {value!r:.80}. Write it in quotes.")


class Classification(Struct, frozen=True, tag="classification", tag_field="kind", omit_defaults=True):
    """Exactly one of several labels a sample.

    Parameters
    ----------
    labels : sequence of str, int or Label
        At least two, all different.
    guidelines : str
        Markdown, shown beside the card.

    Raises
    ------
    TaskError
        Fewer than two labels, a label or key twice, a key or colour that cannot be one.

    Examples
    --------
    >>> task = Classification(["ham", Label("spam", key="s", color="#b0323a")])
    >>> task.names
    ('ham', 'spam')
    >>> [label.key for label in task.options]
    ['1', 's']
    """

    labels: Sequence[Label | str | int]
    guidelines: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.labels, str):
            raise TaskError(
                f"labels must be a list of names; found one string, {self.labels!r}. Write [...] around it."
            )
        if not isinstance(self.labels, Iterable):
            raise TaskError(f"labels must be a list of names, such as ['ham', 'spam']; found {self.labels!r:.80}.")
        if not isinstance(self.guidelines, str):
            raise TaskError(f"guidelines= is text (Markdown); found {self.guidelines!r:.80}.")
        labels = [label if isinstance(label, Label) else Label(str(label)) for label in self.labels]
        _check_names([label.name for label in labels])
        force_setattr(self, "labels", tuple(_dress(labels)))

    @property
    def options(self) -> tuple[Label, ...]:
        """The labels with their keys and colours, in order."""
        return cast("tuple[Label, ...]", self.labels)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the labels, in order: what is stored, and what a column of probabilities means."""
        return tuple(label.name for label in self.options)

    def check(self, value: object) -> str:
        """Return the name that `value` stands for, or raise `UnknownLabel`."""
        name = str(value)
        if name not in self.names:
            known = ", ".join(self.names[:12]) + (", ..." if len(self.names) > 12 else "")
            raise UnknownLabel(f"{name!r} is not a label of this task. Its labels are: {known}.")
        return name


def _check_names(names: list[str]) -> None:
    if len(names) < 2:
        found = f"found only {names[0]!r}" if names else "found none"
        raise TaskError(f"a classification needs at least two labels; {found}. Add a label such as 'other'.")
    if blank := [name for name in names if not name.strip()]:
        raise TaskError(f"a label needs a name; found {blank[0]!r}.")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise TaskError(f"every label must be different; found twice: {', '.join(twice)}.")


def _dress(labels: list[Label]) -> list[Label]:
    """Give each label the key and colour it lacks."""
    _check_keys([label.key for label in labels if label.key])
    keys = _keys(labels)
    return [
        replace(label, key=keys.get(label.name), color=_color(label.color) or PALETTE[i % len(PALETTE)])
        for i, label in enumerate(labels)
    ]


def _keys(labels: list[Label]) -> dict[str, str]:
    """Given keys first, then names that are a key themselves (digits!), then the free keys in order."""
    keys = {label.name: label.key for label in labels if label.key}
    for label in labels:
        if label.name in KEYS and len(label.name) == 1 and label.name not in keys.values():
            keys.setdefault(label.name, label.name)
    free = iter([key for key in KEYS if key not in keys.values()])
    for label in labels:
        if label.name not in keys and (key := next(free, None)):
            keys[label.name] = key
    return keys


def _check_keys(keys: list[str]) -> None:
    for key in keys:
        if len(key) != 1 or key in ACTION_KEYS:
            taken = " ".join(sorted(k if k != " " else "space" for k in ACTION_KEYS))
            raise TaskError(f"a key is one character that has no other meaning; found {key!r}. In use: {taken}.")
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise TaskError(f"two labels cannot share a key; found twice: {' '.join(twice)}.")


def _color(color: str | None) -> str | None:
    if color is not None and not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        raise TaskError(f"a colour is written #rrggbb; found {color!r}.")
    return color


# -- events: what the journal holds ----------------------------------------------------------------------------------
# gc=False: there are hundreds of thousands of them, they can form no cycle, and walking them cost 60 % of a re-opening.


class Said(Struct, frozen=True, gc=False, omit_defaults=True):
    """What the loop said of a sample when it was asked: the provenance of an answer.

    `lot` is the sample on which the lot of the control arm fell at this turn (this one, or one that had a label
    already), and `chance` the probability with which this turn came to be what it was.
    """

    strategy: str
    phase: str = ""
    score: float | None = None
    rank: int | None = None
    model: str | None = None
    prediction: str | None = None
    proba: dict[str, float] = {}
    lot: str | None = None
    chance: float | None = None


class Annotate(Struct, frozen=True, gc=False, tag="annotate", tag_field="kind", omit_defaults=True):
    """A person gave a sample a value; `shown` tells whether they saw the model's probabilities.

    `under` is the id of the `Define` whose labels they chose from, where labels were ever renamed, merged or split.
    """

    sample: str
    value: str
    rationale: str = ""
    seconds: float | None = None
    shown: bool = False
    said: Said | None = None
    under: str = ""


class Skip(Struct, frozen=True, gc=False, tag="skip", tag_field="kind", omit_defaults=True):
    """Later: asked again after other samples."""

    sample: str
    rationale: str = ""
    seconds: float | None = None


class Reject(Struct, frozen=True, gc=False, tag="reject", tag_field="kind", omit_defaults=True):
    """A bad sample: never asked again, never learned."""

    sample: str
    rationale: str = ""
    seconds: float | None = None


class Flag(Struct, frozen=True, gc=False, tag="flag", tag_field="kind", omit_defaults=True):
    """Marked (or, with ``on=False``, unmarked) to be looked at again."""

    sample: str
    on: bool = True
    rationale: str = ""


class Undo(Struct, frozen=True, gc=False, tag="undo", tag_field="kind", omit_defaults=True):
    """Takes one earlier event back, by its id; undoing an undo brings it again."""

    target: str


class Adjudicate(Struct, frozen=True, gc=False, tag="adjudicate", tag_field="kind", omit_defaults=True):
    """A reviewer decided what a sample is, whatever was voted; `blind`: the votes were hidden till then."""

    sample: str
    value: str
    rationale: str = ""
    seconds: float | None = None
    blind: bool = False
    under: str = ""


class Escalate(Struct, frozen=True, gc=False, tag="escalate", tag_field="kind", omit_defaults=True):
    """Somebody was not sure: the sample goes up to reviewers (tier 2) or experts (tier 3)."""

    sample: str
    tier: int = 2
    rationale: str = ""
    seconds: float | None = None


class Discuss(Struct, frozen=True, gc=False, tag="discuss", tag_field="kind", omit_defaults=True):
    """A note to whoever looks at the sample next; it changes nothing."""

    sample: str
    rationale: str


class Probe(Struct, frozen=True, gc=False, tag="probe", tag_field="kind", omit_defaults=True):
    """An answer that is no vote: a person's own earlier one asked again, or a known one in training."""

    sample: str
    value: str
    expected: str
    about: Literal["again", "training"] = "again"
    seconds: float | None = None
    under: str = ""


class Grant(Struct, frozen=True, tag="grant", tag_field="kind", omit_defaults=True):
    """What a person may do (`role`), up to which tier they decide, what they are asked (`skills`; all when None)."""

    annotator: str
    role: Literal["annotator", "reviewer", "owner"] = "annotator"
    tier: int | None = None
    skills: tuple[str, ...] | None = None


class Draw(Struct, frozen=True, tag="draw", tag_field="kind", omit_defaults=True):
    """Samples set apart, drawn at random (`share`) or given.

    `part` says as what: golden ones that measure (``"random"``), past errors that are measured apart (``"errors"``),
    a holdout that is scored once (``"final"``), near-duplicates of those (``"near"``), and routine samples that
    functions answer (``"delegated"``). `by` says how they were found.
    """

    samples: tuple[str, ...]
    share: float | None = None
    seed: int | None = None
    part: str = "random"
    by: str = ""


class Define(Struct, frozen=True, tag="define", tag_field="kind", omit_defaults=True):
    """The task from here on, and what becomes of the labels given before.

    `becomes` maps a label to what it is called now, None sends its samples back to the queue; `back` is what an undo of
    this change makes of labels given since. `base` is the id of the `Define` that was in force when this was made, and
    `change` says what was done to the labels; a task that came with the source says nothing.
    """

    task: Classification
    becomes: dict[str, str | None] = {}
    back: dict[str, str] = {}
    base: str = ""
    change: str = ""


class Round(Struct, frozen=True, tag="round", tag_field="kind", omit_defaults=True):
    """One update of the learner and what was measured after it; a measure without golden labels is absent.

    `snapshot` names the training labels and `seq` the point of the journal that it was made at.
    """

    round: int
    labels: int
    seconds: float
    model_version: str
    accuracy: float | None = None
    accuracy_low: float | None = None
    accuracy_high: float | None = None
    macro_f1: float | None = None
    log_loss: float | None = None
    past_accuracy: float | None = None
    snapshot: str = ""
    seq: int = 0
    seed: int = 0
    learner: str = ""
    strategy: str = ""


class Look(Struct, frozen=True, gc=False, tag="look", tag_field="kind", omit_defaults=True):
    """Something was decided by a score on samples set apart: `part` of them, for the model of this version."""

    part: str
    purpose: str
    model_version: str
    n: int
    accuracy: float


class Wish(Struct, frozen=True, gc=False, tag="wish", tag_field="kind", omit_defaults=True):
    """Samples that people should look at next, and why."""

    samples: tuple[str, ...]
    reason: str


class Routed(Struct, frozen=True, gc=False, tag="routed", tag_field="kind", omit_defaults=True):
    """New samples were routed: with which thresholds and why, how many went where, and which are audited."""

    model_version: str
    error: float
    confidence: float
    reason: str
    accept: float | None = None
    expert: float | None = None
    accepted: int = 0
    asked: int = 0
    to_expert: int = 0
    audits: dict[str, str] = {}


class Alert(Struct, frozen=True, gc=False, tag="alert", tag_field="kind", omit_defaults=True):
    """Something is not as it was: `source` is data, predictions, or errors; `what` says it in a sentence."""

    source: str
    what: str
    features: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()


class Feedback(Struct, frozen=True, gc=False, tag="feedback", tag_field="kind", omit_defaults=True):
    """An end user says that a prediction was right (``up``), wrong (``down``), or what it should have been."""

    about: str
    signal: str
    value: str | None = None


class Erase(Struct, frozen=True, tag="erase", tag_field="kind", omit_defaults=True):
    """The name and the notes of a person were erased; `person` is what the store called them."""

    person: str


class Promote(Struct, frozen=True, tag="promote", tag_field="kind", omit_defaults=True):
    """A model generation that serves from here on; with `back` the one promoted before it, again."""

    version: str
    reason: str = ""
    back: bool = False
    columns: dict[str, str] = {}


class Gated(Struct, frozen=True, tag="gated", tag_field="kind", omit_defaults=True):
    """What the gate answered, and why."""

    candidate: str
    current: str
    passed: bool
    checks: tuple[tuple[str, str, str], ...] = ()


class Reason(Struct, frozen=True, omit_defaults=True):
    """Why a model and a person may disagree, and what that calls for: data, model or guideline."""

    name: str
    calls_for: str = "data"
    key: str = ""
    description: str = ""


class Reasons(Struct, frozen=True, tag="reasons", tag_field="kind", omit_defaults=True):
    """The reasons that errors are put down to, from here on."""

    reasons: tuple[Reason, ...]


class Categorise(Struct, frozen=True, gc=False, tag="categorise", tag_field="kind", omit_defaults=True):
    """An error of the model on a sample was put down to a reason; an empty one takes that back."""

    about: str
    reason: str
    rationale: str = ""


AboutSample = Annotate | Skip | Reject | Flag | Adjudicate | Escalate | Discuss | Probe
PersonAction = AboutSample | Undo
Action = (
    PersonAction
    | Grant
    | Draw
    | Define
    | Round
    | Look
    | Wish
    | Routed
    | Alert
    | Feedback
    | Erase
    | Promote
    | Gated
    | Reasons
    | Categorise
)


class Event(Struct, frozen=True, gc=False):
    """One line of the journal. `id` is made where the event happened; a second arrival is the same event."""

    id: str
    at: datetime
    annotator: str
    action: Action


# -- the wire: what the browser knows ----------------------------------------------------------------------------------


class Config(Struct, frozen=True):
    """What a labeler is, fixed at birth (the `config` trait)."""

    wire: int
    dataset: str
    annotator: str
    title: str
    task: Classification
    content: str
    model: bool
    blind: bool
    queue: str
    target: int | None = None
    classes: str = ""


class CurveConfig(Struct, frozen=True):
    """What a live curve is, fixed at birth: two Vega specifications with the empty data sets `rounds` and `current`."""

    wire: int
    dataset: str
    title: str
    labels: tuple[str, ...]
    spec_light: dict[str, Any]
    spec_dark: dict[str, Any]


class Counts(Struct, frozen=True):
    """How many samples are in which state."""

    total: int
    labels: int
    pool: int
    skipped: int
    rejected: int
    flagged: int
    golden: int
    verified: int
    apart: int = 0
    again: int = 0
    review: int = 0


class ModelState(Struct, frozen=True):
    """The model that serves now: `behind` counts the labels it has not learned yet."""

    version: str
    labels: int
    behind: int
    accuracy: float | None = None
    accuracy_low: float | None = None
    accuracy_high: float | None = None


class Recent(Struct, frozen=True):
    """An answer that stands, newest last: what undo would take back."""

    event: str
    sample: str
    kind: str
    value: str | None = None


class Problem(Struct, frozen=True):
    """What a person reads when something failed."""

    code: str
    message: str


class View(Struct, frozen=True):
    """A whole snapshot of the loop (the `view` trait). An older `rev` is ignored; a new `queue` means: deal again.

    Other `classes` mean: ask for the task again.
    """

    rev: int
    queue: int
    round: int
    counts: Counts
    phase: str
    recent: tuple[Recent, ...] = ()
    model: ModelState | None = None
    problem: Problem | None = None
    classes: str = ""


class TextContent(Struct, frozen=True, tag="text", tag_field="kind"):
    """Shown as text, never as markup."""

    text: str


class ImageContent(Struct, frozen=True, tag="image", tag_field="kind"):
    """`buffer` is the place of the encoded image among the buffers of the message."""

    buffer: int
    mime: str
    width: int
    height: int


class RowContent(Struct, frozen=True, tag="row", tag_field="kind"):
    """Column names and values as a person reads them."""

    cells: tuple[tuple[str, str], ...]


class HtmlContent(Struct, frozen=True, tag="html", tag_field="kind"):
    """Shown in a sandboxed frame that can run and fetch nothing."""

    html: str


Content = TextContent | ImageContent | RowContent | HtmlContent


class Part(Struct, frozen=True):
    """A word or column and what it adds to the predicted class over the runner-up (in logits)."""

    name: str
    weight: float


class Why(Struct, frozen=True):
    """Why this sample is asked now."""

    strategy: str
    phase: str
    score: float | None = None
    rank: int | None = None
    parts: tuple[Part, ...] = ()


class Card(Struct, frozen=True):
    """One sample as the browser holds it; `proba` follows the order of the labels, `content` may be there already."""

    sample: str
    content: Content | None
    why: Why
    proba: tuple[float, ...] | None = None
    flagged: bool = False
    golden: bool = False
    problem: Problem | None = None


class Hello(Struct, frozen=True, tag="hello", tag_field="kind"):
    """Is the kernel there? Repeated until the first reply."""


class Deal(Struct, frozen=True, tag="deal", tag_field="kind"):
    """Ask for the next `n` cards; `hold` are samples answered in this page that may not have arrived yet.

    Samples in `have` come without their content: the page holds it already.
    """

    n: int
    hold: tuple[str, ...] = ()
    have: tuple[str, ...] = ()


class Mark(Struct, frozen=True):
    """An answer as the browser made it."""

    id: str
    at: datetime
    action: PersonAction


class Tell(Struct, frozen=True, tag="tell", tag_field="kind"):
    """Answers to journal; the reply comes when they are durable."""

    marks: tuple[Mark, ...]


class RoundsAfter(Struct, frozen=True, tag="rounds", tag_field="kind"):
    """Ask for the rounds after this one."""

    after: int


class AskClasses(Struct, frozen=True, tag="classes", tag_field="kind"):
    """Ask for the task in force."""


class AddClass(Struct, frozen=True, tag="add", tag_field="op"):
    """One more label, at the end."""

    label: Label


class RenameClass(Struct, frozen=True, tag="rename", tag_field="op"):
    """Another name for a label."""

    name: str
    to: str


class MergeClasses(Struct, frozen=True, tag="merge", tag_field="op"):
    """One label for several."""

    names: tuple[str, ...]
    into: str


class SplitClass(Struct, frozen=True, tag="split", tag_field="op"):
    """Several labels for one; its samples become `to`, or are asked again."""

    name: str
    into: tuple[str, ...]
    to: str | None = None


class StyleClass(Struct, frozen=True, tag="style", tag_field="op"):
    """Another key, colour or description for a label; what is absent stays."""

    name: str
    key: str | None = None
    color: str | None = None
    description: str | None = None


class UndoClasses(Struct, frozen=True, tag="undo", tag_field="op"):
    """The last change of the classes is taken back."""


class ChangeClasses(Struct, frozen=True, tag="reclass", tag_field="kind"):
    """Change the classes where the task named `base` is in force; `id` is the event's, so that it happens once."""

    id: str
    base: str
    change: AddClass | RenameClass | MergeClasses | SplitClass | StyleClass | UndoClasses


class AskConfusion(Struct, frozen=True, tag="confusion", tag_field="kind"):
    """Ask for recall and confusion on the golden set."""


RequestBody = Hello | Deal | Tell | RoundsAfter | AskConfusion | AskClasses | ChangeClasses


class Request(Struct, frozen=True):
    """What the browser sends; there is exactly one reply, also when it fails."""

    id: str
    body: RequestBody


class Welcome(Struct, frozen=True, tag="welcome", tag_field="kind"):
    """The kernel is there."""

    view: View


class Cards(Struct, frozen=True, tag="cards", tag_field="kind"):
    """The next cards, best first, from ranking `queue`; their probabilities are of the task named `classes`."""

    queue: int
    cards: tuple[Card, ...]
    classes: str = ""


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


class Classes(Struct, frozen=True, tag="classes", tag_field="kind"):
    """The task in force and its name, how many samples have each label, and what a person did to the labels."""

    id: str
    task: Classification
    samples: tuple[int, ...]
    changes: tuple[str, ...] = ()


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


ReplyBody = Welcome | Cards | Saved | Rounds | Confusion | Classes


class Reply(Struct, frozen=True):
    """The one reply to the request with this id."""

    reply_to: str
    body: ReplyBody | None = None
    error: Problem | None = None
