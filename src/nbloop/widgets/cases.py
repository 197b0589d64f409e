"""The errors as a page asks for them: a window of a list, a tally, slices, one sample, and what the last commit did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import Any

from nbloop.errors import GateError, NotTrained
from nbloop.mind import Mind
from nbloop.model import Model
from nbloop.sample import Sample
from nbloop.schema import (
    AskMistake,
    AskMistakes,
    AskSlices,
    AskStory,
    AskTally,
    Attribution,
    Cluster,
    Dossier,
    LookAgain,
    Mistake,
    Mistakes,
    Neighbour,
    Pair,
    Piece,
    PutDown,
    Slice,
    Slices,
    Story,
    Tally,
)
from nbloop.session import Session
from nbloop.trust.causes import look_again, put_down, reasons_of
from nbloop.trust.gatekeeper import Gatekeeper
from nbloop.trust.impact import Fact, Impact
from nbloop.trust.mistakes import Errors
from nbloop.widgets.known import Known, Row, in_order, rows_of
from nbloop.widgets.labeler import card

MOST = 200
"""Errors in one reply: more than any screen shows, small enough for any wire."""

PAIRS = 100
"""Pairs of labels in a tally; there may be the square of the labels."""

SLICES = 60
"""Slices in one reply; thousands are looked at."""

BRIEF = 140
"""Characters of a sample on its line."""


class CaseDesk:
    """Answers a page about the errors of a session.

    Parameters
    ----------
    session : Session
        With a mind that learns.
    mind : Mind
    """

    def __init__(self, session: Session, mind: Mind) -> None:
        self._session, self._data, self._mind = session, session.data, mind
        self._known = Known(session, mind)
        self._told: tuple[Any, Story] | None = None

    def list(self, body: AskMistakes) -> tuple[Mistakes, list[bytes]]:
        """Return a window of the errors of a cluster."""
        errors = self._known.errors()
        rows = in_order(rows_of(errors, body.cluster), body.order) if errors is not None else []
        place = next((i for i, row in enumerate(rows) if row["event"] == body.near), None) if body.near else None
        n = max(1, min(body.n, MOST))
        start = max(0, body.start if place is None else place - n // 2)
        shown = tuple(self._mistake(row) for row in rows[start : start + n])
        return Mistakes(len(rows), start, shown, place), []

    def tally(self, _: AskTally | None = None) -> tuple[Tally, list[bytes]]:
        """Return how many errors there are of what kind."""
        errors, counts = self._known.errors(), self._data.counts()
        rows = errors.rows if errors is not None else []
        pairs = Counter((row["label"], row["predicted"]) for row in rows)
        return Tally(
            total=len(rows),
            pairs=tuple(Pair(*pair, n) for pair, n in pairs.most_common(PAIRS)),
            pairs_total=len(pairs),
            causes=_causes(errors) if errors is not None and rows else (),
            statuses=dict(Counter(row["status"] for row in rows)),
            reasons=reasons_of(self._data),
            model=errors.model.version if errors is not None else "",
            labels=errors.model.labels if errors is not None else 0,
            golden=counts.measuring,
            waiting=len(self._data.again()),
        ), []

    def slices(self, body: AskSlices) -> tuple[Slices, list[bytes]]:
        """Return where the model errs most.

        Raises
        ------
        DataError
            One of `specs` is neither a column nor an expression.
        """
        if (errors := self._known.errors()) is None:
            return Slices((), 0, "golden", 0), []
        found: Any = errors.slices(body.specs or None)
        rows = found[["n", "errors", "rate", "low", "high", "p_adjusted"]].head(SLICES).itertuples()
        shown = tuple(Slice(str(row[0]), int(row[1]), int(row[2]), *map(float, row[3:])) for row in rows)
        judged = "golden" if errors.gathering.on_golden else "answers"
        return Slices(shown, len(found), judged, len(errors.gathering)), []

    def dossier(self, body: AskMistake) -> tuple[Dossier, list[bytes]]:
        """Return the card of a sample, and what is near it."""
        place, buffers = self._data.samples.position(body.sample), []
        errors, id = self._known.errors(), self._data.samples.ids[place]
        near = errors.neighbours(id) if errors is not None else None
        rows = () if near is None else near.itertuples()
        neighbours = tuple(Neighbour(str(i), str(label), float(far), self._brief(i)) for i, label, far in rows)
        sample = self._sample(place, errors.model if errors is not None else None)
        best = max(sample.proba, key=sample.proba.__getitem__) if sample.proba else ""
        told = Dossier(card(sample, buffers), neighbours, best, sample.proba[best] if sample.proba else None)
        return told, buffers

    def story(self, _: AskStory) -> tuple[Story, list[bytes]]:
        """Return what the last commit changed; nothing before there are two models and golden samples."""
        key = (self._session.rev, *self._known.name())
        if self._told is None or self._told[0] != key:
            try:
                told = _story(Gatekeeper(self._session, self._mind).impact(None, None, ()))
            except (NotTrained, GateError):
                told = Story("", "", ())
            self._told = key, told
        return self._told[1], []

    def put_down(self, body: PutDown) -> tuple[Tally, list[bytes]]:
        """Put an error down to a reason."""
        put_down(self._session, body.sample, body.reason, body.rationale, id=body.id)
        return self.tally()

    def look_again(self, body: LookAgain) -> tuple[Tally, list[bytes]]:
        """Queue one error, or those of a cluster."""
        errors = self._known.errors()
        rows = rows_of(errors, body.cluster) if errors is not None and not body.sample else []
        look_again(self._session, [body.sample] if body.sample else [row["key"] for row in rows],
                   _words(body.cluster), id=body.id)  # fmt: skip
        return self.tally()

    # -- one of them ---------------------------------------------------------------------------------------------------

    def _mistake(self, row: Row) -> Mistake:
        now = self._data.state(row["key"]).label
        return Mistake(
            id=row["event"],
            sample=row["key"],
            source=row["source"],
            label=row["label"],
            predicted=row["predicted"],
            status=row["status"],
            brief=self._brief(row["key"]),
            confidence=row["confidence"],
            annotator=row.get("annotator", ""),
            reason=row["reason"] or "",
            rationale=row["rationale"] or "",
            now=now if now != row["label"] else None,
        )

    def _brief(self, sample_id: Hashable) -> str:
        """Return a line of what a person looks at; of pictures and pages the name of the sample has to do."""
        place = self._data.samples.position(sample_id)
        if self._data.samples.shown not in ("text", "row"):
            return str(self._data.samples.ids[place])
        content, _ = self._session.content(place)
        words = [f"{name}: {value}" for name, value in content.items()] if isinstance(content, dict) else [content]
        return " ".join(" · ".join(map(str, words))[: 4 * BRIEF].split())[:BRIEF]

    def _sample(self, place: int, model: Model | None) -> Sample:
        proba = None if model is None else model.calibrated(self._mind.X[[place]])[0]
        content, problem = self._session.content(place)
        state, outcome = self._data.state(self._data.samples.keys[place]), self._session.outcome
        assert outcome is not None
        return Sample(
            id=self._data.samples.ids[place],
            content=content,
            problem=problem,
            proba=None if model is None or proba is None else dict(zip(model.names, proba.tolist(), strict=True)),
            why=self._mind.why(place, proba, outcome),
            golden=state.golden,
            flagged=state.flagged,
        )


def _causes(errors: Errors) -> tuple[Attribution, ...]:
    found: Any = errors.by_reason.reset_index()
    none = found["reason"].where(found["reason"].isin([reason.name for reason in errors.reasons]), "")
    rows = found.assign(reason=none).itertuples(index=False)
    return tuple(
        Attribution(row.reason, row.n, row.share, row.low, row.high, row.calls_for, row.advice) for row in rows
    )


def _words(cluster: Cluster) -> str:
    """Say of a queue where it came from."""
    if cluster.by == "pair":
        return f"{cluster.label} taken for {cluster.predicted}"
    if cluster.by == "slice":
        return f"errors where {cluster.name}"
    return f"put down to {cluster.name}" if cluster.by == "reason" and cluster.name else "errors of the model"


def _story(impact: Impact) -> Story:
    told = [[Piece(*part) if isinstance(part, Fact) else Piece(part) for part in parts] for parts in impact.told]
    return Story(impact.before, impact.after, tuple(map(tuple, told)))
