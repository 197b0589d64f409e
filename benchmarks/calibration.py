"""What a temperature is worth: log loss and calibration error on samples that neither learner nor temperature saw.

A learner gets 150 labels (77 classes: 450) that the default strategy chose. Its probabilities are taken as they are,
with a temperature fitted to 200 golden samples drawn at random (kept only where it proves itself, as with
``Loop(calibrate=True)``), or with one fitted to the labels themselves, held out in folds (`Calibrated`). Means over
seeds, with a 95 % interval.

    python benchmarks/calibration.py [--quick] [--seeds 3] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from incremental import half_width, order_of
from nbloop.learners import Calibrated, Logistic, make_learner
from nbloop.temperature import TINY, calibrate, calibration_error, tempered
from real_data import Data, DataAbsent, load

LABELS = {"digits": 150, "sms_spam": 150, "fashion_mnist_dev": 150, "banking77": 450}
QUICK = ("digits", "sms_spam")
GOLDEN = 200
TESTED = 2000

LEARNERS: dict[str, Callable[[], Any]] = {
    "Logistic() (default)": Logistic,
    "Logistic(C=1000)": lambda: Logistic(C=1000.0),
    "forest": lambda: make_learner("forest"),
    "torch": lambda: make_learner("torch"),
}


def proba_of(learner: Any, data: Data, X: np.ndarray) -> np.ndarray:
    """Return probabilities, one column a class of the task."""
    aligned = np.zeros((len(X), len(data.classes)))
    aligned[:, learner.classes_] = learner.predict_proba(X)
    return aligned


def ways(
    make: Callable[[], Any], data: Data, order: np.ndarray, seed: int
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield each way to probabilities of the tested samples, with their true classes."""
    rows = np.random.default_rng(seed).permutation(len(data.y_test))
    golden, tested = rows[:GOLDEN], rows[GOLDEN : GOLDEN + TESTED]
    X, y, truth = data.X[order], data.y[order], data.y_test[tested]
    learner = make().fit(X, y)
    raw = proba_of(learner, data, data.X_test[tested])
    yield "as they are", raw, truth
    known = np.isin(data.y_test[golden], learner.classes_)
    found = calibrate(data.y_test[golden][known], proba_of(learner, data, data.X_test[golden])[known], seed)
    yield "golden set", tempered(raw, found.temperature), truth
    yield "labels, held out", proba_of(Calibrated(make()).fit(X, y), data, data.X_test[tested]), truth


def measure(names: tuple[str, ...], seeds: int, quick: bool) -> Iterator[dict[str, Any]]:
    """Yield one row a data set, learner and way."""
    for name in names:
        try:
            data = load(name)
        except DataAbsent as absent:
            print(f"skipped {name}: {absent}", file=sys.stderr)
            continue
        orders = [order_of(data, LABELS[name], seed) for seed in range(seeds)]
        for learner, make in LEARNERS.items():
            if quick and learner == "torch":
                continue
            found: dict[str, list[tuple[float, float]]] = {}
            for seed, order in enumerate(orders):
                for way, proba, truth in ways(make, data, order, seed):
                    true = np.maximum(proba[np.arange(len(truth)), truth], TINY)
                    found.setdefault(way, []).append((float(-np.log(true).mean()), calibration_error(truth, proba)))
            for way, values in found.items():
                losses, errors = np.array(values).T
                yield {
                    "data": name, "learner": learner, "way": way, "labels": LABELS[name],
                    "log_loss": float(losses.mean()), "log_loss_ci": half_width(losses),
                    "error": float(errors.mean()), "error_ci": half_width(errors),
                }  # fmt: skip


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two data sets, two seeds, no network: under a minute")
    parser.add_argument("--seeds", type=int, help="repetitions (default 3)")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    names = QUICK if options.quick else tuple(LABELS)
    print("| data | learner | temperature from | log loss | calibration error |\n|---|---|---|---|---|")
    rows = []
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a few labels do not converge
        for row in measure(names, options.seeds or (2 if options.quick else 3), options.quick):
            print(
                f"| {row['data']} | {row['learner']} | {row['way']} | {row['log_loss']:.3f} ± {row['log_loss_ci']:.3f} "
                f"| {row['error']:.3f} ± {row['error_ci']:.3f} |",
                flush=True,
            )
            rows.append(row)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
