"""When the default should go over from covering the pool to the closest calls.

Pools are whole training halves, drawn otherwise than what is reported elsewhere (split 1, seeds from 100 on): what the
default is like was decided here. All variants make the same draws, so they are equal until the first one refines.
Prints accuracy with refining less that without, in thousandths, mean over the labels of a stretch and over seeds, with
the standard error.

    python benchmarks/refining.py [--quick] [--commit 5] [--seeds 20] [--data adult ...] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from _person import curve, whole
from nbloop.strategies.auto import Auto
from real_data import DataAbsent

BUDGETS = {
    5: {"adult": 400, "credit_default": 400, "sms_spam": 300, "fashion_mnist_dev": 600, "digits": 500},
    20: {"adult": 2000, "credit_default": 2000, "sms_spam": 1000, "fashion_mnist_dev": 3000},
}
"""Labels a commit -> labels that a data set gets."""

BEGINS = (20, 100)
"""Labels a class at which refining begins."""

STRETCHES = ((20, 100), (100, 200), (200, np.inf), (20, np.inf))
"""From how many labels a class to how many."""

NEVER, SPLIT, FIRST = np.inf, 1, 100


def measured(name: str, begins: float, commit: int, seed: int) -> np.ndarray:
    """Return the accuracy after each commit, when refining begins at so many labels a class."""
    strategy, budget = Auto(per_class=begins), BUDGETS[commit][name]
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return curve(whole(name, SPLIT), lambda query: strategy(query).positions, budget, commit, seed)


def rows(name: str, commit: int, seeds: int, jobs: int) -> list[dict[str, Any]]:
    """Return what refining changes in each stretch that a data set has labels for."""
    variants = (*BEGINS, NEVER)
    wanted = [(begins, seed) for begins in variants for seed in range(FIRST, FIRST + seeds)]
    curves: Any = Parallel(jobs)(delayed(measured)(name, begins, commit, seed) for begins, seed in wanted)
    by = dict(zip(variants, np.array(curves).reshape(len(variants), seeds, -1), strict=True))
    each, found = len(whole(name, SPLIT).classes), []
    for begins in BEGINS:
        change = (by[begins] - by[NEVER]) * 1000
        for low, high in STRETCHES:
            part = change[:, low * each // commit : None if high == np.inf else int(high) * each // commit]
            if low < begins or not part.shape[1]:
                continue
            means = part.mean(axis=1)
            error = float(means.std(ddof=1) / np.sqrt(seeds)) if seeds > 1 else float("nan")
            found.append({"data": name, "pool": len(whole(name, SPLIT).y), "begins": begins, "low": low,
                          "high": None if high == np.inf else high, "seeds": seeds, "commit": commit,
                          "change": float(means.mean()), "error": error})  # fmt: skip
    return found


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one data set, two seeds: under a minute")
    parser.add_argument("--commit", type=int, choices=BUDGETS, default=5, help="labels a commit (default 5)")
    parser.add_argument("--seeds", type=int, default=20, help="repetitions (default 20)")
    parser.add_argument("--data", nargs="*", help="only these data sets")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    names = ["sms_spam"] if options.quick else options.data or [*BUDGETS[options.commit]]
    seeds, jobs = (2, 1) if options.quick else (options.seeds, options.jobs)
    print("| data | pool | refining from, labels a class | over | thousandths | seeds |\n|---|---|---|---|---|---|")
    found = []
    for name in names:
        try:
            new = rows(name, options.commit, seeds, jobs)
        except DataAbsent as absent:
            print(f"skipped {name}: {absent}", file=sys.stderr)
            continue
        found += new
        for row in new:
            over = f"{row['low']} to {row['high'] or 'the end'}"
            change = f"{row['change']:+.1f} ± {row['error']:.1f}"
            print(f"| {name} | {row['pool']:,} | {row['begins']} | {over} | {change} | {row['seeds']} |", flush=True)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
