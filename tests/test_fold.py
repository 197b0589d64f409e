"""The fold: whatever happened, in whatever order it arrived, every sample is what an obvious reading says it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbloop.consensus import resolve
from nbloop.dataset.fold import POSTPONE, TRUTH, Fold, SampleState
from nbloop.journal import Journal
from nbloop.schema import (
    Action,
    Annotate,
    Classification,
    Counts,
    Define,
    Draw,
    Event,
    Flag,
    Recent,
    Reject,
    Round,
    Skip,
    Undo,
)

KEYS = [f"s{i}" for i in range(6)]
NAMES = ["ham", "spam", "other"]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def tell(*actions: Action, annotator: str = "ada", start: int = 0) -> list[Event]:
    return [Event(f"e{i}", NOON, annotator, action) for i, action in enumerate(actions, start=start)]


def fold_of(*events: Event, keys: list[str] = KEYS) -> Fold:
    fold = Fold(keys, NAMES)
    fold.apply(list(enumerate(events, start=1)))
    return fold


def labels_of(fold: Fold) -> list[tuple[str, str]]:
    snapshot = fold.snapshot()
    return [(KEYS[place], NAMES[code]) for place, code in zip(snapshot.labelled, snapshot.codes, strict=True)]


# -- the obvious reading -----------------------------------------------------------------------------------------------


@dataclass
class Reading:
    """Everything a fold tells, worked out from all events at once, slowly and without cleverness."""

    events: list[Event]
    states: dict[str, SampleState] = field(default_factory=dict)
    known: dict[str, bool] = field(default_factory=dict)  # whether an event stands

    def __post_init__(self) -> None:
        self.said = [e for e in self.events if isinstance(e.action, Annotate | Skip | Reject) and e.annotator != TRUTH]
        self.drawn = {key for draw in self.standing(Draw) for key in draw.action.samples}
        self.winners = {key: winner for key in KEYS if (winner := self.winner(key))}
        for key in KEYS:
            self.states[key] = self.state(key)

    def stands(self, event: Event) -> bool:
        if event.id not in self.known:
            undos = [
                other for other in self.events if isinstance(other.action, Undo) and other.action.target == event.id
            ]
            self.known[event.id] = not any(self.stands(undo) for undo in undos)
        return self.known[event.id]

    def standing(self, *kinds: type, key: str | None = None) -> list[Any]:
        return [
            event
            for event in self.events
            if isinstance(event.action, kinds)
            and self.stands(event)
            and key in (None, getattr(event.action, "sample", None))
        ]

    def winner(self, key: str) -> Event | None:
        answers = self.standing(Annotate, Reject, key=key)
        annotators = {event.annotator for event in answers}
        votes = [[event for event in answers if event.annotator == name][-1] for name in annotators]
        if not votes:
            return None
        count = Counter(value_of(vote) for vote in votes)
        best = [vote for vote in votes if count[value_of(vote)] == max(count.values())]
        latest = max(best, key=self.events.index)
        return min((vote for vote in votes if value_of(vote) == value_of(latest)), key=self.events.index)

    def state(self, key: str) -> SampleState:
        flags = self.standing(Flag, key=key)
        flagged = bool(flags) and flags[-1].action.on
        if key in self.winners:
            label = value_of(self.winners[key])
            return SampleState("rejected" if label is None else "labelled", label, flagged, key in self.drawn)
        status = "skipped" if self.standing(Skip, key=key) else "pool"
        return SampleState(status, None, flagged, key in self.drawn)

    def postponed(self) -> list[str]:
        last = {key: skips[-1] for key in KEYS if (skips := self.standing(Skip, key=key))}
        waiting = [event for key, event in last.items() if key not in self.winners]
        recent = [event for event in waiting if len(self.said) - 1 - self.said.index(event) < POSTPONE]
        return [event.action.sample for event in sorted(recent, key=self.said.index)]

    def labels(self) -> list[tuple[str, str | None]]:
        train = [self.winners[key] for key in KEYS if self.states[key].label and not self.states[key].golden]
        return [(event.action.sample, event.action.value) for event in sorted(train, key=self.events.index)]

    def counts(self) -> Counts:
        states = self.states.values()
        train = [state for state in states if not state.golden]
        skipped = len([key for key in self.postponed() if not self.states[key].golden])
        return Counts(
            total=len(KEYS),
            labels=sum(state.status == "labelled" for state in train),
            pool=sum(state.status in ("pool", "skipped") for state in train) - skipped,
            skipped=skipped,
            rejected=sum(state.status == "rejected" for state in train),
            flagged=sum(state.flagged for state in states),
            golden=sum(state.golden for state in states),
            verified=sum(state.golden and state.label is not None for state in states),
            measuring=sum(state.golden and state.label is not None for state in states),  # all are drawn at random
        )

    def recent(self, n: int) -> tuple[Recent, ...]:
        standing = [event for event in self.said if self.stands(event) and event.action.sample in KEYS]
        return tuple(
            Recent(event.id, event.action.sample, type(event.action).__name__.lower(), value_of(event))
            for event in standing[-n:]
        )


def value_of(event: Event) -> str | None:
    return getattr(event.action, "value", None)


# -- what may happen ---------------------------------------------------------------------------------------------------


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Events that happened one after the other, an undo always after what it takes back."""
    samples = st.sampled_from([*KEYS, "a stranger"])
    answers = st.one_of(
        st.builds(Annotate, samples, st.sampled_from(NAMES)),
        st.builds(Skip, samples),
        st.builds(Reject, samples),
        st.builds(Flag, samples, st.booleans()),
    )
    wide = st.one_of(
        st.builds(Draw, st.lists(samples, unique=True).map(tuple)),
        st.builds(Round, st.integers(1, 9), st.just(3), st.just(0.1), st.just("v")),
        st.builds(Define, st.sampled_from([Classification(NAMES), Classification([*NAMES, "more"])])),
    )
    events: list[Event] = []
    for i in range(draw(st.integers(0, 60))):
        undos = st.builds(Undo, st.sampled_from([event.id for event in events])) if events else st.nothing()
        action = draw(st.one_of(answers, answers, answers, undos, undos, wide))
        people = ["ada", "ada", "bob", "eve", "zoe", *([TRUTH] if isinstance(action, Annotate) else [])]
        events.append(Event(f"e{i}", NOON, draw(st.sampled_from(people)), action))
    return events


@st.composite
def arrivals(draw: st.DrawFn) -> list[Event]:
    """A history as it arrives: out of order, some of it twice."""
    events = draw(histories())
    if draw(st.booleans()):
        events = draw(st.permutations(events))
    again = draw(st.lists(st.sampled_from(events), max_size=5)) if events else []
    for event in again:
        events.insert(draw(st.integers(0, len(events))), event)
    return events


@settings(max_examples=100, deadline=None)
@given(arrivals(), st.data())
def test_every_history_folds_to_what_an_obvious_reading_says(events: list[Event], data: st.DataObject) -> None:
    journal, fold = Journal(":memory:"), Fold(KEYS, NAMES)
    while events:
        n = data.draw(st.integers(1, len(events)))
        batch, events = events[:n], events[n:]
        fold.apply(journal.append(batch))
        check(fold, Reading([event for _, event in journal.read()]))
    again = Fold(KEYS, NAMES)
    again.apply(journal.read())
    assert again.snapshot().hash == fold.snapshot().hash


def check(fold: Fold, reading: Reading) -> None:
    snapshot = fold.snapshot()
    postponed = reading.postponed()
    trainable = [key for key in KEYS if not reading.states[key].golden]
    verified = [key for key in KEYS if reading.states[key].golden and reading.states[key].label]
    assert [fold.state(place) for place in range(len(KEYS))] == list(reading.states.values())
    assert labels_of(fold) == reading.labels()
    assert [KEYS[place] for place in snapshot.golden] == verified
    assert [NAMES[code] for code in snapshot.golden_codes] == [reading.states[key].label for key in verified]
    assert [KEYS[place] for place in snapshot.postponed] == [key for key in postponed if key in trainable]
    assert [KEYS[place] for place in np.flatnonzero(snapshot.eligible)] == [
        key for key in trainable if key not in reading.winners and key not in postponed
    ]
    unverified = [key for key in KEYS if reading.states[key].golden and key not in reading.winners]
    late = [key for key in postponed if key in unverified]
    assert [KEYS[place] for place in fold.unverified()] == [key for key in unverified if key not in late] + late
    assert fold.counts() == reading.counts()
    assert fold.recent(4) == reading.recent(4)
    assert fold.rounds == [event.action for event in reading.standing(Round)]
    defined = reading.standing(Define)
    assert fold.task == (defined[-1].action.task if defined else None)
    assert snapshot.seq == len(reading.events)


@settings(max_examples=100, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_when_an_undo_arrives_changes_nothing(events: list[Event], random: Any) -> None:
    undos = [event for event in events if isinstance(event.action, Undo)]
    others = [event for event in events if not isinstance(event.action, Undo)]
    for undo in undos:
        others.insert(random.randint(0, len(others)), undo)
    here, there = fold_of(*events), fold_of(*others)
    assert [here.state(place) for place in range(len(KEYS))] == [there.state(place) for place in range(len(KEYS))]
    assert here.snapshot().hash == there.snapshot().hash
    assert here.counts() == there.counts()


# -- single rules, for a reader ----------------------------------------------------------------------------------------


def test_an_undo_takes_a_label_back_and_undoing_it_brings_the_label_again() -> None:
    events = tell(Annotate("s1", "ham"), Undo("e0"), Undo("e1"))
    assert labels_of(fold_of(*events[:1])) == [("s1", "ham")]
    assert labels_of(fold_of(*events[:2])) == []
    assert labels_of(fold_of(*events)) == [("s1", "ham")]


def test_an_undo_that_comes_before_its_label_still_takes_it_back() -> None:
    label, undo = tell(Annotate("s1", "ham"), Undo("e0"))
    assert labels_of(fold_of(undo, label)) == []


def test_an_undo_uncovers_the_label_before() -> None:
    events = tell(Annotate("s1", "ham"), Annotate("s2", "spam"), Annotate("s1", "other"), Undo("e2"))
    assert labels_of(fold_of(*events[:3])) == [("s2", "spam"), ("s1", "other")]
    assert labels_of(fold_of(*events)) == [("s1", "ham"), ("s2", "spam")]


@pytest.mark.parametrize("actions", [[Undo("e0")], [Undo("e1"), Undo("e0")], [Undo("e2"), Undo("e0"), Undo("e1")]])
def test_undos_in_a_circle_harm_nobody(actions: list[Action]) -> None:
    label = Event("label", NOON, "ada", Annotate("s1", "ham"))
    undo = Event("undo", NOON, "ada", Undo("label"))
    assert labels_of(fold_of(label, *tell(*actions))) == [("s1", "ham")]
    assert labels_of(fold_of(label, *tell(*actions), undo)) == []


def test_when_no_task_stands_any_more_the_classes_are_those_before_any_was_defined() -> None:
    fold = Fold(KEYS, NAMES)
    for seq, event in enumerate(tell(Define(Classification(["a", "b"])), Undo("e0"), Annotate("s1", "ham")), start=1):
        fold.apply([(seq, event)])
    assert fold.names == tuple(NAMES)
    assert labels_of(fold) == [("s1", "ham")]


def test_a_thousand_undos_of_undos_are_followed() -> None:
    events = tell(Annotate("s1", "ham"), *[Undo(f"e{i}") for i in range(1200)])
    assert labels_of(fold_of(*events)) == [("s1", "ham")]
    assert labels_of(fold_of(*reversed(events[1:]), events[0])) == [("s1", "ham")]
    assert labels_of(fold_of(*events[:-1])) == []


def test_a_golden_sample_is_verified_and_never_trained_on() -> None:
    fold = fold_of(*tell(Annotate("s1", "ham"), Draw(("s1", "s2"))))
    assert labels_of(fold) == []
    assert fold.snapshot().golden.tolist() == [1]
    assert not fold.snapshot().eligible[[1, 2]].any()
    assert fold.unverified() == [2]


def test_a_skipped_sample_returns_after_twenty_answers() -> None:
    keys = [f"s{i}" for i in range(40)]
    answers = [Annotate(f"s{i}", "ham") for i in range(1, 21)]
    before = fold_of(*tell(Skip("s0"), *answers[:19]), keys=keys).snapshot()
    assert before.postponed.tolist() == [0]
    assert not before.eligible[0]
    after = fold_of(*tell(Skip("s0"), *answers), keys=keys).snapshot()
    assert after.postponed.tolist() == []
    assert after.eligible[0]


def test_what_truth_says_is_no_answer_of_a_person() -> None:
    fold = fold_of(*tell(Draw(("s1",))), *tell(Annotate("s1", "ham"), annotator=TRUTH, start=1))
    assert fold.counts().verified == 1
    assert fold.recent(5) == ()


def test_equal_labels_have_equal_hashes_in_whatever_order_the_source_is() -> None:
    events = tell(Annotate("s1", "ham"), Annotate("s2", "spam"))
    hashes = {fold_of(*events, keys=keys).snapshot().hash for keys in (KEYS, KEYS[::-1], [*KEYS, "s9"])}
    assert len(hashes) == 1
    assert fold_of(*reversed(events)).snapshot().hash not in hashes
    assert fold_of(*events[:1]).snapshot().hash == fold_of(*events).snapshot().prefix_hash(1)
    other = fold_of(*tell(Annotate("s1", "ham"), Annotate("s2", "other"))).snapshot()
    assert other.hash not in hashes
    assert other.prefix_hash(1) == fold_of(*events[:1]).snapshot().hash


def test_a_snapshot_cannot_be_changed_and_does_not_change() -> None:
    fold = fold_of(*tell(Annotate("s1", "ham")))
    snapshot = fold.snapshot()
    with pytest.raises(ValueError, match="read-only"):
        snapshot.labelled[0] = 2
    with pytest.raises(ValueError, match="read-only"):
        snapshot.eligible[0] = False
    fold.apply([(2, event) for event in tell(Annotate("s2", "spam"), start=1)])
    assert snapshot.labelled.tolist() == [1]
    assert snapshot.eligible[2]
    assert fold.snapshot().labelled.tolist() == [1, 2]


# -- consensus ---------------------------------------------------------------------------------------------------------


def vote(*said: tuple[str, str | None]) -> str | None:
    """Return what stands of (annotator, value) pairs; no value is a rejection."""
    answers = [
        Event(f"e{i}", NOON, annotator, Annotate("s1", value) if value else Reject("s1"))
        for i, (annotator, value) in enumerate(said)
    ]
    found = resolve(answers)
    return value_of(found) if found else "nothing"


def test_the_last_answer_of_an_annotator_counts() -> None:
    assert vote(("ada", "ham"), ("ada", "spam")) == "spam"
    assert vote(("ada", "ham"), ("ada", None)) is None
    assert vote() == "nothing"


def test_most_annotators_win_and_the_latest_breaks_ties() -> None:
    assert vote(("ada", "ham"), ("bob", "spam"), ("eve", "ham")) == "ham"
    assert vote(("ada", "ham"), ("bob", "spam")) == "spam"
    assert vote(("ada", "ham"), ("bob", "spam"), ("ada", "ham")) == "ham"
    assert vote(("ada", None), ("bob", "spam"), ("eve", None)) is None
    assert vote(("ada", "ham"), ("bob", "spam"), ("eve", "spam"), ("zoe", "ham")) == "ham"
    assert vote(("ada", "ham"), ("bob", "spam"), ("eve", "spam"), ("bob", "ham")) == "ham"


def test_the_label_is_whose_who_said_it_first() -> None:
    answers = [Event(name, NOON, name, Annotate("s1", "ham")) for name in ("ada", "bob")]
    found = resolve(answers)
    assert found is not None
    assert found.annotator == "ada"
