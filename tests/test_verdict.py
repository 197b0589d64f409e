"""Why, impact, weight and the report."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shap
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

import nbloop
from nbloop.errors import DataError
from nbloop.quality.deltas import deltas
from nbloop.quality.explain import linear_contributions, occlusion
from nbloop.quality.gate import Judged
from nbloop.quality.paired import paired
from nbloop.trust.impact import Impact, _tell

WORDS = {"spam": ["prize", "winner", "cash", "claim"], "ham": ["lunch", "meeting", "home", "train"]}


def texts(n: int = 200, seed: int = 0) -> tuple[list[str], list[str]]:
    rng = np.random.default_rng(seed)
    labels = rng.choice(["ham", "spam"], n).tolist()
    rows = [
        " ".join([*rng.choice(WORDS[label], 2), *rng.choice(["please", "today", "now", "we"], 2), str(i)])
        for i, label in enumerate(labels)
    ]
    return rows, labels


def opened(store: Any = ":memory:", *, learner: Any = "auto", **options: Any) -> nbloop.Loop:
    rows, labels = texts()
    task = nbloop.Classification(["ham", "spam"])
    given = {"task": task, "golden": 0.4, "truth": labels, "store": store, "id": range(len(rows))} | options
    return nbloop.Loop(nbloop.Dataset(rows, **given), learner=learner)


@pytest.fixture(scope="module")
def loop() -> nbloop.Loop:
    loop = opened()
    loop.simulate(n=40, batch=10)
    return loop


def test_contributions_equal_shaps_linear_explainer() -> None:
    rng = np.random.default_rng(0)
    X, weights = rng.normal(size=(50, 7)), rng.normal(size=7)
    explainer = shap.LinearExplainer((weights, 0.3), shap.maskers.Independent(X, max_samples=50))
    np.testing.assert_allclose(linear_contributions(X, weights, X), explainer.shap_values(X), atol=1e-9)


def test_given_features_are_explained_as_shap_does() -> None:
    digits = load_digits()
    X = (digits.data[:300] / 16).astype(np.float32)
    task = nbloop.Classification(range(10))
    names = [f"digit {i}" for i in range(300)]
    loop = nbloop.Loop(
        nbloop.Dataset(names, task=task, features=X, truth=digits.target[:300].tolist(), store=":memory:")
    )
    loop.simulate(n=60, batch=30)
    sample = loop.ask()[0].id
    found = loop.explain(sample)
    place = loop.data.samples.position(sample)
    model, pool = loop._model, np.asarray(loop._mind.X, np.float64)
    direction = np.asarray(model.direction(model.predict_proba(loop._mind.X[[place]])[0]))
    oracle = shap.LinearExplainer((direction, 0.0), shap.maskers.Independent(pool, max_samples=300))
    expected = oracle.shap_values(pool[[place]])[0]
    parts = {int(name.split()[1]): weight for name, weight in found.parts.itertuples(index=False)}
    assert found.method == "linear"
    np.testing.assert_allclose([parts.get(i, 0.0) for i in range(64)], expected, atol=1e-5)


def test_the_words_that_count_are_named_with_the_nearest_labels(loop: nbloop.Loop) -> None:
    sample = loop.ask()[0]
    found = loop.explain(sample.id)
    words = set(sample.content.split()) - {"please", "today", "now", "we", sample.content.split()[-1]}
    assert found.method == "linear"
    assert found.parts["part"].iloc[0] in words
    assert found.neighbours["distance"].is_monotonic_increasing
    assert {found.predicted, found.against} == {"ham", "spam"}


def test_any_other_learner_is_explained_by_what_is_missed() -> None:
    loop = opened(learner=RandomForestClassifier(30, random_state=0))
    loop.simulate(n=60, batch=60)
    found = loop.explain(5)
    assert found.method == "occlusion"
    assert found.parts["part"].iloc[0] in WORDS["ham"] + WORDS["spam"]
    with pytest.raises(DataError, match="is not linear"):
        loop.explain(5, method="linear")


def test_a_column_that_counts_is_found_by_occlusion() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {"size": rng.normal(size=120), "noise": rng.normal(size=120), "kind": rng.choice(["x", "y"], 120)}
    )
    truth = np.where(table["size"] > 0, "large", "small").tolist()
    task = nbloop.Classification(["small", "large"])
    loop = nbloop.Loop(nbloop.Dataset(table, task=task, truth=truth, store=":memory:"), learner="forest")
    loop.simulate(n=60, batch=60)
    place = int(table["size"].abs().argmax())
    found = loop.explain(loop.data.samples.ids[place])
    assert found.parts["part"].iloc[0] == "size"
    assert set(found.parts["part"]) == {"size", "noise", "kind"}


def test_the_region_of_an_image_that_counts_is_hot() -> None:
    dark, light = np.zeros((28, 28), np.uint8), np.zeros((28, 28), np.uint8)
    light[4:8, 20:24] = 255

    def bright(images: Any) -> np.ndarray:
        return np.array([float(np.asarray(image)[4:8, 20:24].mean() > 200) for image in images])

    found = dict(occlusion(Image.fromarray(light), None, bright))
    assert [name for name, weight in found.items() if weight] == ["1,5"]
    assert not any(dict(occlusion(Image.fromarray(dark), None, bright)).values())


def test_images_are_explained_by_regions() -> None:
    digits = load_digits()
    task = nbloop.Classification(range(10))
    images = [Image.fromarray((image * 15).astype(np.uint8)) for image in digits.images[:150]]
    loop = nbloop.Loop(nbloop.Dataset(images, task=task, truth=digits.target[:150].tolist(), store=":memory:"))
    loop.simulate(n=60, batch=60)
    found = loop.explain(loop.ask()[0].id)
    assert (found.method, found.heat.shape) == ("occlusion", (7, 7))
    assert found.heat.any()


def test_an_impact_tells_what_flipped_and_every_number_can_be_traced(loop: nbloop.Loop) -> None:
    first, last = loop.versions.index[[0, -1]]
    impact = loop.impact(last, first)
    golden = loop.data.golden["label"]
    before, after = (loop.model(version).predict(texts()[0]) for version in (first, last))
    right = {name: (golden == said[golden.index]) for name, said in (("before", before), ("after", after))}
    assert set(impact.flipped.index) == set(golden.index[right["before"] != right["after"]])
    assert impact.labels == 30
    assert impact.deltas.loc["accuracy", "after"] == pytest.approx(right["after"].mean())
    for text, source in impact.facts:
        value = eval(source, {"impact": impact})
        number = float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
        assert number == pytest.approx(value, abs=0.0006 if text.endswith("%") else 0.06)
        assert text in impact.narrative
    assert len(re.findall(r"\d+\.\d", impact.narrative)) == len([text for text, _ in impact.facts if "." in text])


def test_the_narrative_makes_no_slice_of_two_samples_the_news() -> None:
    """The largest of many differences is mostly that of the smallest slice."""
    y = np.zeros(400, int)
    right, wrong = np.array([0.9, 0.1]), np.array([0.1, 0.9])
    before, after = np.tile(right, (400, 1)), np.tile(right, (400, 1))
    before[:32], before[200:202] = wrong, wrong
    masks = {"big": np.arange(400) < 200, "tiny": (np.arange(400) >= 200) & (np.arange(400) < 202)}
    slices = pd.DataFrame({name: paired(*(p[rows].argmax(1) == y[rows] for p in (before, after)))._asdict()
                           for name, rows in masks.items()}).T.infer_objects()  # fmt: skip
    made = Impact("a", "b", 1, deltas(Judged(y, before, after)), pd.DataFrame({"became": []}), slices, pd.DataFrame())
    _tell(made)
    assert "The slice big changed by +16.0 points" in made.narrative
    assert "beyond chance among 1." in made.narrative
    slices.loc["big", "p"] = 0.06
    made.told.clear()
    _tell(made)
    assert "which may be chance among 1." in made.narrative


def test_the_narrative_names_what_was_corrected_and_why() -> None:
    loop = opened()
    loop.simulate(n=30, batch=10)
    sample = loop.data.labels.index[0]
    was = loop.data.labels.loc[sample, "label"]
    now = "ham" if was == "spam" else "spam"
    loop.look_again([sample])
    loop.categorise(sample, "label error")
    loop.tell(sample, now)
    loop.simulate(n=5, batch=5)
    assert f"sample {sample!r}, from {was} to {now}, put down to label error" in loop.impact().narrative


def test_the_narrative_of_a_correction_alone_speaks_of_no_more_labels() -> None:
    loop = opened()
    loop.simulate(n=30, batch=10)
    sample, was = next(iter(loop.data.labels["label"].items()))
    loop.tell(sample, "ham" if was == "spam" else "spam")
    loop.wait()
    assert loop.impact().narrative.startswith("With other answers to the same samples, accuracy ")


def test_the_effect_of_weight_is_measured(loop: nbloop.Loop) -> None:
    heavy = loop.data.labels.index[:5]
    weighed = loop.weigh(5, heavy)
    assert weighed.samples == 5
    assert weighed.effect.loc["log_loss", "before"] != weighed.effect.loc["log_loss", "after"]
    assert str(weighed).startswith("Counting 5 labels 5 times")
    assert loop.gate(weighed.model).candidate == weighed.model.version
    with pytest.raises(DataError, match="2 or more; found 1"):
        loop.weigh(1, heavy)
    with pytest.raises(DataError, match="none of these samples has a training label"):
        loop.weigh(3, [loop.ask()[0].id])
