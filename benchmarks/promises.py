"""Whether intervals and guarantees hold: coverage, routing, drift, suspected labels beside cleanlab, shap.

Prints a Markdown table, one line a promise.

    python benchmarks/promises.py [--quick] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shap
from cleanlab.filter import find_label_issues
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from nbloop.dataset.draw import draw
from nbloop.learners import make_learner
from nbloop.quality.drift import compare
from nbloop.quality.estimate import bootstrapped, share
from nbloop.quality.explain import linear_contributions
from nbloop.quality.lots import one_of_each
from nbloop.quality.routing import accept_above
from nbloop.quality.suspects import out_of_fold, suspects
from nbloop.snapshot import digests

BORNE = 0.05
SETS: dict[str, Callable[[], Any]] = {"digits": load_digits, "breast_cancer": load_breast_cancer, "wine": load_wine}


def coverage(draws: int) -> list[tuple[str, float, str]]:
    """Return how often the intervals of a share of 0.8 among 200 hold it."""
    rng = np.random.default_rng(0)
    samples = rng.random((draws, 200)) < 0.8
    wilson = [low <= 0.8 <= high for low, high in (share(int(one.sum()), 200)[1:3] for one in samples)]
    boots = [low <= 0.8 <= high for low, high in (bootstrapped(one, rng, 400)[1:3] for one in samples)]
    wanted = "93.5–96.5 %"
    return [("Wilson covers", float(np.mean(wilson)), wanted), ("bootstrap covers", float(np.mean(boots)), wanted)]


def judged(name: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return of all samples that a model did not learn how sure it is, and whether it is wrong."""
    found = SETS[name]()
    X, order = StandardScaler().fit_transform(found.data), rng.permutation(len(found.target))
    learned, rest = np.split(order, [len(order) // 8])
    model = LogisticRegression(C=0.05, max_iter=2000).fit(X[learned], found.target[learned])
    proba = model.predict_proba(X[rest])
    return proba.max(axis=1), model.classes_[proba.argmax(axis=1)] != found.target[rest]


def routed(name: str, replays: int) -> tuple[str, float, str]:
    """Return how often the true error of what is accepted is at most what is borne."""
    rng = np.random.default_rng(0)
    sure, wrong = judged(name, rng)
    kept = []
    for _ in range(replays):
        golden, new = (rng.choice(len(sure), 400) for _ in range(2))  # the population is all that is left
        value = accept_above(sure[golden], wrong[golden], sure[new], BORNE).value
        beyond = sure >= (np.inf if value is None else value)
        kept.append(not beyond.any() or wrong[beyond].mean() <= BORNE)
    return f"accepted error at most {BORNE:.0%}, {name}", float(np.mean(kept)), "≥ 95 %"


def grouped(name: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a population in groups of 1 to 20: how sure, whether wrong, and the group, shape (n,) each.

    Of a data set it is all that is left, many times, what is wrong in groups of its own. Made ones are wrong as a whole
    a little more often than is borne, whatever their confidence.
    """
    groups = np.repeat(np.arange(5000), rng.integers(1, 21, 5000))[:5000]
    if name == "made":
        return rng.random(5000)[groups], (rng.random(5000) < 1.1 * BORNE)[groups], groups
    sure, wrong = judged(name, rng)
    order = np.lexsort((sure, wrong))
    places = np.concatenate([np.roll(order, 7 * i) for i in range(5000 // len(order) + 1)])[:5000]
    return sure[places], wrong[places], groups


def routed_groups(name: str, replays: int, *, alone: bool = False) -> tuple[str, float, str]:
    """Return the same for golden samples drawn in whole groups; `alone` takes them for samples drawn alone."""
    rng, kept = np.random.default_rng(0), []
    sure, wrong, groups = grouped(name, rng)
    keys = [str(i) for i in range(len(sure))]
    digested = digests(keys)
    for seed in range(replays):
        if name == "made":
            sure, wrong, groups = grouped(name, rng)
        drawn = draw(keys, digested, 0.4, seed, by="group:of", codes=groups)
        golden = np.sort(np.array(drawn.samples, int))
        rows = golden if alone else golden[one_of_each(groups, golden, seed)]
        value = accept_above(sure[rows], wrong[rows], sure, BORNE).value
        beyond = sure >= (np.inf if value is None else value)
        kept.append(not beyond.any() or wrong[beyond].mean() <= BORNE)
    which = "if they are taken for samples drawn alone" if alone else "≥ 95 %"
    return f"accepted error at most {BORNE:.0%}, {name}, golden samples in groups", float(np.mean(kept)), which


def alarms(replays: int) -> list[tuple[str, float, str]]:
    """Return how often drift is reported of five columns where nothing changed, and where one moved by 0.3 σ."""
    rng = np.random.default_rng(0)
    before = pd.DataFrame(rng.standard_normal((2000, 5)))
    false = [compare(before, pd.DataFrame(rng.standard_normal((500, 5))))["drifted"].any() for _ in range(replays)]
    moved = [
        compare(before, pd.DataFrame(rng.standard_normal((500, 5)) + np.eye(5)[0] * 0.3)).loc[0, "drifted"]
        for _ in range(replays)
    ]
    return [
        ("false alarms, n = 500", float(np.mean(false)), "≤ 5 %"),
        ("alarms at 0.3 σ", float(np.mean(moved)), "≥ 95 %"),
    ]


def rare_alarms(replays: int) -> tuple[str, float, str]:
    """Return how often drift is reported of 20 new samples with five columns of many rare values."""
    rng, chance = np.random.default_rng(0), 1 / np.arange(1, 201)

    def words(n: int) -> pd.DataFrame:
        return pd.DataFrame({i: rng.choice(200, n, p=chance / chance.sum()).astype(str) for i in range(5)})

    before = words(2000)
    false = [compare(before, words(20))["drifted"].any() for _ in range(replays)]
    return "false alarms, n = 20, 200 values a column", float(np.mean(false)), "≤ 5 %"


def suspected(name: str, noise: float) -> tuple[str, float, str]:
    """Return by how much fewer of our suspects are wrong labels than of cleanlab's, from the same probabilities."""
    found, rng = SETS[name](), np.random.default_rng(0)
    X = StandardScaler().fit_transform(found.data).astype(np.float32) / np.sqrt(found.data.shape[1])
    top = found.target.max() + 1
    wrong = rng.random(len(found.target)) < noise
    y = np.where(wrong, (found.target + 1 + rng.integers(0, top - 1, len(wrong))) % top, found.target)
    proba = out_of_fold(X, y, lambda: make_learner("auto"))
    theirs = find_label_issues(y, proba, filter_by="confident_learning", return_indices_ranked_by="self_confidence")
    behind = wrong[theirs].mean() - wrong[suspects(proba, y)].mean()
    return f"suspects less precise than cleanlab's, {name}, {noise:.0%} noise", float(behind), "≤ 1 %"


def explained() -> tuple[str, float, str]:
    """Return the largest difference between our contributions and those of shap's LinearExplainer."""
    rng = np.random.default_rng(0)
    X, weights = rng.normal(size=(200, 30)), rng.normal(size=30)
    explainer: Any = shap.LinearExplainer((weights, 0.3), shap.maskers.Independent(X, max_samples=200))
    off = np.abs(linear_contributions(X, weights, X) - explainer.shap_values(X)).max()
    return "contributions differ from shap's by", float(off), "≤ 1e-9"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the draws")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    part = 10 if options.quick else 1
    rows = coverage(2000 // part) + [routed(name, 200 // part) for name in SETS]
    rows += [routed_groups(name, 200 // part) for name in (*SETS, "made")]
    rows += [routed_groups("made", 200 // part, alone=True)]
    rows += alarms(1000 // part)
    rows += [rare_alarms(1000 // part), explained()]
    rows += [suspected(name, noise) for name in SETS for noise in (0.05, 0.1, 0.2)]
    print("| promise | found | wanted |\n|---|---|---|")
    for promise, found, wanted in rows:
        said = f"{found:.0e}" if "e-" in wanted else f"{found:.1%}"
        print(f"| {promise} | {said} | {wanted} |", flush=True)
    if options.json:
        names = ("promise", "found", "wanted")
        options.json.write_text(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=1))


if __name__ == "__main__":
    main()
