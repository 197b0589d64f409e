"""The closest calls: exactly those of a full pass, without a full pass."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.special import softmax

from nbloop.anchors import Anchors
from nbloop.errors import FeatureError
from nbloop.features import fit_features
from nbloop.learners import Logistic
from nbloop.mind import Mind
from nbloop.ranking import ClosestCalls
from nbloop.ranking.bounds import VERSIONS, Bounds
from nbloop.ranking.compiled import compiled_kernel
from nbloop.ranking.lean import Lean, unit
from nbloop.ranking.plain import PlainKernel
from nbloop.ranking.weights import Weights
from nbloop.snapshot import Digests, Snapshot
from nbloop.strategies import make_strategy


def naive(X: Any, coef: np.ndarray, intercept: np.ndarray) -> np.ndarray:
    """Return every gap, as obviously as can be."""
    dense = X.toarray() if hasattr(X, "toarray") else np.asarray(X)
    ordered = np.sort(softmax(dense.astype(np.float64) @ coef.T + intercept, axis=1), axis=1)
    return ordered[:, -1] - ordered[:, -2]


def assert_closest(found: Any, X: Any, coef: np.ndarray, intercept: np.ndarray, k: int, eligible: np.ndarray) -> None:
    gaps = naive(X, coef, intercept)
    assert eligible[found.positions].all()
    assert len(set(found.positions.tolist())) == len(found.positions) == min(k, int(eligible.sum()))
    assert found.gaps == pytest.approx(gaps[found.positions], abs=1e-4)
    assert found.gaps == pytest.approx(np.sort(gaps[eligible])[:k], abs=1e-4)


KERNELS = ["plain", "compiled"]


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([2, 3, 10, 11, 19, 40, 151]),
    st.integers(1, 60),
    st.lists(st.sampled_from([0.0, 0.001, 0.01, 0.1, 1.0, 3.0]), min_size=1, max_size=8),
    st.sampled_from([np.asarray, csr_matrix]),
    st.sampled_from(KERNELS),
    st.sampled_from(["never", "once", "always"]),
    st.sampled_from([None, 0.0, 1e-6, 0.001, 0.01, 0.1]),
)
def test_after_any_updates_the_answer_is_that_of_a_full_pass(
    seed: int, classes: int, k: int, moves: list[float], form: Any, kernel: Any, settled: str, wrong: float | None
) -> None:
    rng = np.random.default_rng(seed)
    X = form(rng.normal(size=(700, 5)).astype(np.float32) * rng.choice([0.1, 1, 5]))
    coef, intercept = rng.normal(size=(classes, 5)), rng.normal(size=classes)
    eligible, calls = np.ones(700, dtype=bool), ClosestCalls(X, kernel=kernel, small=0)
    for number, move in enumerate(moves):
        assert_closest(calls.find(coef, intercept, k, eligible), X, coef, intercept, k, eligible)
        one = rng.integers(classes)  # most updates move few classes much
        coef = coef + move * rng.normal(size=coef.shape) * np.where(np.arange(classes) == one, 1, 0.01)[:, None]
        intercept = intercept + move * rng.normal(size=classes)
        if settled == "always" or (settled == "once" and number == 0):
            ahead = (
                [] if wrong is None else [(coef + miss * rng.normal(size=coef.shape), intercept) for miss in (1, wrong)]
            )
            calls.settle(foretold=lambda ahead=ahead: ahead)
        eligible[rng.integers(700, size=rng.integers(10))] ^= True
    assert_closest(calls.find(coef, intercept, k, eligible), X, coef, intercept, k, eligible)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(("wrong", "most"), [(0.0, 0.005), (1e-6, 0.005), (0.01, 0.2)])
def test_weights_that_were_foretold_leave_almost_nothing_to_read(kernel: Any, wrong: float, most: float) -> None:
    rng = np.random.default_rng(0)
    X, eligible = rng.normal(size=(100_000, 8)).astype(np.float32), np.ones(100_000, dtype=bool)
    coef, intercept = rng.normal(size=(4, 8)), np.zeros(4)
    calls, ahead = ClosestCalls(X, kernel=kernel), coef + 0.01 * rng.normal(size=coef.shape)
    calls.find(coef, intercept, 100, eligible)
    calls.settle(foretold=lambda: [(-coef, intercept), (ahead, intercept)])
    ahead = ahead + wrong * rng.normal(size=coef.shape)
    found = calls.find(ahead, intercept, 100, eligible)
    assert found.read < most
    assert_closest(found, X, ahead, intercept, 100, eligible)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_sample_that_may_be_asked_again_is_found_though_it_was_rehearsed_without_it(kernel: Any) -> None:
    rng = np.random.default_rng(0)
    X, eligible = rng.normal(size=(40_000, 8)).astype(np.float32), np.ones(40_000, dtype=bool)
    coef, intercept = rng.normal(size=(4, 8)), np.zeros(4)
    calls = ClosestCalls(X, kernel=kernel)
    undone = calls.find(coef, intercept, 20, eligible).positions[0]
    eligible[undone] = False
    calls.find(coef, intercept, 20, eligible)
    calls.settle(foretold=lambda: [(coef, intercept)])
    assert calls.find(coef, intercept, 20, eligible).read < 0.01
    eligible[undone] = True
    assert calls.find(coef, intercept, 20, eligible).positions[0] == undone


def test_of_equal_samples_the_first_are_found_where_they_were_foretold_too() -> None:
    X, eligible = np.ones((40_000, 3), dtype=np.float32), np.ones(40_000, dtype=bool)
    X[30_000:] = [3, 0, 0]
    calls = ClosestCalls(X)
    calls.find(np.eye(3), np.zeros(3), 50, eligible)
    calls.settle(foretold=lambda: [(np.eye(3), np.zeros(3))])
    eligible[:7] = False
    assert calls.find(np.eye(3), np.zeros(3), 50, eligible).positions.tolist() == list(range(7, 57))


@pytest.mark.parametrize("kernel", KERNELS)
def test_settling_that_is_broken_off_again_and_again_changes_no_answer(kernel: Any) -> None:
    rng = np.random.default_rng(0)
    X, eligible = rng.normal(size=(100_000, 6)).astype(np.float32), np.ones(100_000, dtype=bool)
    coef, calls, looks = rng.normal(size=(4, 6)), ClosestCalls(X, kernel=kernel), iter(())

    def stop() -> None:
        if next(looks, True):
            raise InterruptedError

    calls.find(coef, np.zeros(4), 20, eligible)
    calls.settle()
    calls.settle(foretold=lambda: [(coef, np.zeros(4))] * 2)
    for number in range(VERSIONS + 9):  # some are broken off after a chunk: then samples have bounds of several models
        coef, ahead = coef + 0.002 * rng.normal(size=coef.shape), coef + 0.002 * rng.normal(size=coef.shape)
        assert_closest(calls.find(coef, np.zeros(4), 20, eligible), X, coef, np.zeros(4), 20, eligible)
        looks = iter([False] * (number % 12 if number % 3 else 1))  # or while what was foretold is rehearsed
        with suppress(InterruptedError):
            calls.settle(stop, lambda ahead=ahead: [(ahead, np.zeros(4))])


def test_both_kernels_keep_the_same_bounds_and_may_take_turns() -> None:
    pytest.importorskip("numba")
    rng = np.random.default_rng(0)
    X, ahead = rng.normal(size=(3000, 9)).astype(np.float32), rng.normal(size=9)
    plain, compiled = PlainKernel(X), compiled_kernel(X, wait=True)
    lean, rows = Lean(ahead, X @ unit(ahead)), slice(0, 3000)
    kept = [Bounds(3000, 12, 400, np.linalg.norm(X, axis=1)) for _ in range(2)]
    for weights in (Weights(rng.normal(size=(12, 9)), rng.normal(size=12), lean) for _ in range(2)):
        for kernel, bounds in zip((plain, compiled), kept, strict=True):
            version = -1 if not bounds.words.any() else bounds.version(weights)
            if version == -1:
                bounds.restart(weights)
            kernel.score(rows, weights, 0.1, np.ones(3000, dtype=bool), bounds, version)
        assert np.mean(kept[0].kinds == kept[1].kinds) > 0.99  # but for rounding
        assert np.mean(kept[0].words == kept[1].words) > 0.99


def test_a_new_class_is_taken_up() -> None:
    rng = np.random.default_rng(0)
    X, eligible = rng.normal(size=(300, 4)).astype(np.float32), np.ones(300, dtype=bool)
    calls = ClosestCalls(X)
    for classes in (2, 3, 5):
        coef, intercept = rng.normal(size=(classes, 4)), np.zeros(classes)
        assert_closest(calls.find(coef, intercept, 20, eligible), X, coef, intercept, 20, eligible)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_small_update_reads_a_small_part_of_the_pool(kernel: Any) -> None:
    rng = np.random.default_rng(0)
    X, eligible = rng.normal(size=(50_000, 16)).astype(np.float32), np.ones(50_000, dtype=bool)
    coef, calls = rng.normal(size=(5, 16)), ClosestCalls(X, kernel=kernel)
    asked = calls.find(coef, np.zeros(5), 100, eligible)
    assert asked.read == 1
    assert calls.settle() == 1
    eligible[asked.positions[0]] = False
    coef[2, 3] += 0.001
    found = calls.find(coef, np.zeros(5), 100, eligible)
    assert found.read < 0.06
    assert_closest(found, X, coef, np.zeros(5), 100, eligible)


@pytest.mark.parametrize(("foretold", "most"), [("nothing", 0.5), ("other answers", 0.12), ("the answer", 0.02)])
def test_after_one_label_a_part_of_the_pool_is_read_and_less_the_more_of_it_was_foretold(
    foretold: str, most: float
) -> None:
    X, y, labelled = clusters(60_000)
    anchors = Anchors(Logistic, X)
    learner: Any = anchors.train(labelled, y[labelled])
    eligible, calls = np.ones(len(X), dtype=bool), ClosestCalls(X, kernel="compiled")
    eligible[labelled] = False
    found, shares = calls.find(learner.coef_, learner.intercept_, 100, eligible), []
    for _ in range(4):
        asked = found.positions[:1]
        likely = learner.classes_[np.argsort(-learner.predict_proba(X[asked])[0])[:3]]
        codes = {"nothing": [], "other answers": likely[likely != y[asked]], "the answer": [*likely[:1], *y[asked]]}
        labelled, known = np.append(labelled, asked), y[labelled]
        after: list[Any] = [anchors.rehearse(labelled, np.append(known, code)) for code in codes[foretold]]
        calls.settle(foretold=lambda after=after: [(one.coef_, one.intercept_) for one in after])
        eligible[labelled] = False
        learner = anchors.train(labelled, y[labelled])
        found = calls.find(learner.coef_, learner.intercept_, 100, eligible)
        assert_closest(found, X, learner.coef_, learner.intercept_, 100, eligible)
        shares.append(found.read)
    assert np.median(shares) < most


def clusters(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ten overlapping clusters in 64 dimensions, and 400 places with a label."""
    rng = np.random.default_rng(0)
    y = rng.integers(10, size=n)
    X = rng.normal(size=(n, 64)) + 0.5 * rng.normal(size=(10, 64))[y]
    return (X * 1.5 / 8).astype(np.float32), y, rng.permutation(n)[:400]


def test_after_settling_nothing_is_left_to_settle() -> None:
    rng = np.random.default_rng(0)
    X, eligible = rng.normal(size=(40_000, 8)).astype(np.float32), np.ones(40_000, dtype=bool)
    calls, coef = ClosestCalls(X), rng.normal(size=(4, 8))
    assert calls.settle() == 0
    calls.find(coef, np.zeros(4), 20, eligible)
    assert calls.settle() == 1
    assert calls.settle(foretold=lambda: pytest.fail("asked for nothing")) == 0


@pytest.mark.parametrize(
    "ahead",
    [
        (np.zeros((4, 8)), np.full(4, np.nan)),
        (np.full((4, 8), np.inf), np.zeros(4)),
        (np.zeros((5, 8)), np.zeros(5)),
        (np.zeros((4, 7)), np.zeros(4)),
    ],
)
def test_weights_foretold_that_are_none_of_this_model_cost_no_answer(ahead: tuple[np.ndarray, np.ndarray]) -> None:
    rng = np.random.default_rng(0)
    X, eligible = rng.normal(size=(40_000, 8)).astype(np.float32), np.ones(40_000, dtype=bool)
    calls, coef = ClosestCalls(X), rng.normal(size=(4, 8))
    calls.find(coef, np.zeros(4), 20, eligible)
    assert calls.settle(foretold=lambda: [ahead]) == 1
    found = calls.find(coef + 0.001, np.zeros(4), 20, eligible)
    assert found.read < 0.5
    assert_closest(found, X, coef + 0.001, np.zeros(4), 20, eligible)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("stored", ["float64", "float32", "float16", "bfloat16"])
def test_a_matrix_on_disk_is_read_in_place(tmp_path: Path, stored: str, kernel: Any) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(40_000, 8)).astype(np.float32)
    values[:, 0] *= 1e-6  # a half this small has a form of its own
    if stored == "bfloat16":
        values = (values.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
        rows = (values.view(np.uint32) >> np.uint32(16)).astype(np.uint16)
    else:
        rows = values.astype(stored)
        values = rows.astype(np.float32)
    X = np.memmap(tmp_path / "X", dtype=rows.dtype, mode="w+", shape=rows.shape)
    X[:] = rows
    coef, eligible, calls = rng.normal(size=(3, 8)), np.ones(len(X), dtype=bool), ClosestCalls(X, kernel=kernel)
    coef[:, 0] *= 1e6
    for step in (0, 0.001, 0.003):
        found = calls.find(coef * (1 + step), np.zeros(3), 50, eligible)
        assert_closest(found, values, coef * (1 + step), np.zeros(3), 50, eligible)
        calls.settle(foretold=lambda: [(coef * 1.001, np.zeros(3))])


def test_a_matrix_whose_rows_are_not_one_after_the_other_is_read_too() -> None:
    rng = np.random.default_rng(0)
    X = np.asfortranarray(rng.normal(size=(500, 4)).astype(np.float32))
    coef, eligible = rng.normal(size=(3, 4)), np.ones(500, dtype=bool)
    found = ClosestCalls(X, kernel="compiled", small=0).find(coef, np.zeros(3), 9, eligible)
    assert_closest(found, X, coef, np.zeros(3), 9, eligible)


@pytest.mark.parametrize("kernel", KERNELS)
def test_of_equal_samples_the_first_in_the_pool_are_found_whichever_thread_reads_them(kernel: Any) -> None:
    X, eligible = np.ones((200_000, 3), dtype=np.float32), np.ones(200_000, dtype=bool)
    eligible[:7] = False
    found = ClosestCalls(X, kernel=kernel).find(np.eye(3), np.zeros(3), 50, eligible)
    assert found.positions.tolist() == list(range(7, 57))


def test_a_pool_with_nothing_to_ask_has_no_closest_calls() -> None:
    X = np.ones((40_000, 3), dtype=np.float32)
    found = ClosestCalls(X).find(np.eye(3), np.zeros(3), 50, np.zeros(40_000, dtype=bool))
    assert len(found.positions) == 0


@pytest.mark.parametrize("small", [0, 10**9])
def test_a_search_ends_where_its_check_raises_and_the_next_one_is_right_again(small: int) -> None:
    rng = np.random.default_rng(0)
    X, eligible = rng.normal(size=(200_000, 8)).astype(np.float32), np.ones(200_000, dtype=bool)
    calls, coef = ClosestCalls(X, small=small), rng.normal(size=(3, 8))

    def stop() -> None:
        raise InterruptedError

    calls.find(coef, np.zeros(3), 20, eligible)
    calls.settle()
    for moved in (-3 * coef, coef + 0.0005):  # all is read, a part is read
        with pytest.raises(InterruptedError):
            calls.find(moved, np.zeros(3), 20, eligible, stop)
        near = moved + 0.001
        assert_closest(calls.find(near, np.zeros(3), 20, eligible), X, near, np.zeros(3), 20, eligible)
        calls.find(coef, np.zeros(3), 20, eligible)


@pytest.mark.parametrize(
    ("coef", "intercept", "eligible", "culprit"),
    [
        (np.ones((3, 5)), np.zeros(3), np.ones(9, bool), "coef must have shape"),
        (np.ones((3, 4)), np.zeros(2), np.ones(9, bool), "intercept must have shape"),
        (np.ones((3, 4)), np.zeros(3), np.ones(8, bool), "eligible must have shape"),
        (np.ones((1, 4)), np.zeros(1), np.ones(9, bool), "the model has one"),
        (np.full((3, 4), np.nan), np.zeros(3), np.ones(9, bool), "coef must be finite"),
        (np.ones((3, 4)), np.full(3, np.inf), np.ones(9, bool), "intercept must be finite"),
    ],
)
def test_a_model_that_does_not_fit_the_pool_is_told_so(
    coef: np.ndarray, intercept: np.ndarray, eligible: np.ndarray, culprit: str
) -> None:
    with pytest.raises(FeatureError, match=culprit):
        ClosestCalls(np.ones((9, 4), dtype=np.float32)).find(coef, intercept, 2, eligible)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("form", [np.asarray, csr_matrix])
def test_a_sample_that_is_no_number_is_named(form: Any, kernel: Any) -> None:
    X = np.ones((40_000, 3), dtype=np.float32)
    X[31_234, 1] = np.nan
    with pytest.raises(FeatureError, match="31234"):
        ClosestCalls(form(X), kernel=kernel).find(np.eye(3), np.zeros(3), 50, np.ones(40_000, dtype=bool))


def test_importing_nbloop_does_not_import_numba() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import nbloop, nbloop.ranking, sys; print('numba' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "False"


class Told(ClosestCalls):
    """Closest calls that note which share of the pool was read."""

    def find(self, *args: Any, **options: Any) -> Any:
        found = super().find(*args, **options)
        self.read = found.read
        return found


@pytest.mark.parametrize("weight", [1, 3])
def test_while_a_person_looks_at_a_card_the_likeliest_answers_are_rehearsed(weight: int) -> None:
    X, y, labelled = clusters(40_000)
    mind = Mind(fit_features(X, "object", range(len(X))), "auto", make_strategy("margin"), 0)
    calls, mind.weight = Told(mind.X), weight
    mind._space = mind._space._replace(calls=calls)
    before = snapshot_of(labelled, y)
    outcome = mind.round(before, 0, None, lambda: False)
    assert outcome.model is not None
    assert calls.read == 1
    mind.settle(before, outcome, lambda: False)
    front = outcome.ranking.positions[:1]
    for code in np.argsort(-outcome.model.predict_proba(mind.X[front])[0])[:2]:
        y[front] = code
        ranking = mind.rank(after := snapshot_of(np.append(labelled, front), y), mind.learn(after, 0), lambda: False)
        assert calls.read < 0.03
        afresh = Mind(mind.features, "auto", mind.strategy, 0)
        afresh.weight = weight
        full = afresh.rank(after, afresh.learn(after, 0), lambda: False)  # perhaps by the other kernel
        assert ranking.scores == pytest.approx(full.scores, abs=1e-4)


def snapshot_of(labelled: np.ndarray, y: np.ndarray) -> Snapshot:
    """Return a snapshot in which every third label was a correction."""
    none, eligible = np.empty(0, dtype=np.int64), np.ones(len(y), dtype=bool)
    eligible[labelled] = False
    digests = Digests([str(place) for place in range(len(y))]), np.arange(10, dtype=np.uint64)
    corrected, names = np.arange(len(labelled)) % 3 == 0, tuple("abcdefghij")  # the 401st is none
    codes = y[labelled].astype(np.intp)
    return Snapshot(0, labelled.copy(), codes, none, none, eligible, none, *digests, names=names, corrected=corrected)
