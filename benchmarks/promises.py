"""Whether intervals and guarantees hold: coverage, the error of what is routed, false and true alarms of drift.

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
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from nbloop.quality.drift import compare
from nbloop.quality.estimate import bootstrapped, share
from nbloop.quality.routing import accept_above

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


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the draws")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    part = 10 if options.quick else 1
    rows = coverage(2000 // part) + [routed(name, 200 // part) for name in SETS] + alarms(1000 // part)
    print("| promise | found | wanted |\n|---|---|---|")
    for promise, found, wanted in rows:
        print(f"| {promise} | {found:.1%} | {wanted} |", flush=True)
    if options.json:
        names = ("promise", "found", "wanted")
        options.json.write_text(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=1))


if __name__ == "__main__":
    main()
