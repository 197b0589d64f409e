"""Drift: new data, predictions and errors that are not as they were; and what end users say."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, false_discovery_control, ks_2samp

import nbloop
from nbloop.errors import UnknownLabel
from nbloop.quality.drift import compare
from nbloop.schema import Alert, Annotate, Feedback, Routed


def people(n: int, seed: int, shift: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    towns = rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])
    return pd.DataFrame({"age": rng.normal(shift, 1, n), "pay": rng.normal(0, 1, n), "town": towns})


def test_p_values_equal_those_of_scipy() -> None:
    before, now = people(800, 0), people(500, 1, 0.2)
    found = compare(before, now)
    table = pd.crosstab(np.repeat([0, 1], [800, 500]), pd.concat([before["town"], now["town"]]).to_numpy())
    expected = {
        "age": ks_2samp(before["age"], now["age"]).pvalue,
        "pay": ks_2samp(before["pay"], now["pay"]).pvalue,
        "town": chi2_contingency(table).pvalue,
    }
    assert found["p"].to_dict() == pytest.approx(expected, rel=1e-12)
    corrected = dict(zip(expected, false_discovery_control(list(expected.values())), strict=True))
    assert found["q"].to_dict() == pytest.approx(corrected)


def test_alarms_are_rare_where_nothing_changed_and_frequent_where_something_did() -> None:
    before = people(2000, 0)
    false = [compare(before, people(500, seed))["drifted"].any() for seed in range(1, 151)]
    true = [compare(before, people(500, seed, 0.3)).loc["age", "drifted"] for seed in range(200, 260)]
    assert np.mean(false) <= 0.09
    assert np.mean(true) >= 0.93


def test_many_rare_values_in_a_small_batch_raise_no_more_false_alarms_than_promised() -> None:
    """Twenty new samples of 200 words each: chi² of such a table alarmed in a quarter of all cases."""
    rng, chance = np.random.default_rng(0), 1 / np.arange(1, 201)

    def words(n: int) -> pd.DataFrame:
        return pd.DataFrame({i: rng.choice(200, n, p=chance / chance.sum()).astype(str) for i in range(5)})

    before = words(2000)
    assert np.mean([compare(before, words(20))["drifted"].any() for _ in range(100)]) <= 0.1
    other = words(300)
    other[4] = "7"
    assert compare(before, other).query("drifted").index.tolist() == [4]


def test_a_certain_difference_without_effect_is_no_alarm() -> None:
    found = compare(people(60_000, 0), people(60_000, 1, 0.04))
    assert float(found.loc["age", "q"]) < 0.01
    assert not any(found["drifted"])


def test_missing_numbers_new_categories_and_empty_columns_are_compared() -> None:
    before = people(500, 0).assign(gone=np.nan)
    now = people(500, 1).assign(gone=np.nan, town="d")
    now.loc[:100, "age"] = np.nan
    found = compare(before, now)
    assert found.loc["town", "drifted"]
    assert found.loc["gone", "p"] == 1


def loop_of(golden: float | None = 0.3) -> nbloop.Loop:
    frame = people(900, 0)
    truth = np.where(frame["age"] + frame["pay"] > 0, "yes", "no").tolist()
    task = nbloop.Classification(["no", "yes"])
    loop = nbloop.Loop(nbloop.Dataset(frame, id=range(900), task=task, golden=golden, truth=truth, store=":memory:"))
    loop.simulate(dict(enumerate(truth)), n=40, batch=20)
    return loop


def test_a_shift_raises_an_alert_that_queues_samples_and_then_cools_down() -> None:
    loop = loop_of()
    assert not loop.watch(loop.data.samples.frame.sample(400, random_state=0).reset_index(drop=True))
    shifted = loop.data.samples.frame.loc[loop.data.pool.index].nlargest(250, "age")
    found = loop.watch(shifted)
    assert {alert.source for alert in found.alerts} == {"data", "predictions"}
    assert "age" in found.alerts[0].features
    queued = set(found.alerts[0].samples)
    assert {str(sample.id) for sample in loop.ask(len(queued))} == queued
    assert str(found).startswith(
        f"{found.table['drifted'].sum()} of {len(found.table)} distributions are not as before.\n- data: "
    )
    assert "age (effect" in str(found)
    quiet = loop.watch(shifted)
    assert not quiet
    assert "An earlier alert is still fresh." in str(quiet)
    assert len(loop.data.noted(Alert)) == 2
    assert loop.watch(shifted, cooldown=timedelta(0))


def test_more_errors_in_audits_raise_an_alert() -> None:
    pytest.importorskip("river")
    loop = loop_of()
    places = loop.data.pool.index[:400].tolist()
    routed = Routed("v", 0.05, 0.95, "test", audits=dict.fromkeys(map(str, places), "yes"))
    answers = [Annotate(str(place), "yes" if i < 250 or i % 2 else "no") for i, place in enumerate(places)]
    loop.data.record([loop.data.event(action) for action in [routed, *answers[:250]]])
    assert "0 of 250 audited" in loop.watch(people(200, 9)).errors
    loop.data.record([loop.data.event(action) for action in answers[250:]])
    found = loop.watch(people(200, 9))
    assert [alert.source for alert in found.alerts if alert.source == "errors"] == ["errors"]
    assert "lately more than before" in found.errors
    again = loop.watch(people(200, 9), cooldown=timedelta(0))
    assert "errors" not in {alert.source for alert in again.alerts}  # nothing new was audited since


def test_a_model_that_knows_many_labels_by_heart_raises_no_alarm_of_its_predictions() -> None:
    """Without a golden set the usual confidence once was that of the samples learned, which no new sample reaches."""
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((600, 200)).astype(np.float32)
    truth = np.where(matrix[:, 0] + 3 * rng.standard_normal(600) > 0, "yes", "no").tolist()
    names, task = [f"row {i}" for i in range(600)], nbloop.Classification(["no", "yes"])
    data = nbloop.Dataset(names, features=matrix, id=range(600), task=task, truth=truth, store=":memory:")
    loop = nbloop.Loop(data, strategy="random")
    loop.simulate(n=500, batch=250)
    tables = [loop.watch(rng.standard_normal((2000, 200)).astype(np.float32)).table for _ in range(4)]
    assert sum(bool(table.loc["prediction's confidence", "drifted"]) for table in tables) <= 1


def test_texts_are_watched_by_their_features_and_length() -> None:
    rng = np.random.default_rng(0)
    words = "free prize now call lunch home see you at six tonight".split()  # noqa: SIM905  reads better
    texts = [" ".join(rng.choice(words, 6)) for _ in range(300)]
    truth = ["spam" if "prize" in text else "ham" for text in texts]
    task = nbloop.Classification(["ham", "spam"])
    loop = nbloop.Loop(nbloop.Dataset(texts, id=range(300), task=task, truth=truth, store=":memory:"))
    loop.simulate(n=40, batch=20)
    found = loop.watch([text * 3 for text in texts])
    assert found.table.loc["length", "drifted"]


def test_an_end_users_no_puts_the_sample_into_the_queue_and_is_no_label() -> None:
    loop = loop_of()
    first, second = loop.data.pool.index[-2:].tolist()
    loop.feedback(first, "down")
    loop.feedback(second, "yes")
    loop.feedback(loop.data.pool.index[0], "up")
    assert [sample.id for sample in loop.ask(2)] == [second, first]
    assert [event.action.value for event in loop.data.noted(Feedback)] == [None, "yes", None]
    assert first not in loop.data.labels.index


def test_feedback_on_a_labelled_sample_flags_it_and_on_an_unknown_one_is_kept() -> None:
    loop = loop_of()
    known = loop.data.labels.index[0]
    loop.feedback(known, "down")
    assert loop.data.state(known).flagged
    assert loop.feedback("from production", "no").value == "no"
    with pytest.raises(UnknownLabel):
        loop.feedback(known, "perhaps")
