"""Golden samples of whole groups: bounds that hold although the samples of a group are wrong together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import hypergeom

import nbloop
from nbloop.dataset.draw import draw
from nbloop.quality.calibration import rise_of_error
from nbloop.quality.deltas import deltas
from nbloop.quality.estimate import share
from nbloop.quality.gate import Judged, judge
from nbloop.quality.golden import score
from nbloop.quality.lots import as_drawn, one_of_each
from nbloop.quality.routing import accept_above
from nbloop.quality.slices import error_rates
from nbloop.snapshot import digests

KEYS = [str(i) for i in range(3000)]
DIGESTED = digests(KEYS)


def cut(rng: np.random.Generator, most: int) -> np.ndarray:
    """Groups of 1 to `most` samples beside each other, as codes."""
    return np.repeat(np.arange(len(KEYS)), rng.integers(1, most + 1, len(KEYS)))[: len(KEYS)]


def drawn(groups: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Positions that a golden set of whole groups has."""
    found = draw(KEYS, DIGESTED, share, seed, by="group:customer", codes=groups)
    return np.sort(np.array(found.samples, dtype=int))


def test_each_sample_has_the_same_chance_whatever_the_size_of_its_group() -> None:
    groups = cut(np.random.default_rng(0), 30)
    sizes = np.bincount(groups)[groups]
    counts = np.zeros(len(KEYS))
    for seed in range(300):
        golden = drawn(groups, 0.3, seed)
        counts[golden[one_of_each(groups, golden, seed)]] += 1
    large, small = counts[sizes > 20].mean(), counts[sizes <= 10].mean()
    assert large == pytest.approx(small, rel=0.1)


def test_accuracy_on_whole_groups_is_that_over_all_samples_although_large_groups_are_drawn_more_often() -> None:
    groups = cut(np.random.default_rng(0), 20)
    right = np.random.default_rng(1).random(len(KEYS)) < np.where(np.bincount(groups)[groups] > 10, 0.7, 0.9)
    proba, y = np.where(right[:, None], [0.9, 0.1], [0.1, 0.9]), np.zeros(len(KEYS), int)
    found = [score(y[at], proba[at], 2, **as_drawn(groups, at)) for at in (drawn(groups, 0.1, s) for s in range(150))]
    plain = np.mean([right[drawn(groups, 0.1, seed)].mean() for seed in range(150)])
    assert np.mean([each.accuracy for each in found]) == pytest.approx(right.mean(), abs=0.006)
    assert plain < right.mean() - 0.02
    assert np.mean([each.low <= right.mean() <= each.high for each in found]) >= 0.92


def test_of_each_group_there_is_one_and_all_where_samples_were_drawn_alone() -> None:
    groups = cut(np.random.default_rng(1), 8)
    golden = drawn(groups, 0.2, 0)
    rows = one_of_each(groups, golden, 0)
    assert len(np.unique(groups[golden[rows]])) == len(rows) > 0.8 * len(np.unique(groups[golden]))
    assert rows.tolist() == one_of_each(groups, golden, 0).tolist() != one_of_each(groups, golden, 1).tolist()
    assert one_of_each(np.empty(0, int), golden, 0).tolist() == list(range(len(golden)))


@pytest.mark.parametrize("power", [-1, 0, 1])
def test_what_is_accepted_is_seldom_wrong_also_where_groups_are_wrong_as_a_whole(power: int) -> None:
    """Groups that are equally sure, and wrong throughout where they are: small, any or large ones."""
    rng, replays = np.random.default_rng(2), 150
    groups = cut(rng, 20)
    sizes = np.bincount(groups).astype(float)
    chance = 0.11 * sizes**power / np.average(sizes**power, weights=sizes)
    broken = naive = 0
    for seed in range(replays):
        wrong, sure = ((rng.random(len(sizes)) < chance)[groups], rng.random(len(sizes))[groups])
        golden = drawn(groups, 0.4, seed)
        for alone in (True, False):
            rows = golden[one_of_each(groups if alone else groups[:0], golden, seed)]
            value = accept_above(sure[rows], wrong[rows], sure, 0.1).value
            failed = value is not None and wrong[sure >= value].mean() > 0.1
            broken, naive = broken + (failed and alone), naive + (failed and not alone)
    assert broken <= 0.05 * replays + 5
    assert naive > 0.1 * replays or power > 0  # as one sample each; large groups come too often, which is cautious here


def test_a_good_model_is_let_decide_also_where_golden_samples_are_of_groups() -> None:
    rng, groups = np.random.default_rng(8), cut(np.random.default_rng(2), 8)
    golden = drawn(groups, 0.4, 0)
    rows = golden[one_of_each(groups, golden, 0)]
    wrong, sure = (rng.random(len(np.bincount(groups))) < 0.003)[groups], rng.random(len(KEYS))
    assert accept_above(sure[rows], wrong[rows], sure, 0.1).n > 0.9 * len(rows) > 150


def flipped(rng: np.random.Generator, groups: int, size: int) -> tuple[Judged, np.ndarray]:
    """Two models: every tenth sample is gained, single; enough whole groups are lost that 2 points are lost in all."""
    n = groups * size
    gained = rng.random(n) < 0.02
    lost = np.repeat(rng.random(groups) < 0.04, size)
    proba = [np.where(right[:, None], [0.9, 0.1], [0.1, 0.9]) for right in (~gained | lost, ~lost)]
    return Judged(np.zeros(n, int), *proba), np.repeat(np.arange(groups), size)


def test_few_models_that_lose_whole_groups_pass_the_gate() -> None:
    rng, passed, naive = np.random.default_rng(3), [], []
    for seed in range(200):
        judged, groups = flipped(rng, 50, 20)
        lot = one_of_each(groups, np.arange(len(groups)), seed)
        passed.append(judge(judged, alone=lot).frame.loc["golden set", "outcome"] == "passed")
        naive.append(judge(judged).frame.loc["golden set", "outcome"] == "passed")
    assert np.mean(passed) <= 0.05 < np.mean(naive)


def test_the_gate_says_that_groups_were_drawn_and_what_would_tell() -> None:
    judged, groups = flipped(np.random.default_rng(4), 50, 20)
    slices = {"half": np.arange(1000) < 500, "whole": np.arange(1000) >= 0}
    verdict = judge(judged, alone=one_of_each(groups, np.arange(1000), 0), slices=slices)
    assert "one of each group, by lot, of 1000 golden samples" in str(verdict)
    assert "golden groups would tell" in verdict.reasons[0]
    assert verdict.frame.loc["golden set", "n"] == 50
    assert verdict.frame.loc["slice half", "n"] == 25


def test_a_slice_whose_loss_is_seen_on_all_its_samples_fails_although_one_of_each_group_cannot_show_it() -> None:
    right, lost = np.ones(400, bool), np.arange(400) % 20 >= 15
    proba = [np.where(each[:, None], [0.9, 0.1], [0.1, 0.9]) for each in (right, ~lost)]
    verdict = judge(Judged(np.zeros(400, int), *proba), alone=np.arange(0, 400, 20), slices={"a": right})
    assert verdict.frame.loc["slice a", "outcome"] == "failed"


def test_intervals_of_a_comparison_are_wider_where_groups_flip_together() -> None:
    rng = np.random.default_rng(5)
    judged, groups = flipped(rng, 50, 20)
    alone, together = deltas(judged), deltas(judged, groups=groups)
    widths = [frame.loc["accuracy", "high"] - frame.loc["accuracy", "low"] for frame in (alone, together)]
    assert widths[1] > 2 * widths[0]
    assert together["difference"].tolist() == pytest.approx(alone["difference"].tolist())
    rise = [rise_of_error(*judged, groups=each) for each in (None, groups)]
    assert rise[1].high - rise[1].low > 1.5 * (rise[0].high - rise[0].low)


def loop_of_customers(rows: int = 1200, most: int = 4) -> nbloop.Loop:
    rng = np.random.default_rng(6)
    X = rng.normal(size=(rows, 4)).astype(np.float32)
    truth = np.where(X[:, 0] > 0, "ham", "spam").tolist()
    customers = np.repeat(np.arange(rows), rng.integers(1, most + 1, rows))[:rows]
    frame = pd.DataFrame({"text": [f"text {i}" for i in range(rows)], "customer": customers})
    data = nbloop.Dataset(
        frame, content="text", task=nbloop.Classification(["ham", "spam"]), features=X, truth=truth, store=":memory:",
        golden=nbloop.Golden(0.4, group="customer", near=None),
    )  # fmt: skip
    return nbloop.Loop(data)


def test_a_loop_with_a_golden_set_of_groups_routes_gates_and_delegates_by_one_of_each() -> None:
    loop = loop_of_customers()
    loop.simulate(n=60, batch=20)
    snapshot = loop.data.snapshot()
    groups = len(np.unique(snapshot.golden_groups))
    routes = loop.route(np.random.default_rng(7).normal(size=(300, 4)).astype(np.float32))
    assert "golden samples there (one of each group, by lot) are wrong" in str(routes)
    assert 50 < routes.accept.n <= groups < len(snapshot.golden)
    verdict = loop.gate()
    assert f"one of each group, by lot, of {len(snapshot.golden)} golden samples" in str(verdict)
    assert verdict.frame.loc["golden set", "n"] <= groups
    advice = loop.stop_advice(goal=0.99)
    assert advice.golden == len(snapshot.golden)
    assert advice.to_goal_low is not None
    assert "(one of each group, by lot)" in loop.delegate([lambda _: "ham"]).reason
    assert loop.compare().loc["accuracy", "low"] <= loop.compare().loc["accuracy", "difference"]


def test_in_slices_of_errors_groups_widen_the_interval_and_one_of_each_is_tested() -> None:
    groups = np.repeat(np.arange(40), 20)
    wrong = np.isin(groups, [0, 1, 2, 3, 4])
    lot, part = (
        one_of_each(groups, np.arange(800), 0),
        {"the first": groups < 8, "none of the lot": np.zeros(800, bool)},
    )
    part["none of the lot"][np.delete(np.arange(800), lot)[:10]] = True
    alone, together = error_rates(wrong, part), error_rates(wrong, part, groups=groups, lot=lot)
    widths = [frame.loc["the first", "high"] - frame.loc["the first", "low"] for frame in (alone, together)]
    assert widths[1] > 3 * widths[0]
    seen = ["n", "errors", "rate", "rest"]
    assert together.loc["the first", seen].equals(alone.loc["the first", seen])
    assert together.loc["the first", "p"] == pytest.approx(hypergeom.sf(4, 40, 5, 8))
    assert together.loc["none of the lot", "p"] == 1


def test_slices_of_a_loop_know_of_its_golden_groups() -> None:
    loop = loop_of_customers()
    loop.simulate(n=60, batch=20)
    snapshot, everything = loop.data.snapshot(), {"everything": "customer >= 0"}
    row = loop.errors().slices(everything).loc["everything"]
    assert row["n"] == len(snapshot.golden)
    assert row["high"] - row["low"] > np.ptp(share(int(row["errors"]), int(row["n"]))[1:3])
    groups = len(np.unique(snapshot.golden_groups))
    assert loop.impact(slices=everything).slices.loc["everything", "n"] <= groups < len(snapshot.golden)
