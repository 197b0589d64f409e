"""The docket: which samples wait for somebody's decision, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from nbloop.dataset.draw import lots
from nbloop.dataset.withheld import CONFLICT
from nbloop.errors import DataError
from nbloop.learners import make_learner
from nbloop.mind import Mind
from nbloop.quality.suspects import out_of_fold, suspects
from nbloop.schema import Adjudicate, Escalate
from nbloop.session import Session

REASONS = (
    "sent up",
    "disagreement",
    "conflict",
    "flagged",
    "look again",
    "label error",
    "low agreement",
    "audit",
    "again",
)
"""Why a sample is reviewed, in the order of the queue."""

LOW = 0.667
"""Krippendorff's alpha below which not even tentative conclusions should be drawn from a class."""

FEWEST = 20
"""Labels from which on models may suspect one of them."""

STEP = 5
"""More labels, or a tenth more if that is more, after which doubts are worked out anew."""


class Doubt(NamedTuple):
    """A doubt about a label: what it was by then, and what speaks against it."""

    label: str
    detail: str


class Thought(NamedTuple):
    """What took long to find out, from this many labels: probably wrong labels, and those of unclear classes."""

    labels: int
    wrong: dict[int, float]
    doubts: dict[str, dict[int, Doubt]]


class Docket:
    """Finds what should be reviewed.

    Parameters
    ----------
    session : Session
    audit, again : float
        The shares of accepted labels, and of one's own earlier answers, that are looked at again.
    only : sequence of int, optional
        Positions: nothing else is reviewed, and these until somebody has looked.
    """

    def __init__(self, session: Session, audit: float, again: float, only: Sequence[int] | None = None) -> None:
        for name, share in (("audit", audit), ("again", again)):
            if not isinstance(share, int | float) or not 0 <= share <= 1:
                raise DataError(f"{name}= is a share from 0 to 1; found {share!r}.")
        self._session, self._data = session, session.data
        self._audit, self._again, self.only = audit, again, only
        self._thought: Thought | None = None

    def reasons(self) -> dict[int, dict[str, str]]:
        """Return position → reasons, of `REASONS`, each with what is known of it; what is most pressing comes first."""
        wishes, decided = self._data.wishes(), self._data.decided()
        found: dict[int, dict[str, str]] = {place: {} for place in self.only or () if place in wishes}
        for reason in REASONS:
            for place, detail in self._of(reason, wishes, decided):
                if self.only is None or place in found:
                    found.setdefault(place, {})[reason] = detail
        return found

    def _of(
        self, reason: str, wishes: dict[int, tuple[str, ...]], decided: dict[int, str]
    ) -> Iterable[tuple[int, str]]:
        """Return the positions that should be reviewed for one reason, and its details."""
        data = self._data
        if reason in ("sent up", "disagreement"):
            of = ((place, self._sent_up(place)) for place in data.in_review())
            return ((place, by or "") for place, by in of if (by is not None) == (reason == "sent up"))
        if reason == "conflict":
            return ((each.place, self._against(each.other)) for each in data.withheld() if each.kind == CONFLICT)
        if reason == "flagged":
            return ((place, "") for place in data.flagged())
        if reason == "look again":
            places = data.again() if self.only is None else list(wishes)
            return ((place, "; ".join(filter(None, wishes[place]))) for place in places)
        if reason == "audit":
            return ((place, "") for place in self._drawn(data.snapshot().labelled, "audit", self._audit, decided))
        if reason == "again":
            drawn = self._drawn(np.arange(len(data.samples)), f"again {data.annotator}", self._again, data.reviewed())
            return ((place, "") for place in drawn if data.own_answer(place))
        return self._doubted(reason, decided)

    def _sent_up(self, place: int) -> str | None:
        """Return to whom and by whom a sample was sent up; None where people disagreed."""
        told = self._data.about(place)
        last = next((event for event in reversed(told) if isinstance(event.action, Escalate | Adjudicate)), None)
        if last is None or not isinstance(last.action, Escalate):
            return None
        return f"to {'experts' if last.action.tier > 2 else 'reviewers'} by {last.annotator}"

    def _against(self, place: int) -> str:
        id = self._data.samples.ids[place]
        return f"{id!r} says the same and is {self._data.state(id).label}: neither is learned until one is decided"

    def _drawn(self, places: np.ndarray, what: str, share: float, done: Iterable[int]) -> Iterator[int]:
        """Yield a share of `places`: each has a lot of its own, so that it is drawn once and for all."""
        if not len(places) or not share:
            return
        digests, seen = self._data.snapshot().key_digests[places], {*done}
        drawn = places[lots(digests, f"{what} {self._data.seed}") < share * 2.0**64]
        yield from (int(place) for place in drawn if int(place) not in seen)

    # -- what takes long -------------------------------------------------------------------------------------------

    @property
    def stale(self) -> bool:
        """Whether labels have grown since they were last doubted."""
        before, now = self._thought.labels if self._thought else 0, len(self._data.snapshot().codes)
        return abs(now - before) >= (max(STEP, before / 10) if self._thought else 1)

    def think(self) -> None:
        """Look which labels to doubt; on large data this takes seconds."""
        snapshot = self._data.snapshot()
        wrong = self._suspects(snapshot)
        codes = dict(zip(snapshot.labelled.tolist(), snapshot.codes.tolist(), strict=True))
        errors = {
            place: Doubt(snapshot.names[codes[place]], f"models that did not learn this label give it {share:.0%}")
            for place, share in wrong.items()
        }
        self._thought = Thought(len(codes), wrong, {"label error": errors, "low agreement": dict(self._low())})

    def suspected(self) -> dict[int, float]:
        """Return positions of labels that are probably wrong → how likely they are right, by models of other labels."""
        held = dict(self._doubted("label error", self._data.decided()))
        return {place: share for place, share in self._thought.wrong.items() if place in held} if self._thought else {}

    def _doubted(self, reason: str, decided: dict[int, str]) -> Iterator[tuple[int, str]]:
        """Yield the doubts about labels that are what they were, and nobody has decided."""
        for place, doubt in (self._thought.doubts[reason] if self._thought else {}).items():
            if place not in decided and self._data.state(self._data.samples.keys[place]).label == doubt.label:
                yield place, doubt.detail

    def _suspects(self, snapshot: Any) -> dict[int, float]:
        mind = self._session.mind
        if not isinstance(mind, Mind) or len(snapshot.codes) < FEWEST or len(np.unique(snapshot.codes)) < 2:
            return {}
        _, y = np.unique(snapshot.codes, return_inverse=True)
        proba = out_of_fold(mind.X[snapshot.labelled], y, lambda: make_learner("auto"), seed=self._data.seed)
        return {int(snapshot.labelled[i]): float(proba[i, y[i]]) for i in suspects(proba, y)}

    def _low(self) -> Iterator[tuple[int, Doubt]]:
        """Yield the labels of classes that people do not agree on, where not all said the same."""
        if self._data.rule.raters < 2:
            return
        alphas = self._data.agreement("class")["value"].to_dict()
        for place, label in self._data.split().items():
            if (alpha := alphas.get(label, 1.0)) < LOW:
                yield place, Doubt(label, f"people agree little on {label} (alpha {alpha:.2f})")
