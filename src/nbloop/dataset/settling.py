"""Settling: from the events of one sample that stand to what it is now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from nbloop.consensus.rule import Rule, Weigh
from nbloop.schema import Adjudicate, Annotate, Escalate, Event, Flag, Reject, Skip

TRUTH = "truth"
"""The annotator that stands for labels known beforehand: it verifies golden samples and is no person."""


class Settled(NamedTuple):
    """What a sample is.

    Attributes
    ----------
    answer : Event or None
        The `Annotate`, `Reject` or `Adjudicate` that stands.
    since : Event or None
        The event after which the sample was asked no more; None while it may be asked.
    skip : str or None
        The id of the last skip, while the sample may be asked.
    flagged : bool
    started : tuple of str
        Who has answered a sample that others are still asked.
    tier : int
        Who decides: 1 anybody, 2 reviewers, 3 experts.
    """

    answer: Event | None
    since: Event | None
    skip: str | None
    flagged: bool
    started: tuple[str, ...] = ()
    tier: int = 1


def settle(events: Iterable[Event], rule: Rule, weigh: Weigh | None = None) -> Settled:
    """Return what a sample is, from its events that stand, oldest first.

    A reviewer's decision stands over all votes, until the sample is sent up once more, and settles a flag. Labels known
    beforehand stand over the votes where a rule asks for several.
    """
    answers: list[Event] = []
    skip, flag, ruling = None, False, None
    for event in events:
        action = event.action
        if isinstance(action, Annotate | Reject):
            answers.append(event)
        elif isinstance(action, Skip):
            skip = event.id
        elif isinstance(action, Flag):
            flag = action.on
        else:
            ruling = event
            flag = flag and not isinstance(action, Adjudicate)  # whoever decides has looked
    if ruling is not None:
        return _ruled(ruling, flag)
    if rule.simple and answers:
        answer = rule.settle(answers)[1]
        return Settled(answer, answer, None, flag)
    known = [event for event in answers if event.annotator == TRUTH]
    if known:
        return Settled(known[-1], known[-1], None, flag)
    state, answer = rule.settle(answers, weigh)
    if state == "open":
        return Settled(None, None, skip, flag, tuple(dict.fromkeys(event.annotator for event in answers)))
    return Settled(answer, answers[-1], None, flag, tier=1 if answer else 2)


def _ruled(ruling: Event, flag: bool) -> Settled:
    if isinstance(ruling.action, Adjudicate):
        return Settled(ruling, ruling, None, flag)
    assert isinstance(ruling.action, Escalate)
    return Settled(None, ruling, None, flag, tier=ruling.action.tier)
