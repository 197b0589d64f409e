"""Ask, tell, undo, and what the model makes of it: the loop without a screen."""

from __future__ import annotations

import logging
import pickle
import re
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

import nbloop
from nbloop.errors import DataError, NotTrained, TrainingWarning, UnknownLabel, UnknownSample
from nbloop.mind import Stale
from nbloop.schema import Flag

DIGITS = load_digits()
FRAME = pd.DataFrame(DIGITS.data / 16).assign(id=range(len(DIGITS.data)), digit=DIGITS.target.astype(str))
FEATURES = (DIGITS.data / 16).astype(np.float32)
TRUTH = {i: int(value) for i, value in enumerate(DIGITS.target)}
TASK = nbloop.Classification(range(10))


def dataset(store: str | Path = ":memory:", rows: int = 600, **options: Any) -> nbloop.Dataset:
    settings = {"golden": 0.2, "truth": "digit", "features": FEATURES[:rows], "task": TASK} | options
    return nbloop.Dataset(FRAME[:rows], id="id", store=store, **settings)


def test_a_person_asks_tells_and_the_label_is_there() -> None:
    loop = nbloop.Loop(dataset())
    sample = loop.ask()[0]
    loop.tell(sample.id, TRUTH[sample.id], rationale="looks like it")
    row = loop.data.labels.loc[sample.id]
    assert (row["label"], row["rationale"]) == (str(TRUTH[sample.id]), "looks like it")


def test_the_loop_learns_and_its_history_says_so() -> None:
    history = nbloop.Loop(dataset()).simulate(TRUTH, 80, batch=5)
    names = (
        "round labels accuracy accuracy_low accuracy_high macro_f1 log_loss seconds model_version past_accuracy held"
    )
    assert list(history.columns) == names.split()
    last = history.iloc[-1]
    assert last["labels"] == 80
    assert last["accuracy"] > 0.8
    assert last["accuracy_low"] < last["accuracy"] < last["accuracy_high"]
    assert history["labels"].is_monotonic_increasing


def test_a_sample_tells_its_probabilities_and_why_it_is_asked() -> None:
    loop = nbloop.Loop(dataset())
    assert loop.ask()[0].proba is None
    loop.simulate(TRUTH, 40, batch=10)
    sample = loop.ask()[0]
    assert sample.proba is not None
    assert set(sample.proba) == set(TASK.names)
    assert sum(sample.proba.values()) == pytest.approx(1, abs=1e-5)
    assert (sample.why.rank, bool(sample.why.phase)) == (1, True)


def test_an_answer_remembers_what_the_loop_had_said() -> None:
    loop = nbloop.Loop(dataset())
    loop.simulate(TRUTH, 40, batch=10)
    sample, version = loop.ask()[0], loop.history.iloc[-1]["model_version"]
    loop.tell(sample.id, 3)
    row = loop.data.annotations.iloc[-1]
    assert row["model"] == version
    assert row["prediction"] == max(sample.proba, key=sample.proba.__getitem__)
    assert row["rank"] == 1


def test_undo_unlearns() -> None:
    loop, never = nbloop.Loop(dataset()), nbloop.Loop(dataset())
    ids = [sample.id for sample in loop.ask(30)]
    for one in ids[:29]:
        loop.tell(one, TRUTH[one])
        never.tell(one, TRUTH[one])
    loop.wait()
    loop.tell(ids[29], (TRUTH[ids[29]] + 1) % 10)
    loop.wait()
    loop.undo()
    assert np.array_equal(loop.predict_proba(FEATURES), never.predict_proba(FEATURES))
    assert loop.ask()[0].id == ids[29]


def test_undo_takes_back_a_skip_and_a_rejection() -> None:
    loop = nbloop.Loop(dataset())
    first, second = (sample.id for sample in loop.ask(2))
    loop.skip(first)
    loop.reject(second)
    assert {first, second}.isdisjoint(sample.id for sample in loop.ask(50))
    loop.undo(2)
    assert {first, second} <= {sample.id for sample in loop.ask(2)}


def test_undoing_more_than_there_is_takes_back_all() -> None:
    loop = nbloop.Loop(dataset())
    loop.tell(loop.ask()[0].id, 1)
    loop.undo(10)
    assert loop.data.labels.empty
    with pytest.raises(DataError, match="at least one"):
        loop.undo(0)


def test_golden_samples_are_never_asked_nor_learned() -> None:
    loop = nbloop.Loop(dataset(golden=0.5))
    golden = set(loop.data.golden.index)
    asked = {sample.id for sample in loop.ask(10_000)}
    assert asked.isdisjoint(golden)
    assert len(asked) + len(golden) == 600
    loop.tell(next(iter(golden)), 3)
    assert loop.data.labels.empty


def test_an_unverified_golden_set_has_a_queue_of_its_own() -> None:
    loop = nbloop.Loop(dataset(truth=None, golden=0.1))
    sample = loop.ask(queue="golden")[0]
    assert sample.golden
    loop.tell(sample.id, 3)
    assert loop.data.golden.loc[sample.id, "label"] == "3"
    assert loop.ask(queue="golden")[0].id != sample.id


def test_a_restarted_loop_resumes_with_the_same_model(tmp_path: Path) -> None:
    store = tmp_path / "digits.db"
    before = nbloop.Loop(dataset(store))
    before.simulate(TRUTH, 37, batch=3)
    before.close()
    after = nbloop.Loop(dataset(store))
    after.wait()
    assert len(after.data.labels) == 37
    pd.testing.assert_frame_equal(before.history, after.history)
    assert np.array_equal(before.predict_proba(FEATURES), after.predict_proba(FEATURES))


def test_ten_commits_at_once_end_in_the_same_model_as_one_by_one() -> None:
    slow, fast = nbloop.Loop(dataset()), nbloop.Loop(dataset())
    ids = [sample.id for sample in slow.ask(25)]
    for one in ids:
        slow.tell(one, TRUTH[one])
        slow.wait()
        fast.tell(one, TRUTH[one])
    assert np.array_equal(slow.predict_proba(FEATURES), fast.predict_proba(FEATURES))
    assert len(fast.history) <= len(slow.history)


def test_the_closest_calls_of_the_pool_are_asked_first() -> None:
    loop = nbloop.Loop(dataset(), strategy="margin")
    loop.simulate(TRUTH, 50, batch=5)
    open_ids = list(loop.data.pool.index)
    ordered = np.sort(loop.predict_proba(FEATURES[open_ids]), axis=1)
    closest = np.asarray(open_ids)[np.argsort(ordered[:, -1] - ordered[:, -2])[:10]]
    assert [sample.id for sample in loop.ask(10)] == closest.tolist()


def test_a_committee_is_asked_where_it_disagrees() -> None:
    loop = nbloop.Loop(dataset(), learner="committee", strategy="vote_entropy")
    history = loop.simulate(TRUTH, 40, batch=10)
    assert history["accuracy"].iloc[-1] > 0.4
    assert loop.problem is None
    alone = nbloop.Loop(dataset(), strategy="vote_entropy")
    with pytest.warns(TrainingWarning, match="needs a committee"):
        alone.simulate(TRUTH, 20, batch=10)


@pytest.mark.parametrize("learner", [RandomForestClassifier(20, random_state=0), LogisticRegression(), "neighbors"])
def test_any_scikit_learn_classifier_can_be_the_learner(learner: object) -> None:
    history = nbloop.Loop(dataset(), learner=learner).simulate(TRUTH, 40, batch=20)
    assert history["accuracy"].iloc[-1] > 0.4


def test_any_function_of_a_query_can_be_the_strategy() -> None:
    loop = nbloop.Loop(dataset(), strategy=lambda query: -query.candidates.astype(float))
    lowest = sorted(loop.data.pool.index)[:3]
    assert [sample.id for sample in loop.ask(3)] == lowest


class Moody(RandomForestClassifier):
    """A learner that fails once it has seen ten labels."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        if len(y) >= 10:
            raise RuntimeError("I have had enough")
        return super().fit(X, y, sample_weight)


def test_a_learner_that_raises_keeps_the_label_and_the_last_good_model(caplog: pytest.LogCaptureFixture) -> None:
    loop = nbloop.Loop(dataset(), learner=Moody(10, random_state=0))
    loop.simulate(TRUTH, 9)
    good = loop.history["model_version"].iloc[-1]
    loop.tell(loop.ask()[0].id, 5)
    with caplog.at_level(logging.ERROR), pytest.warns(TrainingWarning, match="I have had enough"):
        loop.wait()
    assert len(loop.data.labels) == 10
    assert "Traceback" in caplog.text
    assert loop.history["model_version"].iloc[-1] == good
    assert loop.problem is not None
    assert loop.problem.code == "learner"
    assert loop.ask()[0].proba is not None
    loop.undo()
    assert loop.wait()
    assert loop.problem is None


class Mute(LogisticRegression):
    """A learner that cannot say what it learned once it has seen six labels."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        self.seen_ = len(y)
        return super().fit(X, y, sample_weight)

    def predict_proba(self, X: Any) -> Any:
        if self.seen_ > 5:
            raise RuntimeError("lost my tongue")
        return super().predict_proba(X)


@pytest.mark.parametrize("strategy", ["auto", "random"])
@pytest.mark.parametrize("golden", [0.2, None])
def test_a_learner_that_cannot_predict_is_named_and_the_last_good_model_serves(strategy: str, golden: Any) -> None:
    loop = nbloop.Loop(dataset(golden=golden), learner=Mute(), strategy=strategy)
    with pytest.warns(TrainingWarning, match="lost my tongue"):
        loop.simulate(TRUTH, 8)
    assert len(loop.data.labels) == 8
    assert loop.problem is not None
    assert loop.problem.code == "learner"
    assert loop.ask()[0].proba is not None


def test_a_skipped_sample_is_the_next_one_after_twenty_others() -> None:
    loop = nbloop.Loop(dataset())
    skipped = loop.ask()[0].id
    loop.skip(skipped)
    for _ in range(20):
        sample = loop.ask()[0]
        assert sample.id != skipped
        loop.tell(sample.id, TRUTH[sample.id])
    assert loop.ask()[0].id == skipped


def test_a_sample_that_cannot_be_shown_says_why_and_holds_up_no_other() -> None:
    texts = [f"text {i}" for i in range(30)]
    data = nbloop.Dataset(texts, task=TASK, store=":memory:", render=lambda text: 1 / 0 if text == "text 7" else text)
    loop = nbloop.Loop(data)
    samples = loop.ask(30)
    broken = [sample for sample in samples if sample.problem]
    assert len(samples) == 30
    assert len(broken) == 1
    assert "ZeroDivisionError" in broken[0].problem.message
    loop.reject(broken[0].id)
    assert len(loop.ask(30)) == 29


def test_two_loops_on_one_dataset_both_learn_what_either_is_told() -> None:
    data = dataset()
    told, other = nbloop.Loop(data), nbloop.Loop(data)
    for sample in told.ask(12):
        told.tell(sample.id, TRUTH[sample.id])
    assert other.wait()
    assert np.array_equal(told.predict_proba(FEATURES), other.predict_proba(FEATURES))


def test_a_closed_loop_does_not_claim_to_have_learned() -> None:
    loop = nbloop.Loop(dataset())
    loop.simulate(TRUTH, 5)
    loop.close()
    loop.tell(loop.ask()[0].id, 3)
    assert not loop.wait(1)
    assert len(loop.data.labels) == 6


@pytest.mark.parametrize("oracle", [pd.Series(TRUTH), TRUTH.get, {str(i): value for i, value in TRUTH.items()}])
def test_an_oracle_is_a_mapping_a_series_or_a_function(oracle: Any) -> None:
    assert nbloop.Loop(dataset(truth=None)).simulate(oracle, 12, batch=4)["labels"].iloc[-1] == 12


def test_an_oracle_may_know_no_answer_for_some_golden_samples() -> None:
    data = dataset(truth=None)
    known = pd.Series(TRUTH, dtype=float)
    known[data.golden.index[:5]] = np.nan
    nbloop.Loop(data).simulate(known, 5)
    assert int(data.golden["label"].isna().to_numpy().sum()) == 5


@pytest.mark.parametrize(
    "misuse",
    [
        lambda loop: loop.ask(0),
        lambda loop: loop.ask("3"),
        lambda loop: loop.ask(1, queue="golded"),
        lambda loop: loop.undo(1.5),
        lambda loop: loop.simulate(TRUTH, 5, batch=0),
        lambda loop: loop.simulate([1, 2, 3], 5),
        lambda _: nbloop.Loop(FRAME),
    ],
)
def test_misuse_is_answered_with_a_sentence(misuse: Any) -> None:
    with pytest.raises(DataError, match="found"):
        misuse(nbloop.Loop(dataset()))


def test_a_strategy_that_raises_is_named_and_the_loop_goes_on() -> None:
    loop = nbloop.Loop(dataset(), strategy=lambda query: query.no_such_thing)
    with pytest.warns(TrainingWarning, match="no_such_thing"):
        loop.wait()
    assert loop.problem is not None
    assert loop.problem.code == "strategy"
    assert len(loop.ask(5)) == 5


def test_a_ranking_that_is_stale_stops_at_the_next_block() -> None:
    loop = nbloop.Loop(dataset(), strategy="margin")
    loop.simulate(TRUTH, 20, batch=10)
    session = loop._session
    assert session.outcome is not None
    blocks: list[int] = []

    def stale() -> bool:
        blocks.append(1)
        return True

    with pytest.raises(Stale):
        session.mind.rank(loop.data.snapshot(), session.outcome.model, stale)
    assert len(blocks) == 1


def test_bad_input_is_named() -> None:
    loop = nbloop.Loop(dataset())
    sample = loop.ask()[0]
    with pytest.raises(UnknownLabel, match="'eleven' is not a label"):
        loop.tell(sample.id, "eleven")
    with pytest.raises(UnknownSample, match="no-such"):
        loop.tell("no-such", 1)
    with pytest.raises(NotTrained, match="two classes"):
        loop.predict(FEATURES)
    assert loop.data.labels.empty


def test_one_class_only_asks_on_without_a_model() -> None:
    loop = nbloop.Loop(dataset())
    for sample in loop.ask(3):
        loop.tell(sample.id, 1)
    assert loop.wait()
    assert loop.problem is None
    assert loop.ask()[0].proba is None


def test_a_pool_that_runs_dry_ends_without_a_word_lost() -> None:
    loop = nbloop.Loop(dataset(rows=40, golden=None))
    loop.skip(loop.ask()[0].id)
    loop.simulate(TRUTH, 1000)
    assert len(loop.data.labels) == 40
    assert loop.ask() == []


@pytest.mark.parametrize("features", ["auto", FEATURES[:600]], ids=["made", "given"])
def test_a_model_is_taken_along_without_the_samples_it_was_made_on(features: Any) -> None:
    loop = nbloop.Loop(dataset(features=features, content=[str(column) for column in range(64)]))
    loop.simulate(TRUTH, 40, batch=10)
    final, new = loop.fit_final(), FRAME[600:610] if isinstance(features, str) else FEATURES[600:610]
    kept = pickle.dumps(final)
    assert len(kept) < 100_000  # the pool has 600 rows of 64 numbers
    assert (pickle.loads(kept).predict_proba(new) == final.predict_proba(new)).all()


def test_the_best_model_is_the_one_that_scored_best_and_the_final_one_knows_all() -> None:
    loop = nbloop.Loop(dataset())
    history = loop.simulate(TRUTH, 60, batch=5)
    best = loop.best_model()
    scores = history.set_index("model_version")["accuracy"]
    assert float(scores.loc[best.version]) == float(scores.max())
    golden = FEATURES[loop.data.golden.index]
    right = best.predict(golden) == loop.data.golden["label"].to_numpy()
    assert np.mean(right) == float(scores.max())
    final = loop.fit_final()
    assert final.labels == 60
    assert final.predict(golden).shape == (len(golden),)


def test_predict_speaks_of_new_samples_in_the_form_of_the_dataset() -> None:
    texts = [f"refund order {i}" for i in range(30)] + [f"password reset {i}" for i in range(30)]
    loop = nbloop.Loop(nbloop.Dataset(texts, task=nbloop.Classification(["money", "access"]), store=":memory:"))
    for sample in loop.ask(20):
        loop.tell(sample.id, "money" if "refund" in sample.content else "access")
    assert list(loop.predict(["a refund please", "reset my password"])) == ["money", "access"]
    assert loop.predict_proba(["a refund please"]).shape == (1, 2)


def test_annotate_labels_a_list_in_its_order_without_a_model() -> None:
    loop = nbloop.annotate(["one", "two", "three"], ["odd", "even"], store=":memory:")
    assert [sample.content for sample in loop.ask(3)] == ["one", "two", "three"]
    loop.tell(loop.ask()[0].id, "odd")
    assert loop.data.labels["label"].tolist() == ["odd"]
    assert loop.history.empty
    for whatever_needs_a_model in (lambda: loop.predict(["four"]), loop.curve, lambda: loop.curve(live=True)):
        with pytest.raises(NotTrained, match="learner=None"):
            whatever_needs_a_model()


def test_an_oracle_that_fails_is_said_to_have_failed_at_its_sample() -> None:
    loop, asked = nbloop.Loop(dataset(truth=None, golden=None)), []

    def broken(sample_id: Any) -> Any:
        asked.append(sample_id)
        return TRUTH[sample_id] if len(asked) < 12 else TRUTH["a bug of the user's"]

    with pytest.raises(KeyError, match="a bug of the user's") as caught:
        loop.simulate(broken, 20, batch=5)
    assert caught.value.__notes__ == [f"The oracle failed at sample {asked[-1]!r}; the batches before are kept."]
    assert loop.data.counts().labels == 10


def test_simulate_without_an_oracle_says_what_would_do() -> None:
    with pytest.raises(DataError, match="oracle"):
        nbloop.Loop(dataset(truth=None)).simulate(n=5)
    with pytest.raises(DataError, match="has no label for sample"):
        nbloop.Loop(dataset(truth=None)).simulate({}, 5)


STEPS = st.lists(
    st.tuples(st.sampled_from(["tell", "tell", "tell", "undo", "skip", "reject", "flag", "wait"]), st.integers(0, 9)),
    max_size=25,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_any_interleaving_ends_where_a_slow_obvious_reference_ends(steps: list[tuple[str, int]]) -> None:
    loop = nbloop.Loop(dataset(rows=60, golden=None))
    answers: list[tuple[str, int, int]] = []
    for step, value in steps:
        _do(loop, answers, step, value)
    labels = {one: str(value) for kind, one, value in answers if kind == "tell"}
    assert loop.data.labels["label"].to_dict() == labels
    gone = {one for _, one, _ in answers}
    assert gone.isdisjoint(sample.id for sample in loop.ask(60 - len(gone)))
    if len(set(labels.values())) > 1:
        fresh = nbloop.Loop(dataset(rows=60, golden=None))
        for one, label in labels.items():
            fresh.tell(one, label)
        assert np.array_equal(loop.predict_proba(FEATURES[:60]), fresh.predict_proba(FEATURES[:60]))


def _do(loop: nbloop.Loop, answers: list[tuple[str, int, int]], step: str, value: int) -> None:
    """Do one step, and note in `answers` what stands."""
    if step == "wait":
        loop.wait()
    elif step == "undo":
        loop.undo(value % 2 + 1)
        del answers[-(value % 2 + 1) :]
    elif step == "flag":
        loop.flag(loop.ask()[0].id)
    else:
        one = loop.ask()[0].id
        arguments = [value] if step == "tell" else []
        getattr(loop, step)(one, *arguments)
        answers.append((step, one, value))


@pytest.mark.parametrize("target", [0, -5, 1.5, "many", True])
def test_a_target_that_is_no_count_is_named(target: object) -> None:
    with pytest.raises(
        DataError, match=re.escape(f"target= is how many labels are wanted, a whole number from 1; found {target!r}")
    ):
        nbloop.Loop(dataset(), target=target)  # type: ignore[arg-type]


def test_a_queue_that_is_none_is_named_when_the_labeler_is_made() -> None:
    with pytest.raises(DataError, match="queue is one of 'train', 'golden', 'errors'; found 'gold'"):
        nbloop.Loop(dataset()).labeler(queue="gold")  # type: ignore[arg-type]


def test_a_loop_closed_before_its_first_ranking_says_so_instead_of_waiting_for_it() -> None:
    held = threading.Event()

    def slow(query: Any) -> np.ndarray:
        held.wait(60)
        return np.zeros(len(query.candidates))

    loop = nbloop.Loop(dataset(), strategy=slow)
    loop.close()
    try:
        with pytest.raises(DataError, match="closed before it had ranked anything"):
            loop.ask()
    finally:
        held.set()


class Listener:
    """Hears of events, and lets another thread look at the dataset before it goes on, as a session does."""

    def __init__(self, data: nbloop.Dataset) -> None:
        self.data = data
        self.looked: list[bool] = []
        data.listen(self.heard)

    def heard(self, _: object) -> None:
        looking = threading.Thread(target=self.data.snapshot, daemon=True)
        looking.start()
        looking.join(20)
        self.looked.append(not looking.is_alive())


@pytest.mark.parametrize(
    "change",
    [
        lambda data, ids: data.add_past_errors(ids[:2]),
        lambda data, ids: data.set_apart(ids[:2], by="a rule"),
        lambda data, _: data.rollback(to=data.snapshot().seq - 1),
        lambda data, ids: data.record([data.event(Flag(str(ids[0])))]),
    ],
    ids=["past errors", "set apart", "rollback", "record"],
)
def test_whoever_listens_is_told_while_others_can_look_at_the_dataset(change: Any) -> None:
    data = dataset()
    nbloop.Loop(data).tell(data.pool.index[5], 3)
    listener = Listener(data)
    change(data, list(data.pool.index))
    assert listener.looked == [True]
