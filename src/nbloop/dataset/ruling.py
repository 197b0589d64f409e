"""Ruling: what reviewers look at and what was said of it, by position."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from nbloop.schema import Adjudicate, Annotate, Discuss, Escalate, Event, Flag, Probe

if TYPE_CHECKING:
    import threading

    from nbloop.dataset.fold import Fold
    from nbloop.pool import Pool


class Ruling:
    """What a `Dataset` tells those who decide."""

    if TYPE_CHECKING:
        samples: Pool
        annotator: str
        _fold: Fold
        _lock: threading.RLock

    def in_review(self) -> list[int]:
        """Return the positions that wait for a decision, in the order of the pool."""
        with self._lock:
            return sorted(self._fold.tiers)

    def about(self, place: int) -> list[Event]:
        """Return the answers, flags and decisions about a sample that stand, oldest first."""
        with self._lock:
            return self._fold.about(self.samples.keys[place])

    def flagged(self) -> list[int]:
        """Return the positions that somebody marked to be looked at again."""
        with self._lock:
            return self._fold.flagged()

    def wishes(self) -> dict[int, tuple[str, ...]]:
        """Return the positions that somebody wished to look at, and nobody has since → why; oldest wish first."""
        with self._lock:
            return self._fold.wishes()

    def split(self) -> dict[int, str]:
        """Return the positions whose label was accepted although not all said the same → the label."""
        with self._lock:
            apart = [place for place, votes in self._fold.votes() if len({*map(_value, votes)}) > 1]
            found = {place: self._fold.label(place) for place in apart}
        return {place: label for place, label in found.items() if label is not None}

    def ballots_of(self, key: str) -> list[Event]:
        """Return the last vote of each person on a sample, also of those who voted when they reviewed it."""
        with self._lock:
            return self._fold.ballots_on(key)

    def voted(self, key: str) -> Event | None:
        """Return what this person voted of a sample before they saw what others said; None while they have not."""
        with self._lock:
            return self._fold.cast_on(key).get(self.annotator)

    def remarks(self, key: str) -> tuple[tuple[str, str], ...]:
        """Return who wrote what about a sample: notes of a discussion, and why it was flagged, sent up or decided."""
        with self._lock:
            notes = [event for event in self._fold.noted(Discuss) if getattr(event.action, "sample", "") == key]
            told = [event for event in self._fold.about(key) if isinstance(event.action, Adjudicate | Escalate | Flag)]
        both = sorted([*notes, *told], key=lambda event: event.at)
        return tuple((event.annotator, text) for event in both if (text := getattr(event.action, "rationale", "")))

    def decided(self) -> dict[int, str]:
        """Return what reviewers decided, by position."""
        with self._lock:
            answers = self._fold.answers.made().items()
        return {place: event.action.value for place, event in answers if isinstance(event.action, Adjudicate)}

    def probed(self) -> list[Probe]:
        """Return what this person answered when asked their own answers again, oldest first."""
        with self._lock:
            said = [event.action for event in self._fold.noted(Probe) if event.annotator == self.annotator]
        return [probe for probe in said if isinstance(probe, Probe) and probe.about == "again"]

    def reviewed(self) -> set[int]:
        """Return the positions that were decided, or that this person was asked again."""
        asked = {probe.sample for probe in self.probed()}
        with self._lock:
            again = {self._fold.index[key] for key in asked if key in self._fold.index}
        return self.decided().keys() | again

    def sitting(self, gap: float) -> list[tuple[datetime, Annotate]]:
        """Return when and what this person answered since their last break of `gap` seconds, oldest first."""
        with self._lock:
            return self._fold.sitting(self.annotator, gap)

    def own_answer(self, place: int) -> str:
        """Return what this person said of a sample."""
        with self._lock:
            said = [e.action for e in self._fold.votes_on(self.samples.keys[place]) if e.annotator == self.annotator]
        return next((action.value for action in reversed(said) if isinstance(action, Annotate)), "")


def _value(event: Event | None) -> str | None:
    """Return what people agreed on or voted for; None of what was decided, rejected, or is not there."""
    return event.action.value if event is not None and isinstance(event.action, Annotate) else None
