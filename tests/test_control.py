"""The control arm: questions drawn by lot, what they say of the model, and what they say of the strategy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.metrics import accuracy_score

import nbloop
from nbloop.errors import DataError, NotTrained
from nbloop.quality.savings import first_reach, grid, savings

DIGITS = load_digits()
X = (DIGITS.data / 16).astype(np.float32)
FRAME = pd.DataFrame({"id": range(len(X)), "name": [f"digit {i}" for i in range(len(X))]})
TRUTH = {i: str(value) for i, value in enumerate(DIGITS.target)}


def loop_of(rows: int = 600, golden: float | None = None, seed: int = 0, store: str = ":memory:", **options):
    task = nbloop.Classification(range(10))
    data = nbloop.Dataset(
        FRAME[:rows], id="id", content="name", task=task, features=X[:rows], golden=golden, store=store, seed=seed
    )
    return nbloop.Loop(data, **options)


def test_about_the_share_is_drawn_by_lot_and_logged_with_its_chance() -> None:
    loop = loop_of(control=0.25)
    loop.simulate(TRUTH, 120, batch=10)
    said = [event.action.said for event in loop.data.answered()]
    by_lot = [one for one in said if one.strategy == "control"]
    assert 15 <= len(by_lot) <= 45
    assert all(0.25 / 600 <= (one.chance or 0) <= 0.25 / 480 for one in by_lot)
    assert {one.chance for one in said if one.lot is None} == {0.75}


def test_without_a_control_arm_nothing_is_drawn() -> None:
    loop = loop_of()
    loop.simulate(TRUTH, 30, batch=10)
    assert loop.control.empty
    with pytest.raises(NotTrained, match=r"control=0\.1"):
        loop.control_score()


def test_asking_again_and_undoing_change_no_lot() -> None:
    loop = loop_of(control=0.5)
    loop.simulate(TRUTH, 40, batch=10)
    asked = [sample.id for sample in loop.ask(20)]
    assert [sample.id for sample in loop.ask(20)] == asked
    for one in asked[:6]:
        loop.tell(one, TRUTH[one])
    before = len(loop.control)
    loop.undo(6)
    loop.wait()
    assert len(loop.control) < before
    lots = {sample.id for sample in loop.ask(20) if sample.why.strategy == "control"}
    assert lots & set(asked)


def test_lots_go_on_where_they_were_when_the_store_is_opened_again(tmp_path) -> None:
    first = loop_of(control=0.5, store=str(tmp_path / "lots.db"))
    first.simulate(TRUTH, 30, batch=5)
    drawn = set(first.control.index)
    first.close()
    again = loop_of(control=0.5, store=str(tmp_path / "lots.db"))
    again.simulate(TRUTH, 30, batch=5)
    assert drawn < set(again.control.index)
    assert again.control.index.is_unique


def test_a_sample_that_the_strategy_asked_before_counts_when_the_lot_falls_on_it() -> None:
    loop = loop_of(rows=60, control=0.5)
    loop.simulate(TRUTH, 50, batch=5)
    assert set(loop.control["asked"]) == {True, False}
    assert len(loop.control) > 15


@pytest.mark.parametrize("share", [1.0, -0.1, "a tenth", True])
def test_a_share_that_is_none_is_refused(share) -> None:
    with pytest.raises(DataError, match="control= is a share"):
        loop_of(control=share)


@pytest.mark.parametrize("load", [load_digits, load_breast_cancer])
def test_the_lot_measures_the_models_of_that_time_where_chosen_samples_mislead(load) -> None:
    """Over seeds: pre-label accuracy of drawn samples, of chosen ones, and the accuracy on all samples at that time."""
    found = load()
    matrix = ((found.data - found.data.mean(0)) / (found.data.std(0) + 1e-9)).astype(np.float32)[:500]
    truth = found.target[:500].astype(str)
    gaps = np.array([_gaps(matrix, truth, seed) for seed in range(6)])
    error = gaps.std(axis=0, ddof=1) / np.sqrt(len(gaps))
    assert abs(gaps[:, 0].mean()) < 3 * error[0]
    assert gaps[:, 1].mean() < -3 * error[1]


def _gaps(matrix: np.ndarray, truth: np.ndarray, seed: int) -> tuple[float, float]:
    names = sorted(set(truth))
    frame = pd.DataFrame({"id": range(len(truth)), "name": [f"row {i}" for i in range(len(truth))]})
    data = nbloop.Dataset(
        frame, id="id", content="name", task=nbloop.Classification(names), features=matrix, store=":memory:", seed=seed
    )
    loop = nbloop.Loop(data, control=0.4)
    loop.simulate(dict(enumerate(truth)), 60, batch=10)
    true = {}
    for _ in range(6):
        loop.wait()
        version = loop.history.iloc[-1]["model_version"]
        true[version] = accuracy_score(truth, loop.predict(matrix))
        loop.simulate(dict(enumerate(truth)), 10, batch=10)
    answers = [(said.sample, said) for event in data.answered() for said in [event.action]][60:]
    chosen = [(s.said.prediction == s.value, true[s.said.model]) for _, s in answers if s.said.strategy != "control"]
    drawn = loop.control[loop.control["model"].isin(true)]
    right = np.mean(drawn["correct"].to_numpy(float) - drawn["model"].map(true).to_numpy(float))
    return float(right), float(np.mean([hit - then for hit, then in chosen]))


def test_savings_are_said_in_words_and_as_a_curve() -> None:
    loop = loop_of(rows=1200, golden=0.3, control=0.25)
    loop.simulate(TRUTH, 160, batch=10)
    found = loop.savings()
    assert found.random == len(loop.control)
    assert found.needed_low <= found.needed <= found.needed_high
    assert found.saved > 0
    assert "drawn by lot reach" in str(found)
    assert set(found.curve["arm"]) == {"loop", "random"}
    assert bool((found.curve["low"] <= found.curve["high"]).to_numpy().all())


def test_savings_need_labels_drawn_by_lot() -> None:
    loop = loop_of(control=0.01)
    loop.simulate(TRUTH, 20, batch=10)
    with pytest.raises(DataError, match="drawn by lot"):
        loop.savings()


def test_a_strategy_that_is_as_good_as_random_saves_nothing_for_sure() -> None:
    rng = np.random.default_rng(0)
    order, quality = rng.permutation(400)[:100], rng.random(300)

    def correct(places: np.ndarray) -> np.ndarray:
        return quality < len(places) / (len(places) + 20)

    found = savings(order, order[:40], correct, rng)
    assert found.needed_low <= 40 <= found.needed_high
    assert "chance" in str(found)


def test_a_curve_is_read_between_its_points() -> None:
    assert first_reach(np.array([10, 20]), np.array([0.5, 0.7]), 0.6) == pytest.approx(15)
    assert first_reach(np.array([10, 20]), np.array([0.5, 0.7]), 0.9) == 20
    assert grid(3).tolist() == [3]
    assert grid(100)[-1] == 100


def answered_by_a_page(loop: nbloop.Loop, n: int) -> None:
    """Deal cards and send back what a page says of them: what it showed, and what came with the card."""
    labeler = loop.labeler()
    names = list(loop.data.task.names)
    for i in range(n):
        loop.wait()
        reply, _ = labeler._beside["cards"].wire.answer({"id": f"d{i}", "body": {"kind": "deal", "n": 3}})
        card, model = reply["body"]["cards"][0], reply["body"]["model"]
        proba = dict(zip(names, card["proba"], strict=True)) if card["proba"] else {}
        said = {name: card["why"][name] for name in ("strategy", "phase", "score", "rank")}
        said |= {"model": model, "prediction": max(proba, key=proba.__getitem__) if proba else None, "proba": proba}
        said |= {"lot": card["lot"], "chance": card["chance"]}
        value, shown = TRUTH[int(card["sample"])], bool(proba)
        action = {"kind": "annotate", "sample": card["sample"], "value": value, "said": said, "shown": shown}
        mark = {"id": f"m{i}", "at": "2026-11-27T12:00:00Z", "action": action}
        saved, _ = labeler._wire.answer({"id": f"t{i}", "body": {"kind": "tell", "marks": [mark]}})
        assert saved["body"]["ids"] == (f"m{i}",), saved


def test_what_a_page_answers_counts_as_drawn_as_what_code_answers_does() -> None:
    pages, code = loop_of(control=0.5), loop_of(control=0.5)
    answered_by_a_page(pages, 40)
    code.simulate(TRUTH, 40, batch=1)
    assert len(code.control) > 10
    assert pages.control.index.tolist() == code.control.index.tolist()
    assert pages.control["chance"].tolist() == code.control["chance"].tolist()


def test_of_what_a_page_answers_blind_the_prediction_is_kept_that_it_was_not_told() -> None:
    loop = loop_of(blind=0.5)
    answered_by_a_page(loop, 60)
    blind = [event.action for event in loop.data.answered() if not event.action.shown and event.action.said.model]
    assert len(blind) > 10
    assert all(one.said.prediction is not None and one.said.proba for one in blind)
    assert loop.influence().blind
