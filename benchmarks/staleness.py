"""What asynchronous ranking costs in labels: the model that chose is 0, 1, 3 or 10 labels behind the person.

One label a commit, the default strategy and learner. The order in force was made by the model that knew all labels but
the last few; the person answers its best sample that has no label yet. While an order is made, the strategy either
knows nothing of the questions that will be answered before it is in force, or counts them as covered, as a loop behind
a widget does. Prints the area under the learning curve, mean over seeds, what is lost against a model that knows every
label, with a 95 % interval over the same seeds, and the labels that reach 95 % of the accuracy with all labels of the
pool.

    python benchmarks/staleness.py [--quick] [--seeds 10] [--data digits ...] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t as student
from threadpoolctl import threadpool_limits

from _person import Person, ceiling, prepared
from _tables import labels_to
from nbloop.strategies import make_strategy
from real_data import Data, DataAbsent

BUDGETS = {"digits": 100, "sms_spam": 100, "fashion_mnist_dev": 100, "adult": 100, "penguins": 40, "banking77": 100}
QUICK = ("digits", "penguins")
BEHIND = (1, 3, 10)


def curve(data: Data, behind: int, budget: int, seed: int, *, told: bool) -> np.ndarray:
    """Return the test accuracy after each label, when the model that ranked knew all labels but the last `behind`.

    With `told` the strategy knew which samples were being asked.
    """
    person, strategy, accuracies = Person(data, seed), make_strategy("auto"), []
    orders: deque[np.ndarray] = deque(maxlen=behind + 1)
    while len(person.labelled) < budget:
        asked = pending(orders, person.open, behind) if told else []
        orders.append(strategy(replace(person.query(behind + 1), asked=np.array(asked, dtype=np.intp))).positions)
        order = orders[0]  # the oldest: until the first ranking is followed by enough others, there is no newer one
        person.tell(order[person.open[order]][:1])
        accuracies.append(person.accuracy)
    return np.array(accuracies)


def pending(orders: Iterable[np.ndarray], unanswered: np.ndarray, behind: int) -> list[int]:
    """Return what will be answered before the next order is in force: the best of each order that is on its way."""
    asked: list[int] = []
    for order in list(orders)[-behind:] if behind else []:
        asked += [place for place in order.tolist() if unanswered[place] and place not in asked][:1]
    return asked


def rows(name: str, seeds: int) -> list[dict[str, Any]]:
    """Return one row for each number of labels behind, with and without knowing what is asked."""
    data = prepared(name, 0)
    goal, found = 0.95 * ceiling(data), []
    fresh = np.zeros(seeds)
    for behind, told in [(0, False), *product(BEHIND, (False, True))]:
        curves = np.stack([curve(data, behind, BUDGETS[name], seed, told=told) for seed in range(seeds)])
        areas = curves.mean(axis=1)
        fresh = areas if behind == 0 else fresh
        lost = fresh - areas
        half = float(student.ppf(0.975, seeds - 1) * lost.std(ddof=1) / np.sqrt(seeds)) if seeds > 1 else float("nan")
        found.append(
            {
                "data": name,
                "behind": behind,
                "told": told,
                "seeds": seeds,
                "aulc": float(areas.mean()),
                "lost": float(lost.mean()),
                "half_interval": half,
                "labels_to_95": labels_to(curves.mean(axis=0), goal, 1),
                "budget": BUDGETS[name],
            }
        )
    return found


def print_row(row: dict[str, Any]) -> None:
    """Print one line of the table."""
    low, high = row["lost"] - row["half_interval"], row["lost"] + row["half_interval"]
    knows, interval = ("yes" if row["told"] else "no", f"{low:+.4f} to {high:+.4f}") if row["behind"] else ("", "")
    reached = row["labels_to_95"] or f"> {row['budget']}"
    print(
        f"| {row['data']} | {row['behind']} | {knows} | {row['aulc']:.4f} | {row['lost']:+.4f} | {interval} "
        f"| {reached} |",
        flush=True,
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two data sets, three seeds: under a minute")
    parser.add_argument("--seeds", type=int, default=10, help="repetitions (default 10)")
    parser.add_argument("--data", nargs="*", choices=list(BUDGETS), help="only these data sets")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    names, seeds = options.data or (QUICK if options.quick else BUDGETS), 3 if options.quick else options.seeds
    found = []
    print(f"{seeds} seeds\n\n| data | labels behind | knows what is asked | area under the curve | lost ", end="")
    print("| 95 % interval | labels to 95 % |\n|---|---|---|---|---|---|---|")
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            try:
                found += rows(name, seeds)
            except DataAbsent as absent:
                print(f"skipped {name}: {absent}", file=sys.stderr)
                continue
            for row in found[-2 * len(BEHIND) - 1 :]:
                print_row(row)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
