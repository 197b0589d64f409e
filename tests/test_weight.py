"""Corrections that count more than once: in the live model, taken back with the label, and measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import nbloop
from nbloop.errors import DataError
from nbloop.schema import Adjudicate

X = np.random.default_rng(0).normal(size=(240, 4)).astype(np.float32)
TRUTH = np.where(X[:, 0] + 0.7 * X[:, 1] ** 2 > 0.5, "large", "small")


def opened(store: str | Path = ":memory:", learner: Any = "auto") -> nbloop.Loop:
    frame = pd.DataFrame({"row": range(len(X))})
    task = nbloop.Classification(["small", "large"])
    given: dict[str, Any] = {"task": task, "features": X, "golden": 0.4, "truth": TRUTH.tolist(), "id": range(len(X))}
    return nbloop.Loop(nbloop.Dataset(frame, store=store, **given), learner=learner)


def corrected(loop: nbloop.Loop) -> set[Any]:
    snapshot = loop.data.snapshot()
    return {loop.data.samples.ids[int(place)] for place in snapshot.labelled[snapshot.corrected]}


def overruled(loop: nbloop.Loop) -> set[Any]:
    said: Any = loop.data.annotations
    said = said[said["active"] & said["prediction"].notna() & (said["annotator"] != "truth")]
    return set(said.index[said["prediction"] != said["label"]]) & set(loop.data.labels.index)


def other_than(label: str) -> str:
    return "small" if label == "large" else "large"


def test_a_label_is_a_correction_when_it_overruled_the_model_or_an_earlier_answer() -> None:
    loop = opened()
    loop.simulate(n=40, batch=5)
    assert corrected(loop) == overruled(loop) != set()
    plain = [sample for sample in loop.data.labels.index if sample not in corrected(loop)][:3]
    for sample in plain[:2]:
        loop.tell(sample, other_than(loop.data.labels.loc[sample, "label"]))
    assert corrected(loop) >= set(plain[:2])
    loop.undo()
    assert (plain[0] in corrected(loop), plain[1] in corrected(loop)) == (True, False)
    key, label = str(plain[2]), loop.data.labels.loc[plain[2], "label"]
    loop.data.record([loop.data.event(Adjudicate(key, label))])
    assert plain[2] not in corrected(loop)
    loop.data.record([loop.data.event(Adjudicate(key, other_than(label)))])
    assert plain[2] in corrected(loop)


def test_the_corrections_of_a_store_are_the_same_when_it_is_opened_again(tmp_path: Path) -> None:
    loop = opened(tmp_path / "d.db")
    loop.simulate(n=40, batch=5)
    sample = loop.data.labels.index[0]
    loop.tell(sample, other_than(loop.data.labels.loc[sample, "label"]))
    assert corrected(opened(tmp_path / "d.db")) == corrected(loop) >= {sample}


def test_the_live_model_is_a_fit_in_which_corrections_come_more_often() -> None:
    loop = opened(learner="bayes")
    loop.simulate(n=40, batch=5)
    before = loop.predict_proba(X)
    loop.weigh_corrections(4)
    snapshot = loop.data.snapshot()
    rows = np.repeat(np.arange(40), np.where(snapshot.corrected, 4, 1))
    F = loop._mind.X
    expected = GaussianNB().fit(F[snapshot.labelled[rows]], snapshot.codes[rows]).predict_proba(F)
    np.testing.assert_allclose(loop.predict_proba(X), expected, atol=1e-5)
    np.testing.assert_allclose(loop.fit_final().predict_proba(X), expected, atol=1e-5)
    assert np.abs(before - expected).max() > 1e-3


def test_a_weighted_model_stays_a_pure_function_of_its_labels(tmp_path: Path) -> None:
    loop = opened(tmp_path / "d.db")
    loop.weigh_corrections()
    loop.simulate(n=40, batch=5)
    said, version = loop.predict_proba(X), loop.versions.index[-1]
    sample = loop.data.labels.index[3]
    loop.tell(sample, other_than(loop.data.labels.loc[sample, "label"]))
    assert not np.array_equal(loop.predict_proba(X), said)
    loop.undo()
    np.testing.assert_array_equal(loop.predict_proba(X), said)
    again = opened(tmp_path / "d.db")
    again.weigh_corrections(3)
    np.testing.assert_array_equal(again.predict_proba(X), said)
    assert again._model.version == version


def test_weight_is_off_by_default_and_can_be_ended() -> None:
    loop, plain = opened(), opened()
    for each in (loop, plain):
        each.simulate(n=40, batch=5)
    unweighted = loop.versions.index[-1]
    assert unweighted == plain.versions.index[-1]
    loop.weigh_corrections(3)
    assert loop._model.version != unweighted
    assert loop.versions["learner"].iloc[-1].endswith("corrections counted 3 times")
    np.testing.assert_array_equal(loop.model(unweighted).predict_proba(X), plain.predict_proba(X))
    loop.weigh_corrections(1)
    np.testing.assert_array_equal(loop.predict_proba(X), plain.predict_proba(X))
    for bad in (0, 2.5, True, "3"):
        with pytest.raises(DataError, match="a whole number from 1"):
            loop.weigh_corrections(bad)  # type: ignore[arg-type]


def test_the_effect_is_measured_and_told_with_its_sources() -> None:
    loop = opened()
    loop.simulate(n=40, batch=5)
    assert loop.impact().weighed is None
    loop.weigh_corrections(5)
    loop.simulate(n=5, batch=5)
    impact = loop.impact()
    assert impact.weighed is not None
    same = loop.weigh(5, list(corrected(loop)))
    assert impact.weighed.effect.equals(same.effect)
    assert f"Corrections, {len(corrected(loop))} labels, count 5 times" in impact.narrative
    for text, source in impact.facts:
        assert float(text.rstrip("%")) == pytest.approx(
            eval(source, {"impact": impact}) * (100 if text.endswith("%") else 1), abs=0.06
        )


def test_a_sandbox_counts_corrections_as_its_loop_does() -> None:
    loop = opened(learner="bayes")
    loop.simulate(n=40, batch=5)
    loop.weigh_corrections(4)
    np.testing.assert_array_equal(loop.sandbox().predict_proba(X), loop.predict_proba(X))
