"""Errors: kept, named, found where they gather, queued, looked at again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import pairwise_distances

import nbloop
from nbloop.errors import DataError
from nbloop.trust.mistakes import Errors


def table(n: int = 400, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Cases that are simple everywhere but at site b on nights, where the label is a coin."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"size": rng.normal(size=n), "site": rng.choice(["a", "b", "c"], n)})
    frame["shift"] = rng.choice(["day", "night"], n)
    planted = (frame["site"] == "b") & (frame["shift"] == "night")
    large = np.where(planted, rng.random(n) < 0.5, frame["size"] > 0)
    return frame, np.where(large, "large", "small")


def opened(store: str | Path = ":memory:", **options: Any) -> nbloop.Loop:
    frame, truth = table()
    task = nbloop.Classification(["small", "large"])
    given = {"golden": 0.5, "truth": truth.tolist(), "id": range(400), "task": task, "store": store} | options
    return nbloop.Loop(nbloop.Dataset(frame, **given))


@pytest.fixture(scope="module")
def loop() -> nbloop.Loop:
    loop = opened()
    loop.simulate(n=120, batch=10)
    return loop


def test_every_disagreement_is_kept(loop: nbloop.Loop) -> None:
    frame: Any = loop.errors().frame
    said: Any = loop.data.annotations
    wrong = said[(said["prediction"].notna()) & (said["prediction"] != said["label"]) & (said["annotator"] != "truth")]
    answers = frame[frame["source"] == "answer"]
    assert answers.index.tolist() == wrong.index.tolist()
    assert (answers["label"] != answers["predicted"]).all()
    wrong_golden = (1 - loop.history["accuracy"].iloc[-1]) * len(loop.data.golden)
    assert (frame["source"] == "golden").sum() == round(wrong_golden)


def test_clusters_count_what_was_taken_for_what(loop: nbloop.Loop) -> None:
    errors = loop.errors()
    clusters: Any = errors.clusters
    assert clusters["n"].sum() == len(errors)
    assert clusters["share"].sum() == pytest.approx(1)
    assert set(zip(clusters["label"], clusters["predicted"], strict=True)) == {("small", "large"), ("large", "small")}


def test_the_planted_slice_is_found_and_named(loop: nbloop.Loop) -> None:
    found = loop.errors().slices()
    assert found.index[0] == "site = b and shift = night"
    assert found["p_adjusted"].iloc[0] < 0.01
    assert found["low"].iloc[0] < found["rate"].iloc[0] < found["high"].iloc[0]


def test_slices_can_be_asked_for_and_give_their_errors(loop: nbloop.Loop) -> None:
    errors = loop.errors()
    expression = "site == 'b' and shift == 'night'"
    found = errors.slices(["site", expression])
    assert set(found.index) == {"site = a", "site = b", "site = c", expression}
    ids = errors.samples(expression, [expression])
    assert len(ids) == found.loc[expression, "errors"]
    assert set(ids) <= set(errors.frame.index)
    with pytest.raises(DataError, match="there is no slice 'site = z'"):
        errors.samples("site = z", ["site"])


def test_neighbours_are_the_nearest_labelled_samples(loop: nbloop.Loop) -> None:
    errors = loop.errors()
    one = errors.frame.index[-1]
    X, labelled = loop._mind.X, loop.data.labels.index.to_numpy()
    others = labelled[labelled != one]
    distances = pairwise_distances(X[[one]], X[others])[0]
    found = errors.neighbours(one, 3)
    assert np.sort(distances)[:3] == pytest.approx(found["distance"].to_numpy())
    assert found["label"].tolist() == loop.data.labels.loc[found.index, "label"].tolist()


def test_errors_are_put_down_to_reasons_that_say_what_to_do(tmp_path: Path) -> None:
    loop = opened(tmp_path / "d.db")
    loop.simulate(n=60, batch=10)
    one, other = loop.errors().frame.index[:2]
    loop.categorise(one, "ambiguous guideline", "the shift is not said")
    loop.categorise(other, "noisy input")
    loop.categorise(other, "")
    again = opened(tmp_path / "d.db").errors()
    row = again.frame.loc[one]
    assert (row["reason"], row["calls_for"], row["status"]) == ("ambiguous guideline", "guideline", "categorised")
    assert row["rationale"] == "the shift is not said"
    assert pd.isna(again.frame.loc[other, "reason"])
    named: Any = again.by_reason
    assert named.loc["ambiguous guideline", "n"] == 1
    assert "guidelines" in named.loc["ambiguous guideline", "advice"]
    assert named["n"].sum() == len(again)


def test_the_reasons_are_the_users() -> None:
    loop = opened()
    loop.simulate(n=60, batch=10)
    loop.use_reasons(["typo", nbloop.Reason("night shift", calls_for="model", key="x")])
    assert [(one.name, one.key) for one in loop.reasons] == [("typo", "1"), ("night shift", "x")]
    loop.categorise(loop.errors().frame.index[0], "night shift")
    with pytest.raises(DataError, match="there is no reason 'noisy input'"):
        loop.categorise(loop.errors().frame.index[0], "noisy input")
    with pytest.raises(DataError, match="different names with different keys"):
        loop.use_reasons(["typo", "typo"])
    with pytest.raises(DataError, match="calls for data, model, guideline"):
        loop.use_reasons([nbloop.Reason("typo", calls_for="money")])
    with pytest.raises(DataError, match=r"one character, and none of \+ \* space; found '\+'"):
        loop.use_reasons([nbloop.Reason("typo", key="+")])


def test_every_reason_has_one_key_and_none_has_that_of_another() -> None:
    loop = opened()
    loop.use_reasons([f"reason {i}" for i in range(11)] + [nbloop.Reason("the last", key="2")])
    assert [one.key for one in loop.reasons] == ["1", *"34567890ab", "2"]


def test_errors_become_a_queue_and_an_answer_takes_them_from_it() -> None:
    loop = opened()
    loop.simulate(n=60, batch=10)
    errors = loop.errors()
    wanted = errors.frame.index[:3].tolist()
    assert loop.look_again(wanted, "small for large") == 3
    assert [sample.id for sample in loop.ask(10, queue="errors")] == wanted
    assert set(loop.errors().frame.loc[wanted, "status"]) == {"queued"}
    loop.tell(wanted[0], "large")
    loop.flag(wanted[1])
    left = [sample.id for sample in loop.ask(10, queue="errors")]
    assert left == wanted[1:]
    assert loop.data.labels.loc[wanted[0], "label"] == "large"
    assert loop.errors().frame.loc[[wanted[0]], "status"].tolist()[0] == "reviewed"
    assert loop._session.view().counts.again == len(left)


def test_a_wish_for_an_open_sample_is_asked_next_and_waits_in_no_other_queue() -> None:
    loop = opened()
    loop.simulate(n=20, batch=10)
    last = loop.ask(1_000)[-1].id
    assert loop.look_again([last]) == 0
    assert loop.ask()[0].id == last


def test_without_a_golden_set_answers_are_judged_as_they_were_predicted() -> None:
    loop = opened(golden=None)
    loop.simulate(n=150, batch=10)
    found: Any = loop.errors().slices(["site"])
    said: Any = loop.data.annotations.dropna(subset="prediction")
    assert found["n"].sum() == len(said)
    assert found["errors"].sum() == (said["prediction"] != said["label"]).sum()


def test_a_loop_without_errors_has_an_empty_frame() -> None:
    loop = opened(golden=None)
    for sample, label in zip(loop.ask(2), ["small", "large"], strict=True):
        loop.tell(sample.id, label)
    errors = loop.errors()
    assert isinstance(errors, Errors)
    assert len(errors) == 0
    assert errors.clusters.empty
    assert errors.by_reason.empty
    assert "0 in 0 clusters" in errors._repr_html_()
