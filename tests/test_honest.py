"""The golden set stays honest: how it is drawn, what is kept away from it, how often it may be looked at."""

from __future__ import annotations

import io
import re
import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies
from PIL import Image
from sklearn.datasets import load_digits, load_sample_images

import nbloop
from nbloop.dataset.near import all_normalised, jaccard, normalised, shingles, signatures
from nbloop.errors import DataError, DataWarning
from nbloop.quality.estimate import share
from nbloop.schema import Draw, Look
from nbloop.trust.golden import luck_of

GOLD = {0: "spam", 5: "ham"}
TASK = nbloop.Classification(["ham", "spam"])
WORDS = "free prize call now claim your reward today with this code before it ends tonight at the shop".split()  # noqa: SIM905  reads better


def texts(n: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, 14)) for _ in range(n)]


def open_(source, **options) -> nbloop.Dataset:
    return nbloop.Dataset(source, **({"task": TASK, "store": ":memory:", "id": range(len(source))} | options))


# -- the draw ----------------------------------------------------------------------------------------------------------


def frame(n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    columns = {"text": texts(n), "who": rng.integers(40, size=n), "kind": np.where(np.arange(n) % 10 == 0, "b", "a")}
    return pd.DataFrame(columns).assign(day=pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.permutation(n), unit="h"))


def test_a_stratified_draw_takes_each_stratum_in_proportion() -> None:
    found = frame()
    data = open_(found, content="text", golden=nbloop.Golden(0.2, stratify="kind", near=None))
    assert found.loc[data.golden.index, "kind"].value_counts().to_dict() == {"a": 72, "b": 8}


def test_a_group_is_golden_as_a_whole_or_not_at_all() -> None:
    found = frame()
    data = open_(found, content="text", golden=nbloop.Golden(0.2, group="who", near=None), holdout=0.1)
    parts = {
        part: set(found.loc[sorted(map(int, keys)), "who"]) for part, keys in data._fold.apart.keys.items() if keys
    }
    assert set(parts) == {"random", "final"}
    rest = set(found.drop(index=data.golden.index)["who"])
    assert not parts["random"] & parts["final"]
    assert not (parts["random"] | parts["final"]) & rest
    assert 70 <= len(data.golden) <= 150


def test_by_time_the_latest_are_golden() -> None:
    found = frame()
    data = open_(found, content="text", golden=nbloop.Golden(0.1, time="day", near=None))
    assert found.loc[data.golden.index, "day"].min() > found.drop(index=data.golden.index)["day"].max()


@pytest.mark.parametrize("by", [{"group": "who"}, {"stratify": "kind"}, {"time": "day"}])
def test_a_grown_source_keeps_its_draw_and_its_rule(tmp_path, by) -> None:
    found, store = frame(), str(tmp_path / "grown.db")
    golden = nbloop.Golden(0.2, near=None, **by)
    first = set(open_(found[:200], content="text", golden=golden, store=store).golden.index)
    data = open_(found, content="text", golden=golden, store=store)
    assert first <= set(data.golden.index)
    if "group" in by:
        assert not set(found.loc[data.golden.index, "who"]) & set(found.drop(index=data.golden.index)["who"])
    elif "stratify" in by:
        assert 60 <= len(data.golden) <= 100
    else:
        assert set(data.golden.index) == first


def test_asking_for_two_ways_or_for_a_column_that_is_not_there_says_so() -> None:
    with pytest.raises(DataError, match="one of stratify"):
        nbloop.Golden(0.1, group="a", time="b")
    with pytest.raises(DataError, match="nobody"):
        open_(frame(), content="text", golden=nbloop.Golden(0.1, group="nobody"))
    with pytest.raises(DataError, match="not both"):
        nbloop.Golden(0.1, given={1: "ham"})
    with pytest.raises(DataError, match="holdout="):
        open_(frame(), content="text", golden=0.1, holdout=1.5)


# -- leakage attempts --------------------------------------------------------------------------------------------------

SECRET = "You have won a free prize, call this number now to claim your reward before midnight"
LEAKS = {
    "changed case": SECRET.upper(),
    "other blanks and signs": f"  {SECRET.replace(',', ' --').replace('free', 'FREE')}!!!  ",
    "one word changed": SECRET.replace("midnight", "tonight"),
    "a word added": SECRET + " ok",
}


def test_a_golden_text_of_two_letters_has_no_shingle_and_opens_all_the_same() -> None:
    data = open_([SECRET, *texts(30), "ok"], golden={0: "spam", 31: "ham"})
    assert len(data.golden) == 2


def test_golden_ids_are_neither_asked_nor_learned() -> None:
    loop = nbloop.Loop(open_([SECRET, *texts(30)], golden=GOLD))
    assert 0 not in {sample.id for sample in loop.ask(100)}
    loop.tell(0, "ham")
    assert loop.data.labels.empty


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS.keys())
def test_a_copy_of_a_golden_text_is_neither_asked_nor_learned(leak: str) -> None:
    with pytest.warns(DataWarning, match="near-duplicates of golden"):
        loop = nbloop.Loop(open_([SECRET, leak, *texts(30)], golden=GOLD))
    assert {0, 1}.isdisjoint(sample.id for sample in loop.ask(100))
    loop.tell(1, "spam")
    assert loop.data.labels.empty
    assert loop.data.counts().apart == 1


def test_texts_that_only_share_words_are_asked() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = open_([SECRET, "You have lost your prize number before midnight", *texts(30)], golden=GOLD)
    assert data.counts().apart == 0


def test_near_duplicates_are_let_be_when_that_is_asked() -> None:
    golden = nbloop.Golden(given=GOLD, near=None)
    assert open_([SECRET, SECRET.upper(), *texts(30)], golden=golden).counts().apart == 0


def test_a_pool_that_is_all_alike_is_asked_all_the_same_and_a_warning_says_why() -> None:
    with pytest.warns(DataWarning, match="flatters the model"):
        data = open_([SECRET] * 10, golden=GOLD)
    assert data.counts().pool == 8


def test_a_golden_row_with_changed_case_is_caught() -> None:
    rows = pd.DataFrame({"name": ["Ann Lee", "ann lee ", "Bo"], "age": [31.0, 31.0, 31.0]})
    with pytest.warns(DataWarning, match=r"1 of \d+ samples are near-duplicates"):
        data = open_(rows, golden={0: "ham"})
    assert data.pool.index.tolist() == [2]


def test_a_golden_picture_written_and_scaled_anew_is_caught_and_another_is_not() -> None:
    photos = [Image.fromarray(image) for image in load_sample_images().images]
    written = io.BytesIO()
    photos[0].resize((320, 213)).save(written, format="JPEG", quality=60)
    with pytest.warns(DataWarning, match=r"1 of \d+ samples are near-duplicates"):
        data = open_([*photos, written.getvalue()], golden={0: "ham"})
    assert data.pool.index.tolist() == [1]
    digits = open_(list((load_digits().images[:200] * 15).astype(np.uint8)), golden=0.2)
    assert digits.counts().apart == 0


def test_what_is_near_is_remembered_and_looked_for_again_when_the_source_grows(tmp_path) -> None:
    store, many = str(tmp_path / "near.db"), [SECRET, SECRET.upper(), *texts(30)]
    with pytest.warns(DataWarning, match="near-duplicates"):
        open_(many, golden=GOLD, store=store)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert open_(many, golden=GOLD, store=store).counts().apart == 1
    with pytest.warns(DataWarning, match=r"1 of \d+ samples are near-duplicates"):
        grown = open_([*many, SECRET.lower()], golden=GOLD, store=store)
    assert grown.counts().apart == 2


@given(strategies.text(strategies.characters(max_codepoint=127)))
def test_a_text_of_ascii_is_made_plain_by_its_words_as_any_other_is(text: str) -> None:
    words = re.findall(r"\w+", text.casefold())
    assert normalised(text) == (" ".join(words) or text.strip())
    assert normalised(f"{text} É") == " ".join([*words, "é"])


@given(strategies.lists(strategies.text(strategies.sampled_from("aB \t\n!_9.\0\x1fÉ"), max_size=6), max_size=6))
def test_texts_are_made_plain_together_as_each_alone(texts: list[str]) -> None:
    assert all_normalised(texts) == [normalised(text) for text in texts]


def test_min_hash_estimates_the_jaccard_index_and_finds_every_pair_that_brute_force_finds() -> None:
    many = [normalised(text) for text in texts(120)]
    many += [text.replace("free", "fine") for text in many[:60]] + [normalised(text) for text in texts(60, seed=1)]
    found = shingles(many)
    rows = [found.indices[a:b] for a, b in pairwise(found.indptr)]
    exact = np.array([[jaccard(a, b) for b in rows] for a in rows])
    marks = signatures(found)
    guessed = (marks[:, None] == marks[None]).mean(axis=2)
    assert abs(guessed - exact).max() < 0.3
    assert abs((guessed - exact).mean()) < 0.03
    golden = dict.fromkeys(range(120), "ham")
    with pytest.warns(DataWarning):
        data = open_(many, golden=nbloop.Golden(given=golden, near=0.8))
    alike = {int(place) for place in np.flatnonzero((exact[:120] >= 0.8).any(axis=0)) if place >= 120}
    assert set(range(120, 240)) - set(data.pool.index) == alike


# -- looking -----------------------------------------------------------------------------------------------------------

DIGITS = load_digits()
X = (DIGITS.data / 16).astype(np.float32)[:700]
TRUTH = {i: str(value) for i, value in enumerate(DIGITS.target[:700])}


def loop_of(**options) -> nbloop.Loop:
    task = nbloop.Classification(range(10))
    names = [f"digit {i}" for i in range(700)]
    return nbloop.Loop(open_(names, **({"task": task, "features": X, "golden": 0.2, "truth": TRUTH} | options)))


def test_a_score_tells_the_random_part_apart_from_past_errors() -> None:
    loop = loop_of()
    loop.simulate(n=60, batch=20)
    asked = loop.data.labels.index[:5].tolist()
    with pytest.warns(DataWarning, match="5 samples become past errors"):
        assert loop.add_past_errors(asked) == 5
    assert loop.add_past_errors(asked) == 0
    assert not set(asked) & set(loop.data.labels.index)
    scores = loop.score()
    assert scores.random.n == 140
    assert scores.past is not None
    assert scores.past.n == 5
    assert loop.history.iloc[-1]["past_accuracy"] == scores.past.accuracy
    assert "5 past errors" in str(scores)


def test_past_errors_take_their_near_duplicates_along() -> None:
    loop = nbloop.Loop(open_([*texts(40), SECRET, SECRET.upper()], golden=GOLD))
    before = loop.data.counts().apart
    with pytest.warns(DataWarning, match="near-duplicates"):
        loop.add_past_errors([40])
    assert loop.data.counts().apart == before + 1


def test_looking_again_at_the_same_model_is_one_look_and_too_many_models_warn() -> None:
    loop = loop_of()
    loop.simulate(n=20, batch=10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [loop.score().looks, loop.score().looks] == [1, 1]
        assert str(loop.score()).endswith("samples of the golden set; 1 model was judged by them.")
        for looks in range(2, 7):
            loop.simulate(n=10, batch=10)
            assert loop.score().looks == looks
    loop.simulate(n=10, batch=10)
    with pytest.warns(DataWarning, match="7 models were judged by these 140"):
        loop.score()


def test_choosing_the_best_model_is_a_look() -> None:
    loop = loop_of()
    loop.simulate(n=40, batch=10)
    loop.best_model()
    assert [event.action.purpose for event in loop.data.noted(Look)] == ["the best of 4 rounds"]


def test_the_luck_of_the_best_of_many_is_bounded_as_it_should() -> None:
    rng = np.random.default_rng(0)
    best = rng.binomial(200, 0.8, size=(4000, 20)).max(axis=1) / 200
    assert 0 < best.mean() - 0.8 < luck_of(20, 0.8, 200)


def test_each_golden_sample_says_what_it_measures() -> None:
    loop = loop_of(holdout=0.2)
    loop.simulate(n=10, batch=10)
    with pytest.warns(DataWarning, match="become past errors"):
        loop.add_past_errors(loop.data.labels.index[:3])
    parts = loop.data.golden["part"]
    assert parts.value_counts().to_dict() == {"final": 140, "random": len(loop.data.snapshot().golden), "errors": 3}
    held = [loop.data.samples.ids[place] for place in loop.data.snapshot().final]
    assert parts.index[parts == "final"].tolist() == held
    assert loop.data.counts().measuring == parts.value_counts()["random"] < loop.data.counts().verified


def test_the_holdout_is_scored_once_and_a_second_time_says_so() -> None:
    loop = loop_of(holdout=0.2)
    loop.simulate(n=40, batch=20)
    assert loop.data.snapshot().final.shape == (140,)
    assert not set(loop.data.snapshot().final) & {*loop.data.snapshot().golden, *loop.data.snapshot().labelled}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = loop.final_score()
    assert str(first) == f"{first.accuracy:.1%} ({first.low:.1%} to {first.high:.1%}) on {first.n} samples"
    assert first.n == 140
    with pytest.warns(DataWarning, match="scored before"):
        loop.final_score()
    assert [event.action.part for event in loop.data.noted(Look)] == ["final", "final"]


def test_a_loop_without_a_holdout_says_how_to_have_one() -> None:
    loop = loop_of()
    loop.simulate(n=20, batch=10)
    with pytest.raises(DataError, match=r"holdout=0\.1"):
        loop.final_score()


def test_quoting_accuracy_on_chosen_labels_warns() -> None:
    loop = loop_of()
    loop.simulate(n=40, batch=20)
    with pytest.warns(DataWarning, match="40 of these 40 samples were chosen"):
        assert loop.score(loop.data.labels).accuracy > loop.score().random.accuracy
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loop.score(loop.data.golden)


def test_the_draw_of_a_holdout_stands_when_the_store_is_opened_again(tmp_path) -> None:
    store = str(tmp_path / "holdout.db")
    first = loop_of(holdout=0.1, store=store).data.snapshot().final
    again = loop_of(holdout=0.1, store=store).data
    assert again.snapshot().final.tolist() == first.tolist()
    assert len([event for event in again.noted(Draw) if event.action.part == "final"]) == 1


def test_a_golden_set_of_whole_groups_has_an_interval_of_groups() -> None:
    names, customers = [f"text {i}" for i in range(400)], [f"c{i // 20}" for i in range(400)]
    frame = pd.DataFrame({"text": names, "customer": customers})
    truth = ["ham" if i % 3 else "spam" for i in range(400)]
    task, matrix = nbloop.Classification(["ham", "spam"]), np.random.default_rng(0).random((400, 3)).astype(np.float32)
    widths = []
    for golden in (nbloop.Golden(0.3, group="customer", near=None), nbloop.Golden(0.3, near=None)):
        data = nbloop.Dataset(
            frame, content="text", task=task, features=matrix, golden=golden, truth=truth, store=":memory:"
        )
        loop = nbloop.Loop(data)
        loop.simulate(n=20, batch=20)
        found = loop.score().random
        assert found.n == 120
        widths.append((len(data.snapshot().groups), share(round(found.accuracy * 120), 120).low - found.low))
    assert widths[0][0] == 400
    assert widths[0][1] > 0.005
    assert widths[1] == (0, pytest.approx(0))
