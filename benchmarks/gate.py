"""The gate's errors: how many models that are really worse pass, and how many that are as good or better do not.

    python benchmarks/gate.py [--quick] [--json FILE]

Two models of ten classes on n golden samples; `flips` is the share of samples on which they really differ.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest

from nbloop.quality.gate import Judged, judge

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


def passed(n: int, change: float, flips: float, draws: int) -> dict[str, Any]:
    """Return the share of draws that pass."""
    rng = np.random.default_rng(0)
    hits = sum(judge(models(rng, n, change, flips)).passed for _ in range(draws))
    low, high = binomtest(hits, draws).proportion_ci(method="wilson")
    return {"n": n, "change": change, "flips": flips, "draws": draws, "passed": hits / draws, "low": low, "high": high}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer draws, under 60 s")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    draws = 300 if options.quick else 3_000
    cases = [(1_000, -0.02, flips) for flips in (0.02, 0.04, 0.1)] + [(1_000, change, 0.04) for change in (0.0, 0.02)]
    table = [passed(*case, draws) for case in cases]
    print("| golden samples | really changed by | flips | passed (95 %) |\n|---|---|---|---|")
    for row in table:
        interval = f"{row['passed']:.1%} ({row['low']:.1%} to {row['high']:.1%})"
        print(f"| {row['n']} | {row['change'] * 100:+.0f} points | {row['flips']:.0%} | {interval} |")
    if options.json:
        options.json.write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
