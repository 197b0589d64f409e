"""Samples set apart: what measures, what only stands near it, what functions answer."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from nbloop.dataset.fold import Fold
from nbloop.schema import Action, Annotate, Draw, Event, Look, Reject, Undo, Wish

KEYS = [f"s{i}" for i in range(8)]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def fold_of(*actions: Action) -> Fold:
    fold = Fold(KEYS, ["ham", "spam"])
    fold.apply([(i, Event(f"e{i}", NOON, "ada", action)) for i, action in enumerate(actions, start=1)])
    return fold


def keys(places: np.ndarray) -> list[str]:
    return [KEYS[place] for place in places]


def test_each_part_of_the_golden_set_is_measured_by_itself_and_none_is_trained_on() -> None:
    draws = [Draw(("s0", "s1"), 0.2, 0), Draw(("s2",), part="final"), Draw(("s3", "s0"), part="errors")]
    snapshot = fold_of(*draws, *[Annotate(key, "ham") for key in KEYS[:5]]).snapshot()
    assert (keys(snapshot.golden), keys(snapshot.final), keys(snapshot.past)) == (["s0", "s1"], ["s2"], ["s3"])
    assert keys(snapshot.labelled) == ["s4"]


def test_a_near_duplicate_of_a_golden_sample_is_neither_asked_nor_learned() -> None:
    fold = fold_of(Annotate("s1", "spam"), Annotate("s2", "ham"), Draw(("s0",)), Draw(("s1", "s3"), part="near"))
    snapshot = fold.snapshot()
    assert keys(snapshot.labelled) == ["s2"]
    assert keys(np.flatnonzero(snapshot.eligible)) == ["s4", "s5", "s6", "s7"]
    assert fold.counts().apart == 2


def test_a_delegated_sample_is_not_asked_but_learned_when_a_person_answers_it() -> None:
    fold = fold_of(Draw(("s0", "s1"), part="delegated"), Annotate("s0", "spam"))
    assert keys(fold.snapshot().labelled) == ["s0"]
    assert "s1" not in keys(np.flatnonzero(fold.snapshot().eligible))


def test_what_was_set_apart_comes_back_when_the_draw_is_undone() -> None:
    fold = fold_of(Draw(("s0",), part="near"), Annotate("s0", "ham"), Undo("e1"))
    assert keys(fold.snapshot().labelled) == ["s0"]


def test_every_sample_is_counted_once() -> None:
    draws = [Draw(("s0",)), Draw(("s1", "s2", "s3"), part="near"), Draw(("s4", "s5"), part="delegated")]
    counts = fold_of(*draws, Annotate("s1", "ham"), Reject("s2"), Annotate("s4", "ham"), Reject("s6")).counts()
    assert counts.golden + counts.apart + counts.labels + counts.rejected + counts.pool + counts.skipped == 8
    assert (counts.apart, counts.labels, counts.rejected, counts.pool) == (3, 1, 2, 1)


def test_events_that_answer_nothing_are_found_by_kind_and_can_be_undone() -> None:
    look = Look("random", "score", "v1", 10, 0.9)
    fold = fold_of(look, Wish(("s1",), "why not"), Undo("e2"))
    assert [event.action for event in fold.noted(Look)] == [look]
    assert fold.noted(Wish) == []
