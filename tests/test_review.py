"""Review: doubts become a queue, decisions become labels, and roles say who may decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import msgspec
import numpy as np
import pandas as pd
import pytest
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_self_confidence_for_each_label
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.preprocessing import scale

from nbloop import Classification, Dataset, Loop
from nbloop.dataset.roles import TAKES
from nbloop.errors import DataError, RoleError
from nbloop.learners import make_learner
from nbloop.quality.effort import Nudges, effort, nudge, slowing
from nbloop.quality.suspects import out_of_fold, self_confidence, suspects
from nbloop.schema import (
    Action,
    Adjudicate,
    Alert,
    Annotate,
    Categorise,
    Decide,
    Define,
    Discuss,
    Draw,
    Erase,
    Escalate,
    Event,
    Feedback,
    Flag,
    Gated,
    Grant,
    Look,
    Mark,
    Probe,
    Promote,
    Reasons,
    Reject,
    Request,
    Round,
    Routed,
    Skip,
    Tell,
    Undo,
    Vote,
    Waive,
    Wish,
)
from nbloop.widgets.classes import ClassDesk

TASK = Classification(["ham", "spam"])
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def team() -> Iterator[Loop]:
    """Ten samples and three raters: 0 to 3 agreed on, 4 contested, 5 flagged and agreed on, 6 to 9 open."""
    task = Classification(["ham", "spam", "other"])
    data = Dataset(
        [f"text {i}" for i in range(10)], id=list(range(10)), task=task, store=":memory:", raters=3, annotator="ada"
    )
    said = ["hhh", "sss", "hhs", "sss", "hso", "sss"]
    names = {"h": "ham", "s": "spam", "o": "other"}
    rows = [
        (i, names[v], who) for i, votes in enumerate(said) for v, who in zip(votes, ("ann", "bob", "cyd"), strict=True)
    ]
    data.add_annotations(pd.DataFrame(rows, columns=["sample", "label", "annotator"]).assign(rationale="because"))
    data.record([data.event(Flag("5"))])
    loop = Loop(data, learner=None)
    yield loop
    loop.close()


def test_the_queue_holds_what_is_in_doubt_most_pressing_first(team: Loop) -> None:
    team.data.record([team.data.event(Escalate("1", 2, "is this one?"))])
    items = team.review(audit=0, again=0).items()
    assert [(item.id, item.reasons[0]) for item in items][:3] == [(1, "sent up"), (4, "disagreement"), (5, "flagged")]
    assert items[0].notes == (("ada", "is this one?"),)
    assert items[1].votes == (("ann", "ham", "because"), ("bob", "spam", "because"), ("cyd", "other", "because"))


def test_accept_change_and_send_up_are_events_that_decide(team: Loop) -> None:
    review = team.review(audit=0, again=0)
    review.change(4, "spam", "the link")
    review.accept(5)
    assert team.data.labels.loc[[4, 5], "label"].tolist() == ["spam", "spam"]
    assert not team.data.state(5).flagged
    assert {4, 5}.isdisjoint(item.id for item in review.items())
    review.send_up(0, "hard")
    assert team.data.state(0).status == "review"
    assert team.data.tier(0) == 3
    assert review.items()[0].reasons == ("sent up",)
    team.undo()
    assert team.data.state(0).label == "ham"


def test_votes_stay_hidden_until_ones_own(team: Loop) -> None:
    review = team.review(hidden=True, audit=0, again=0)
    item = next(item for item in review.items() if item.id == 4)
    assert item.votes is item.label is None
    with pytest.raises(DataError, match="vote first"):
        review.accept(4)
    assert len(review.vote(4, "ham").votes or ()) == 3
    review.change(4, "spam")
    decision = next(e.action for e in team.data.events(Adjudicate))
    assert decision == Adjudicate("4", "spam", blind=True)


def test_a_discussion_changes_nothing_and_is_there_for_the_next(team: Loop) -> None:
    before = team.data.snapshot().hash
    team.review().discuss(4, "ask the lawyer")
    assert ("ada", "ask the lawyer") in team.review().items()[0].notes
    assert team.data.snapshot().hash == before


def test_a_share_of_accepted_labels_is_audited_until_it_was_decided(team: Loop) -> None:
    review = team.review(audit=1.0, again=0)
    audited = {item.id for item in review.items() if "audit" in item.reasons}
    assert audited == set(team.data.labels.index)
    review.accept(0)
    assert 0 not in {item.id for item in review.items()}
    assert len([item for item in team.review(audit=0.4, again=0).items() if "audit" in item.reasons]) < len(audited)


def test_a_persons_own_answers_are_asked_again_and_change_no_label() -> None:
    data = Dataset([f"text {i}" for i in range(4)], id=list(range(4)), task=TASK, store=":memory:", annotator="ada")
    loop = Loop(data, learner=None)
    for i in range(4):
        loop.tell(i, "ham")
    review = loop.review(audit=0, again=1.0)
    assert {item.reasons for item in review.items()} == {("again",)}
    assert all(item.label is None and item.votes is None for item in review.items())
    review.change(0, "spam")
    review.change(1, "ham")
    assert data.labels.label.tolist() == ["ham"] * 4
    assert data.annotators().loc["ada", ["again", "self_agreement"]].tolist() == [2, 0.5]
    assert len(review.items()) == 2
    loop.close()


def test_classes_of_low_agreement_are_looked_at_where_not_all_said_the_same(team: Loop) -> None:
    found = {item.id: item.reasons for item in team.review(audit=0, again=0).items()}
    assert found[2] == ("low agreement",)
    assert 0 not in found


def test_samples_given_are_a_queue_in_their_order_until_somebody_has_looked(team: Loop) -> None:
    review = team.review(samples=[7, 4, 0], reason="slice: short texts", audit=0, again=0)
    assert [(item.id, item.reasons, item.details.get("look again")) for item in review.items()] == [
        (7, ("look again",), "slice: short texts"),
        (4, ("disagreement", "look again"), "slice: short texts"),
        (0, ("look again",), "slice: short texts"),
    ]
    review.change(7, "ham")
    review.accept(0)
    assert [item.id for item in review.items()] == [4]
    assert len(team.data.noted(Wish)) == 1
    again = team.review(samples=[7, 4, 0], reason="slice: short texts")
    assert [item.id for item in again.items()] == [4]
    assert len(team.data.noted(Wish)) == 1
    assert [item.id for item in team.review(samples=[7, 4, 0], reason="once more").items()] == [7, 4, 0]


def test_what_somebody_wants_looked_at_again_is_in_the_one_queue_with_the_reason(team: Loop) -> None:
    team.look_again([1, 2], "too short")
    team.look_again([1, 8], "odd")
    found = {item.id: item for item in team.review(audit=0, again=0).items()}
    assert found[1].details == {"look again": "too short; odd"}
    assert "look again" in found[2].reasons
    assert 8 not in found
    team.tell(1, "spam")
    assert 1 not in team.review(audit=0, again=0).reasons()


@pytest.mark.parametrize(
    ("samples", "reason", "words"),
    [("abc", "", "is a list of ids"), (3, "", "list of ids"), ([1], 3, "reason= is text")],
)
def test_samples_that_are_no_queue_are_refused(team: Loop, samples: object, reason: object, words: str) -> None:
    with pytest.raises(DataError, match=words):
        team.review(samples=samples, reason=reason)
    assert team.review(samples=[]).items() == []


def test_a_decision_settles_a_flag_and_its_undo_brings_the_flag_back(team: Loop) -> None:
    team.review(audit=0, again=0).accept(5)
    assert (team.data.state(5).flagged, team.data.counts().flagged) == (False, 0)
    team.undo()
    assert team.data.state(5).flagged
    team.review().accept(5)
    team.flag(5, "but look")
    assert team.data.state(5).flagged


def test_who_may_not_decide_is_offered_nothing_but_their_own_answers(team: Loop) -> None:
    team.data.grant("ada", "owner")
    team.data.introduce("ann")
    assert team.review(audit=0, again=0).items() == []
    assert {item.reasons for item in team.review(audit=1.0, again=1.0).items()} <= {("again",)}


# -- label errors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", [0.05, 0.1, 0.2])
@pytest.mark.parametrize("load", [load_digits, load_breast_cancer, load_wine])
def test_suspected_label_errors_are_as_precise_as_cleanlabs(load: object, noise: float) -> None:
    X, truth = load(return_X_y=True)  # type: ignore[operator]
    X = np.nan_to_num(scale(X)).astype(np.float32) / np.sqrt(X.shape[1])
    rng = np.random.default_rng(0)
    wrong = rng.random(len(truth)) < noise
    y = np.where(wrong, (truth + 1 + rng.integers(0, truth.max(), len(truth))) % (truth.max() + 1), truth)
    wrong = y != truth
    proba = out_of_fold(X, y, lambda: make_learner("auto"))
    assert np.allclose(self_confidence(proba, y), get_self_confidence_for_each_label(y, proba))
    theirs = find_label_issues(y, proba, filter_by="confident_learning", return_indices_ranked_by="self_confidence")
    mine = suspects(proba, y)
    n = min(len(mine), len(theirs))
    assert wrong[mine].mean() >= wrong[theirs].mean() - 0.01
    assert wrong[mine[:n]].mean() == pytest.approx(wrong[theirs[:n]].mean(), abs=0.01)
    assert wrong[mine].mean() > 2 * noise


def test_a_rare_class_takes_no_learner_the_samples_of_the_others() -> None:
    """One class of two among 200 once made all models learn from half of the labels only."""
    y = np.array([0] * 100 + [1] * 98 + [2] * 2)
    learned = []

    class Counting:
        def fit(self, _: np.ndarray, y: np.ndarray) -> Counting:
            learned.append(len(y))
            self.classes_ = np.unique(y)
            return self

        def predict_proba(self, X: np.ndarray) -> np.ndarray:
            return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))

    proba = out_of_fold(np.zeros((200, 1)), y, Counting)
    assert learned == [160] * 5
    assert proba.sum(axis=1) == pytest.approx(1)
    assert len(out_of_fold(np.zeros((4, 1)), np.array([0, 0, 1, 1]), Counting)) == 4


def test_a_wrong_label_comes_up_for_review_and_is_settled_by_a_decision() -> None:
    texts = [f"win a prize {i}" for i in range(30)] + [f"lunch at six {i}" for i in range(30)]
    data = Dataset(texts, id=list(range(60)), task=TASK, store=":memory:")
    loop = Loop(data)
    loop._session.do(*[Annotate(str(i), "spam" if (i < 30) != (i == 7) else "ham") for i in range(60)])
    loop.wait()
    review = loop.review(audit=0, again=0)
    assert [(item.id, item.reasons, item.label) for item in review.items()] == [(7, ("label error",), "ham")]
    review.change(7, "spam")
    assert review.items() == []
    assert data.labels.label[7] == "spam"
    loop.close()


# -- roles -------------------------------------------------------------------------------------------------------------


def as_(data: Dataset, name: str) -> Dataset:
    data.introduce(name)
    return data


def governed() -> Dataset:
    data = Dataset(
        [f"text {i}" for i in range(6)], id=list(range(6)), task=TASK, store=":memory:", raters=2, annotator="olga"
    )
    data.grant("olga", "owner")
    data.grant("rob", "reviewer")
    data.grant("eve", "reviewer", tier=3)
    return data


def test_the_first_grant_names_an_owner() -> None:
    data = Dataset(["a", "b"], task=TASK, store=":memory:", raters=2, annotator="ada")
    with pytest.raises(RoleError, match="names an owner"):
        data.grant("bob", "reviewer")
    data.grant("ada", "owner")
    assert data.roles.role.to_dict() == {"ada": "owner"}


def test_who_has_no_grant_labels_and_no_more() -> None:
    data = as_(governed(), "ann")
    data.record([data.event(Annotate("0", "ham"))])
    for action in (Adjudicate("0", "spam"), Escalate("0", 3)):
        with pytest.raises(RoleError, match="ann is annotator here and may not"):
            data.record([data.event(action)])
    with pytest.raises(RoleError, match="owner"):
        data.grant("ann", "owner")
    with pytest.raises(RoleError, match="speak for 'bob'"):
        data.record([Event("x", NOON, "bob", Annotate("1", "ham"))])
    assert len(data.annotations) == 1


def test_what_an_action_takes_is_said_with_who_has_it() -> None:
    data = governed()
    for name, allowed in (("ann", ()), ("rob", ("routed", "adjudicate")), ("olga", tuple(TAKEN))):
        as_(data, name)
        for kind, action in TAKEN.items():
            refusal = data.refusal(action)
            assert bool(refusal) == (kind not in allowed), (name, kind)
            assert not refusal or "that takes a" in refusal
    said = "ann is annotator here and may not promote a model or roll one back: that takes an owner. Ask olga."
    assert as_(data, "ann").refusal(Promote("v1")) == said
    with pytest.raises(RoleError, match="may not promote"):
        data.record([data.event(Promote("v1"))])
    assert data.refusal(Adjudicate("0", "ham")).endswith("that takes a reviewer. Ask olga, rob, eve.")
    assert data.noted(Promote) == []


TAKEN: dict[str, Any] = {
    "grant": Grant("ann", "owner"),
    "define": Define(TASK),
    "draw": Draw(("0",)),
    "delegated": Draw(("0",), part="delegated"),
    "erase": Erase("x"),
    "promote": Promote("v1"),
    "roll back": Promote("v1", back=True),
    "waive": Waive(("copied label",), "x"),
    "reasons": Reasons(()),
    "holdout": Look("final", "final", "v1", 1, 1.0),
    "routed": Routed("v1", 0.05, 0.95, "x"),
    "adjudicate": Adjudicate("0", "ham"),
}


@pytest.mark.parametrize(
    "action",
    [
        Annotate("0", "ham"), Skip("0"), Reject("0"), Flag("0"), Escalate("0"), Discuss("0", "why"), Wish(("0",), "x"),
        Probe("0", "ham", "ham"), Categorise("0", "odd"), Feedback("0", "down"), Look("random", "score", "v1", 1, 1.0),
        Vote("0", "ham"), Round(1, 1, 1.0, "v1"), Gated("v2", "v1", True), Alert("data", "x"),
    ],
    ids=lambda action: type(action).__name__,
)  # fmt: skip
def test_what_everybody_may(action: Any) -> None:
    data = as_(governed(), "ann")
    assert data.refusal(action) == ""
    assert len(data.record([data.event(action)])) == 1


def test_every_action_is_for_somebody() -> None:
    """A new kind of event must be given to everybody on purpose, in the test above, or to a role."""
    everybody = {Annotate, Skip, Reject, Flag, Discuss, Wish, Probe, Categorise, Feedback, Round, Gated, Alert, Vote}
    by_hand = {Undo, Look, Escalate}  # it depends on what they are about
    assert set(get_args(Action)) == everybody | by_hand | TAKES.keys()


def test_nobody_speaks_for_the_program_or_takes_back_what_it_noted() -> None:
    data = governed()
    promoted = data.record([data.event(Promote("v1"))])[0]
    as_(data, "rob")
    with pytest.raises(RoleError, match="speak for 'nbloop'"):
        data.record([Event("x", NOON, "nbloop", Annotate("1", "ham"))])
    with pytest.raises(RoleError, match="undo what 'olga' said"):
        data.record([data.event(Undo(promoted.id))])


def test_an_annotator_promotes_nothing_and_adds_no_past_errors_nor_classes() -> None:
    texts = [f"{word} {i}" for i, word in enumerate(["parcel", "lottery", "meeting", "prize"] * 5)]
    data = Dataset(texts, id=range(20), task=TASK, golden={0: "ham", 1: "spam"}, store=":memory:", annotator="olga")
    data.grant("olga", "owner")
    loop = Loop(data)
    for i in range(2, 8):
        loop.tell(i, "spam" if i % 2 else "ham")
    first = loop.promote(anyway=True)
    as_(data, "ann")
    before = len(data.log())
    for refused in (
        lambda: loop.promote(anyway=True),
        lambda: loop.roll_back("slow"),
        lambda: loop.add_past_errors([9]),
        lambda: data.classes.add("other"),
        lambda: loop.guard(False, reason="x"),
        lambda: loop.use_reasons(["typo"]),
    ):
        with pytest.raises(RoleError, match=r"ann is annotator here and may not .*: that takes an owner\. Ask olga\."):
            refused()
    assert len(data.log()) == before
    assert "may not change the classes" in ClassDesk(data).show()[0].locked
    panel = loop.gate(first, first).panel()
    assert panel.standing["before"] is None
    assert "may not promote" in panel.standing["obstacle"]
    body = msgspec.to_builtins(Request("1", Decide("once", "promote", "x")))
    for what in ("promote", "roll_back"):
        reply, _ = panel._wire.answer(body | {"body": body["body"] | {"what": what, "id": what}})
        assert reply["error"]["code"] == "role"
    loop.close()


def test_only_an_owner_takes_back_what_another_said() -> None:
    data = as_(governed(), "ann")
    said = data.record([data.event(Annotate("0", "ham"))])[0]
    with pytest.raises(RoleError, match="undo what 'ann' said"):
        as_(data, "bob").record([data.event(Undo(said.id))])
    as_(data, "olga").record([data.event(Undo(said.id))])
    assert data.annotations.active.tolist() == [False]


def test_what_was_sent_to_experts_only_experts_decide() -> None:
    data = as_(governed(), "rob")
    data.record([data.event(Escalate("3", 3))])
    loop = Loop(data, learner=None)
    assert loop.review(audit=0, again=0).items() == []
    with pytest.raises(RoleError, match="tier 3"):
        data.record([data.event(Adjudicate("3", "ham"))])
    as_(data, "eve")
    assert [item.id for item in loop.review(audit=0, again=0).items()] == [3]
    loop.review().change(3, "ham")
    assert data.labels.label.to_dict() == {3: "ham"}
    loop.close()


def test_what_a_role_forbids_is_refused_alone_and_holds_up_no_other_answer() -> None:
    data = as_(governed(), "ann")
    loop = Loop(data, learner=None)
    marks = [Mark("m1", NOON, Adjudicate("0", "spam")), Mark("m2", NOON, Annotate("1", "ham"))]
    saved, _ = loop.labeler()._tell(Tell(tuple(marks)))
    assert saved.ids == ("m2",)
    assert [(one.id, one.code) for one in saved.refused] == [("m1", "role")]
    assert data.annotations.index.tolist() == [1]
    loop.close()


def test_skills_limit_who_is_asked_what(tmp_path) -> None:
    frame = pd.DataFrame({"text": [f"text {i}" for i in range(8)], "lang": ["de", "fr"] * 4})
    data = Dataset(frame, content="text", task=TASK, store=tmp_path / "s.db", annotator="olga", skill="lang")
    data.grant("olga", "owner")
    data.grant("gerd", skills=["de"])
    data.introduce("gerd")
    loop = Loop(data, learner=None)
    asked = [data.samples.position(sample.id) for sample in loop.ask(8)]
    assert sorted(asked) == [0, 2, 4, 6]
    with pytest.raises(DataError, match="skill="):
        Dataset(["a", "b"], task=TASK, store=":memory:", annotator="o").grant("o", "owner", skills=["x"])
    loop.close()


# -- effort ------------------------------------------------------------------------------------------------------------


def answers(seconds: np.ndarray, gap: float = 0.0, right: object = np.nan) -> pd.DataFrame:
    at = NOON + pd.to_timedelta(np.cumsum(seconds + gap), unit="s")
    return pd.DataFrame({"annotator": "ada", "label": "ham", "at": at, "seconds": seconds, "right": right})


def test_effort_counts_active_time_trims_idle_and_parts_sittings() -> None:
    said = pd.concat(
        [answers(np.full(30, 2.0)), answers(np.full(30, 4.0)).assign(at=lambda f: f["at"] + timedelta(hours=3))]
    )
    said.iloc[3, 3] = 4000.0
    found = effort(said).loc["ada"]
    assert found[["labels", "sittings"]].tolist() == [60, 2]
    assert found.minutes == pytest.approx((29 * 2 + 30 * 4 + 60) / 60)
    assert found.per_minute == pytest.approx(60 / found.minutes)
    assert np.isnan(found.right_early)


def test_slowing_is_the_factor_after_a_hundred_answers_whatever_single_answers_took() -> None:
    seconds = 2.0 * 1.5 ** (np.arange(100) / 100)
    seconds[[5, 50, 80]] = 300
    assert slowing(np.arange(100), seconds) == pytest.approx(1.5, rel=0.02)
    assert np.isnan(slowing(np.arange(5), seconds[:5]))


def test_accuracy_within_a_sitting_is_compared_between_its_thirds() -> None:
    found = effort(answers(np.full(60, 2.0), right=np.repeat([1.0, 1.0, 0.0], 20))).loc["ada"]
    assert (found.right_early, found.right_late) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (answers(np.full(100, 3.0), gap=60), "pause"),
        (answers(np.r_[np.full(30, 2.0), np.full(30, 6.0)]).assign(label=["a", "b"] * 30), "3.0 times as long"),
        (answers(np.r_[np.full(30, 5.0), np.full(30, 1.0)]).assign(label=["a", "b"] * 30), "still read"),
        (answers(np.full(45, 3.0)), "40 times 'ham'"),
    ],
)
def test_a_nudge_says_why_and_can_be_switched_off(said: pd.DataFrame, words: str) -> None:
    given = said["at"], said["seconds"].to_numpy(), said["label"].tolist()
    assert words in (nudge(*given, Nudges()) or "")
    assert nudge(*given, Nudges(None, None, None, None)) is None


def test_a_loop_knows_the_effort_of_its_people_and_nudges_whoever_works_now(team: Loop) -> None:
    assert team.effort().labels.to_dict() == {"ann": 6, "bob": 6, "cyd": 6}
    assert team.nudge() is None
    rows = pd.DataFrame(
        {
            "sample": 6,
            "label": ["ham", "spam"] * 30,
            "annotator": "ada",
            "at": pd.date_range(NOON, periods=60, freq="61s"),
        }
    )
    team.data.add_annotations(rows.assign(sample=[6, 7] * 30))
    assert "60 minutes" in (team.nudge() or "")
    assert len(team.data.annotations) == 78


def test_the_labeler_advises_a_pause_by_itself_unless_it_is_told_not_to(team: Loop) -> None:
    data = team.data
    said = pd.DataFrame({"sample": [6] * 3, "label": "ham", "annotator": "ada"})
    often = Loop(data, learner=None, nudges=Nudges(same=2))
    never = Loop(data, learner=None, nudges=False)
    faces = [loop.labeler() for loop in (often, never)]
    data.add_annotations(said.assign(at=pd.date_range(NOON, periods=3, freq="5s")))
    for face in faces:
        face.show(often._session.view())
    assert faces[0].advice["reason"] == "same"
    assert "2 times 'ham'" in faces[0].advice["message"]
    assert faces[1].advice == {}
    often.tell(7, "spam")
    faces[0].show(often._session.view())
    assert faces[0].advice == {}
    often.close()
    never.close()
    with pytest.raises(DataError, match="nudges= is True, False or"):
        Loop(data, learner=None, nudges=45)


# -- training ----------------------------------------------------------------------------------------------------------


def newcomer(store: object, name: str = "new") -> Loop:
    golden = {i: "ham" if i % 2 else "spam" for i in range(8)}
    texts = [f"{word} {i}" for i, word in enumerate(["parcel", "lottery", "meeting", "prize", "dinner", "loan"] * 5)]
    data = Dataset(texts, id=range(30), task=TASK, golden=golden, store=store, annotator=name)  # type: ignore[arg-type]
    return Loop(data)


def test_a_newcomer_hears_at_once_what_was_right_and_passes_or_not(tmp_path) -> None:
    loop = newcomer(tmp_path / "t.db")
    practice = loop.training(5, pass_mark=0.6)
    before = loop.data.snapshot().hash, loop.data.counts()
    asked = []
    for step in range(5):
        exercise = practice.next()
        assert exercise is not None
        assert practice.passed is None
        known = "ham" if exercise.id % 2 else "spam"
        said = known if step < 3 else {"ham": "spam", "spam": "ham"}[known]
        feedback = practice.answer(exercise.id, said)
        assert (feedback.right, feedback.label) == (step < 3, known)
        asked.append(exercise.id)
    assert len(set(asked)) == 5
    assert set(asked) <= set(range(8))
    assert (practice.next(), practice.right, practice.passed) == (None, 3, True)
    assert not loop.training(5, pass_mark=0.8).passed
    assert (loop.data.snapshot().hash, loop.data.counts()) == before
    with pytest.raises(DataError, match="is no exercise of this round"):
        practice.answer(asked[0], "ham")
    with pytest.raises(DataError, match="is no exercise of this round"):
        practice.answer(20, "ham")


def test_a_training_round_goes_on_where_it_was_left_and_each_person_has_their_own(tmp_path) -> None:
    first = newcomer(tmp_path / "t.db").training(4)
    exercise = first.next()
    assert exercise is not None
    first.answer(exercise.id, "ham")
    again = newcomer(tmp_path / "t.db").training(4)
    assert len(again.answers) == 1
    following = again.next()
    assert following is not None
    assert following.id != exercise.id
    assert newcomer(tmp_path / "t.db", "other").training(4).answers == []


@pytest.mark.parametrize(
    ("n", "mark", "words"), [(9, 0.8, "there are 8"), (0, 0.8, "n=0"), (3, 8, "pass_mark= is a share")]
)
def test_a_training_round_that_cannot_be_says_why(n: int, mark: float, words: str) -> None:
    with pytest.raises(DataError, match=words):
        newcomer(":memory:").training(n, pass_mark=mark)
