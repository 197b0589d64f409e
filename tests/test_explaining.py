"""Why the model says what it says of a card, as the page asks for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.metrics import pairwise_distances
from sklearn.tree import DecisionTreeClassifier

import nbloop
from nbloop.features import fit_features
from nbloop.quality.explain import covered, regions
from nbloop.schema import AskExplanation, Explained, HtmlContent
from nbloop.trust.nearest import nearest
from nbloop.widgets.beside import MOST, Beside
from nbloop.widgets.labeler import Labeler
from nbloop.wire import Wire

TASK = nbloop.Classification(["money", "access"])
TEXTS = [f"refund order {i} please" for i in range(30)] + [f"password reset {i} please" for i in range(30)]
TRUTH = ["money"] * 30 + ["access"] * 30


def taught(*args: Any, n: int = 20, learner: Any = "auto", blind: float = 0.0, **options: Any) -> nbloop.Loop:
    loop = nbloop.Loop(nbloop.Dataset(*args, store=":memory:", **options), learner=learner, blind=blind)
    loop.simulate(n=n, batch=n)
    loop.wait()
    return loop


@pytest.fixture
def loop() -> Iterator[nbloop.Loop]:
    made = taught(TEXTS, task=TASK, truth=TRUTH, id=range(60))
    yield made
    made.close()


def explain(loop: nbloop.Loop, sample: object) -> tuple[dict[str, Any], list[bytes]]:
    reply, buffers = (
        loop.labeler()._beside["reasons"].wire.answer({"id": "r", "body": {"kind": "explain", "sample": str(sample)}})
    )
    return reply["error"] or reply["body"], buffers


def test_a_page_is_told_words_their_weight_and_for_which_class(loop: nbloop.Loop) -> None:
    sample = loop.ask()[0]
    said, _ = explain(loop, sample.id)
    same = loop.explain(sample.id)
    assert (said["predicted"], said["against"], said["method"]) == (same.predicted, same.against, "linear")
    assert [part["name"] for part in said["parts"]] == same.parts["part"].head(len(said["parts"])).tolist()
    assert said["parts"][0]["weight"] == pytest.approx(same.parts["weight"].iloc[0], abs=1e-4)
    assert said["model"] == loop.history["model_version"].iloc[-1]


def test_the_nearest_labelled_samples_come_with_their_label_and_content(loop: nbloop.Loop) -> None:
    sample = loop.ask()[0]
    said, _ = explain(loop, sample.id)
    assert [near["sample"] for near in said["neighbours"]] == [
        str(id) for id in loop.explain(sample.id, neighbours=3).neighbours.index
    ]
    for near in said["neighbours"]:
        assert near["content"]["text"] == TEXTS[int(near["sample"])]
        assert near["label"] == loop.data.labels.loc[int(near["sample"]), "label"]


def test_cards_travel_without_reasons(loop: nbloop.Loop) -> None:
    reply, _ = loop.labeler()._beside["cards"].wire.answer({"id": "r", "body": {"kind": "deal", "n": 5}})
    assert [card["why"]["parts"] for card in reply["body"]["cards"]] == [()] * 5
    assert all(sample.why.parts for sample in loop.ask(5))


def test_a_long_text_is_told_by_its_beginning() -> None:
    loop = taught([f"{text} {'and so on ' * 40}" for text in TEXTS], task=TASK, truth=TRUTH, id=range(60))
    said, _ = explain(loop, loop.ask()[0].id)
    assert all(near["content"]["text"].endswith("…") for near in said["neighbours"])
    assert all(len(near["content"]["text"]) <= 161 for near in said["neighbours"])
    loop.close()


def test_regions_of_an_image_come_with_their_grid_and_thumbnails_of_its_neighbours() -> None:
    digits = load_digits()
    images = [Image.fromarray((image * 15).astype(np.uint8)).resize((300, 300)) for image in digits.images[:120]]
    loop = taught(
        images, task=nbloop.Classification(range(10)), truth=digits.target[:120].tolist(), id=range(120), n=60
    )
    said, buffers = explain(loop, loop.ask()[0].id)
    assert (said["grid"], said["method"]) == (7, "occlusion")
    assert {tuple(map(int, part["name"].split(","))) for part in said["parts"]} <= set(np.ndindex(7, 7))
    assert [near["content"]["width"] for near in said["neighbours"]] == [96, 96, 96]
    assert len(buffers) == 3
    loop.close()


def test_regions_are_covered_in_the_pixels_that_features_see_as_they_are_in_the_image() -> None:
    digits = load_digits()
    images = [Image.fromarray((image * 15).astype(np.uint8)).resize((112, 112)) for image in digits.images[:60]]
    features = fit_features("auto", "image", images)
    names, without = covered(images[7], None)
    assert (names, names[-1]) == (regions(), "6,6")
    found, oracle = features.covered(7, 7), features.transform([images[7], *without])
    assert found is not None
    assert np.abs(found - oracle).max() < 0.1 * np.abs(oracle[1:] - oracle[0]).max()
    assert np.allclose(found[0], features.matrix[7], rtol=0, atol=1e-6)  # two threads add in another order than one


class Counting(ClassifierMixin, BaseEstimator):
    """Says of how many rows it was asked, each time."""

    asked: ClassVar[list[int]] = []

    def fit(self, X: np.ndarray, y: np.ndarray) -> Counting:
        self.tree_ = DecisionTreeClassifier(random_state=0).fit(X, y)
        self.classes_ = self.tree_.classes_
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        self.asked.append(len(X))
        return np.asarray(self.tree_.predict_proba(X))


def test_the_model_is_asked_once_for_the_sample_and_all_that_is_left_of_it() -> None:
    loop = taught(TEXTS, task=TASK, truth=TRUTH, id=range(60), learner=Counting())
    Counting.asked.clear()
    said, _ = explain(loop, 0)
    words = len(TEXTS[0].split())
    assert (said["method"], Counting.asked) == ("occlusion", [2 + words])
    loop.close()


def test_what_a_labelled_sample_looks_like_is_made_once_for_many_cards() -> None:
    made: list[str] = []
    loop = taught(TEXTS, task=TASK, truth=TRUTH, id=range(60), render=lambda text: made.append(text) or text)
    made.clear()
    labeler = loop.labeler()
    for sample in range(60):
        labeler._beside["reasons"].wire.answer({"id": "r", "body": {"kind": "explain", "sample": str(sample)}})
    assert len(made) >= 3
    assert sorted(set(made)) == sorted(made)
    loop.close()


def test_a_labelled_sample_that_cannot_be_opened_is_tried_again() -> None:
    found: list[str] = []

    def render(text: str) -> str:
        if not found:
            raise OSError("the disk is away")
        return f"{found[0]}: {text}"

    loop = taught(TEXTS, task=TASK, truth=TRUTH, id=range(60), n=4, render=render)
    labeler = loop.labeler()
    request = {"id": "r", "body": {"kind": "explain", "sample": "0"}}
    first = labeler._beside["reasons"].wire.answer(request)[0]["body"]["neighbours"][0]["content"]["text"]
    found.append("back")
    second = labeler._beside["reasons"].wire.answer(request)[0]["body"]["neighbours"][0]["content"]["text"]
    assert (first, second[:6]) == ("This sample cannot be shown.", "back: ")
    loop.close()


@pytest.mark.parametrize("form", [np.asarray, csr_matrix])
def test_the_nearest_are_those_that_scikit_learn_finds(form: Any) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 5)).astype(np.float32)
    data = nbloop.Dataset(TEXTS, task=TASK, id=range(60), features=form(X), store=":memory:")
    for place in range(3, 23):
        data.record([data.event(nbloop.schema.Annotate(str(place), TRUTH[place]))])
    found = nearest(data, form(X), 5, 4)
    distances = pairwise_distances(X[[5]], X[3:23])[0]
    oracle = [place + 3 for place in np.argsort(distances) if place + 3 != 5][:4]
    assert found.index.tolist() == oracle
    assert found["distance"].tolist() == pytest.approx(sorted(distances)[1:5], rel=1e-5)
    assert found["label"].tolist() == [TRUTH[place] for place in oracle]


def test_features_that_were_given_have_no_regions() -> None:
    digits = load_digits()
    images = [Image.fromarray((image * 15).astype(np.uint8)) for image in digits.images[:120]]
    task = nbloop.Classification(range(10))
    loop = taught(images, task=task, truth=digits.target[:120].tolist(), features=digits.data[:120], n=60)
    said, _ = explain(loop, loop.ask()[0].id)
    assert (said["grid"], said["parts"][0]["name"].split()[0]) == (0, "feature")
    loop.close()


@pytest.mark.parametrize(("learner", "method"), [("auto", "linear"), ("forest", "occlusion")])
def test_features_that_came_in_a_frame_go_by_their_names(learner: str, method: str) -> None:
    rng = np.random.default_rng(0)
    shown = pd.DataFrame({"width": rng.normal(size=80).round(2), "height": rng.normal(size=80).round(2)})
    brings = shown.assign(depth=rng.normal(size=80))[::-1]  # by position, as any other matrix
    sides = np.where(brings["depth"].to_numpy() > 0, "a", "b").tolist()
    loop = taught(shown, task=nbloop.Classification(["a", "b"]), truth=sides, features=brings, n=60, learner=learner)
    said, _ = explain(loop, loop.ask()[0].id)
    assert said["method"] == method
    assert said["parts"][0]["name"] == "depth"
    assert {part["name"] for part in said["parts"]} <= {"width", "height", "depth"}
    loop.close()


def test_words_are_named_also_where_the_features_have_no_names() -> None:
    loop = taught(TEXTS, task=TASK, truth=TRUTH, id=range(60), features=HashingVectorizer(n_features=256))
    said, _ = explain(loop, 0)
    assert said["method"] == "occlusion"
    assert said["parts"][0]["name"] in ("refund", "order")
    loop.close()


def test_the_columns_that_count_come_first_in_the_rows_like_this_one() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({f"noise {i}": rng.normal(size=120) for i in range(8)})
    table["size"] = rng.normal(size=120)
    truth = np.where(table["size"] > 0, "large", "small").tolist()
    loop = taught(
        table, task=nbloop.Classification(["small", "large"]), truth=truth, id=range(120), n=60, learner="forest"
    )
    said, _ = explain(loop, int(table["size"].abs().argmax()))
    assert said["parts"][0]["name"] == "size"
    assert [near["content"]["cells"][0][0] for near in said["neighbours"]] == ["size"] * 3
    assert all(len(near["content"]["cells"]) == 5 for near in said["neighbours"])
    loop.close()


def test_what_render_made_into_html_is_named_by_its_key() -> None:
    loop = taught(
        TEXTS,
        task=TASK,
        truth=TRUTH,
        id=range(60),
        render=lambda text: HtmlContent(f"<b>{text}</b>"),
    )
    said, _ = explain(loop, loop.ask()[0].id)
    assert [near["content"]["text"] for near in said["neighbours"]] == [near["sample"] for near in said["neighbours"]]
    loop.close()


def test_of_a_sample_that_is_asked_blind_nothing_is_told_before_the_answer() -> None:
    loop = taught(TEXTS, task=TASK, truth=TRUTH, id=range(60), blind=0.4)
    blind = next(sample for sample in loop.ask(60) if sample.blind)
    refused, _ = explain(loop, blind.id)
    assert (refused["code"], "asked blind" in refused["message"]) == ("request", True)
    loop.tell(blind.id, "money")
    loop.wait()
    assert explain(loop, blind.id)[0]["kind"] == "explained"
    loop.undo()
    assert explain(loop, blind.id)[0]["code"] == "request"
    loop.close()


def test_without_a_model_it_says_so() -> None:
    loop = nbloop.annotate(TEXTS, TASK, store=":memory:")
    assert "no model" in explain(loop, loop.ask()[0].id)[0]["message"]
    loop.close()


# -- beside ------------------------------------------------------------------------------------------------------------


class Replies:
    """What was sent, and a way to wait for it."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.sent: list[dict[str, Any]] = []

    def __call__(self, reply: dict[str, Any], _: list[bytes]) -> None:
        with self.changed:
            self.sent.append(reply)
            self.changed.notify_all()

    def wait(self, n: int) -> list[dict[str, Any]]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.sent) >= n, timeout=30)
            return self.sent


def explaining(first: Callable[[], None] = lambda: None) -> Wire:
    """Explain any sample, after `first`."""

    def explain(body: AskExplanation) -> tuple[Explained, list[bytes]]:
        first()
        return Explained(body.sample, "m", "a", "b", "linear", ()), []

    return Wire({AskExplanation: explain})


def test_the_page_gets_its_reply_from_another_thread_while_answers_are_saved(
    loop: nbloop.Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies = Replies()
    monkeypatch.setattr(Labeler, "send", lambda _, reply, buffers: replies(reply, buffers))
    labeler = loop.labeler()
    labeler._answer(None, {"id": "why", "body": {"kind": "explain", "sample": "0"}}, None)
    labeler._answer(None, {"id": "hello", "body": {"kind": "hello"}}, None)
    assert {reply["reply_to"]: reply["body"]["kind"] for reply in replies.wait(2)} == {
        "why": "explained",
        "hello": "welcome",
    }


def test_a_reply_that_cannot_be_sent_is_said_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    replies = Replies()

    def send(reply: dict[str, Any], buffers: list[bytes]) -> None:
        if reply["body"] and reply["body"]["sample"] == "bad":
            raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")
        replies(reply, buffers)

    beside = Beside(explaining(), send)
    beside.put({"id": "1", "body": {"kind": "explain", "sample": "bad"}})
    assert replies.wait(1)[0]["error"]["message"].startswith("the reply could not be sent")
    beside.put({"id": "2", "body": {"kind": "explain", "sample": "good"}})
    assert replies.wait(2)[1]["body"]["sample"] == "good"
    assert "surrogates" in caplog.text


def test_a_request_that_comes_again_while_it_is_answered_is_answered_once_and_none_after_the_end() -> None:
    inside, go_on, replies = threading.Event(), threading.Event(), Replies()

    def held_up() -> None:
        inside.set()
        assert go_on.wait(30)

    beside = Beside(explaining(held_up), replies)
    request = {"id": "0", "body": {"kind": "explain", "sample": "s"}}
    beside.put(request)
    assert inside.wait(30)
    for _ in range(MOST + 2):
        beside.put(request)
    other = {"id": "1", "body": {"kind": "explain", "sample": "s"}}
    beside.put(other)
    beside.put(other)
    go_on.set()
    assert [reply["reply_to"] for reply in replies.wait(2)] == ["0", "1"]
    beside.close()
    beside.put({"id": "2", "body": {"kind": "explain", "sample": "s"}})
    assert not beside._running
    assert len(replies.sent) == 2


def test_the_newest_request_is_answered_first_and_too_many_older_ones_are_refused() -> None:
    inside, go_on, replies = threading.Event(), threading.Event(), Replies()

    def held_up() -> None:
        inside.set()
        assert go_on.wait(30)

    beside = Beside(explaining(held_up), replies)
    ids = [str(i) for i in range(MOST + 3)]
    beside.put({"id": "0", "body": {"kind": "explain", "sample": "s"}})
    assert inside.wait(30)
    for id in ids[1:]:
        beside.put({"id": id, "body": {"kind": "explain", "sample": "s"}})
    assert [(reply["reply_to"], reply["error"]["code"]) for reply in replies.sent] == [
        ("1", "request"),
        ("2", "request"),
    ]
    go_on.set()
    answered = [reply["reply_to"] for reply in replies.wait(len(ids)) if reply["error"] is None]
    assert answered == ["0", *reversed(ids[3:])]
