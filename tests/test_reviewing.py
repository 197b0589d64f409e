"""What a page may ask of a review, and what becomes of its decisions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from nbloop import Classification, Dataset, Loop
from nbloop.errors import DataError
from nbloop.schema import Adjudicate, Flag, Probe, Vote
from nbloop.widgets.review import ReviewFace

TASK = Classification(["ham", "spam", "other"])
QUIET = {"audit": 0, "again": 0}


@pytest.fixture
def team() -> Iterator[Loop]:
    """Eight samples and three raters: 0 and 1 agreed on, 2 contested, 3 flagged and agreed on, 4 to 7 open."""
    data = Dataset([f"text {i}" for i in range(8)], id=range(8), task=TASK, store=":memory:", raters=3, annotator="ada")
    names = {"h": "ham", "s": "spam", "o": "other"}
    rows = [
        (i, names[v], who)
        for i, votes in enumerate(["hhh", "sss", "hso", "sss"])
        for v, who in zip(votes, ("ann", "bob", "cyd"), strict=True)
    ]
    data.add_annotations(pd.DataFrame(rows, columns=["sample", "label", "annotator"]).assign(rationale="because"))
    data.record([data.event(Flag("3", rationale="odd"))])
    loop = Loop(data, learner=None)
    yield loop
    loop.close()


def face(loop: Loop, **options: Any) -> ReviewFace:
    return ReviewFace(loop._session, loop._publisher, loop.review(**QUIET | options))


def ask(face: ReviewFace, body: dict[str, Any]) -> dict[str, Any]:
    reply, _ = face._wire.answer({"id": "r", "body": body})
    assert reply["error"] is None, reply
    return reply["body"]


def docket(face: ReviewFace, **more: Any) -> dict[str, Any]:
    return ask(face, {"kind": "review", "n": 10} | more)


def samples(found: dict[str, Any]) -> list[str]:
    return [case["sample"] for case in found["cases"]]


def tell(face: ReviewFace, kind: str, id: str | None = None, **action: Any) -> dict[str, Any]:
    mark = {"id": id or uuid4().hex, "at": datetime.now(UTC).isoformat(), "action": {"kind": kind} | action}
    return ask(face, {"kind": "tell", "marks": [mark]})


def test_a_case_says_what_it_is_why_it_is_here_and_who_said_what(team: Loop) -> None:
    team.review().discuss(2, "ask the lawyer")
    found = docket(face(team))
    assert (samples(found), found["left"], found["up"]) == (["2", "3"], 2, 3)
    first = found["cases"][0]
    assert first["content"] == {"kind": "text", "text": "text 2"}
    assert [cause["reason"] for cause in first["causes"]] == ["disagreement"]
    assert [(vote["annotator"], vote["value"], vote["rationale"]) for vote in first["votes"]] == [
        ("ann", "ham", "because"),
        ("bob", "spam", "because"),
        ("cyd", "other", "because"),
    ]
    assert first["notes"] == ({"annotator": "ada", "text": "ask the lawyer"},)
    assert found["cases"][1]["notes"] == ({"annotator": "ada", "text": "odd"},)
    assert [(one["reason"], one["samples"]) for one in found["waiting"]] == [("disagreement", 1), ("flagged", 1)]


def test_a_decision_trains_at_once_is_one_event_however_often_it_arrives_and_undo_takes_it_back(team: Loop) -> None:
    seat, id = face(team), uuid4().hex
    for _ in range(3):
        saved = tell(seat, "adjudicate", id, sample="2", value="spam", rationale="the link", seconds=1.5, blind=True)
        assert saved["ids"] == (id,)
    assert [event.action for event in team.data.events(Adjudicate)] == [
        Adjudicate("2", "spam", "the link", seconds=1.5, blind=True)
    ]
    assert team.data.labels.label[2] == "spam"
    assert samples(docket(seat)) == ["3"]
    tell(seat, "undo", target=id)
    assert samples(docket(seat)) == ["2", "3"]


def test_what_was_put_off_comes_last_and_what_is_on_its_way_is_not_asked_again(team: Loop) -> None:
    seat = face(team, samples=[5, 2, 3, 1])
    assert samples(docket(seat)) == ["5", "2", "3", "1"]
    assert samples(docket(seat, last=["5", "3"])) == ["2", "1", "5", "3"]
    held = docket(seat, hold=["2"], n=2, have=["5"])
    assert (samples(held), held["left"]) == (["5", "3"], 3)
    assert [case["content"] is None for case in held["cases"]] == [True, False]


def test_votes_and_notes_stay_in_the_kernel_until_the_person_has_said_it_too(team: Loop) -> None:
    seat = face(team, hidden=True)
    first = docket(seat)["cases"][0]
    assert (first["votes"], first["label"], first["notes"]) == (None, None, ())
    assert ask(seat, {"kind": "reveal", "sample": "2"})["votes"] is None  # whoever has not voted sees nothing
    tell(seat, "vote", sample="2", value="ham")
    shown = ask(seat, {"kind": "reveal", "sample": "2"})
    assert [vote["annotator"] for vote in shown["votes"]] == ["ann", "bob", "cyd"]
    assert (shown["label"], shown["said"]) == (None, "ham")  # all others said something else
    assert docket(seat)["cases"][0]["votes"] == shown["votes"]
    assert docket(seat)["cases"][1]["votes"] is None
    team.data.introduce("rob")
    assert docket(face(team, hidden=True))["cases"][0]["votes"] is None  # that somebody else has voted shows nobody


def test_a_vote_is_one_event_that_decides_nothing_and_can_be_taken_back(team: Loop) -> None:
    seat = face(team, hidden=True)
    before = team.data.snapshot().hash, team.data.counts(), team.data.consensus()["votes"].tolist()
    for _ in range(2):  # a page that heard nothing sends it again
        assert tell(seat, "vote", id="v1", sample="2", value="ham", seconds=2.5)["ids"] == ("v1",)
    assert [event.id for event in team.data.noted(Vote)] == ["v1"]
    assert (team.data.snapshot().hash, team.data.counts(), team.data.consensus()["votes"].tolist()) == before
    assert team.data.state(2).status == "review"
    row = team.data.log().query("event == 'v1'").iloc[0]
    assert (row["says"], row["annotator"], row["sample"]) == ("voted 'ham' before seeing the votes", "ada", 2)
    assert team.data.trace(2)["value"].iloc[-1] == "ham"
    tell(seat, "undo", target="v1")
    assert docket(seat)["cases"][0]["votes"] is None
    assert team.data.noted(Vote) == []
    assert not team.data.log().query("event == 'v1'")["stands"].iloc[0]
    assert tell(seat, "vote", sample="2", value="eggs")["refused"][0]["code"] == "unknown-label"


def test_a_vote_is_there_after_a_new_start_and_makes_the_decision_blind(tmp_path: Path) -> None:
    def opened() -> Loop:
        data = Dataset([f"text {i}" for i in range(4)], id=range(4), task=TASK, store=tmp_path / "d.db", raters=2,
                       annotator="ada")  # fmt: skip
        return Loop(data, learner=None)

    loop = opened()
    rows = [(0, "ham", "ann"), (0, "spam", "bob")]
    loop.data.add_annotations(pd.DataFrame(rows, columns=["sample", "label", "annotator"]))
    loop.review(hidden=True, **QUIET).vote(0, "spam")
    loop.close()
    loop.data.close()
    again = opened()
    case = docket(face(again, hidden=True))["cases"][0]
    assert (case["said"], len(case["votes"])) == ("spam", 2)
    again.review(hidden=True, **QUIET).change(0, "spam")
    assert [event.action for event in again.data.events(Adjudicate)] == [Adjudicate("0", "spam", blind=True)]
    again.close()


def with_ada(team: Loop) -> dict[str, float]:
    """Return how often others said what ada did."""
    rows = team.data.agreement("pair").reset_index()
    pairs = zip(rows.iloc[:, 0].tolist(), rows.iloc[:, 1].tolist(), rows["observed"].tolist(), strict=True)
    return {(b if a == "ada" else a): share for a, b, share in pairs if "ada" in (a, b)}


def test_a_vote_counts_in_the_agreement_of_people_and_goes_with_the_classes(team: Loop) -> None:
    before = with_ada(team)
    review = team.review(hidden=True, **QUIET)
    assert review.vote(2, "other").said == "other"
    assert (before, with_ada(team)) == ({}, {"ann": 0, "bob": 0, "cyd": 1})
    assert team.data.annotators().loc["ada", ["votes", "shared"]].tolist() == [1, 1]
    team.data.classes.rename("other", "misc")
    assert with_ada(team) == {"ann": 0, "bob": 0, "cyd": 1}
    assert next(item for item in review.items() if item.id == 2).said == "misc"
    review.take_back(2)
    assert "ada" not in team.data.annotators().index
    with pytest.raises(DataError, match="you have not voted"):
        review.take_back(2)


def test_what_cannot_be_decided_is_refused_alone_and_says_why(team: Loop) -> None:
    team.data.grant("ada", "owner")
    team.data.grant("rob", "reviewer")
    team.review().send_up(2, "hard")
    team.data.introduce("rob")
    seat = face(team)
    found = docket(seat)
    assert (samples(found), found["above"], found["up"]) == (["3"], 1, 3)
    assert tell(seat, "adjudicate", sample="2", value="ham")["refused"][0]["code"] == "role"
    assert tell(seat, "adjudicate", sample="3", value="eggs")["refused"][0]["code"] == "unknown-label"
    tell(seat, "escalate", sample="3", tier=3, rationale="for a lawyer")
    assert (docket(seat)["left"], docket(seat)["above"]) == (0, 2)
    team.data.introduce("new")
    assert docket(face(team))["up"] == 0


def test_an_own_answer_asked_again_is_compared_by_the_kernel_which_does_not_show_it() -> None:
    data = Dataset([f"text {i}" for i in range(4)], id=range(4), task=TASK, store=":memory:", annotator="ada")
    loop = Loop(data, learner=None)
    for i in range(4):
        loop.tell(i, "ham")
    seat = face(loop, again=1.0)
    found = docket(seat)
    assert all(case["own"] and case["label"] is None and case["votes"] is None for case in found["cases"])
    tell(seat, "probe", sample="1", value="spam", expected="")
    tell(seat, "probe", sample="2", value="ham", expected="")
    found = docket(seat)
    assert (found["left"], found["again"], found["same"]) == (2, 2, 1)
    assert found["probed"] == {"sample": "2", "before": "ham", "now": "ham"}
    assert [event.action for event in data.events(Probe)] == [Probe("1", "spam", "ham"), Probe("2", "ham", "ham")]
    assert data.labels.label.tolist() == ["ham"] * 4
    loop.close()


def test_labels_are_doubted_beside_the_page_which_is_told_when_that_is_done() -> None:
    texts = [f"win a prize {i}" for i in range(30)] + [f"lunch at six {i}" for i in range(30)]
    data = Dataset(texts, id=range(60), task=Classification(["ham", "spam"]), store=":memory:")
    loop = Loop(data)
    for i in range(60):
        loop.tell(i, "spam" if (i < 30) != (i == 7) else "ham")
    seat = face(loop)
    session = loop._session
    with session.changed:
        first = docket(seat)
        assert first["thinking"]
        assert session.changed.wait_for(lambda: not seat._thinking, timeout=60)
    found = docket(seat)
    assert (samples(found), found["thinking"]) == (["7"], False)
    assert found["cases"][0]["causes"][0]["detail"].startswith("models that did not learn this label give it")
    tell(seat, "adjudicate", sample="7", value="spam")
    assert docket(seat)["cases"] == ()
    loop.close()


def test_a_review_shows_itself_as_the_last_line_of_a_cell(team: Loop) -> None:
    InteractiveShell.instance()
    with capture_output() as shown:
        team.review(**QUIET)._ipython_display_()
    InteractiveShell.clear_instance()
    kinds = [kind for output in shown.outputs for kind in output.data]
    assert "application/vnd.jupyter.widget-view+json" in kinds
    assert repr(team.review(**QUIET)) == "<nbloop review: 2 samples>"
