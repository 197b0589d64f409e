"""Validation before retraining fails closed: labels in doubt are not learned, and what is no label's fault stops it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

import nbloop
from nbloop.dataset.sayings import repeated
from nbloop.dataset.withheld import MANY, TWIN, Withheld, Withholding
from nbloop.errors import DataError, DataWarning, NotTrained, TrainingWarning
from nbloop.quality.copies import plain_copies
from nbloop.schema import Adjudicate, Annotate, Draw, Undo

TASK = nbloop.Classification(["ham", "spam"])
TEXTS = [
    "Hello there, friend", "hello THERE friend!", "Meet me at noon by the old bridge.", "Win cheap watches now, click!",
    "Is dinner at seven tonight?", "Your loan is approved, call us", "hello there   friend",
]  # fmt: skip


def opened(store: str | Path = ":memory:", **options: Any) -> nbloop.Loop:
    return nbloop.Loop(nbloop.Dataset(TEXTS, id=range(len(TEXTS)), task=TASK, store=store, **options))


@pytest.fixture
def loop() -> Iterator[nbloop.Loop]:
    """Two labels of each class that nothing speaks against."""
    loop = opened()
    tell(loop, {2: "ham", 3: "spam", 4: "ham", 5: "spam"})
    yield loop
    loop.close()


def tell(loop: nbloop.Loop, labels: dict[int, str]) -> None:
    for id, label in labels.items():
        loop.tell(id, label)


def quiet(loop: nbloop.Loop) -> nbloop.Loop:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loop.wait()
    return loop


def learned(loop: nbloop.Loop) -> list[Any]:
    return [loop.data.samples.ids[place] for place in loop.data.snapshot().labelled]


def bits(loop: nbloop.Loop) -> np.ndarray:
    return quiet(loop)._model.predict_proba(loop._mind.X)


# -- contradictions ----------------------------------------------------------------------------------------------------


def test_equal_samples_with_two_labels_are_not_learned_and_the_rest_is(loop: nbloop.Loop) -> None:
    tell(loop, {0: "ham", 1: "spam"})
    with pytest.warns(DataWarning, match=r"2 labels are in doubt and not learned: 0 \(ham\) says the same as 1 \(spam"):
        loop.wait()
    assert learned(loop) == [2, 3, 4, 5]
    assert loop.history[["labels", "held"]].iloc[-1].tolist() == [4, 2]
    assert loop.data.held.reset_index().to_numpy().tolist() == [
        [0, "ham", "conflicting labels", 1, "spam"],
        [1, "spam", "conflicting labels", 0, "ham"],
    ]
    assert loop.problem is None
    problem = loop._session.view().problem
    assert problem is not None
    assert (problem.code, problem.message) == ("held", loop.data.held_back())  # under the card
    assert loop.data.labels["label"].to_dict()[0] == "ham"  # the label is kept
    assert [finding.kind for finding in loop.validate()] == ["conflicting labels"]


def test_the_warning_comes_once_as_long_as_the_doubts_are_the_same(loop: nbloop.Loop) -> None:
    tell(loop, {0: "ham", 1: "spam"})
    with pytest.warns(DataWarning):
        loop.wait()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loop.wait()


@pytest.mark.parametrize("mend", ["relabel", "undo", "reject"])
def test_a_correction_an_undo_and_a_rejection_bring_the_rest_back(loop: nbloop.Loop, mend: str) -> None:
    tell(loop, {0: "ham"})
    before = bits(loop)
    tell(loop, {1: "spam"})
    assert not np.array_equal(bits(loop), before)
    {"relabel": lambda: loop.tell(1, "ham"), "undo": loop.undo, "reject": lambda: loop.reject(1)}[mend]()
    assert 0 in learned(quiet(loop))
    assert loop.data.held.empty
    assert loop._session.view().problem is None
    if mend != "relabel":
        assert np.array_equal(bits(loop), before)


def test_a_model_with_doubts_is_the_one_that_never_saw_them_also_after_a_new_start(tmp_path: Path) -> None:
    loop = opened(tmp_path / "d.db")
    tell(loop, {2: "ham", 0: "ham", 3: "spam", 1: "spam", 4: "ham", 5: "spam"})
    other = opened()
    tell(other, {2: "ham", 3: "spam", 4: "ham", 5: "spam"})
    said, version = bits(loop), loop._model.version
    assert np.array_equal(said, bits(other))
    assert version == other._model.version
    loop.close()
    again = opened(tmp_path / "d.db")
    assert np.array_equal(bits(again), said)
    again.tell(6, "ham")
    assert np.array_equal(again.model(version).model.predict_proba(again._mind.X), said)


def test_what_somebody_decided_is_learned_with_what_agrees_and_the_rest_stays_held(loop: nbloop.Loop) -> None:
    tell(loop, {0: "ham", 1: "spam", 6: "ham"})
    assert loop.data.held.index.tolist() == [0, 1, 6]
    review = loop.review(audit=0, again=0)
    assert [(item.id, item.reasons) for item in review.items()] == [(i, ("conflict",)) for i in (0, 1, 6)]
    assert "says the same and is spam" in review.items()[0].details["conflict"]
    review.accept(0)
    assert loop.data.held.index.tolist() == [1]
    assert learned(loop) == [2, 3, 4, 5, 6, 0]
    review.accept(1)  # both as they are: somebody looked
    assert loop.data.held.empty
    assert review.items() == []
    loop.undo()
    assert loop.data.held.index.tolist() == [1]


def test_who_has_just_begun_hears_why_there_is_no_model() -> None:
    loop = opened()
    tell(loop, {0: "ham", 1: "spam"})
    quiet(loop)
    with pytest.raises(NotTrained, match="without those in doubt there are fewer"):
        loop.predict(TEXTS)


def test_a_merge_of_the_two_classes_ends_the_doubt(loop: nbloop.Loop) -> None:
    loop.data.classes.add("junk")
    tell(loop, {0: "junk", 1: "spam"})
    assert len(loop.data.held) == 2
    loop.data.classes.merge(["junk", "spam"], "spam")
    assert loop.data.held.empty
    loop.data.classes.undo()
    assert len(loop.data.held) == 2


def test_the_dataset_as_it_was_has_the_doubts_of_then(loop: nbloop.Loop) -> None:
    tell(loop, {0: "ham", 1: "spam"})
    then = int(loop.data.log().index[-1])
    loop.tell(1, "ham")
    assert loop.data.at(then).held.index.tolist() == [0, 1]
    assert 0 not in loop.data.snapshot_at(then).labelled
    assert loop.data.held.empty


def test_samples_of_a_pool_full_of_equal_ones_contradict_nobody() -> None:
    answers = nbloop.Dataset(["yes", "no", "yes", "no"] * 5, id=range(20), task=TASK, store=":memory:")
    answers.record([answers.event(Annotate(str(i), "ham" if i < 2 else "spam")) for i in range(20)])
    assert answers.held.empty
    table = pd.DataFrame({"sex": ["f", "m"] * 10, "deck": ["a", "b"] * 10})
    people = nbloop.Dataset(table, id=range(20), task=TASK, store=":memory:")
    people.record([people.event(Annotate(str(i), "ham" if i < 2 else "spam")) for i in range(20)])
    assert people.held.empty
    assert nbloop.Loop(people).validate() == []


def test_equal_rows_of_a_table_with_two_labels_are_held() -> None:
    table = pd.DataFrame({"job": ["Nurse", "nurse ", "cook", "smith"], "age": [30, 30, 41, 52]})
    data = nbloop.Dataset(table, id=range(4), task=TASK, store=":memory:")
    data.record([data.event(Annotate(str(i), label)) for i, label in enumerate(["ham", "spam", "ham", "spam"])])
    assert data.held.index.tolist() == [0, 1]


def test_incremental_doubts_are_those_of_a_fresh_look_whatever_was_told() -> None:
    rng = np.random.default_rng(0)
    texts = [f"{word}{'!' * int(n)}" for word, n in zip(rng.choice(list("abcdefghij") * 3, 60), range(60), strict=True)]
    data = nbloop.Dataset(texts, id=range(60), task=TASK, store=":memory:", golden={0: "ham"}, annotator="ada")
    told: list[str] = []
    for step in range(200):
        key = str(rng.integers(60))
        kind = rng.choice(["label", "decide", "undo", "golden"], p=[0.6, 0.2, 0.15, 0.05])
        if kind == "undo" and told:
            data.record([data.event(Undo(told.pop(int(rng.integers(len(told))))))])
        elif kind == "golden":
            data.record([data.event(Draw((key,)))])
        else:
            made = Annotate if kind != "decide" else Adjudicate
            told += [event.id for event in data.record([data.event(made(key, str(rng.choice(["ham", "spam"]))))])]
        if step % 3 == 0:
            assert data.in_doubt() == data._withholding.fresh().of(_refolded(data))
    assert {each.kind for each in data.in_doubt()} == {"conflicting labels", "golden twins"}


def _refolded(data: nbloop.Dataset) -> Any:
    fold = data._empty_fold()
    fold.apply(data._journal.read())
    return fold


# -- twins of golden samples -------------------------------------------------------------------------------------------


def test_a_twin_of_a_sample_that_becomes_golden_later_is_learned_no_more(loop: nbloop.Loop) -> None:
    loop.tell(1, "ham")
    data = loop.data
    drawn = data.record([data.event(Draw(("0",)))])[0]
    with pytest.warns(DataWarning, match="1 .ham. is as good as the golden sample 0"):
        loop.wait()
    assert 1 not in learned(loop)
    assert data.held["kind"].tolist() == ["golden twins"]
    assert "golden twins" in [finding.kind for finding in loop.validate()]
    data.record([data.event(Undo(drawn.id))])
    assert 1 in learned(loop)


def test_twins_are_held_also_where_most_samples_nearly_equal_golden_ones() -> None:
    """Where templates make all samples alike, those merely alike are asked and learned, and equal ones are not."""
    texts = [f"your parcel {i} has arrived at the post office, please come soon" for i in range(12)]
    with pytest.warns(DataWarning, match="learned but for those that equal one"):
        data = nbloop.Dataset([*texts, texts[0].upper()], id=range(13), task=TASK, golden={0: "ham"}, store=":memory:")
    data.record([data.event(Annotate(key, "ham")) for key in ("5", "12")])
    assert data.held["kind"].to_dict() == {12: "golden twins"}
    assert data.snapshot().labelled.tolist() == [5]
    let = nbloop.Dataset(
        [*texts, texts[0].upper()], id=range(13), task=TASK, golden=nbloop.Golden(given={0: "ham"}, near=None),
        store=":memory:",
    )  # fmt: skip
    let.record([let.event(Annotate("12", "ham"))])
    assert let.held.empty


def test_in_a_pool_too_large_to_search_near_twins_are_found_as_they_are_labelled() -> None:
    text = "You have won a free prize, call this number now to claim your reward"
    texts = [text, text + " ok", "Are we still meeting for lunch tomorrow at the station?"]
    data = nbloop.Dataset(texts, id=range(3), task=TASK, store=":memory:", annotator="ada")
    data.record([data.event(Draw(("0",))), data.event(Annotate("1", "spam")), data.event(Annotate("2", "ham"))])
    assert Withholding(data.samples, 0.8, large=2).of(data._fold) == [Withheld(1, TWIN, 0)]
    assert Withholding(data.samples, 0.99, large=2).of(data._fold) == []
    assert Withholding(data.samples, None, large=2).of(data._fold) == []


# -- copies of the label -----------------------------------------------------------------------------------------------

OLD = nbloop.Classification(["old", "young"])


def people(n: int = 90, wrong: int = 0) -> nbloop.Loop:
    """A table in which a column is the label by another name, but for so many rows."""
    rng = np.random.default_rng(0)
    age = rng.integers(20, 80, n)
    truth = np.where(age > 45, "old", "young")
    group = np.where(truth == "old", 7, 3)
    group[:wrong] = 10 - group[:wrong]
    table = pd.DataFrame({"id": range(n), "age": age, "height": rng.normal(170, 9, n), "group": group})
    data = nbloop.Dataset(table, id="id", task=OLD, truth=truth.tolist(), store=":memory:")
    return nbloop.Loop(data)


def test_a_column_that_copies_the_label_stops_retraining_and_the_last_good_model_serves() -> None:
    loop = people()
    loop.simulate(n=49, batch=7)
    assert loop.problem is None
    good = loop.versions.index[-1]
    with pytest.warns(TrainingWarning, match="the column 'group' says the label in other words"):
        loop.simulate(n=20, batch=10)
    assert loop.problem is not None
    assert "loop.guard(False, 'copied label', reason=...)" in loop.problem.message
    assert quiet(loop)._model.version == good
    loop.undo(20)
    assert quiet(loop).problem is None


def test_a_column_that_only_nearly_copies_the_label_is_a_strong_feature() -> None:
    loop = people(wrong=1)
    loop.simulate(n=89, batch=30)
    assert loop.problem is None
    assert "copied label" in [finding.kind for finding in loop.validate()]  # the gate sees it all the same


def test_a_copy_is_learned_once_somebody_says_that_it_is_meant() -> None:
    loop = people()
    with pytest.warns(TrainingWarning):
        loop.simulate(n=60, batch=30)
    with pytest.raises(DataError, match="say why"):
        loop.guard(False, "copied label")
    with pytest.raises(DataError, match="no check 'copies'"):
        loop.guard(False, "copies", reason="x")
    loop.guard(False, "copied label", reason="the group is known when we predict")
    assert quiet(loop).problem is None
    assert loop.versions["labels"].iloc[-1] == 60
    assert "the group is known when we predict" in loop.data.log()["says"].iloc[-2]
    loop.guard()
    assert quiet(loop).problem is not None


@pytest.mark.parametrize("sparse", [False, True])
def test_a_feature_of_a_matrix_that_copies_the_label_is_found(sparse: bool) -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, 60)
    X = rng.random((80, 30)).astype(np.float32)
    X[:, 4], X[20:, 11], X[:20, 11] = 1.0, codes * 2.0, 0.5
    labelled = np.arange(20, 80)
    table = csr_matrix(X) if sparse else X
    assert plain_copies(table, labelled, codes) == [11]
    assert plain_copies(table, labelled[:49], codes[:49]) == []
    X[33, 11] = 2.0 - X[33, 11]
    assert plain_copies(csr_matrix(X) if sparse else X, labelled, codes) == []


def test_a_column_that_singles_out_a_few_is_no_evidence() -> None:
    codes = np.array([0] * 91 + [1] * 9)
    table = pd.DataFrame({"flag": codes.astype(bool)})
    assert plain_copies(table, np.arange(100), codes) == []
    assert plain_copies(table, np.arange(100), np.array([0] * 90 + [1] * 10)) == []
    assert plain_copies(
        table.assign(flag=[False] * 90 + [True] * 10), np.arange(100), np.array([0] * 90 + [1] * 10)
    ) == [0]


# -- classes that vanished ---------------------------------------------------------------------------------------------


def test_a_class_that_the_promoted_model_knows_and_the_labels_lack_stops_retraining(tmp_path: Path) -> None:
    task = nbloop.Classification(["ham", "spam", "other"])
    loop = nbloop.Loop(nbloop.Dataset(TEXTS, id=range(len(TEXTS)), task=task, store=tmp_path / "d.db"))
    tell(loop, {2: "ham", 3: "spam", 5: "other"})
    promoted = loop.promote()
    loop.tell(5, "spam")
    with pytest.warns(
        TrainingWarning, match="no training label is left of 'other', which the model that serves can say"
    ):
        loop.wait()
    assert quiet(loop)._model.version == promoted
    assert loop.serving().version == promoted
    loop.close()
    again = nbloop.Loop(nbloop.Dataset(TEXTS, id=range(len(TEXTS)), task=task, store=tmp_path / "d.db"))
    assert quiet(again).problem is not None
    assert again.serving().version == promoted
    again.undo()
    assert quiet(again).problem is None
    again.tell(5, "spam")
    assert quiet(again).problem is not None
    again.tell(4, "other")
    assert quiet(again).problem is None


def test_a_class_that_was_renamed_or_merged_did_not_vanish() -> None:
    task = nbloop.Classification(["ham", "spam", "other"])
    loop = nbloop.Loop(nbloop.Dataset(TEXTS, id=range(len(TEXTS)), task=task, store=":memory:"))
    tell(loop, {2: "ham", 3: "spam", 5: "other", 0: "ham"})
    loop.promote()
    loop.data.classes.rename("other", "misc")
    assert quiet(loop).problem is None
    loop.data.classes.merge(["misc"], "spam")
    assert quiet(loop).problem is None
    assert loop.data.served_classes() == ["ham", "spam"]


def test_a_waiver_of_what_compares_with_the_serving_model_ends_with_the_next_promotion() -> None:
    task, texts = nbloop.Classification(["ham", "spam", "other"]), [*TEXTS, "The committee meets on Monday.", "Prize!"]
    given = {"golden": {7: "ham", 8: "spam"}, "store": ":memory:"}
    loop = nbloop.Loop(nbloop.Dataset(texts, id=range(len(texts)), task=task, **given))
    tell(loop, {2: "ham", 3: "spam", 5: "other"})
    loop.promote(anyway=True)
    loop.tell(5, "spam")
    assert quiet(loop).problem is not None
    loop.guard(False, "vanished class", reason="nobody needs it any more")
    assert quiet(loop).problem is None
    loop.promote(anyway=True, reason="two classes will do")
    assert loop.data.waived() == {}
    assert quiet(loop).problem is None
    assert loop.roll_back()
    assert quiet(loop).problem is not None


def test_no_class_vanishes_before_a_model_was_promoted(loop: nbloop.Loop) -> None:
    quiet(loop)
    loop.undo(1)
    loop.undo(1)
    loop.tell(4, "spam")
    assert quiet(loop).problem is None


def test_a_waiver_is_kept_and_holds_after_a_new_start(tmp_path: Path) -> None:
    loop = opened(tmp_path / "d.db")
    tell(loop, {0: "ham", 1: "spam", 2: "ham", 3: "spam"})
    loop.guard(False, "conflicting labels", reason="they were said by two customers")
    assert quiet(loop).data.held.empty
    said, version = bits(loop), loop._model.version
    loop.close()
    again = opened(tmp_path / "d.db")
    assert learned(again) == [0, 1, 2, 3]
    assert np.array_equal(bits(again), said)
    assert again.data.waived() == {"conflicting labels": "they were said by two customers"}
    again.guard(True, "conflicting labels")
    assert learned(again) == [2, 3]
    assert again.sandbox().data.snapshot().hash == again.data.snapshot().hash
    assert np.array_equal(again.model(version).model.predict_proba(again._mind.X), said)


@pytest.mark.parametrize("values", [[], [3], [2**64 - 1, 0, 2**64 - 1, 5, 0, 2**63], [7, 7, 7], [*range(50)]])
def test_what_is_there_more_than_once_is_what_pandas_says_is(values: list[int]):
    digests = np.array(values, np.uint64)
    expected = pd.Series(digests).duplicated(keep=False).to_numpy()
    np.testing.assert_array_equal(repeated(digests), expected)


def test_of_many_labels_at_once_those_that_conflict_are_held_back(tmp_path: Path):
    many = MANY + 2000
    texts = [f"text number {i}" for i in range(many)] + ["TEXT number 7!", "text Number 8"]
    options: dict[str, Any] = {"id": range(len(texts)), "task": TASK, "store": tmp_path / "many.db"}
    data = nbloop.Dataset(texts, **options)
    said = ["ham" if i % 2 else "spam" for i in range(many)] + ["spam", "spam"]
    data.add_annotations(pd.DataFrame({"sample": range(len(texts)), "label": said, "annotator": "ada"}))
    data.close()
    assert sorted(nbloop.Dataset(texts, **options).held.index) == [7, many]  # 8 and its equal say the same
