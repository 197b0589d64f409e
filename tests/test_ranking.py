"""The closest calls: exactly those of a full pass, without a full pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.special import softmax

from nbloop.ranking import ClosestCalls


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


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 12),
    st.integers(1, 60),
    st.lists(st.sampled_from([0.0, 0.001, 0.01, 0.1, 1.0, 3.0]), min_size=1, max_size=8),
    st.sampled_from([np.asarray, csr_matrix]),
)
def test_after_any_updates_the_answer_is_that_of_a_full_pass(
    seed: int, classes: int, k: int, moves: list[float], form: Any
) -> None:
    rng = np.random.default_rng(seed)
    X = form(rng.normal(size=(400, 5)).astype(np.float32) * rng.choice([0.1, 1, 5]))
    coef, intercept = rng.normal(size=(classes, 5)), rng.normal(size=classes)
    eligible, calls = np.ones(400, dtype=bool), ClosestCalls(X)
    for move in moves:
        coef = coef + move * rng.normal(size=coef.shape)
        intercept = intercept + move * rng.normal(size=classes)
        eligible[rng.integers(400, size=rng.integers(10))] ^= True
        assert_closest(calls.find(coef, intercept, k, eligible), X, coef, intercept, k, eligible)


def test_a_new_class_is_taken_up() -> None:
    rng = np.random.default_rng(0)
    X, eligible = rng.normal(size=(300, 4)).astype(np.float32), np.ones(300, dtype=bool)
    calls = ClosestCalls(X)
    for classes in (2, 3, 5):
        coef, intercept = rng.normal(size=(classes, 4)), np.zeros(classes)
        assert_closest(calls.find(coef, intercept, 20, eligible), X, coef, intercept, 20, eligible)


def test_a_small_update_reads_a_small_part_of_the_pool() -> None:
    rng = np.random.default_rng(0)
    X, eligible = rng.normal(size=(50_000, 16)).astype(np.float32), np.ones(50_000, dtype=bool)
    coef, calls = rng.normal(size=(5, 16)), ClosestCalls(X)
    assert calls.find(coef, np.zeros(5), 100, eligible).read == 1
    coef[2, 3] += 0.001
    found = calls.find(coef, np.zeros(5), 100, eligible)
    assert found.read < 0.05
    assert_closest(found, X, coef, np.zeros(5), 100, eligible)


def test_a_pool_whose_closest_call_was_just_labelled_is_not_read_again() -> None:
    rng = np.random.default_rng(0)
    X, eligible = rng.normal(size=(50_000, 16)).astype(np.float32), np.ones(50_000, dtype=bool)
    coef, calls = rng.normal(size=(5, 16)), ClosestCalls(X)
    asked = calls.find(coef, np.zeros(5), 100, eligible).positions[0]
    eligible[asked] = False
    coef[2, 3] += 0.001
    found = calls.find(coef, np.zeros(5), 100, eligible)
    assert found.read < 0.05
    assert_closest(found, X, coef, np.zeros(5), 100, eligible)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_a_matrix_on_disk_is_read_in_place(tmp_path: Path, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    X = np.memmap(tmp_path / "X", dtype=dtype, mode="w+", shape=(20_000, 8))
    X[:] = rng.normal(size=X.shape)
    coef, eligible = rng.normal(size=(3, 8)), np.ones(len(X), dtype=bool)
    assert_closest(ClosestCalls(X).find(coef, np.zeros(3), 50, eligible), X, coef, np.zeros(3), 50, eligible)


def test_a_search_ends_where_its_check_raises_and_the_next_one_is_right_again() -> None:
    rng = np.random.default_rng(0)
    X, eligible = rng.normal(size=(30_000, 8)).astype(np.float32), np.ones(30_000, dtype=bool)
    calls, coef = ClosestCalls(X), rng.normal(size=(3, 8))

    calls.find(coef, np.zeros(3), 20, eligible)
    visits = iter([None, None, InterruptedError])

    def stop_at_the_third_block() -> None:
        if error := next(visits):
            raise error

    with pytest.raises(InterruptedError):
        calls.find(-3 * coef, np.zeros(3), 20, eligible, stop_at_the_third_block)
    near = coef + 0.001
    assert_closest(calls.find(near, np.zeros(3), 20, eligible), X, near, np.zeros(3), 20, eligible)
