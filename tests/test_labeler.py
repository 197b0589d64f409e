"""What a page may ask of the labeler and the curve, and the one reply it gets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import nbloop
from nbloop.schema import HtmlContent
from nbloop.strategies import Query
from nbloop.widgets.labeler import Labeler
from nbloop.widgets.summary import summary_of

TEXTS = [f"refund order {i}" for i in range(30)] + [f"password reset {i}" for i in range(30)]
TRUTH = {text: "money" if "refund" in text else "access" for text in TEXTS}
TASK = nbloop.Classification(["money", "access"])
GOLDEN = {text: TRUTH[text] for text in TEXTS[20:40]}


@pytest.fixture
def loop() -> Iterator[nbloop.Loop]:
    made = nbloop.Loop(nbloop.Dataset(TEXTS, id=TEXTS, truth=TRUTH, golden=GOLDEN, task=TASK, store=":memory:"))
    yield made
    made.close()


def ask(face: Any, body: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    request = {"id": "r", "body": body}
    wires = [each.wire for each in face._beside.values() if each.wire.answers(request)]
    reply, buffers = (wires or [face._wire])[0].answer(request)
    assert reply["error"] is None, reply
    return reply["body"], buffers


def mark(kind: str, **action: Any) -> dict[str, Any]:
    return {"id": uuid4().hex, "at": datetime.now(UTC).isoformat(), "action": {"kind": kind} | action}


def test_cards_come_best_first_as_text(loop: nbloop.Loop) -> None:
    body, buffers = ask(loop.labeler(), {"kind": "deal", "n": 3})
    assert [card["content"]["text"] for card in body["cards"]] == [sample.content for sample in loop.ask(3)]
    assert buffers == []


def test_cards_that_are_held_are_not_dealt_again(loop: nbloop.Loop) -> None:
    labeler = loop.labeler()
    first = ask(labeler, {"kind": "deal", "n": 1})[0]["cards"][0]["sample"]
    held = ask(labeler, {"kind": "deal", "n": 50, "hold": [first, "a sample of another dataset"]})[0]["cards"]
    assert first not in [card["sample"] for card in held]


def test_a_strategy_is_told_which_card_is_in_front_of_the_person() -> None:
    told: list[list[int]] = []

    def scores(query: Query) -> np.ndarray:
        told.append(query.asked.tolist())
        return np.ones(len(query.candidates))

    loop = nbloop.Loop(nbloop.Dataset(TEXTS, id=TEXTS, task=TASK, store=":memory:"), strategy=scores)
    labeler = loop.labeler()
    cards = [card["sample"] for card in ask(labeler, {"kind": "deal", "n": 4})[0]["cards"]]
    answer = lambda text: ask(labeler, {"kind": "tell", "marks": [mark("annotate", sample=text, value=TRUTH[text])]})  # noqa: E731
    answer(cards[0])
    loop.wait()
    assert [TEXTS[place] for place in told[-1]][:1] == cards[1:2]
    renewed = [card["sample"] for card in ask(labeler, {"kind": "deal", "n": 4})[0]["cards"]]
    answer(cards[1])  # the card in front stays there when others are dealt
    loop.wait()
    behind = [text for text in renewed if text != cards[1]]
    assert [TEXTS[place] for place in told[-1]][:1] == behind[:1]
    ask(labeler, {"kind": "hello"})
    loop.tell(behind[0], TRUTH[behind[0]])
    loop.wait()
    assert told[-1] == []  # a page that opens holds nothing
    loop.close()


def test_an_answer_is_saved_once_however_often_it_arrives(loop: nbloop.Loop) -> None:
    labeler = loop.labeler()
    answer = mark("annotate", sample=TEXTS[0], value="money", rationale="says refund", seconds=1.5, shown=True)
    for _ in range(3):
        body, _ = ask(labeler, {"kind": "tell", "marks": [answer, answer]})
        assert set(body["ids"]) == {answer["id"]}
    mine = loop.data.annotations.query("annotator != 'truth'")
    assert mine[["label", "rationale", "seconds", "shown"]].values.tolist() == [["money", "says refund", 1.5, True]]


def test_one_bad_answer_holds_up_no_good_one(loop: nbloop.Loop) -> None:
    good, bad = mark("annotate", sample=TEXTS[0], value="money"), mark("annotate", sample=TEXTS[1], value="eggs")
    lost = mark("skip", sample="nobody knows")
    body, _ = ask(loop.labeler(), {"kind": "tell", "marks": [bad, good, lost]})
    assert body["ids"] == (good["id"],)
    assert [(one["id"], one["code"]) for one in body["refused"]] == [
        (bad["id"], "unknown-label"),
        (lost["id"], "unknown-sample"),
    ]
    assert loop.data.labels["label"].to_dict() == {TEXTS[0]: "money"}


def test_an_undo_may_arrive_before_what_it_takes_back(loop: nbloop.Loop) -> None:
    answer = mark("annotate", sample=TEXTS[0], value="money")
    labeler = loop.labeler()
    ask(labeler, {"kind": "tell", "marks": [mark("undo", target=answer["id"])]})
    ask(labeler, {"kind": "tell", "marks": [answer]})
    assert loop.data.labels.empty


def test_the_view_tells_counts_and_the_last_answers(loop: nbloop.Loop) -> None:
    labeler = loop.labeler()
    ask(labeler, {"kind": "tell", "marks": [mark("annotate", sample=TEXTS[0], value="money")]})
    view = ask(labeler, {"kind": "hello"})[0]["view"]
    assert view["counts"]["labels"] == 1
    assert [(one["sample"], one["value"]) for one in view["recent"]] == [(TEXTS[0], "money")]


def test_the_model_s_probabilities_come_with_the_card(loop: nbloop.Loop) -> None:
    loop.simulate(n=20, batch=5)
    card = ask(loop.labeler(), {"kind": "deal", "n": 1})[0]["cards"][0]
    assert sum(card["proba"]) == pytest.approx(1, abs=1e-3)


def test_the_golden_queue_asks_golden_samples_only() -> None:
    data = nbloop.Dataset(TEXTS, id=TEXTS, golden=0.3, task=TASK, store=":memory:")
    loop = nbloop.Loop(data)
    cards = ask(loop.labeler(queue="golden"), {"kind": "deal", "n": 50})[0]["cards"]
    assert {card["sample"] for card in cards} == set(data.golden.index)
    assert all(card["golden"] for card in cards)


def test_images_travel_as_buffers() -> None:
    pictures = np.random.default_rng(0).integers(0, 255, (6, 9, 12, 3), dtype=np.uint8)
    loop = nbloop.annotate(pictures, ["cat", "dog"], store=":memory:")
    body, buffers = ask(loop.labeler(), {"kind": "deal", "n": 2})
    content = body["cards"][1]["content"]
    assert (content["kind"], content["width"], content["height"]) == ("image", 12, 9)
    assert np.array_equal(np.asarray(Image.open(BytesIO(buffers[content["buffer"]]))), pictures[1])


def test_content_that_the_page_holds_does_not_travel_again() -> None:
    pictures = np.random.default_rng(0).integers(0, 255, (30, 64, 64, 3), dtype=np.uint8)
    labeler = nbloop.annotate(pictures, ["cat", "dog"], store=":memory:").labeler()
    body, buffers = ask(labeler, {"kind": "deal", "n": 20})
    held = [card["sample"] for card in body["cards"]]
    ask(labeler, {"kind": "tell", "marks": [mark("annotate", sample=held[0], value="cat")]})
    body, more = ask(labeler, {"kind": "deal", "n": 20, "have": held})
    assert [card["sample"] for card in body["cards"] if card["content"] is not None] == [body["cards"][-1]["sample"]]
    assert len(body["cards"]) == 20
    assert body["cards"][-1]["content"]["buffer"] == 0
    assert sum(map(len, more)) * 19 < sum(map(len, buffers))


def test_what_a_sample_looks_like_is_made_once_for_all_pages_and_rankings() -> None:
    made: list[int] = []

    def render(text: str) -> Image.Image:
        made.append(TEXTS.index(text))
        return Image.new("RGB", (8, 8), (made[-1], 0, 0))

    labeler = nbloop.annotate(TEXTS, ["cat", "dog"], render=render, store=":memory:").labeler()
    made.clear()
    first, buffers = ask(labeler, {"kind": "deal", "n": 4})
    second, again = ask(labeler, {"kind": "deal", "n": 6, "have": [first["cards"][1]["sample"]]})
    assert made == list(range(6))
    assert second["cards"][1]["content"] is None
    looks = [card["content"]["buffer"] for card in second["cards"] if card["content"]]
    assert [np.asarray(Image.open(BytesIO(again[look])))[0, 0, 0] for look in looks] == [0, 2, 3, 4, 5]
    assert again[looks[0]] == buffers[first["cards"][0]["content"]["buffer"]]


def test_what_cannot_be_shown_is_tried_again() -> None:
    found: list[str] = []

    def render(text: str) -> str:
        if not found:
            raise OSError("the disk is away")
        return f"{found[0]}: {text}"

    labeler = nbloop.annotate(TEXTS, ["a", "b"], render=render, store=":memory:").labeler()
    assert "the disk is away" in ask(labeler, {"kind": "deal", "n": 1})[0]["cards"][0]["problem"]["message"]
    found.append("back")
    assert ask(labeler, {"kind": "deal", "n": 1})[0]["cards"][0]["content"]["text"] == f"back: {TEXTS[0]}"


class Slow:
    """A `render=` that is held up at the second sample, and what the page gets meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.inside, self.go_on, self.replied = threading.Event(), threading.Event(), threading.Condition()
        self.replies: list[str] = []
        monkeypatch.setattr(Labeler, "send", lambda _, reply, __: self.send(reply))
        self.labeler = nbloop.annotate(TEXTS, ["a", "b"], id=TEXTS, render=self.render, store=":memory:").labeler()
        self.labeler._answer(None, {"id": "1", "body": {"kind": "deal", "n": 2}}, None)
        assert self.inside.wait(30)

    def render(self, text: str) -> str:
        if text != TEXTS[0]:
            self.inside.set()
            assert self.go_on.wait(30)
        return text

    def send(self, reply: dict[str, Any]) -> None:
        with self.replied:
            self.replies.append(reply["body"]["kind"])
            self.replied.notify_all()


def test_cards_that_take_long_to_make_hold_up_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(monkeypatch)
    told = {"kind": "tell", "marks": [mark("annotate", sample=TEXTS[0], value="a")]}
    slow.labeler._answer(None, {"id": "2", "body": told}, None)
    assert slow.replies == ["saved"]
    slow.go_on.set()
    with slow.replied:
        assert slow.replied.wait_for(lambda: len(slow.replies) == 2, timeout=30)
    assert slow.replies == ["saved", "cards"]


def test_a_widget_that_is_closed_while_its_cards_are_made_sends_none_and_logs_no_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    slow = Slow(monkeypatch)
    (thread,) = [each for each in threading.enumerate() if each.name == "nbloop-beside"]
    slow.labeler.close()
    slow.go_on.set()
    thread.join(30)
    assert not thread.is_alive()
    assert (slow.replies, caplog.text) == ([], "")


def test_a_row_is_dealt_as_names_and_readable_values() -> None:
    frame = pd.DataFrame({"width": [1.23456789, np.nan], "colour": ["red", None]})
    loop = nbloop.annotate(frame, ["a", "b"], store=":memory:")
    cards = ask(loop.labeler(), {"kind": "deal", "n": 2})[0]["cards"]
    assert cards[0]["content"]["cells"] == (("width", "1.23457"), ("colour", "red"))


def test_html_is_dealt_only_where_the_user_asks_for_it() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    plain = nbloop.annotate([hostile], ["a", "b"], store=":memory:")
    assert ask(plain.labeler(), {"kind": "deal", "n": 1})[0]["cards"][0]["content"] == {"kind": "text", "text": hostile}
    asked = nbloop.annotate([hostile], ["a", "b"], store=":memory:", render=HtmlContent)
    assert ask(asked.labeler(), {"kind": "deal", "n": 1})[0]["cards"][0]["content"] == {"kind": "html", "html": hostile}


def test_a_render_function_that_raises_is_told_on_its_card() -> None:
    loop = nbloop.annotate(
        ["one", "two"], ["a", "b"], store=":memory:", render=lambda text: text if text == "one" else text.no_such_thing
    )
    cards = ask(loop.labeler(), {"kind": "deal", "n": 2})[0]["cards"]
    assert cards[0]["problem"] is None
    assert "no_such_thing" in cards[1]["problem"]["message"]


def test_what_a_loop_is_made_with_reaches_the_page() -> None:
    task = nbloop.Classification([nbloop.Label("a", description="the first"), "b"], guidelines="**Look** twice.")
    loop = nbloop.Loop(nbloop.Dataset(TEXTS, task=task, store=":memory:"), blind=True, target=12)
    config = loop.labeler().config
    assert (config["blind"], config["target"], config["queue"]) == (True, 12, "train")
    assert config["task"]["guidelines"] == "**Look** twice."
    assert config["task"]["labels"][0]["description"] == "the first"


def test_the_curve_deals_rounds_and_confusion(loop: nbloop.Loop) -> None:
    curve: Any = loop.curve(live=True)
    reply, _ = curve._wire.answer({"id": "r", "body": {"kind": "confusion"}})
    assert reply["error"]["code"] == "not-trained"
    history = loop.simulate(n=10)
    rounds = ask(curve, {"kind": "rounds", "after": 2})[0]["rounds"]
    assert [each["round"] for each in rounds] == history["round"].tolist()[2:]
    confusion = ask(curve, {"kind": "confusion"})[0]
    assert sum(map(sum, confusion["counts"])) == len(loop.data.golden)


def test_faces_have_a_stable_name_and_a_summary_for_paper(loop: nbloop.Loop) -> None:
    assert repr(loop.labeler()) == "<nbloop labeler>"
    assert repr(loop.workbench()) == "<nbloop workbench>"
    loop.simulate(n=8)
    said = "nbloop: 8 of 60 samples labelled, 32 left to ask. Golden-set accuracy {:.1%} ({:.1%} to {:.1%})."
    last = loop.history.iloc[-1]
    assert summary_of(loop._session.view()) == said.format(*last[["accuracy", "accuracy_low", "accuracy_high"]])


def test_a_label_costs_the_same_bytes_whatever_came_before(loop: nbloop.Loop) -> None:
    labeler: Labeler = loop.labeler()
    sizes = []
    for sample in loop.ask(40):
        body, _ = ask(labeler, {"kind": "tell", "marks": [mark("annotate", sample=sample.id, value="money")]})
        sizes.append(len(str(body)))
    assert abs(sizes[-1] - sizes[25]) < 100


def test_an_answer_that_is_saved_stays_saved_where_it_could_be_told_no_more(tmp_path: Path) -> None:
    store, answer = tmp_path / "labels.db", mark("annotate", sample=TEXTS[0], value="money")
    before = nbloop.Loop(nbloop.Dataset(TEXTS, id=TEXTS, task=TASK, store=store))
    ask(before.labeler(), {"kind": "tell", "marks": [answer]})  # and the reply gets lost
    before.close()
    with pytest.warns(nbloop.errors.DataWarning, match="is in this source"):
        after = nbloop.Loop(nbloop.Dataset(TEXTS[1:], id=TEXTS[1:], task=TASK, store=store))
    good = mark("annotate", sample=TEXTS[1], value="money")
    body, _ = ask(after.labeler(), {"kind": "tell", "marks": [answer, good]})
    assert (body["ids"], body["refused"]) == ((answer["id"], good["id"]), ())
    assert len(after.data.annotations) == 2
    after.close()


def test_a_note_that_no_store_could_keep_holds_up_no_other_answer(loop: nbloop.Loop) -> None:
    half = mark("annotate", sample=TEXTS[1], value="money", rationale="half an emoji: \ud83d")
    good = mark("annotate", sample=TEXTS[0], value="money")
    body, _ = ask(loop.labeler(), {"kind": "tell", "marks": [half, good]})
    assert body["ids"] == (good["id"],)
    assert [(one["id"], "Unicode" in one["message"]) for one in body["refused"]] == [(half["id"], True)]


def test_a_card_keeps_its_place_for_its_reasons_only_while_it_may_still_be_asked(loop: nbloop.Loop) -> None:
    for text in (TEXTS[0], TEXTS[1], TEXTS[40], TEXTS[41]):
        loop.tell(text, TRUTH[text])
    loop.wait()
    labeler = loop.labeler()
    front, ready, *rest = [card["sample"] for card in ask(labeler, {"kind": "deal", "n": 6})[0]["cards"]]

    def keeps(key: str, have: str = front) -> bool:
        return ask(labeler, {"kind": "deal", "n": 6, "have": [have, key], "ready": key})[0]["keeps"]

    assert keeps(rest[0])
    assert not keeps(ready), "it is next anyhow"
    assert not keeps(""), "nobody asks why"
    assert not keeps("a sample of another dataset")
    golden = next(iter(GOLDEN))
    assert not keeps(golden)
    loop.tell(rest[0], "money")
    assert not keeps(rest[0])


def test_a_card_that_waits_for_others_keeps_no_place_before_who_has_answered_it(tmp_path: Path) -> None:
    data = nbloop.Dataset(TEXTS, id=TEXTS, task=TASK, store=tmp_path / "team.db", annotator="ada", raters=2)
    for place in (0, 1, 40, 41):  # of two people each, so that there is a model
        data.add_annotations(
            pd.DataFrame(
                {"sample": [TEXTS[place]] * 2, "label": [TRUTH[TEXTS[place]]] * 2, "annotator": ["bob", "eve"]}
            )
        )
    loop = nbloop.Loop(data)
    loop.wait()
    labeler = loop.labeler()
    front, _, third = [card["sample"] for card in ask(labeler, {"kind": "deal", "n": 6})[0]["cards"]][:3]
    request = {"kind": "deal", "n": 6, "have": [front, third], "ready": third}
    assert ask(labeler, request)[0]["keeps"]
    loop.tell(third, "money")
    assert data.state(third).status == "pool", "the other rater is still to come"
    assert not ask(labeler, request)[0]["keeps"]
    loop.close()


def test_a_card_drawn_by_lot_has_its_turn() -> None:
    loop = nbloop.Loop(nbloop.Dataset(TEXTS, id=TEXTS, task=TASK, store=":memory:"), control=0.5)
    for text in (TEXTS[0], TEXTS[1], TEXTS[40], TEXTS[41]):
        loop.tell(text, TRUTH[text])
    loop.wait()
    labeler = loop.labeler()
    cards = ask(labeler, {"kind": "deal", "n": 20})[0]["cards"]
    chosen = [card["sample"] for card in cards if card["lot"] is None]
    drawn = [card["sample"] for card in cards if card["lot"] is not None]
    assert chosen
    assert drawn

    def keeps(front: str, key: str) -> bool:
        return ask(labeler, {"kind": "deal", "n": 20, "have": [front, key], "ready": key})[0]["keeps"]

    first, second, third = (card["sample"] for card in cards[:3])
    assert keeps(first, third) == (second not in drawn and third not in drawn)
    assert not any(keeps(first, each) for each in drawn)
    loop.close()


def test_the_reply_says_which_model_the_probabilities_come_from(loop: nbloop.Loop) -> None:
    assert ask(loop.labeler(), {"kind": "deal", "n": 1})[0]["model"] is None
    for text in (TEXTS[0], TEXTS[40]):
        loop.tell(text, TRUTH[text])
    loop.wait()
    assert ask(loop.labeler(), {"kind": "deal", "n": 1})[0]["model"] == loop.history["model_version"].iloc[-1]


def test_a_page_that_opens_anew_sees_what_is_shown_by_now() -> None:
    shade = [10]
    loop = nbloop.annotate(TEXTS, ["a", "b"], render=lambda _: Image.new("L", (4, 4), shade[0]), store=":memory:")
    labeler = loop.labeler()

    def seen() -> Any:
        body, buffers = ask(labeler, {"kind": "deal", "n": 1})
        return np.asarray(Image.open(BytesIO(buffers[body["cards"][0]["content"]["buffer"]])))[0, 0]

    assert seen() == 10
    shade[0] = 20
    assert seen() == 10
    ask(labeler, {"kind": "hello"})
    assert seen() == 20
