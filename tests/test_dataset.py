"""The dataset: what was answered is there again, the golden set stays apart, and a person is told what matters."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from nbloop import Classification, Dataset, Loop
from nbloop.dataset.draw import draw
from nbloop.errors import DataError, DataWarning, FeatureError, StoreError, TaskError, UnknownLabel, UnknownSample
from nbloop.journal import Journal
from nbloop.schema import Action, Annotate, Define, Draw, Event, Flag, Reject, Round, Said, Skip, Undo
from nbloop.snapshot import digests

TASK = Classification(["ham", "spam"])
TEXTS = [f"message {i}" for i in range(100)]
IDS = list(range(100))
TRUTH = ["spam" if i % 4 == 0 else "ham" for i in range(100)]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """A warning that no test expects fails it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        yield


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "labels.db"


def open_texts(store: Path | str = ":memory:", n: int = 100, **options: Any) -> Dataset:
    return Dataset(TEXTS[:n], **{"id": IDS[:n], "task": TASK, "store": store, **options})


def tell(data: Dataset, *actions: Action) -> list[Event]:
    return data.record([data.event(action) for action in actions])


def journalled(store: Path, kind: type) -> list[Any]:
    return [event.action for _, event in Journal(store).read() if isinstance(event.action, kind)]


# -- resume ------------------------------------------------------------------------------------------------------------


def test_running_the_notebook_again_goes_on_where_it_was_left(store: Path) -> None:
    data = open_texts(store, golden=0.1, truth=TRUTH)
    tell(data, *[Annotate(key, "ham") for key in data.pool.index[:3].map(str)], Flag("7"))
    again = open_texts(store, golden=0.1, truth=TRUTH)
    assert again.uid == data.uid
    assert again.counts() == data.counts()
    assert again.snapshot().hash == data.snapshot().hash
    pd.testing.assert_frame_equal(again.labels, data.labels)
    pd.testing.assert_frame_equal(again.golden, data.golden)
    n = len(list(Journal(store).read()))
    open_texts(store, golden=0.1, truth=TRUTH)
    assert len(list(Journal(store).read())) == n


def test_labels_follow_their_sample_when_the_source_is_reordered_and_grows(store: Path) -> None:
    data = Dataset(TEXTS[:10], task=TASK, store=store)
    tell(data, Annotate(data.samples.keys[3], "spam"))
    again = Dataset([*reversed(TEXTS[:10]), "new"], task=TASK, store=store)
    assert again.labels.label.to_dict() == {again.samples.keys[6]: "spam"}
    assert again.samples.content(6) == TEXTS[3]


def test_a_second_arrival_is_no_second_label(store: Path) -> None:
    data = open_texts(store)
    event = data.event(Annotate("3", "ham"))
    assert data.record([event]) == [event]
    assert data.record([event, event]) == []
    assert open_texts(store).record([event]) == []
    assert data.counts().labels == 1


def test_two_kernels_on_one_store_see_each_other_when_they_write(store: Path) -> None:
    here, there = open_texts(store, annotator="ada"), open_texts(store, annotator="bob")
    tell(here, Annotate("1", "ham"), Annotate("2", "ham"))
    tell(there, Annotate("3", "spam"))
    assert there.labels.label.to_dict() == {1: "ham", 2: "ham", 3: "spam"}
    assert there.labels.annotator.tolist() == ["ada", "ada", "bob"]
    tell(here, Annotate("4", "spam"))
    assert here.snapshot().hash == open_texts(store).snapshot().hash


def test_an_answer_that_another_kernel_wrote_first_is_a_label_here_too(store: Path) -> None:
    one, other = open_texts(store), open_texts(store)
    event = one.event(Annotate("1", "spam"))
    other.record([event])
    assert one.record([event]) == []
    assert one.labels.label.to_dict() == {1: "spam"}


def test_threads_that_tell_at_once_lose_nothing() -> None:
    data, start = open_texts(), threading.Barrier(5)

    def work(first: int) -> None:
        start.wait()
        for i in range(first, 100, 5):
            tell(data, Annotate(str(i), "spam"))
            snapshot = data.snapshot()
            assert snapshot.labelled.size == snapshot.codes.size == 100 - snapshot.eligible.sum()
            assert len(data.labels) >= snapshot.labelled.size

    threads = [threading.Thread(target=work, args=(i,)) for i in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert data.counts().labels == 100
    assert sorted(data.snapshot().labelled.tolist()) == IDS


def test_annotations_of_samples_that_are_gone_are_kept_and_counted(store: Path) -> None:
    tell(open_texts(store), Annotate("1", "ham"), Annotate("99", "spam"))
    with pytest.warns(DataWarning, match=r"1 of the 2 samples annotated in .* are not in this source, first: '99'\."):
        data = open_texts(store, n=50)
    assert data.missing == 1
    assert data.labels.index.tolist() == [1]
    assert data.annotations.index.tolist() == [1, "99"]
    with pytest.warns(DataWarning, match=r"none of the 2 samples annotated in .* probably another dataset's"):
        Dataset(["other", "texts"], task=TASK, store=store)
    assert open_texts(store).counts().labels == 2


def test_a_dataset_without_a_store_uses_a_file_beside_the_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tell(Dataset(TEXTS, task=TASK, id=IDS), Annotate("1", "ham"))
    assert (tmp_path / "nbloop.db").exists()
    assert Dataset(TEXTS, task=TASK, id=IDS).counts().labels == 1


def test_an_annotator_is_who_jupyterhub_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_texts().annotator == "annotator"
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    assert open_texts().annotator == "ada"
    assert open_texts(annotator="bob").annotator == "bob"
    with pytest.raises(DataError, match="stands for labels known beforehand"):
        open_texts(annotator="truth")


# -- record ------------------------------------------------------------------------------------------------------------


def test_what_cannot_be_recorded_leaves_nothing_behind(store: Path) -> None:
    data = open_texts(store)
    for action, error in [
        (Annotate("1", "eggs"), UnknownLabel),
        (Skip("500"), UnknownSample),
        (Flag("x"), UnknownSample),
    ]:
        with pytest.raises(error):
            tell(data, Annotate("1", "ham"), action)
    data.close()
    assert open_texts(store).counts().labels == 0
    assert journalled(store, Annotate) == []


def test_a_store_that_fails_leaves_the_labels_as_they_were(store: Path) -> None:
    import sqlite3

    data = open_texts(store)
    tell(data, Annotate("1", "ham"))
    with sqlite3.connect(store) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    with pytest.raises(StoreError, match=r"disk is full.*Free some space"):
        tell(data, Annotate("2", "ham"))
    assert data.labels.index.tolist() == [1]
    with sqlite3.connect(store) as other:
        other.execute("DROP TRIGGER full")
    other.close()
    tell(data, Annotate("2", "ham"))
    assert data.labels.index.tolist() == [1, 2]


def test_labels_and_samples_are_written_as_the_dataset_names_them() -> None:
    data = Dataset(TEXTS, id=IDS, task=Classification([0, 1]), store=":memory:")
    [event] = tell(data, Annotate(7, 1))  # type: ignore[arg-type]  # what a person may well pass
    assert event.action == Annotate("7", "1")
    assert data.labels.label.to_dict() == {7: "1"}


def test_an_event_has_its_annotator_a_fresh_id_and_an_aware_time() -> None:
    data = open_texts(annotator="ada")
    first, second = data.event(Skip("1")), data.event(Skip("1"))
    assert first.annotator == "ada"
    assert first.id != second.id
    assert first.at.tzinfo is not None
    given = data.event(Skip("1"), id="mine", at=second.at)
    assert (given.id, given.at) == ("mine", second.at)


# -- look --------------------------------------------------------------------------------------------------------------


def test_frames_are_indexed_by_the_ids_the_user_gave() -> None:
    data = open_texts(golden={5: "ham", 6: None})
    said = Said("margin", score=0.5, rank=2, model="4f", prediction="spam")
    label, _, _ = tell(
        data, Annotate("3", "spam", rationale="prize", seconds=2.5, shown=True, said=said), Skip("4"), Reject("9")
    )
    tell(data, Annotate("8", "ham"))
    tell(data, Undo(data.recent()[-1].event))

    assert data.labels.index.tolist() == [3]
    assert data.labels.loc[3, ["label", "annotator", "rationale", "seconds"]].tolist() == [
        "spam",
        "annotator",
        "prize",
        2.5,
    ]
    assert data.labels.loc[3, "at"] == label.at
    assert data.golden.index.tolist() == [5, 6]
    assert data.golden.label.isna().tolist() == [False, True]
    assert set(IDS) - set(data.pool.index) == {3, 5, 6, 9}
    assert data.pool.columns.tolist() == ["text"]

    frame = data.annotations
    assert frame.index.tolist() == [5, 3, 8]
    assert frame.active.tolist() == [True, True, False]
    assert frame.annotator.tolist() == ["truth", "annotator", "annotator"]
    assert frame.loc[3, ["event", "shown", "model", "prediction", "strategy", "score", "rank"]].tolist() == [
        label.id,
        True,
        "4f",
        "spam",
        "margin",
        0.5,
        2,
    ]


def test_frames_of_a_dataset_without_answers_have_their_columns() -> None:
    data = open_texts()
    for frame in (data.labels, data.golden, data.annotations):
        assert len(frame) == 0
        assert {"label", "annotator", "at", "rationale", "seconds"} <= set(frame.columns)
        assert str(frame["at"].dtype).startswith("datetime64[")
    assert len(data.pool) == 100


def test_states_counts_and_recent_tell_the_same_story() -> None:
    with pytest.warns(DataWarning, match="leaves out 'spam'"):
        data = open_texts(golden={5: "ham"})
    events = tell(data, Annotate("1", "ham"), Skip("2"), Reject("3"), Flag("1"))
    assert [data.state(key).status for key in (1, "2", 3, 4)] == ["labelled", "skipped", "rejected", "pool"]
    assert data.state(1).flagged
    assert (data.state(5).golden, data.state(5).label) == (True, "ham")
    counts = data.counts()
    assert (counts.labels, counts.pool, counts.skipped, counts.rejected, counts.golden) == (1, 96, 1, 1, 1)
    assert (counts.total, counts.flagged, counts.verified) == (100, 1, 1)
    assert [(recent.kind, recent.sample, recent.value) for recent in data.recent(2)] == [
        ("skip", "2", None),
        ("reject", "3", None),
    ]
    assert [recent.event for recent in data.recent()] == [event.id for event in events[:3]]
    assert repr(data) == "Dataset(100 samples, 1 labels, 1 golden)"
    with pytest.raises(UnknownSample):
        data.state(500)


def test_an_event_knows_the_place_of_its_sample(store: Path) -> None:
    data = open_texts(store)
    label, gone = tell(data, Annotate("3", "ham"), Annotate("99", "ham"))
    [undo] = tell(data, Undo(label.id))
    with pytest.warns(DataWarning, match="not in this source"):
        again = open_texts(store, n=50)
    assert [again.place_of_event(id) for id in (label.id, gone.id, undo.id, "no event")] == [3, None, None, None]


def test_rounds_are_kept(store: Path) -> None:
    rounds = [Round(1, 10, 0.5, "4f", accuracy=0.7), Round(2, 20, 0.5, "5a")]
    tell(open_texts(store), *rounds)
    assert open_texts(store).rounds() == rounds


# -- golden ------------------------------------------------------------------------------------------------------------


def test_a_share_is_drawn_before_anything_is_asked_and_stays(store: Path) -> None:
    data = open_texts(store, golden=0.1)
    golden = data.golden.index.tolist()
    assert len(golden) == data.counts().golden == 10
    assert data.counts().verified == 0
    assert data.unverified() == golden
    assert not set(golden) & set(data.pool.index)
    assert open_texts(store, golden=0.1, seed=99).golden.index.tolist() == golden
    assert open_texts(store).golden.index.tolist() == golden
    with pytest.warns(DataWarning, match=r"drawn with the share 0\.1, which stays; golden=0\.2 is not applied"):
        assert open_texts(store, golden=0.2).golden.index.tolist() == golden


def test_the_draw_depends_on_the_seed_and_not_on_the_order_of_the_source() -> None:
    first = open_texts(golden=0.2, seed=1).golden.index.tolist()
    turned = Dataset(TEXTS[::-1], id=IDS[::-1], task=TASK, golden=0.2, seed=1, store=":memory:").golden.index
    assert sorted(turned) == first
    others = [open_texts(golden=0.2, seed=seed).golden.index.tolist() for seed in range(2, 8)]
    assert all(other != first for other in others)


def test_every_sample_has_the_same_chance_to_become_golden() -> None:
    drawn = np.zeros(100)
    keys = [str(i) for i in IDS]
    for seed in range(400):
        drawn[[int(key) for key in draw(keys, digests(keys), 0.2, seed).samples]] += 1
    assert drawn.sum() == 400 * 20
    chi2 = ((drawn - 80) ** 2 / (80 * 0.8)).sum()
    assert 60 < chi2 < 150  # 99 degrees of freedom; the seeds are fixed, so this holds or it does not


def test_a_source_that_grows_draws_from_what_is_new_with_the_same_share(store: Path) -> None:
    texts = [f"message {i}" for i in range(5000)]
    first = Dataset(texts[:1000], id=range(1000), task=TASK, golden=0.1, store=store).golden.index.tolist()
    grown = Dataset(texts, id=range(5000), task=TASK, golden=0.1, store=store).golden.index.tolist()
    assert grown[:100] == first
    assert min(grown[100:]) >= 1000
    assert 340 < len(grown[100:]) < 460
    again = Dataset(texts, id=range(5000), task=TASK, golden=0.1, store=store)
    assert again.golden.index.tolist() == grown
    random = [draw for draw in journalled(store, Draw) if draw.part == "random"]
    assert [(draw.share, draw.seed) for draw in random] == [(0.1, 0), (0.1, 0)]


def test_verified_samples_are_golden_at_once(store: Path) -> None:
    for golden in ({5: "ham", 6: "spam"}, pd.Series(["ham", "spam"], index=[5, 6])):
        data = open_texts(store, golden=golden)
        assert data.golden.label.to_dict() == {5: "ham", 6: "spam"}
        assert data.counts().verified == 2
        assert data.snapshot().golden.tolist() == [5, 6]
        assert data.snapshot().golden_codes.tolist() == [0, 1]
    assert len(journalled(store, Draw)) == 1
    assert len(journalled(store, Annotate)) == 2
    assert open_texts(store, golden={5: "spam", 7: "ham"}).golden.label.to_dict() == {5: "spam", 6: "spam", 7: "ham"}


def test_a_person_verifies_a_golden_sample_by_answering_it() -> None:
    data = open_texts(golden=0.1)
    key = data.samples.keys[data.unverified()[0]]
    tell(data, Annotate(key, "spam"))
    assert data.counts().verified == 1
    assert data.counts().labels == 0
    assert len(data.unverified()) == 9
    assert data.recent()[0].sample == key


def test_samples_that_were_labelled_before_stop_training_when_they_become_golden(store: Path) -> None:
    tell(open_texts(store), *[Annotate(str(i), "ham") for i in range(100)])
    with pytest.warns(DataWarning, match="10 samples labelled before become golden"):
        data = open_texts(store, golden=0.1)
    assert (data.counts().labels, data.counts().verified) == (90, 10)


@pytest.mark.parametrize(
    ("golden", "error", "said"),
    [
        (0.001, DataError, "golden=0.001 of 100 samples is 0 of them"),
        (0.999, DataError, "is 100 of them, but some must be golden and some left to ask"),
        (1, DataError, "a share between 0 and 1"),
        (50, DataError, "a share between 0 and 1"),
        (True, DataError, "a share such as 0.1, or verified samples"),
        ("label", DataError, "found 'label'"),
        (dict.fromkeys(IDS, "ham"), DataError, "all 100 samples are golden"),
        ({500: "ham"}, UnknownSample, "no sample has the id 500"),
        ({5: "eggs"}, UnknownLabel, "1 labels are not of this task, such as 'eggs'"),
    ],
    ids=["none", "all", "one", "count", "flag", "name", "every", "sample", "label"],
)
def test_a_golden_set_that_cannot_be_says_why(golden: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        open_texts(golden=golden)


def test_a_golden_set_that_leaves_a_class_out_is_named() -> None:
    truth = dict.fromkeys(range(100), "ham") | {99: "spam"}
    with pytest.warns(DataWarning, match=r"leaves out 'spam', .* golden=\{id: label\}"):
        open_texts(golden=0.1, truth=truth)
    assert len(open_texts(golden=0.1, truth={98: "ham", 99: "spam"}).unverified()) >= 8


def test_truth_may_be_named_as_the_rows_of_the_source_are() -> None:
    rows = [f"row {i}" for i in range(100)]
    frame, truth = pd.DataFrame({"text": [*TEXTS[:99], TEXTS[3]]}, index=rows), pd.Series(TRUTH, index=rows)
    with pytest.warns(DataWarning, match="same content"):
        data = Dataset(frame, task=TASK, store=":memory:", truth=truth)
    assert list(data.truth.values()) == TRUTH[:99]
    with pytest.raises(DataError, match="none of which is here"), pytest.warns(DataWarning, match="same content"):
        Dataset(frame, task=TASK, store=":memory:", truth=truth.sample(frac=0.5, random_state=0))


def test_verified_samples_that_leave_a_class_out_are_named_also_without_truth(store: Path) -> None:
    for options in ({}, {"truth": {5: "ham", 6: "ham", 8: "spam"}}, {}):  # the third opening finds them in the store
        with pytest.warns(DataWarning, match="golden set leaves out 'spam'"):
            open_texts(store, golden={5: "ham", 6: "ham"}, **options)
    open_texts(store, golden={5: "ham", 6: "ham", 7: "spam"})


# -- truth -------------------------------------------------------------------------------------------------------------


def test_truth_verifies_the_golden_set_and_trains_nobody(store: Path) -> None:
    data = open_texts(store, golden=0.2, truth=TRUTH)
    assert data.counts().verified == 20
    assert data.counts().labels == 0
    assert data.golden.annotator.unique().tolist() == ["truth"]
    assert data.golden.label.tolist() == [TRUTH[i] for i in data.golden.index]
    assert data.recent() == ()
    changed = ["ham" if label == "spam" else "spam" for label in TRUTH]
    again = open_texts(store, golden=0.2, truth=changed)
    assert again.golden.label.tolist() == [changed[i] for i in again.golden.index]
    assert open_texts(store, golden=0.2, truth=TRUTH).golden.label.tolist() == data.golden.label.tolist()


def test_truth_is_a_column_a_mapping_a_series_or_a_list() -> None:
    frame = pd.DataFrame({"text": TEXTS, "id": IDS, "label": TRUTH})
    known = {str(i): TRUTH[i] for i in IDS}
    for truth in (
        "label",
        dict(enumerate(TRUTH)),
        pd.Series(TRUTH),
        TRUTH,
        np.array(TRUTH),
        pd.Series(TRUTH, index=map(str, IDS)),
    ):
        data = Dataset(frame, content="text", id="id", truth=truth, task=TASK, store=":memory:")
        assert data.truth == known
    assert open_texts(n=5, truth=dict(enumerate(TRUTH))).truth == dict(list(known.items())[:5])


def test_a_column_of_truth_is_never_shown() -> None:
    frame = pd.DataFrame({"text": TEXTS, "n": IDS, "label": TRUTH})
    data = Dataset(frame, truth="label", id="n", task=TASK, store=":memory:")
    assert data.samples.content(0) == "message 0"
    assert data.pool.columns.tolist() == ["text"]
    seen = []
    rendered = Dataset(frame, truth="label", task=TASK, store=":memory:", render=lambda row: str(seen.append(row)))
    rendered.samples.content(0)
    assert seen == [{"text": "message 0", "n": 0}]
    with pytest.raises(DataError, match="'label' cannot be content"):
        Dataset(frame, content=["text", "label"], truth="label", task=TASK, store=":memory:")


def test_missing_truth_is_no_label_and_numbers_stay_whole() -> None:
    task = Classification([0, 1, 2.5])
    frame = pd.DataFrame({"text": TEXTS[:6], "label": [0, 1, None, np.nan, 2.5, 1]})
    data = Dataset(frame, truth="label", task=task, store=":memory:")
    assert list(data.truth.values()) == ["0", "1", "2.5", "1"]
    frame["label"] = pd.array([0, 1, None, None, 1, 1], "Int64")
    assert list(Dataset(frame, truth="label", task=task, store=":memory:").truth.values()) == ["0", "1", "1", "1"]
    assert Dataset(["a", "b"], truth=[True, False], task=Classification([True, False]), store=":memory:").truth


def test_truth_of_rows_that_were_left_out_does_not_shift() -> None:
    with pytest.warns(DataWarning, match="2 of 4 samples have no content"):
        data = Dataset(["a", "", None, "b"], truth=["ham", "ham", "ham", "spam"], task=TASK, store=":memory:")
    assert list(data.truth.values()) == ["ham", "spam"]


@pytest.mark.parametrize(
    ("truth", "error", "said"),
    [
        ("labels", DataError, "no column 'labels'"),
        (["ham"] * 99, DataError, "found 99 for 100 rows"),
        (
            ["ham", "eggs"] * 50,
            UnknownLabel,
            "50 labels are not of this task, such as 'eggs'; its labels are: ham, spam",
        ),
        ({"a": "ham"}, DataError, "names 1 samples by id, none of which is here; the first id here is 0"),
    ],
    ids=["column", "length", "label", "ids"],
)
def test_truth_that_cannot_be_says_why(truth: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        open_texts(truth=truth)


def test_truth_of_one_class_is_named() -> None:
    with pytest.warns(DataWarning, match="truth= knows one class only, 'ham'"):
        open_texts(truth=["ham"] * 100)


def test_equal_samples_with_another_truth_are_counted_and_the_first_truth_is_kept() -> None:
    texts, truth = ["a", "b", "a", "a", "b"], ["ham", "spam", "spam", "ham", None]
    for source, known in ((texts, truth), (pd.DataFrame({"text": texts, "truth": truth}), "truth")):
        with pytest.warns(DataWarning) as caught:
            data = Dataset(source, truth=known, task=TASK, store=":memory:")
        said = [str(warning.message) for warning in caught]
        assert len(said) == 2
        assert "contradicts itself in 1 rows" in said[1]
        assert "first 'ham' and not 'spam' of row 2" in said[1]
        assert list(data.truth.values()) == ["ham", "spam"]


def test_a_warning_points_at_the_line_of_the_user() -> None:
    with pytest.warns(DataWarning) as caught:
        Dataset(["a", "a", None], truth=["ham"] * 3, task=TASK, store=":memory:")
    assert len(caught) == 3
    assert {warning.filename for warning in caught} == {__file__}


# -- task --------------------------------------------------------------------------------------------------------------


def test_labels_can_be_added_and_unused_ones_removed(store: Path) -> None:
    tell(open_texts(store, task=Classification(["ham", "spam", "eggs"])), Annotate("1", "spam"))
    data = open_texts(store, task=Classification(["bacon", "spam"]))
    assert data.labels.label.to_dict() == {1: "spam"}
    assert data.snapshot().codes.tolist() == [1]
    open_texts(store, task=Classification(["bacon", "spam"], guidelines="look twice"))
    defined = journalled(store, Define)
    assert [define.task.names for define in defined] == [("ham", "spam", "eggs"), ("bacon", "spam"), ("bacon", "spam")]


def test_a_label_in_use_cannot_be_removed(store: Path) -> None:
    data = open_texts(store, task=Classification(["ham", "spam", "eggs"]))
    tell(data, Annotate("1", "eggs"), Annotate("2", "eggs"), Annotate("3", "spam"))
    with pytest.raises(
        TaskError, match=r"labels that the task lacks: 'eggs' \(2\)\. Keep these labels .* another store="
    ):
        open_texts(store)
    tell(data, *[Undo(recent.event) for recent in data.recent()[:2]])
    assert open_texts(store).counts().labels == 1


def test_the_hash_of_labels_outlives_a_task_that_grew(store: Path) -> None:
    data = open_texts(store)
    tell(data, Annotate("1", "spam"))
    grown = open_texts(store, task=Classification(["new", "ham", "spam"]))
    assert grown.snapshot().hash == data.snapshot().hash


def test_a_task_that_is_none_is_refused() -> None:
    with pytest.raises(TaskError, match=r"task= is a nbloop\.Classification\(\[\.\.\.\]\); found list"):
        open_texts(task=["ham", "spam"])
    with pytest.raises(TaskError, match=r"task= is a nbloop\.Classification\(\[\.\.\.\]\); found none"):
        Dataset(TEXTS)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"seed": "x"}, DataError, r"seed= is a whole number .*; found 'x'"),
        ({"seed": -1}, DataError, r"seed= is a whole number .*; found -1"),
        ({"id": 1}, DataError, "id= is the name of a column, or one id a source row; found 1"),
        ({"content": 0}, DataError, "content= is the name of a column, or a list of them; found 0"),
        ({"store": None}, StoreError, "store= is a path, .*; found None"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_options_of_another_type_say_what_they_are(
    options: dict[str, Any], error: type[Exception], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=said):
        open_texts(**options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("rationale", [5, None, b"bytes"])
def test_a_rationale_that_is_no_text_is_refused(rationale: Any) -> None:
    data = open_texts()
    with pytest.raises(DataError, match="a rationale is text; found"):
        tell(data, Annotate("1", "ham", rationale=rationale))
    assert data.annotations.empty


# -- features ----------------------------------------------------------------------------------------------------------


def test_a_matrix_of_features_keeps_the_rows_of_the_samples_that_are_kept() -> None:
    matrix = np.arange(8.0).reshape(4, 2)
    for features in (matrix, csr_matrix(matrix), pd.DataFrame(matrix, index=list("abcd")), matrix.tolist()):
        with pytest.warns(DataWarning, match="no content"):
            data = Dataset(["a", "", "b", "c"], task=TASK, store=":memory:", features=features)
        kept = data.features.toarray() if isinstance(features, csr_matrix) else data.features
        assert np.array_equal(kept, matrix[[0, 2, 3]])
        assert data.values(matrix) is matrix


def test_a_matrix_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(FeatureError, match="found 99 rows for 100"):
        open_texts(features=np.zeros((99, 2)))


def test_a_column_of_features_is_not_shown_and_a_misspelt_one_is_named() -> None:
    frame = pd.DataFrame({"text": TEXTS, "embedding": [[i, 1.0] for i in IDS]})
    data = Dataset(frame, features="embedding", task=TASK, store=":memory:")
    assert data.samples.content(0) == "message 0"
    assert data.features == "embedding"
    assert np.array_equal(data.samples.values(), np.column_stack([IDS, np.ones(100)]))
    with pytest.raises(DataError, match="Did you mean 'embedding'"):
        Dataset(frame, features="embeding", task=TASK, store=":memory:")


def test_a_transformer_is_passed_on_as_it_is() -> None:
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer()
    assert open_texts(features=vectorizer).features is vectorizer
    assert open_texts().features == "auto"


@pytest.mark.parametrize(
    ("features", "said"),
    [
        ("length", "names column 'length', which holds no vectors: the first sample has 3"),
        (["length", "text"], "takes one column of vectors, not the names"),
    ],
)
def test_columns_that_are_no_vectors_are_refused_with_what_would_do(features: Any, said: str) -> None:
    frame = pd.DataFrame({"text": ["one", "two", "three"], "length": [3, 3, 5]})
    task = Classification(["a", "b"])
    with pytest.raises(FeatureError, match=said):
        Loop(Dataset(frame, content="text", features=features, task=task, store=":memory:"))
