"""Versions: every generation kept and rebuilt, snapshots as files, validation, gate, promotion and the sandbox."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

import nbloop
from nbloop.errors import DataError, GateError, NotTrained, TrainingWarning, ValidationError
from nbloop.schema import Annotate, Draw
from nbloop.trust.guard import Guard

DIGITS = load_digits()
FRAME = pd.DataFrame({"id": range(len(DIGITS.target)), "digit": DIGITS.target.astype(str)})
FRAME = FRAME.assign(half=FRAME["id"] % 2, name=[f"{i * 7919:x} {i * 104729:x} {i * 1299709:x}" for i in FRAME["id"]])
FEATURES = (DIGITS.data / 16).astype(np.float32)
TRUTH = {i: str(value) for i, value in enumerate(DIGITS.target)}


def dataset(store: str | Path = ":memory:", rows: int = 900, **options: Any) -> nbloop.Dataset:
    given = {"golden": 0.5, "truth": "digit", "features": FEATURES[:rows], "task": nbloop.Classification(range(10))}
    return nbloop.Dataset(FRAME[:rows], id="id", content="name", store=store, **given | options)


@pytest.fixture(scope="module")
def grown() -> nbloop.Loop:
    loop = nbloop.Loop(dataset())
    loop.simulate(TRUTH, 60, batch=10)
    return loop


def test_every_generation_is_kept_with_what_it_was_made_of(grown: nbloop.Loop) -> None:
    versions: Any = grown.versions
    assert versions["labels"].tolist() == [10, 20, 30, 40, 50, 60]
    assert versions["snapshot"].iloc[-1] == grown.data.snapshot().hash
    assert versions["seed"].tolist() == [0] * 6
    assert versions["learner"].str.contains("Logistic").all()
    assert versions["strategy"].notna().all()


def test_any_generation_is_rebuilt_bit_by_bit_also_after_an_undo() -> None:
    loop = nbloop.Loop(dataset())
    loop.simulate(TRUTH, 20, batch=20)
    version, said = loop.versions.index[-1], loop.predict_proba(FEATURES)
    loop.undo(5)
    loop.simulate(TRUTH, 20, batch=20)
    assert np.array_equal(loop.model(version).predict_proba(FEATURES), said)
    assert not np.array_equal(loop.predict_proba(FEATURES), said)


def test_a_version_of_another_learner_says_so(tmp_path: Path) -> None:
    nbloop.Loop(dataset(tmp_path / "d.db")).simulate(TRUTH, 20, batch=20)
    other = nbloop.Loop(dataset(tmp_path / "d.db"), learner="bayes")
    with pytest.raises(GateError, match="came of the learner Logistic"):
        other.model(other.versions.index[0])
    with pytest.raises(GateError, match="there is no version 'x'"):
        other.model("x")


def test_a_snapshot_is_a_folder_named_by_its_content(tmp_path: Path, grown: nbloop.Loop) -> None:
    snapshot = grown.data.snapshot()
    first = snapshot.save(tmp_path / "a")
    second = nbloop.Loop(grown.data).data.snapshot().save(tmp_path / "b")
    assert first.name == second.name
    assert repr(snapshot).startswith(f"<nbloop snapshot {snapshot.hash[:8]}: {len(snapshot.labelled)} labels, ")
    for name in ("labels.parquet", "manifest.json"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert snapshot.save(tmp_path / "a") == first
    assert snapshot.diff(first).empty
    assert len(list((tmp_path / "a").iterdir())) == 1


def test_equal_labels_of_a_shuffled_source_are_the_same_bytes(tmp_path: Path) -> None:
    shuffled = FRAME[:900].sample(frac=1, random_state=1)
    other = dataset()
    same = nbloop.Dataset(
        shuffled, id="id", content="name", store=":memory:", golden={i: TRUTH[i] for i in other.golden.index},
        features=FEATURES[shuffled.index], task=nbloop.Classification(range(10)),
    )  # fmt: skip
    for key in ("5", "3", "8"):
        for data in (other, same):
            data.record([data.event(Annotate(key, TRUTH[int(key)]))])
    assert other.snapshot().save(tmp_path).name == same.snapshot().save(tmp_path).name


def test_a_changed_file_of_a_snapshot_is_found(tmp_path: Path, grown: nbloop.Loop) -> None:
    folder = grown.data.snapshot().save(tmp_path)
    (folder / "labels.parquet").write_bytes((folder / "labels.parquet").read_bytes()[:-1] + b"x")
    with pytest.raises(DataError, match="were changed"):
        grown.data.snapshot().diff(folder)
    with pytest.raises(DataError, match="is no saved snapshot"):
        grown.data.snapshot().diff(tmp_path / "nowhere")


def test_a_diff_says_what_became_of_each_label(tmp_path: Path) -> None:
    data = dataset(golden={0: 0, 1: 1})
    tell(data, {"5": "5", "6": "6", "7": "7"})
    before = data.snapshot()
    saved = before.save(tmp_path)
    tell(data, {"6": "0", "8": "8"})
    data.record([data.event(Draw(("7",), part="random"))])
    for found in (data.snapshot().diff(before), data.snapshot().diff(saved)):
        assert found["change"].to_dict() == {"6": "changed", "7": "moved", "8": "added"}
        assert found.loc["6", ["before", "after"]].tolist() == ["6", "0"]
    assert before.diff(data.snapshot()).loc["8", "change"] == "removed"
    with pytest.raises(DataError, match="diff takes a snapshot, or the folder of a saved one; found int"):
        before.diff(3)  # type: ignore[arg-type]


def tell(data: nbloop.Dataset, labels: dict[str, str]) -> None:
    data.record([data.event(Annotate(key, value)) for key, value in labels.items()])


def test_the_gate_compares_the_newest_model_with_the_one_before(grown: nbloop.Loop) -> None:
    verdict = grown.gate(slices=["half", "half == 1"])
    assert (verdict.candidate, verdict.current) == (grown.versions.index[-1], grown.versions.index[-2])
    names = set(verdict.frame.index)
    assert {"golden set", "calibration", "validation", "slice half = 0", "slice half == 1", "slice label = 3"} <= names
    assert verdict.frame.loc["golden set", "n"] == len(grown.data.golden)


def test_a_much_better_model_passes_and_a_much_worse_one_does_not(grown: nbloop.Loop) -> None:
    first, last = grown.versions.index[[0, -1]]
    assert grown.gate(last, first).frame.loc["golden set", "outcome"] == "passed"
    assert not grown.gate(first, last)
    table = grown.compare(last, first)
    assert table.loc["accuracy", "low"] > 0
    assert table.loc["log_loss", "high"] < 0
    assert table.loc["accuracy", "after"] == pytest.approx(grown.versions["accuracy"].iloc[-1])
    assert table.loc["macro_f1", "after"] == pytest.approx(grown.versions["macro_f1"].iloc[-1])


def test_promotion_needs_the_gate_and_roll_back_brings_the_one_before(tmp_path: Path) -> None:
    loop = nbloop.Loop(dataset(tmp_path / "d.db"))
    with pytest.raises(GateError, match="no version was promoted yet"):
        loop.serving()
    loop.simulate(TRUTH, 60, batch=30)
    first, last = loop.versions.index
    loop.promote(first)
    loop.promote(last, reason="better everywhere", slice_margin=1.0)
    assert loop.versions.index[loop.versions["serving"]].tolist() == [last]
    with pytest.raises(GateError, match="golden set: failed"):
        loop.promote(first)
    assert loop.serving().version == last
    assert loop.roll_back("it was slow") == first
    again = nbloop.Loop(dataset(tmp_path / "d.db"))
    assert again.serving().version == first
    with pytest.raises(GateError, match="nothing to roll back to: only"):
        again.roll_back()
    again.promote(last, anyway=True)
    assert again.serving().version == last


def test_the_gate_needs_two_models_and_golden_labels() -> None:
    loop = nbloop.Loop(dataset(golden=None))
    loop.simulate(TRUTH, 20, batch=20)
    with pytest.raises(NotTrained, match="no earlier model"):
        loop.gate()
    loop.simulate(TRUTH, 20, batch=20)
    with pytest.raises(NotTrained, match="verified golden samples, of which there are none"):
        loop.gate()


MESSAGES = [f"message {i} about {word}, please answer soon" for i, word in enumerate(["parcels", "money"] * 30)]


def messages(extra: list[str], golden: Any, **options: Any) -> nbloop.Dataset:
    texts = MESSAGES + extra
    task = nbloop.Classification(["ham", "spam"])
    return nbloop.Dataset(texts, id=range(len(texts)), task=task, golden=golden, store=":memory:", **options)


def kinds(data: nbloop.Dataset) -> list[str]:
    from nbloop.trust.validation import validate

    return [finding.kind for finding in validate(data, data.snapshot())]


def test_clean_labels_have_nothing_against_them() -> None:
    data = messages([], {0: "ham", 1: "spam"})
    tell(data, {"20": "ham", "31": "spam"})
    assert kinds(data) == []


def test_training_on_a_golden_id_is_caught() -> None:

    from nbloop.trust.validation import validate

    data = messages([], {0: "ham", 1: "spam"})
    tell(data, {"20": "ham", "31": "spam"})
    leaky = replace_arrays(data.snapshot(), [0, 20, 31], [0, 0, 1])
    assert "golden samples" in [finding.kind for finding in validate(data, leaky)]


def replace_arrays(snapshot: Any, labelled: list[int], codes: list[int]) -> Any:
    import dataclasses

    return dataclasses.replace(snapshot, labelled=np.array(labelled), codes=np.array(codes))


@pytest.mark.parametrize(
    "twin", ["MESSAGE 0 ABOUT PARCELS, please answer soon!!", "message 0 about parcels, please answer soon ok"]
)
def test_a_golden_row_with_changed_case_or_nearly_the_same_is_caught(twin: str) -> None:
    from nbloop.trust.validation import validate

    data = messages([twin], {0: "ham", 1: "spam"})
    leaky = replace_arrays(data.snapshot(), [60, 20, 31], [0, 0, 1])
    found = [finding for finding in validate(data, leaky) if finding.kind == "golden twins"]
    assert 60 in found[0].samples


def test_what_the_dataset_does_not_call_near_is_no_twin_of_a_golden_sample() -> None:
    from nbloop.trust.validation import validate

    twin = "message 0 about parcels, please answer soon ok"
    for near, found in [(0.8, 1), (0.97, 0), (None, 0)]:
        data = messages([twin], nbloop.Golden(given={0: "ham", 1: "spam"}, near=near))
        leaky = replace_arrays(data.snapshot(), [60, 21, 31], [0, 1, 1])
        twins = [finding for finding in validate(data, leaky) if finding.kind == "golden twins"]
        assert sum(60 in finding.samples for finding in twins) == found


def test_a_column_that_copies_the_label_is_caught() -> None:
    rng = np.random.default_rng(0)
    answer = rng.choice(["yes", "no"], 60)
    table = pd.DataFrame({"age": rng.integers(20, 80, 60), "outcome_code": np.where(answer == "yes", 7, 3)})
    data = nbloop.Dataset(table, id=range(60), task=nbloop.Classification(["yes", "no"]), store=":memory:")
    tell(data, {str(i): answer[i] for i in range(40)})
    assert kinds(data) == ["copied label"]


@pytest.mark.parametrize("form", [pd.DataFrame, np.asarray, csr_matrix])
def test_a_given_feature_that_copies_the_label_is_caught_though_no_card_shows_it(form: Any) -> None:
    rng = np.random.default_rng(0)
    answer = rng.choice(["yes", "no"], 60)
    features = pd.DataFrame({"age": rng.normal(size=60), "outcome": np.where(answer == "yes", 7.0, 3.0)})
    task = nbloop.Classification(["yes", "no"])
    table = pd.DataFrame({"age": features["age"], "city": rng.choice(["Rome", "Oslo", "Bern"], 60)})
    data = nbloop.Dataset(table, id=range(60), task=task, features=form(features), store=":memory:")
    tell(data, {str(i): answer[i] for i in range(40)})
    assert kinds(data) == ["copied label"]


def test_equal_texts_with_two_labels_and_a_vanished_class_are_caught() -> None:
    data = messages(["Hello there, friend", "hello THERE friend"], {0: "ham", 1: "spam"})
    tell(data, {"60": "ham", "61": "spam"})
    assert kinds(data) == ["conflicting labels"]
    tell(data, {"61": "ham"})
    assert kinds(data) == ["vanished class"]


def test_changed_columns_are_caught_once_a_model_serves(tmp_path: Path) -> None:
    table = pd.DataFrame({"age": np.arange(80), "job": ["nurse", "cook"] * 40, "id": range(80)})
    task, truth = nbloop.Classification(["old", "young"]), ["old" if age > 40 else "young" for age in range(80)]

    def opened(table: pd.DataFrame) -> nbloop.Loop:
        data = nbloop.Dataset(table, id="id", task=task, truth=truth, golden=0.3, store=tmp_path / "d.db")
        return nbloop.Loop(data)

    loop = opened(table)
    loop.simulate(n=20, batch=10)
    loop.promote(anyway=True)
    assert "changed columns" not in kinds(loop.data)
    changed = opened(table.assign(age=table["age"].astype(str) + " years")).validate()
    assert "'age' has text instead of numbers" in sentence(changed, "changed columns")
    gone = opened(table.drop(columns="job")).validate()
    assert "'job' is missing" in sentence(gone, "changed columns")


def sentence(findings: list[Any], kind: str) -> str:
    return next(finding.sentence for finding in findings if finding.kind == kind)


def test_a_sandbox_under_another_learner_has_rounds_of_its_own_and_leaves_the_store_alone(grown: nbloop.Loop) -> None:
    before = len(grown.data.annotations), len(grown.versions)
    box = grown.sandbox(learner=LogisticRegression(max_iter=200))
    assert box.history["labels"].tolist() == grown.history["labels"].tolist()
    assert box.data.labels["label"].to_dict() == grown.data.labels["label"].to_dict()
    assert not np.allclose(box.predict_proba(FEATURES), grown.predict_proba(FEATURES))
    box.tell(box.ask()[0].id, 3)
    assert (len(grown.data.annotations), len(grown.versions)) == before


def test_a_sandbox_of_the_same_parts_ends_in_the_same_bits(grown: nbloop.Loop) -> None:
    box = grown.sandbox()
    assert np.array_equal(box.predict_proba(FEATURES), grown.predict_proba(FEATURES))
    assert box.versions.index.tolist() == grown.versions.index.tolist()


def test_a_sandbox_under_another_strategy_asks_the_same_samples_in_another_order(grown: nbloop.Loop) -> None:
    box = grown.sandbox(strategy="random")
    mine, theirs = grown.data.labels.index.tolist(), box.data.labels.index.tolist()
    assert sorted(mine) == sorted(theirs)
    assert mine != theirs
    assert box.history["labels"].iloc[-1] == 60


def test_a_sandbox_can_leave_corrections_out() -> None:
    loop = nbloop.Loop(dataset())
    loop.simulate(TRUTH, 30, batch=30)
    first, second = loop.data.labels.index[:2]
    wrong = str((int(TRUTH[first]) + 1) % 10)
    loop.tell(first, wrong)
    assert loop.sandbox().data.labels["label"].to_dict()[first] == wrong
    assert loop.sandbox(corrections="first").data.labels["label"].to_dict()[first] == TRUTH[first]
    assert first not in loop.sandbox(corrections="without").data.labels.index
    kept = loop.sandbox(corrections=lambda said: np.asarray(said.index != second))
    assert second not in kept.data.labels.index
    with pytest.raises(DataError, match="corrections= is 'last'"):
        loop.sandbox(corrections="never")
    with pytest.raises(DataError, match="gives an array of bool"):
        loop.sandbox(corrections=lambda said: [1] * len(said))


def test_a_candidate_from_a_sandbox_can_stand_at_the_gate(grown: nbloop.Loop) -> None:
    box = grown.sandbox(learner=LogisticRegression(C=0.001))
    best = grown.sandbox().fit_final()
    assert grown.gate(best, grown.versions.index[0]).frame.loc["golden set", "outcome"] == "passed"
    assert not grown.gate(box.fit_final(), grown.versions.index[-1])


def columns(store: Path, **changed: Any) -> nbloop.Loop:
    table = pd.DataFrame({"age": np.arange(80), "job": ["nurse", "cook"] * 40, "id": range(80)}).assign(**changed)
    task, truth = nbloop.Classification(["old", "young"]), ["old" if age > 40 else "young" for age in range(80)]
    return nbloop.Loop(nbloop.Dataset(table, id="id", task=task, truth=truth, golden=0.3, store=store))


def test_columns_other_than_those_of_the_model_that_serves_stop_a_retraining_by_themselves(tmp_path: Path) -> None:
    loop = columns(tmp_path / "d.db")
    loop.simulate(n=20, batch=10)
    loop.promote(anyway=True)
    versions = loop.versions.index.tolist()
    loop.close()
    changed = columns(tmp_path / "d.db", age=[f"{age} years" for age in range(80)])
    with pytest.warns(TrainingWarning, match="'age' has text instead of numbers"):
        changed.wait()
    assert changed.problem is not None
    assert changed._session.view().problem == changed.problem  # what the labeler shows under the card
    with pytest.warns(TrainingWarning), pytest.raises(NotTrained, match="nothing was learned: the columns are not"):
        changed.predict(pd.DataFrame({"age": ["5 years"], "job": ["cook"]}))
    assert changed.versions.index.tolist() == versions
    changed.guard(False, "changed columns", reason="ages come with their unit now")
    changed.wait()
    assert changed.problem is None
    changed.promote(anyway=True, reason="ages come with their unit now")
    changed.close()
    assert columns(tmp_path / "d.db", age=[f"{age} years" for age in range(80)]).wait()


def test_golden_samples_among_the_labels_stop_a_retraining_by_themselves() -> None:
    data = messages(["Hello there, friend"], {0: "ham", 1: "spam"})
    snapshot = data.snapshot()
    leaked = dataclasses.replace(snapshot, labelled=snapshot.golden, codes=snapshot.golden_codes)
    with pytest.raises(ValidationError, match="2 golden samples are among the training labels"):
        Guard(data)(leaked)
