"""The gate's errors: how many models that are really worse pass, and how many that are as good or better do not.

    python benchmarks/gate.py [--quick] [--json FILE]

Two models of ten classes on n golden samples; `flips` is the share of samples on which they really differ. In groups,
whole groups are lost, and what is gained comes alone.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest

from nbloop.quality.gate import Judged, judge
from nbloop.quality.lots import one_of_each

CLASSES = 10


def models(rng: np.random.Generator, n: int, change: float, flips: float) -> Judged:
    """Return what two models say: the first is right in 88 %, the second in `change` more."""
    y, lot = rng.integers(CLASSES, size=n), rng.random(n)
    gained, lost = (flips + change) / 2, (flips - change) / 2
    first = lot < 0.88
    second = (first & (lot >= lost)) | (lot > 1 - gained)
    return Judged(y, *(said(rng, y, right) for right in (first, second)))


def said(rng: np.random.Generator, y: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return probabilities that are as sure as the model is right."""
    sure, places = right.mean(), np.arange(len(y))
    proba = np.full((len(y), CLASSES), (1 - sure) / (CLASSES - 1))
    proba[places, np.where(right, y, (y + rng.integers(1, CLASSES, len(y))) % CLASSES)] = sure
    return proba


def in_groups(rng: np.random.Generator, n: int, change: float, flips: float, size: int) -> Judged:
    """Return the same in groups of `size` beside each other: groups are lost as a whole, what is gained comes alone."""
    y, lot = rng.integers(CLASSES, size=n), np.repeat(rng.random(n // size), size)
    gained, lost, wrong = (flips + change) / 2, (flips - change) / 2, 0.1
    second = lot >= wrong + lost
    first = (lot >= wrong) & ~(second & (rng.random(n) < gained / (1 - wrong - lost)))
    return Judged(y, *(said(rng, y, right) for right in (first, second)))


def passed(n: int, change: float, flips: float, size: int, lots: bool, draws: int) -> dict[str, Any]:
    """Return the share of draws that pass; `lots` judges one sample of each group, as a loop does."""
    rng, hits = np.random.default_rng(0), 0
    for seed in range(draws):
        judged = models(rng, n, change, flips) if size == 1 else in_groups(rng, n, change, flips, size)
        lot = one_of_each(np.arange(n) // size, np.arange(n), seed) if lots else None
        hits += judge(judged, alone=lot).passed
    low, high = binomtest(hits, draws).proportion_ci(method="wilson")
    case = {"n": n, "change": change, "flips": flips, "size": size, "lots": lots, "draws": draws}
    return case | {"passed": hits / draws, "low": low, "high": high}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer draws, under 60 s")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    draws = 300 if options.quick else 3_000
    alone = [(1_000, -0.02, flips) for flips in (0.02, 0.04, 0.1)] + [(1_000, change, 0.04) for change in (0.0, 0.02)]
    alone += [(n, -0.02, 0.02) for n in (100, 200, 500)]
    cases = [(*case, 1, False) for case in alone]
    cases += [(n, -0.02, 0.06, 10, lots) for n in (1_000, 5_000) for lots in (True, False)]
    table = []
    print("| golden samples | really changed by | flips | in groups of | passed (95 %) |\n|---|---|---|---|---|")
    for case in cases:
        table.append(row := passed(*case, draws))
        interval = f"{row['passed']:.1%} ({row['low']:.1%} to {row['high']:.1%})"
        of = (
            "–"
            if row["size"] == 1
            else f"{row['size']}" + ("" if row["lots"] else ", if taken for samples drawn alone")
        )
        print(
            f"| {row['n']} | {row['change'] * 100:+.0f} points | {row['flips']:.0%} | {of} | {interval} |", flush=True
        )
    if options.json:
        options.json.write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
