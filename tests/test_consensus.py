"""Consensus in a dataset: several people, one rule, and nothing trained on that they did not agree on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

import nbloop
from crowds import bluebird, rte
from nbloop import Classification, Dataset
from nbloop.consensus import Rule
from nbloop.dataset.fold import Fold
from nbloop.errors import DataError, UnknownLabel, UnknownSample
from nbloop.schema import Adjudicate, Annotate, Escalate, Event, Reject, Undo

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TASK = Classification(["ham", "spam", "other"])


def open_team(n: int = 6, **options: object) -> Dataset:
    options = {"raters": 3, "annotator": "ada", "store": ":memory:"} | options
    return Dataset([f"text {i}" for i in range(n)], id=list(range(n)), task=TASK, **options)


def frame(*rows: tuple[int, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["sample", "label", "annotator"])


def votes(sample: int, said: str) -> pd.DataFrame:
    """Return the votes of a, b, c, ... on a sample, each given by its first letter."""
    names = {"h": "ham", "s": "spam", "o": "other"}
    return frame(*[(sample, names[letter], who) for who, letter in zip("abcdefgh", said, strict=False)])


def test_a_sample_is_asked_until_all_raters_answered_and_trains_once_most_agree() -> None:
    data = open_team()
    data.add_annotations(votes(0, "hh"))
    assert data.state(0).status == "pool"
    assert len(data.labels) == 0
    data.add_annotations(frame((0, "spam", "c")))
    assert data.labels.label.to_dict() == {0: "ham"}


@pytest.mark.parametrize(
    ("accept", "said", "state"),
    [
        (None, "hhs", "accepted"),
        (None, "hso", "contested"),
        (3, "hhs", "contested"),
        (3, "hhh", "accepted"),
        (1, "hso", "contested"),
        (1, "hhs", "accepted"),
    ],
)
def test_the_rule_decides_what_is_enough(accept: int | None, said: str, state: str) -> None:
    data = open_team(accept=accept)
    data.add_annotations(votes(0, said))
    assert data.consensus().state.tolist() == [state]
    assert len(data.labels) == (state == "accepted")


def test_without_consensus_a_sample_is_neither_asked_nor_trained_on_until_it_is_decided() -> None:
    data = open_team()
    data.add_annotations(votes(2, "hso"))
    assert data.state(2).status == "review"
    assert not data.snapshot().eligible[2]
    assert data.counts().review == 1
    assert len(data.snapshot().labelled) == 0
    decision = data.record([data.event(Adjudicate("2", "spam", "read the link"))])[0]
    assert data.labels.loc[2, ["label", "annotator", "rationale"]].tolist() == ["spam", "ada", "read the link"]
    assert data.consensus().loc[2, ["label", "posterior", "state", "accepted"]].tolist() == [
        "spam",
        1.0,
        "adjudicated",
        "spam",
    ]
    data.record([data.event(Undo(decision.id))])
    assert data.state(2).status == "review"


def test_a_sample_sent_up_leaves_training_until_it_is_decided() -> None:
    data = open_team(raters=1)
    data.record([data.event(Annotate("1", "ham"))])
    up = data.record([data.event(Escalate("1", 3))])[0]
    assert (data.state(1).status, len(data.labels)) == ("review", 0)
    data.record([data.event(Undo(up.id))])
    assert data.labels.label.to_dict() == {1: "ham"}


def test_counts_of_a_team_add_up() -> None:
    data = open_team(golden={5: "ham"})
    for sample, said in enumerate(["hhh", "hso", "h"]):
        data.add_annotations(votes(sample, said))
    counts = data.counts()
    parts = counts.labels + counts.pool + counts.skipped + counts.rejected + counts.golden + counts.review
    assert (counts.labels, counts.review, counts.pool, counts.golden) == (1, 1, 3, 1)
    assert parts == counts.total


def test_a_known_label_verifies_a_golden_sample_whatever_was_voted() -> None:
    data = open_team(golden={0: "spam"})
    data.add_annotations(votes(0, "hhh"))
    assert data.golden.label.tolist() == ["spam"]
    assert data.annotators().right.tolist() == [0, 0, 0]


def test_a_label_joins_training_when_consensus_is_reached_not_when_it_was_first_voted() -> None:
    data = open_team()
    data.add_annotations(pd.concat([votes(3, "hh"), votes(1, "sss"), frame((3, "ham", "c"))]))
    assert data.labels.index.tolist() == [1, 3]


@pytest.mark.parametrize("rule", [{"raters": 0}, {"raters": 2.5}, {"accept": 4}, {"accept": 0.4}, {"accept": 1.0}])
def test_a_rule_that_cannot_be_met_is_refused(rule: dict[str, float]) -> None:
    with pytest.raises(DataError, match=r"found"):
        open_team(**rule)


# -- the posterior of Dawid and Skene ----------------------------------------------------------------------------------


def crowd_frame(seed: int, n: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = [
        (i, truth if rng.random() < skill else ("ham", "spam", "other")[rng.integers(3)], who)
        for i in range(n)
        for truth in [("ham", "spam", "other")[rng.integers(3)]]
        for who, skill in {"ann": 0.8, "bob": 0.6, "cyd": 0.2}.items()
    ]
    return frame(*rows)


def test_with_a_posterior_good_annotators_outvote_a_careless_one_and_doubt_is_contested() -> None:
    data = open_team(200, accept=0.95)
    data.add_annotations(crowd_frame(0, 200))
    found = data.consensus()
    accepted = found[found.state == "accepted"]
    assert 100 < len(accepted) < 200
    assert accepted.label.tolist() == accepted.accepted.tolist()
    assert found[found.state == "contested"].posterior.mean() < accepted.posterior.mean()


@pytest.mark.parametrize("seed", range(3))
def test_what_is_accepted_follows_from_the_events_however_they_arrived(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = crowd_frame(seed, 60).sample(frac=1, random_state=seed)
    events = [
        Event(f"e{i}", NOON, who, Annotate(str(sample), label))
        for i, (sample, label, who) in enumerate(rows.itertuples(index=False))
    ]
    for target in rng.choice(len(events), 12, replace=False):
        events.insert(
            int(rng.integers(target + 1, len(events) + 1)), Event(f"u{target}", NOON, "ann", Undo(f"e{target}"))
        )
    folds = [Fold([str(i) for i in range(60)], TASK.names, Rule(3, 0.9)) for _ in range(3)]
    numbered = list(enumerate(events, start=1))
    for each in numbered:
        folds[0].apply([each])
    for start in range(0, len(events), 37):
        folds[1].apply(numbered[start : start + 37])
    folds[2].apply(numbered)
    found = [[fold.state(i) for i in range(60)] for fold in folds]
    assert found[0] == found[1] == found[2]
    assert {"labelled", "review"} <= {state.status for state in found[0]}


# -- real crowds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("load", "expected"), [(bluebird, 0.898), (rte, 0.928)])
def test_the_consensus_of_a_real_crowd_is_as_right_as_the_literature_says(
    load: Callable[[], tuple[pd.DataFrame, dict[str, str]]], expected: float
) -> None:
    said, truth = load()
    data = Dataset(
        [f"item {key}" for key in truth],
        id=list(truth),
        task=Classification(sorted({*truth.values()})),
        store=":memory:",
    )
    assert data.add_annotations(said) == len(said)
    found = data.consensus()
    assert len(found) == len(truth)
    right = np.mean([found.label[key] == label for key, label in truth.items()])
    assert right == pytest.approx(expected, abs=0.0006)
    assert found.posterior.between(0.5, 1).all()
    people = data.annotators()
    assert len(people) == said.annotator.nunique()
    assert people.votes.sum() == len(said)
    known = said.assign(right=said.label == said["sample"].map(truth)).groupby("annotator").right.mean()
    assert people.accuracy.corr(known.reindex(people.index)) > 0.8


# -- frames ------------------------------------------------------------------------------------------------------------


def test_annotations_come_in_with_all_that_is_known_of_them_and_only_once() -> None:
    data = open_team(raters=1)
    told = frame((0, "ham", "ann"), (1, "spam", "bob"), (0, "spam", "ann"), (0, "ham", "ann"))
    told = told.assign(rationale=["", "a link", None, ""], seconds=[1.5, None, 2, 3], at=NOON)
    assert data.add_annotations(told) == 4
    assert data.add_annotations(told) == 0
    assert data.labels.loc[1, ["label", "annotator", "rationale"]].tolist() == ["spam", "bob", "a link"]
    assert data.labels.label[0] == "ham"
    assert data.annotations.seconds.tolist()[0] == 1.5
    assert set(data.annotations["at"]) == {NOON}
    assert data.recent() == ()


@pytest.mark.parametrize(
    ("told", "error", "words"),
    [
        (pd.DataFrame({"sample": [0], "label": ["ham"]}), DataError, "annotator is missing"),
        (frame((0, None, "ann")), DataError, "row 0"),
        (frame((9, "ham", "ann")), UnknownSample, "9"),
        (frame((0, "eggs", "ann")), UnknownLabel, "eggs"),
        (frame((0, "ham", "ann")).assign(at=datetime(2026, 1, 1)), DataError, "zone"),
        (frame((0, "ham", "ann")).assign(seconds="soon"), DataError, "soon"),
    ],
)
def test_annotations_that_cannot_be_taken_are_refused_whole(
    told: pd.DataFrame, error: type[Exception], words: str
) -> None:
    data = open_team()
    with pytest.raises(error, match=words):
        data.add_annotations(pd.concat([frame((1, "ham", "bob")), told]) if words == "eggs" else told)
    assert len(data.annotations) == 0


def test_agreement_overall_by_pair_by_class_and_over_time() -> None:
    data = open_team(40)
    said = crowd_frame(1, 40)
    said["at"] = [NOON + timedelta(days=int(sample) // 20) for sample in said["sample"]]
    data.add_annotations(said)
    overall = data.agreement()
    assert overall.index.tolist() == ["observed", "cohen", "fleiss", "krippendorff"]
    assert overall.low["krippendorff"] < overall.value["krippendorff"] < overall.high["krippendorff"]
    assert (overall.reason == "").all()
    pairs = data.agreement("pair")
    assert pairs.cohen["ann", "bob"] == pairs.cohen.max()
    assert pairs.n.tolist() == [40, 40, 40]
    assert data.agreement("class").index.tolist() == list(TASK.names)
    assert data.agreement("time").n.tolist() == [20, 20]
    with pytest.raises(DataError, match="by="):
        data.agreement("month")  # type: ignore[arg-type]


@pytest.mark.parametrize("said", [frame(), frame((0, "ham", "ann"))])
def test_agreement_that_nobody_can_measure_is_missing_with_its_reason(said: pd.DataFrame) -> None:
    data = open_team()
    data.add_annotations(said)
    overall = data.agreement()
    assert overall.value.isna().all()
    assert overall.reason.str.len().min() > 10
    assert data.agreement("class").value.isna().all()
    assert len(data.agreement("pair")) == 0
    assert len(data.consensus()) == len(said) == len(data.annotators())


def test_a_class_that_all_agree_to_say_never_is_told_from_one_they_disagree_on() -> None:
    data = open_team()
    data.add_annotations(pd.concat([votes(0, "hhs"), votes(1, "sss"), votes(2, "hhh")]))
    assert data.agreement("class").reason.to_dict()["other"]
    assert data.agreement("class").value["ham"] == pytest.approx(data.agreement("class").value["spam"])


def test_a_rejection_is_a_vote_and_no_label() -> None:
    data = open_team()
    data.add_annotations(votes(0, "h"))
    data.record([Event("r1", NOON, "b", Reject("0")), Event("r2", NOON, "c", Reject("0"))])
    assert data.state(0).status == "rejected"
    assert data.consensus().state.tolist() == ["rejected"]


def test_a_loop_learns_only_from_what_was_agreed_on() -> None:
    data = open_team(8, accept=3)
    for sample, said in enumerate(["hhh", "sss", "hso", "hhs", "hhh", "sss"]):
        data.add_annotations(votes(sample, said))
    loop = nbloop.Loop(data)
    assert loop.wait()
    assert loop.history.labels.tolist()[-1] == 4
    loop.close()
