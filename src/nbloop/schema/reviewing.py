"""What the page of a review is, asks and hears."""

from __future__ import annotations

from msgspec import Struct

from nbloop.schema.cards import Content, Problem
from nbloop.schema.task import Classification


class ReviewConfig(Struct, frozen=True):
    """What a review is, fixed at birth; `hidden`: votes are shown after one's own, `only`: of chosen samples."""

    wire: int
    dataset: str
    annotator: str
    title: str
    task: Classification
    content: str
    hidden: bool
    only: bool
    classes: str = ""


class Cause(Struct, frozen=True):
    """Why a sample is reviewed, and what is known of that."""

    reason: str
    detail: str = ""


class Ballot(Struct, frozen=True):
    """What one person said a sample is, and why."""

    annotator: str
    value: str
    rationale: str = ""


class Remark(Struct, frozen=True):
    """What somebody wrote about a sample."""

    annotator: str
    text: str


class Case(Struct, frozen=True, tag="case", tag_field="kind"):
    """One sample to decide on; `content` may be there already, `votes` are absent while they are hidden.

    `label` is what accepting it says. `own` is one's own earlier answer asked again. `tier` is who decides. `said` is
    what one voted oneself before the votes were shown.
    """

    sample: str
    content: Content | None
    causes: tuple[Cause, ...]
    label: str | None
    votes: tuple[Ballot, ...] | None
    notes: tuple[Remark, ...]
    tier: int
    own: bool = False
    flagged: bool = False
    problem: Problem | None = None
    said: str | None = None


class Probed(Struct, frozen=True):
    """An own answer asked again: what was said `before` and `now`."""

    sample: str
    before: str
    now: str


class AskReview(Struct, frozen=True, tag="review", tag_field="kind"):
    """Ask for the next `n` cases; without those in `hold`, those put off (`last`) at the end.

    Samples in `have` come without their content: the page holds it already.
    """

    n: int
    hold: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    have: tuple[str, ...] = ()


class Reveal(Struct, frozen=True, tag="reveal", tag_field="kind"):
    """Ask for one case as it is now, after one's own vote was saved: the others are shown then."""

    sample: str


class Waiting(Struct, frozen=True):
    """How many samples wait for one reason."""

    reason: str
    samples: int


class Docket(Struct, frozen=True, tag="docket", tag_field="kind"):
    """The next cases, what is most pressing first.

    `left` are all that this person may decide, `above` those that only others may. `thinking`: doubts about labels are
    still being worked out. `up` is the tier to which this person sends up, 0 for whoever may decide nothing. `probed`
    is the last answer asked again; `again` and `same` count them all and those answered as before.
    """

    cases: tuple[Case, ...]
    left: int
    above: int
    waiting: tuple[Waiting, ...]
    up: int
    again: int
    same: int
    probed: Probed | None = None
    thinking: bool = False
