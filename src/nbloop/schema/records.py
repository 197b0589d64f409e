"""What is written down beside the answers: who may do what, what was set apart, measured, decided and served."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from nbloop.schema.task import Classification


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

    `snapshot` names the training labels and `seq` the point of the journal that it was made at; `held` counts the
    labels that were held back, because they are in doubt.
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
    held: int = 0


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
    """A model generation that serves from here on; with `back` the one promoted before it, again.

    `columns` is what it was made of, `classes` what it can say, by the labels of the `Define` with the id `under`.
    """

    version: str
    reason: str = ""
    back: bool = False
    columns: dict[str, str] = {}
    classes: tuple[str, ...] = ()
    under: str = ""


class Waive(Struct, frozen=True, tag="waive", tag_field="kind", omit_defaults=True):
    """From here on models are made although these checks speak against it; with `back` the checks hold again."""

    checks: tuple[str, ...]
    reason: str = ""
    back: bool = False


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
