"""The gate: paired comparison, calibration, slices and leakage, with statsmodels, scipy and scikit-learn as oracles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import xlogy
from scipy.stats import fisher_exact, multinomial, norm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from nbloop.errors import DataError
from nbloop.quality.calibration import calibration_error, rise_of_error
from nbloop.quality.gate import Judged, judge
from nbloop.quality.leakage import conflicts, copies_of_label, near_twins
from nbloop.quality.paired import paired
from nbloop.quality.slices import by_value, error_rates, found_slices, masks_of


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 60), st.integers(1, 60))
def test_the_exact_test_of_two_models_equals_statsmodels(gained: int, lost: int, neither: int, both: int) -> None:
    before = np.r_[np.zeros(gained), np.ones(lost), np.zeros(neither), np.ones(both)].astype(bool)
    after = np.r_[np.ones(gained), np.zeros(lost), np.zeros(neither), np.ones(both)].astype(bool)
    found = paired(before, after)
    assert found.p == pytest.approx(mcnemar([[both, lost], [gained, neither]], exact=True).pvalue)
    assert found.low <= found.difference * len(before) / (len(before) + 2) <= found.high
    assert (found.gained, found.lost) == (gained, lost)


def test_the_interval_of_a_difference_covers_it_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    for gain, loss, n in [(0.05, 0.05, 200), (0.03, 0.08, 300), (0.1, 0.02, 100)]:
        flips = rng.multinomial(n, [gain, loss, 1 - gain - loss], size=2_000)
        covered = [low <= gain - loss <= high for low, high in (interval(g, m, n) for g, m, _ in flips)]
        assert 0.93 <= np.mean(covered) <= 0.97


@pytest.mark.parametrize(("n", "flips"), [(100, 0.02), (200, 0.02), (200, 0.04)])
def test_few_golden_samples_on_which_little_flips_do_not_let_a_worse_model_pass(n: int, flips: float) -> None:
    """Exact: the probability of all outcomes that exclude a loss of two points, where that is what is lost."""
    gain, loss, passed = (flips - 0.02) / 2, (flips + 0.02) / 2, 0.0
    for gained in range(12):
        for lost in range(16):
            chance = multinomial.pmf([gained, lost, n - gained - lost], n, [gain, loss, 1 - gain - loss])
            passed += float(chance) * (chance > 1e-6 and interval(gained, lost, n)[0] > -0.02)
    assert passed <= 0.025


@pytest.mark.parametrize(("gained", "lost", "n"), [(12, 2, 50), (0, 0, 80), (3, 0, 60), (5, 5, 5 + 5)])
def test_limits_of_a_difference_are_where_the_likeliest_flips_just_reject_it(gained: int, lost: int, n: int) -> None:
    low, high = interval(gained, lost, n)
    for limit in (low, high):

        def unlikely(lost_share: float, at: float = limit) -> float:
            gained_share = lost_share + at
            rest = 1 - gained_share - lost_share
            return -float(xlogy([gained, lost, n - gained - lost], [gained_share, lost_share, rest]).sum())

        bounds = max(0.0, -limit) + 1e-12, (1 - limit) / 2 - 1e-12
        loss = minimize_scalar(unlikely, bounds=bounds, method="bounded", options={"xatol": 1e-10}).x
        spread = np.sqrt(n * (2 * loss + limit - limit**2))
        assert abs(gained - lost - n * limit) / spread == pytest.approx(norm.ppf(0.975), rel=1e-3)


def interval(gained: int, lost: int, n: int) -> tuple[float, float]:
    from nbloop.quality.paired import difference_interval

    return difference_interval(gained, lost, n)


def test_samples_must_be_the_same_for_both_models() -> None:
    with pytest.raises(ValueError, match="the same n > 0 samples"):
        paired(np.ones(3, bool), np.ones(4, bool))


def models(rng: np.random.Generator, n: int, *, before: float, loss: float, turmoil: float) -> Judged:
    """Two models of ten classes: the second gains `turmoil` of the samples and loses `turmoil + loss`."""
    y = rng.integers(10, size=n)
    lot = rng.random(n)
    first = lot < before
    second = first.copy()
    second[(lot < turmoil + loss)] = False
    second[(lot > 1 - turmoil)] = True
    return Judged(y, *(said(rng, y, right) for right in (first, second)))


def said(rng: np.random.Generator, y: np.ndarray, right: np.ndarray) -> np.ndarray:
    sure = right.mean()
    proba = np.full((len(y), 10), (1 - sure) / 9)
    proba[np.arange(len(y)), np.where(right, y, (y + rng.integers(1, 10, len(y))) % 10)] = sure
    return proba


@pytest.mark.parametrize("turmoil", [0.0, 0.02, 0.06])
def test_few_models_that_are_worse_by_two_points_pass(turmoil: float) -> None:
    rng = np.random.default_rng(1)
    passed = [bool(judge(models(rng, 1_000, before=0.88, loss=0.02, turmoil=turmoil))) for _ in range(400)]
    assert np.mean(passed) <= 0.05


def test_most_models_that_are_better_by_two_points_pass() -> None:
    rng = np.random.default_rng(2)
    passed = [bool(judge(models(rng, 1_000, before=0.88, loss=-0.02, turmoil=0.04))) for _ in range(100)]
    assert np.mean(passed) >= 0.9


def test_a_verdict_says_why_and_how_many_golden_samples_would_tell() -> None:
    few = models(np.random.default_rng(3), 60, before=0.9, loss=0.0, turmoil=0.03)
    verdict = judge(few, candidate="b2", current="a1")
    assert not verdict
    assert "golden samples would tell" in verdict.reasons[0]
    assert "b2 did not pass the gate against a1" in str(verdict)


def test_a_slice_that_got_worse_fails_although_the_whole_got_better() -> None:
    y = np.zeros(1_000, int)
    right, wrong = np.array([0.9, 0.1]), np.array([0.1, 0.9])
    before, after = np.tile(right, (1_000, 1)), np.tile(right, (1_000, 1))
    before[:200], after[-60:] = wrong, wrong
    slices = {"tail": np.arange(1_000) >= 900, "head": np.arange(1_000) < 500}
    verdict = judge(Judged(y, before, after), slices=slices)
    assert verdict.frame.loc["golden set", "outcome"] == "passed"
    assert verdict.frame.loc["slice head", "outcome"] == "passed"
    assert [reason.partition(":")[0] for reason in verdict.reasons if reason.startswith("slice")] == ["slice tail"]


def test_a_small_slice_is_undecided_and_strictness_counts_that_as_failed() -> None:
    golden = models(np.random.default_rng(4), 2_000, before=0.9, loss=-0.05, turmoil=0.06)
    slices = {"few": np.arange(2_000) < 12}
    assert judge(golden, slices=slices).frame.loc["slice few", "outcome"] == "undecided"
    assert judge(golden, slices=slices).passed
    assert not judge(golden, slices=slices, strict=True).passed


def test_past_errors_that_come_back_fail() -> None:
    golden = models(np.random.default_rng(5), 2_000, before=0.9, loss=0.0, turmoil=0.0)
    y, fixed = np.zeros(20, int), np.tile([0.9, 0.1], (20, 1))
    verdict = judge(golden, past=Judged(y, fixed, fixed[:, ::-1]))
    assert verdict.frame.loc["past errors", "outcome"] == "failed"
    assert judge(golden, past=Judged(y, fixed[:, ::-1], fixed)).passed


def test_a_model_that_became_too_sure_fails_its_calibration() -> None:
    rng = np.random.default_rng(6)
    y = np.where(rng.random(2_000) < 0.7, 0, 1)
    honest, sure = np.tile([0.7, 0.3], (2_000, 1)), np.tile([0.99, 0.01], (2_000, 1))
    verdict = judge(Judged(y, honest, sure))
    assert verdict.frame.loc["calibration", "outcome"] == "failed"
    assert judge(Judged(y, sure, honest)).passed
    assert rise_of_error(y, honest, sure).after == pytest.approx(0.29, abs=0.04)


def test_calibration_error_is_the_weighted_gap_of_each_bin() -> None:
    rng = np.random.default_rng(7)
    y, proba = rng.integers(3, size=500), rng.dirichlet(np.ones(3), size=500)
    confidence, right = proba.max(axis=1), proba.argmax(axis=1) == y
    bins = np.digitize(confidence, np.linspace(0, 1, 11)[1:-1])
    slow = sum(
        abs(right[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)
    )
    assert calibration_error(y, proba) == pytest.approx(slow)


def test_p_values_of_slices_equal_fishers_and_their_correction_equals_statsmodels() -> None:
    rng = np.random.default_rng(8)
    wrong = rng.random(300) < 0.2
    masks = {str(i): rng.random(300) < share for i, share in enumerate([0.1, 0.3, 0.5, 0.8])}
    found = error_rates(wrong, masks)
    for name, mask in masks.items():
        table = [[(wrong & mask).sum(), (~wrong & mask).sum()], [(wrong & ~mask).sum(), (~wrong & ~mask).sum()]]
        assert found.loc[name, "p"] == pytest.approx(fisher_exact(table, alternative="greater").pvalue)
    np.testing.assert_allclose(found["p_adjusted"], multipletests(found["p"], method="fdr_bh")[1])


def test_slices_are_named_by_columns_expressions_and_functions() -> None:
    table = pd.DataFrame({"job": ["nurse", "cook"] * 30, "age": range(60)})
    masks = masks_of(table, ["job", "age >= 30", "age"])
    assert list(masks)[:3] == ["job = nurse", "job = cook", "age >= 30"]
    assert sum(name.startswith("age in") for name in masks) == 4
    assert sum(rows.sum() for name, rows in masks.items() if name.startswith("age in")) == 60
    assert masks_of(table, {"old cooks": lambda t: (t.age > 50) & (t.job == "cook")})["old cooks"].sum() == 5


@pytest.mark.parametrize("spec", ["wage", "age + 1", "age >", {"odd": [True]}])
def test_what_is_no_slice_says_so(spec: object) -> None:
    with pytest.raises(DataError, match="a slice is a column, or an expression"):
        masks_of(pd.DataFrame({"age": [1, 2]}), spec)


def test_a_planted_slice_is_found_and_chance_is_not() -> None:
    rng = np.random.default_rng(9)
    table = pd.DataFrame({"site": rng.choice(["a", "b", "c"], 900), "shift": rng.choice(["day", "night"], 900)})
    planted = np.asarray((table["site"] == "b") & (table["shift"] == "night"))
    wrong = np.where(planted, rng.random(900) < 0.5, rng.random(900) < 0.05)
    found = error_rates(wrong, found_slices(table))
    assert found.index[0] == "site = b and shift = night"
    chance = [(error_rates(rng.random(900) < 0.1, found_slices(table))["p_adjusted"] < 0.05).any() for _ in range(100)]
    assert np.mean(chance) <= 0.1


def test_words_of_a_text_are_slices() -> None:
    texts = ["please refund my order", "the app crashes again"] * 30
    masks = found_slices(pd.DataFrame({"text": texts}), pairs=False)
    assert masks["text has “refund”"].sum() == 30
    assert by_value(pd.DataFrame({"x": [1, 1, 2]}), "x")["x = 1"].tolist() == [True, True, False]


def test_a_golden_text_with_changed_case_or_a_changed_word_is_a_twin() -> None:
    golden = ["Your parcel has been delivered to the neighbour at number 12", "ok", "See you at home tonight"]
    texts = ["YOUR PARCEL HAS BEEN delivered to the neighbour at number 13!", "OK!", "nothing of the kind"]
    assert [(one, other) for one, other, _ in near_twins(texts, golden)] == [(0, 0), (1, 1)]
    assert near_twins([], golden) == []


def test_similarity_is_the_share_of_common_pieces() -> None:
    one, other = "abcdefghij", "abcdefghiX"
    pieces = [{said.lower()[i : i + 5] for i in range(6)} for said in (one, other)]
    expected = len(pieces[0] & pieces[1]) / len(pieces[0] | pieces[1])
    assert near_twins([one], [other], share=0.1)[0][2] == pytest.approx(expected)


def test_a_column_that_copies_the_label_is_named() -> None:
    rng = np.random.default_rng(10)
    codes = rng.integers(3, size=200)
    table = pd.DataFrame({"code": codes * 10, "noise": rng.integers(3, size=200), "id": range(200)})
    table["nearly"] = [f"k{code}" for code in np.where(np.arange(200) == 7, 0, codes)]
    assert copies_of_label(table, codes) == ["code", "nearly"]
    assert copies_of_label(table[:10], codes[:10]) == []


def test_equal_texts_with_two_labels_are_conflicts() -> None:
    assert conflicts(["Hello", "hello!", "bye", "bye"], np.array([0, 1, 1, 1])) == [(0, 1)]
