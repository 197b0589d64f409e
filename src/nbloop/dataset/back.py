"""The way back: which events must be undone so that some are as if they had never been told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from nbloop.dataset.fold import TRUTH, Fold
from nbloop.dataset.moment import Moment, moment_of
from nbloop.dataset.standing import Standing
from nbloop.errors import DataError
from nbloop.schema import Event, Undo


def ways_back(moment: Moment, fold: Fold) -> list[str]:
    """Return the ids to undo, in this order, so that every answer stands as it did at `moment`; of the truth's, all do.

    An answer that was taken back since stands again when the undo is undone. Nothing is needed twice: a second way
    back to the same moment is empty.
    """
    told = fold.told()
    earlier = [event for seq, event in told if moment.has(seq, event)]
    ids, then = {event.id for event in earlier}, Standing()
    for event in earlier:
        if isinstance(event.action, Undo):
            then.undo(event.id, event.action.target)
    undos: defaultdict[str, list[str]] = defaultdict(list)
    for _, event in told:
        if isinstance(event.action, Undo) and fold.stands(event.id):
            undos[event.action.target].append(event.id)
    targets: list[str] = []
    for _, event in reversed(told):
        stood = event.id in ids and then(event.id)
        if isinstance(event.action, Undo) or fold.stands(event.id) == stood:
            continue
        if stood:
            targets += undos[event.id]
        elif _is_personal(event):
            targets.append(event.id)
    return targets


@dataclass(frozen=True)
class Wanted:
    """Conditions on an answer; those that are None hold for all."""

    label: str | None
    annotator: str | None
    since: Moment | None
    until: Moment | None
    batch: int | None
    keys: Collection[str] | None
    events: Collection[str] | None

    @classmethod
    def of(cls, last: int, *, since: Any, until: Any, **conditions: Any) -> Wanted:
        """Return conditions on the answers of a journal that ends with event `last`."""
        if since is None and until is None and all(given is None for given in conditions.values()):
            raise DataError(
                "say which answers to take back: label=, annotator=, since=, until=, batch=, samples= or events=. "
                "data.rollback(to=0) takes all of them."
            )
        moments = [None if when is None else moment_of(when, last) for when in (since, until)]
        return cls(since=moments[0], until=moments[1], **conditions)

    def has(self, seq: int, event: Event, batch: int | None) -> bool:
        """Tell whether this is an answer that all conditions hold for."""
        action: Any = event.action
        return (
            _is_personal(event)
            and not isinstance(action, Undo)
            and self.label in (None, getattr(action, "value", None))
            and self.annotator in (None, event.annotator)
            and (self.since is None or not self.since.has(seq, event))
            and (self.until is None or self.until.has(seq, event))
            and self.batch in (None, batch)
            and (self.keys is None or action.sample in self.keys)
            and (self.events is None or event.id in self.events)
        )


def _is_personal(event: Event) -> bool:
    about_a_sample = hasattr(event.action, "sample") or isinstance(event.action, Undo)
    return about_a_sample and event.annotator != TRUTH
