"""Review: what people disagree on, flagged or probably got wrong, for those who decide."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nbloop.dataset.draw import lots
from nbloop.dataset.roles import tier_of
from nbloop.errors import DataError
from nbloop.learners import make_learner
from nbloop.mind import Mind
from nbloop.quality.suspects import out_of_fold, suspects
from nbloop.schema import Adjudicate, Annotate, Discuss, Escalate, Flag, PersonAction, Probe
from nbloop.session import Session

REASONS = ("sent up", "disagreement", "flagged", "label error", "low agreement", "audit", "again")
"""Why a sample is reviewed, in the order of the queue."""

LOW = 0.667
"""Krippendorff's alpha below which not even tentative conclusions should be drawn from a class."""


@dataclass(frozen=True)
class Item:
    """One sample to review.

    Attributes
    ----------
    id : hashable
    content : Any
        What a person looks at.
    reasons : tuple of str
        Of `REASONS`.
    label : str or None
        What accepting it would say: the label it has, else the one most voted for.
    votes : tuple of (annotator, label, rationale), or None
        None while they are hidden.
    tier : int
        Who decides: 2 reviewers, 3 experts.
    notes : tuple of (annotator, text)
        What was discussed, and why it was sent up.
    """

    id: Hashable
    content: Any
    reasons: tuple[str, ...]
    label: str | None
    votes: tuple[tuple[str, str, str], ...] | None
    tier: int
    notes: tuple[tuple[str, str], ...] = ()


class Review:
    """A queue of samples that somebody should decide on.

    Parameters
    ----------
    session : Session
    hidden : bool
        Hide votes and label until one has said oneself what it is (`vote`).
    audit : float
        The share of accepted labels that is looked at again, drawn at random.
    again : float
        The share of one's own earlier answers that one is asked again; they change no label.
    """

    def __init__(self, session: Session, *, hidden: bool = False, audit: float = 0.02, again: float = 0.02) -> None:
        for name, share in (("audit", audit), ("again", again)):
            if not isinstance(share, int | float) or not 0 <= share <= 1:
                raise DataError(f"{name}= is a share from 0 to 1; found {share!r}.")
        self._session, self._data = session, session.data
        self.hidden, self._audit, self._again = hidden, audit, again
        self._voted: dict[int, str] = {}
        self._errors: tuple[str, dict[int, float]] = ("", {})

    # -- look --------------------------------------------------------------------------------------------------------

    def reasons(self) -> dict[int, tuple[str, ...]]:
        """Return position → why it should be reviewed, what is most pressing first."""
        found: dict[int, list[str]] = {}
        for reason in REASONS:
            for place in self._of(reason):
                found.setdefault(place, []).append(reason)
        return {place: tuple(why) for place, why in found.items()}

    def items(self, n: int | None = None) -> list[Item]:
        """Return the next `n` items that you may decide, all when None."""
        self._session.hear()
        mine = tier_of(self._data.role_of(self._data.annotator))
        found = [
            (place, why) for place, why in self.reasons().items() if self._tier(place) <= mine or why == ("again",)
        ]
        return [self._item(place, why) for place, why in found[:n]]

    def _tier(self, place: int) -> int:
        return self._data.tier(self._data.samples.keys[place])

    def _item(self, place: int, why: tuple[str, ...]) -> Item:
        key = self._data.samples.keys[place]
        ballots = self._data.ballots_of(key)
        dark = why == ("again",) or (self.hidden and place not in self._voted)
        votes = tuple(
            (e.annotator, e.action.value, e.action.rationale) for e in ballots if isinstance(e.action, Annotate)
        )
        said = [value for _, value, _ in votes]
        leading = max(dict.fromkeys(said), key=said.count, default=None)
        return Item(
            self._data.samples.ids[place],
            self._session.content(place),
            why,
            None if dark else self._data.state(key).label or leading,
            None if dark else votes,
            max(2, self._tier(place)),
            self._data.remarks(key),
        )

    def _of(self, reason: str) -> Iterator[int]:
        """Yield the positions that should be reviewed for one reason."""
        data, places = self._data, range(len(self._data.samples))
        if reason == "sent up":
            yield from (place for place in data.in_review() if data.was_sent_up(place))
        elif reason == "disagreement":
            yield from (place for place in data.in_review() if not data.was_sent_up(place))
        elif reason == "flagged":
            yield from (place for place in places if data.state(data.samples.keys[place]).flagged)
        elif reason == "label error":
            yield from self.suspected()
        elif reason == "low agreement":
            yield from self._low()
        elif reason == "audit":
            yield from self._drawn(data.snapshot().labelled, "audit", self._audit)
        else:
            yield from self._drawn(np.array(data.own_answers(), np.int64), f"again {data.annotator}", self._again)

    def suspected(self) -> dict[int, float]:
        """Return positions of labels that are probably wrong → how likely they are right, by out-of-fold models."""
        snapshot = self._data.snapshot()
        if self._errors[0] != snapshot.hash:
            self._errors = snapshot.hash, self._suspects(snapshot)
        return self._errors[1]

    def _suspects(self, snapshot: Any) -> dict[int, float]:
        mind = self._session.mind
        if not isinstance(mind, Mind) or len(snapshot.codes) < 20 or len(np.unique(snapshot.codes)) < 2:
            return {}
        classes, y = np.unique(snapshot.codes, return_inverse=True)
        proba = out_of_fold(mind.X[snapshot.labelled], y, lambda: make_learner("auto"), seed=self._data.seed)
        settled = self._data.decided()
        wrong = [place for place in suspects(proba, y) if int(snapshot.labelled[place]) not in settled]
        return {int(snapshot.labelled[i]): float(proba[i, y[i]]) for i in wrong} if len(classes) > 1 else {}

    def _low(self) -> Iterator[int]:
        """Yield the labels of classes that people do not agree on, where not all said the same."""
        if self._data.rule.raters < 2:
            return
        alphas = self._data.agreement("class")["value"].to_dict()
        for id, row in self._data.consensus().to_dict("index").items():
            if row["state"] == "accepted" and alphas.get(row["accepted"], 1.0) < LOW and row["share"] < 1:
                yield self._data.samples.position(id)

    def _drawn(self, places: np.ndarray, what: str, share: float) -> Iterator[int]:
        """Yield a share of `places`: each has a lot of its own, so that it is drawn once and for all."""
        if len(places) and share:
            digests = self._data.snapshot().key_digests[places]
            drawn = places[lots(digests, f"{what} {self._data.seed}") < share * 2.0**64]
            done = self._data.reviewed()
            yield from (int(place) for place in drawn if int(place) not in done)

    # -- decide ------------------------------------------------------------------------------------------------------

    def vote(self, sample_id: Hashable, label: object) -> Item:
        """Say what you think before you see what others said; returns the item with their votes."""
        place = self._data.samples.position(sample_id)
        self._voted[place] = self._data.task.check(label)
        return self._item(place, self.reasons().get(place, ()))

    def accept(self, sample_id: Hashable, rationale: str = "") -> None:
        """Decide for the label it has, or that most voted for."""
        place = self._data.samples.position(sample_id)
        item = self._item(place, self.reasons().get(place, ()))
        if item.label is None:
            raise DataError(f"sample {sample_id!r} has no label to accept that you may see: use change, or vote first.")
        self._decide(place, item.label, rationale)

    def change(self, sample_id: Hashable, label: object, rationale: str = "") -> None:
        """Decide for another label; it goes into training at once. One's own answer asked again changes nothing."""
        place = self._data.samples.position(sample_id)
        value = self._data.task.check(label)
        if self.reasons().get(place) == ("again",):
            key, mine = self._data.samples.keys[place], self._data.own_answer(place)
            self._tell(place, Probe(key, value, mine))
        else:
            self._decide(place, value, rationale)

    def send_up(self, sample_id: Hashable, rationale: str = "") -> None:
        """Leave it to whoever is above you: experts when a reviewer, reviewers when an annotator."""
        place = self._data.samples.position(sample_id)
        up = 3 if tier_of(self._data.role_of(self._data.annotator)) > 1 else 2
        self._tell(place, Escalate(self._data.samples.keys[place], up, rationale))

    def discuss(self, sample_id: Hashable, text: str) -> None:
        """Leave a note for whoever looks next."""
        key = self._data.samples.keys[self._data.samples.position(sample_id)]
        self._session.do(Discuss(key, text))

    def _decide(self, place: int, label: str, rationale: str) -> None:
        key = self._data.samples.keys[place]
        actions: list[PersonAction] = [Adjudicate(key, label, rationale, blind=place in self._voted)]
        if self._data.state(key).flagged:
            actions.append(Flag(key, on=False))
        self._tell(place, *actions)

    def _tell(self, place: int, *actions: PersonAction) -> None:
        self._session.do(*actions)
        self._voted.pop(place, None)

    def __len__(self) -> int:
        return len(self.reasons())

    def __repr__(self) -> str:
        return f"<nbloop review: {len(self)} samples>"
