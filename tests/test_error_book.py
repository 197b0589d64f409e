"""What a page may ask about the errors of the model, and the one reply it gets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest

import nbloop
from nbloop.schema import Annotate, Said
from nbloop.widgets.errors import ErrorBook

PAIR = {"by": "pair", "label": "large", "predicted": "small"}


def opened(n: int = 300, **options: Any) -> nbloop.Loop:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.normal(size=n), "site": rng.choice(["a", "b", "c"], n)})
    large = np.where(frame["site"] == "b", rng.random(n) < 0.5, frame["size"] > 0)
    given = {"golden": 0.5, "truth": np.where(large, "large", "small").tolist(), "id": range(n), "store": ":memory:"}
    return nbloop.Loop(nbloop.Dataset(frame, task=nbloop.Classification(["small", "large"]), **given | options))


@pytest.fixture
def loop() -> Iterator[nbloop.Loop]:
    made = opened()
    made.simulate(n=60, batch=10)
    yield made
    made.close()


def face_of(loop: nbloop.Loop) -> ErrorBook:
    loop.wait()
    return ErrorBook(loop._session, loop._mind, loop._publisher)


def ask(face: ErrorBook, kind: str, **body: Any) -> dict[str, Any]:
    reply, _ = face._wire.answer({"id": "r", "body": {"kind": kind} | body})
    assert reply["error"] is None, reply
    return reply["body"]


def listed(face: ErrorBook, cluster: dict[str, Any] | None = None, **body: Any) -> dict[str, Any]:
    return ask(face, "mistakes", **{"cluster": cluster or {}, "start": 0, "n": 200} | body)


def test_the_list_has_every_error_the_surest_first(loop: nbloop.Loop) -> None:
    frame, found = loop.errors().frame, listed(face_of(loop))
    assert found["total"] == len(frame)
    assert sorted(each["sample"] for each in found["mistakes"]) == sorted(map(str, frame.index))
    sure = [each["confidence"] for each in found["mistakes"]]
    assert sure == sorted(sure, reverse=True)
    assert found["mistakes"][0]["brief"].startswith("size: ")


def test_only_a_window_travels_and_one_error_is_found_again_wherever_it_is(loop: nbloop.Loop) -> None:
    face = face_of(loop)
    whole = listed(face)["mistakes"]
    window = listed(face, start=5, n=4)
    assert (window["start"], window["mistakes"]) == (5, whole[5:9])
    around = listed(face, n=4, near=whole[20]["id"])
    assert around["place"] == 20
    assert around["mistakes"] == whole[18:22]
    assert listed(face, start=7, n=2, near="gone")["place"] is None


def test_clusters_of_every_kind_are_what_the_errors_say(loop: nbloop.Loop) -> None:
    errors, face = loop.errors(), face_of(loop)
    tally = ask(face, "tally")
    pairs = {(each["label"], each["predicted"]): each["n"] for each in tally["pairs"]}
    assert pairs == {(row.label, row.predicted): row.n for row in errors.clusters.itertuples()}
    assert listed(face, PAIR)["total"] == pairs["large", "small"]
    worst = ask(face, "slices")["slices"][0]
    assert worst["name"] == errors.slices().index[0]
    found = listed(face, {"by": "slice", "name": worst["name"]})
    assert {each["sample"] for each in found["mistakes"]} == set(map(str, errors.samples(worst["name"])))
    assert listed(face, {"by": "status", "name": "open"})["total"] == tally["total"]
    assert listed(face, {"by": "slice", "name": "of another model"})["total"] == 0


def test_slices_are_asked_for_and_a_bad_one_is_refused_in_words(loop: nbloop.Loop) -> None:
    face = face_of(loop)
    found = ask(face, "slices", specs=["site"])
    assert {each["name"] for each in found["slices"]} == {"site = a", "site = b", "site = c"}
    assert (found["judged"], found["n"]) == ("golden", 150)
    reply, _ = face._wire.answer({"id": "r", "body": {"kind": "slices", "specs": ["colour == 1"]}})
    assert "The columns are: size, site" in reply["error"]["message"]


def test_a_reason_is_put_down_once_however_often_it_arrives(loop: nbloop.Loop) -> None:
    face = face_of(loop)
    one = listed(face)["mistakes"][0]
    about = {"id": uuid4().hex, "sample": one["sample"], "reason": "label error", "rationale": "a slip"}
    before = loop._session.rev
    tally = [ask(face, "put_down", **about) for _ in range(3)][-1]
    assert [(each["reason"], each["calls_for"]) for each in tally["causes"]] == [("", ""), ("label error", "guideline")]
    assert loop._session.rev > before
    found = listed(face, {"by": "reason", "name": "label error"})["mistakes"]
    assert {each["sample"] for each in found} == {one["sample"]}
    assert found[0]["rationale"] == "a slip"
    assert len(loop.data.events(nbloop.schema.Categorise)) == 1
    reply, _ = face._wire.answer({"id": "r", "body": {"kind": "put_down"} | about | {"reason": "fate"}})
    assert "there is no reason 'fate'" in reply["error"]["message"]


def test_any_cluster_becomes_a_queue_once(loop: nbloop.Loop) -> None:
    face = face_of(loop)
    wanted = {each["sample"] for each in listed(face, PAIR)["mistakes"]}
    tally = [ask(face, "look_again", id="queue-1", cluster=PAIR) for _ in range(2)][-1]
    assert tally["waiting"] == len(wanted)
    assert {str(sample.id) for sample in loop.ask(200, queue="errors")} == wanted
    assert [event.action.reason for event in loop.data.events(nbloop.schema.Wish)] == ["large taken for small"]
    rest = next(each["sample"] for each in listed(face)["mistakes"] if each["sample"] not in wanted)
    assert ask(face, "look_again", id="queue-2", cluster={}, sample=rest)["waiting"] == len(wanted) + 1


def test_one_error_comes_with_its_card_and_what_is_near(loop: nbloop.Loop) -> None:
    face = face_of(loop)
    one = listed(face)["mistakes"][0]
    found = ask(face, "mistake", sample=one["sample"])
    assert dict(found["card"]["content"]["cells"])["site"] in "abc"
    near = loop.errors().neighbours(int(one["sample"]))
    assert [each["sample"] for each in found["neighbours"]] == list(map(str, near.index))
    assert found["predicted"] == loop.predict(loop.data.samples.frame.loc[[int(one["sample"])]])[0]


def test_the_view_follows_labels_and_what_others_put_down(loop: nbloop.Loop) -> None:
    face = face_of(loop)
    before = ask(face, "tally")
    loop.simulate(n=20, batch=20)
    after = ask(face, "tally")
    assert after["labels"] == before["labels"] + 20
    assert after["total"] == len(loop.errors())
    rev = loop._session.rev
    loop.data.record([loop.data.event(nbloop.schema.Categorise(listed(face)["mistakes"][0]["sample"], "noisy input"))])
    assert loop._session.rev > rev
    assert ask(face, "tally")["statuses"]["categorised"] >= 1


def test_the_story_is_that_of_the_last_commit_and_its_numbers_have_sources(loop: nbloop.Loop) -> None:
    story = ask(face_of(loop), "story")
    impact = loop.impact()
    told = " ".join("".join(piece["text"] for piece in pieces) for pieces in story["sentences"])
    assert told == impact.narrative
    numbers = [(piece["text"], piece["source"]) for pieces in story["sentences"] for piece in pieces if piece["source"]]
    assert numbers == [tuple(fact) for fact in impact.facts]


def test_without_golden_set_there_is_no_story_and_answers_are_judged() -> None:
    loop = opened(golden=None)
    loop.simulate(n=60, batch=10)
    face = face_of(loop)
    assert ask(face, "story")["sentences"] == ()
    assert ask(face, "slices", specs=["site"])["judged"] == "answers"
    assert {each["source"] for each in listed(face)["mistakes"]} == {"answer"}


def test_a_loop_without_errors_says_so_and_one_that_forgot_its_model_too() -> None:
    loop = opened(golden=None)
    for sample, label in zip(loop.ask(2), ["small", "large"], strict=True):
        loop.tell(sample.id, label)
    face = face_of(loop)
    tally = ask(face, "tally")
    assert (tally["total"], tally["labels"]) == (0, 2)
    loop.undo(2)
    loop.wait()
    assert ask(face, "tally")["model"] == ""
    assert listed(face)["total"] == ask(face, "slices")["total"] == 0


def test_ten_thousand_errors_of_many_classes_travel_a_window_at_a_time() -> None:
    names = [f"class {i}" for i in range(150)]
    features = np.eye(12)[np.arange(12_000) % 12]
    frame = pd.DataFrame({"text": [f"sample {i}" for i in range(12_000)]})
    task = nbloop.Classification(names)
    data = nbloop.Dataset(frame, id=range(12_000), task=task, features=features, store=":memory:")
    told = [
        Annotate(str(i), names[i % 150], said=Said("m", prediction=names[(i * i + 1) % 150])) for i in range(10_500)
    ]
    data.record([data.event(action) for action in told])
    face = face_of(nbloop.Loop(data, learner="bayes"))
    found, tally = listed(face, start=9_000, n=50), ask(face, "tally")
    assert found["total"] == tally["total"] == sum(a.value != a.said.prediction for a in told if a.said)
    assert (len(found["mistakes"]), found["start"]) == (50, 9_000)
    assert len(tally["pairs"]) == 100 < tally["pairs_total"]


def test_errors_show_themselves_in_a_notebook_and_as_tables_elsewhere(loop: nbloop.Loop) -> None:
    errors = loop.errors()
    assert errors._show is not None
    with pytest.raises(NotImplementedError):
        type(errors)(loop._session, errors.model, loop._mind.X)._ipython_display_()
    assert "errors:" in errors._repr_html_()
