"""Review: what people disagree on, flagged or probably got wrong, for those who decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from nbloop.dataset.roles import tier_of
from nbloop.errors import DataError
from nbloop.schema import Adjudicate, Annotate, Discuss, Escalate, Probe, Problem, Undo, Vote
from nbloop.session import Session
from nbloop.trust.docket import Docket

TELLING = ("label error", "low agreement", "conflict")
"""Reasons whose details say what somebody voted."""


@dataclass(frozen=True)
class Item:
    """One sample to review.

    Attributes
    ----------
    id : hashable
    content : Any
        What a person looks at.
    reasons : tuple of str
        Of `nbloop.trust.docket.REASONS`.
    label : str or None
        What accepting it would say: the label it has, else the one most voted for; None where two are.
    votes : tuple of (annotator, label, rationale), or None
        None while they are hidden.
    tier : int
        Who decides: 2 reviewers, 3 experts.
    notes : tuple of (annotator, text)
        What was discussed, and why it was flagged, sent up or decided; empty while the votes are hidden.
    details : dict of reason to str
        What is known of a reason: who sent it up, what somebody wished to look at; empty where that would tell a vote.
    problem : Problem or None
        Why the content cannot be shown.
    said : str or None
        What you voted yourself, before you saw the votes.
    """

    id: Hashable
    content: Any
    reasons: tuple[str, ...]
    label: str | None
    votes: tuple[tuple[str, str, str], ...] | None
    tier: int
    notes: tuple[tuple[str, str], ...] = ()
    details: dict[str, str] = field(default_factory=dict)
    problem: Problem | None = None
    said: str | None = None

    @property
    def own(self) -> bool:
        """Whether this is nothing but one's own earlier answer, asked again."""
        return self.reasons == ("again",)


class Review:
    """A queue of samples that somebody should decide on; as the last line of a cell it shows itself.

    Parameters
    ----------
    session : Session
    docket : Docket
        Finds which samples, and why.
    hidden : bool
        Hide votes and label until one has said oneself what it is (`vote`), which the journal keeps.
    show : callable, optional
        Shows a review in a notebook.
    """

    def __init__(
        self, session: Session, docket: Docket, *, hidden: bool = False, show: Callable[[Review], None] | None = None
    ) -> None:
        self._session, self._data, self.docket = session, session.data, docket
        self.hidden, self._show = hidden, show

    # -- look --------------------------------------------------------------------------------------------------------

    def reasons(self) -> dict[int, tuple[str, ...]]:
        """Return position → why it should be reviewed, what is most pressing first."""
        return {place: tuple(why) for place, why in self._reasons().items()}

    def _reasons(self) -> dict[int, dict[str, str]]:
        if self.docket.stale:
            self.docket.think()
        return self.docket.reasons()

    def suspected(self) -> dict[int, float]:
        """Return positions of labels that are probably wrong → how likely they are right, by out-of-fold models."""
        if self.docket.stale:
            self.docket.think()
        return self.docket.suspected()

    def items(self, n: int | None = None) -> list[Item]:
        """Return the next `n` items that you may decide, all when None."""
        self._session.hear()
        return [self.item(place, why) for place, why in self.mine(self._reasons())[:n]]

    def mine(self, reasons: dict[int, dict[str, str]]) -> list[tuple[int, dict[str, str]]]:
        """Return those of `reasons` that this person may decide, and their own answers."""
        upto = tier_of(self._data.role_of(self._data.annotator)) if self.up else 0
        return [(place, why) for place, why in reasons.items() if {*why} == {"again"} or self._tier(place) <= upto]

    @property
    def up(self) -> int:
        """To which tier this person sends up; 0 for whoever may decide nothing."""
        grant = self._data.role_of(self._data.annotator)
        return 0 if grant.role == "annotator" else 3

    def _tier(self, place: int) -> int:
        return max(2, self._data.tier(self._data.samples.keys[place]))

    def item(self, place: int, why: dict[str, str], *, had: bool = False) -> Item:
        """Return a sample as an item, its votes hidden where they are to be; without its content if `had`."""
        content, problem = (None, None) if had else self._session.content(place)
        key = self._data.samples.keys[place]
        mine = self._data.voted(key)
        dark = {*why} == {"again"} or (self.hidden and mine is None)
        votes = tuple(
            (event.annotator, event.action.value, event.action.rationale)
            for event in self._data.ballots_of(key)
            if isinstance(event.action, Annotate | Vote) and event != mine
        )
        return Item(
            self._data.samples.ids[place],
            content,
            tuple(why),
            None if dark else self._data.state(key).label or _leading(value for _, value, _ in votes),
            None if dark else votes,
            self._tier(place),
            () if dark else self._data.remarks(key),
            {reason: detail for reason, detail in why.items() if detail and not (dark and reason in TELLING)},
            problem,
            mine.action.value if mine is not None and isinstance(mine.action, Vote) else None,
        )

    # -- decide ------------------------------------------------------------------------------------------------------

    def vote(self, sample_id: Hashable, label: object) -> Item:
        """Say what you think before you see what others said; returns the item with their votes.

        It is an event of the journal, counts in `Dataset.agreement`, and decides nothing.
        """
        place = self._data.samples.position(sample_id)
        self._session.do(Vote(self._data.samples.keys[place], self._data.task.check(label)))
        return self.item(place, self._reasons().get(place, {}))

    def take_back(self, sample_id: Hashable) -> None:
        """Take back what you voted last of a sample; a decision is taken back by `Loop.undo`.

        Raises
        ------
        DataError
            You have not voted.
        """
        voted = self._data.voted(self._data.samples.keys[self._data.samples.position(sample_id)])
        if voted is None:
            raise DataError(f"you have not voted on sample {sample_id!r}: there is nothing to take back.")
        self._session.do(Undo(voted.id))

    def accept(self, sample_id: Hashable, rationale: str = "") -> None:
        """Decide for the label it has, or that most voted for."""
        place = self._data.samples.position(sample_id)
        item = self.item(place, self._reasons().get(place, {}))
        if item.label is None:
            raise DataError(f"sample {sample_id!r} has no label to accept that you may see: use change, or vote first.")
        self._decide(place, item.label, rationale)

    def change(self, sample_id: Hashable, label: object, rationale: str = "") -> None:
        """Decide for another label; it goes into training at once. One's own answer asked again changes nothing."""
        place = self._data.samples.position(sample_id)
        value = self._data.task.check(label)
        if self.reasons().get(place) == ("again",):
            key, mine = self._data.samples.keys[place], self._data.own_answer(place)
            self._session.do(Probe(key, value, mine))
        else:
            self._decide(place, value, rationale)

    def send_up(self, sample_id: Hashable, rationale: str = "") -> None:
        """Leave it to whoever is above you: experts when a reviewer, reviewers when an annotator."""
        place = self._data.samples.position(sample_id)
        up = 3 if tier_of(self._data.role_of(self._data.annotator)) > 1 else 2
        self._session.do(Escalate(self._data.samples.keys[place], up, rationale))

    def discuss(self, sample_id: Hashable, text: str) -> None:
        """Leave a note for whoever looks next."""
        key = self._data.samples.keys[self._data.samples.position(sample_id)]
        self._session.do(Discuss(key, text))

    def _decide(self, place: int, label: str, rationale: str) -> None:
        key = self._data.samples.keys[place]
        self._session.do(Adjudicate(key, label, rationale, blind=self._data.voted(key) is not None))

    def _ipython_display_(self) -> None:
        if self._show is None:
            print(repr(self))
        else:
            self._show(self)

    def __len__(self) -> int:
        return len(self.reasons())

    def __repr__(self) -> str:
        return f"<nbloop review: {len(self)} samples>"


def _leading(said: Iterable[str]) -> str | None:
    """Return what most said; None on a tie."""
    (first, most), (_, next_most) = [*Counter(said).most_common(2), ("", 0), ("", 0)][:2]
    return first if most > next_most else None
