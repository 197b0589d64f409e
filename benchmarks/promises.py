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

from nbloop.learners import make_learner
from nbloop.quality.drift import compare
from nbloop.quality.estimate import bootstrapped, share
from nbloop.quality.explain import linear_contributions
from nbloop.quality.routing import accept_above
from nbloop.quality.suspects import out_of_fold, suspects

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


def routed(name: str, replays: int) -> tuple[str, float, str]:
    """Return how often the true error of what is accepted is at most what is borne."""
    found, rng = SETS[name](), np.random.default_rng(0)
    X, order = StandardScaler().fit_transform(found.data), rng.permutation(len(found.target))
    learned, rest = np.split(order, [len(order) // 8])
    model = LogisticRegression(C=0.05, max_iter=2000).fit(X[learned], found.target[learned])
    proba = model.predict_proba(X[rest])
    sure, wrong = proba.max(axis=1), model.classes_[proba.argmax(axis=1)] != found.target[rest]
    kept = []
    for _ in range(replays):
        golden, new = (rng.choice(len(rest), 400) for _ in range(2))  # the population is all that is left
        value = accept_above(sure[golden], wrong[golden], sure[new], BORNE).value
        beyond = sure >= (np.inf if value is None else value)
        kept.append(not beyond.any() or wrong[beyond].mean() <= BORNE)
    return f"accepted error at most {BORNE:.0%}, {name}", float(np.mean(kept)), "≥ 95 %"


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
    rows = coverage(2000 // part) + [routed(name, 200 // part) for name in SETS] + alarms(1000 // part)
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
