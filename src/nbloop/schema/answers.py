"""What people say of samples."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

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


class Vote(Struct, frozen=True, gc=False, tag="vote", tag_field="kind", omit_defaults=True):
    """What somebody who reviews thinks before they see what others said; it counts as a vote and decides nothing."""

    sample: str
    value: str
    rationale: str = ""
    seconds: float | None = None
    under: str = ""


AboutSample = Annotate | Skip | Reject | Flag | Adjudicate | Escalate | Discuss | Probe | Vote

PersonAction = AboutSample | Undo
