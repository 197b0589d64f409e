"""Update rules against a full refit: accuracy and processor time of each commit, along one and the same order.

The default strategy chooses the order once per data set and seed, with the default learner; then every rule learns
along it, five labels a commit. Prints a Markdown table of the area under the learning curve (accuracy on a test half
nobody asks, mean over seeds with a 95 % interval), what it is above or below the full refit of the same model (paired
over seeds), log loss at the end, and milliseconds of processor time a commit.

    python benchmarks/incremental.py [--quick] [--seeds 5] [--data digits ...] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import Any, Self

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp, softmax
from scipy.stats import t as student
from sklearn.linear_model import LogisticRegression, SGDClassifier
from threadpoolctl import threadpool_limits

from nbloop.learners import Logistic, Refit, Replay, WarmStart
from nbloop.strategies import Query, make_strategy
from real_data import Data, DataAbsent, load

BUDGETS = {"digits": 200, "sms_spam": 200, "banking77": 600, "fashion_mnist_dev": 400, "adult": 200}
"""Labels a data set gets, five a commit."""

QUICK = {"digits": 100, "sms_spam": 100}
COMMIT = 5
TESTED = 2000
"""Test samples that are predicted after each commit."""


class NewOnly:
    """SGD that sees each label once: five passes over the new ones, none over the old."""

    def __init__(self, classes: int) -> None:
        self._sgd = SGDClassifier(loss="log_loss", alpha=1e-3, random_state=0)
        self.classes_ = np.arange(classes)
        self._seen = 0

    def update(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Learn the labels that came since."""
        new = slice(self._seen, len(y))
        for _ in range(5):
            self._sgd.partial_fit(X[new], y[new], classes=self.classes_)
        self._seen = len(y)
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Return probabilities of all classes of the task."""
        return self._sgd.predict_proba(X)


class LeastSquares:
    """Recursive least squares on indicators; a softmax, its steepness fitted to predictions made before learning.

    A class that comes midway begins with the zero column that it would have had from the start.
    """

    def __init__(self, ridge: float = 1.0) -> None:
        self._ridge = ridge
        self._seen, self._steepness = 0, 3.0
        self._before, self._codes = np.zeros((0, 0)), np.empty(0, dtype=np.intp)
        self.classes_ = np.empty(0, dtype=np.intp)

    def update(self, X: np.ndarray, y: np.ndarray) -> Self:
        """Learn the labels that came since, exactly as if all had come at once (Woodbury)."""
        rows, codes = _with_one(X[self._seen :]), y[self._seen :]
        if not self._seen:
            self._P = np.eye(rows.shape[1]) / self._ridge
            self._W = np.zeros((rows.shape[1], 0))
        self._grow(codes)
        self._fit_steepness(rows, codes)
        PX = self._P @ rows.T
        gain = np.linalg.solve(np.eye(len(rows)) + rows @ PX, PX.T).T
        self._W = self._W + gain @ ((codes[:, None] == self.classes_) - rows @ self._W)
        self._P = self._P - gain @ PX.T
        self._seen = len(y)
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Return probabilities of the classes seen."""
        return softmax(self._steepness * (_with_one(X) @ self._W), axis=1)

    def _grow(self, codes: np.ndarray) -> None:
        classes = np.union1d(self.classes_, codes)
        grown = np.zeros((len(self._W), len(classes)))
        grown[:, np.isin(classes, self.classes_)] = self._W
        moved = np.searchsorted(classes, self.classes_)
        before = np.zeros((len(self._before), len(classes)))
        before[:, moved] = self._before
        self._W, self._before, self.classes_, self._codes = grown, before, classes, moved[self._codes]

    def _fit_steepness(self, rows: np.ndarray, codes: np.ndarray) -> None:
        """Choose the steepness with the least log loss on the last 200 labels, predicted before they were learned."""
        if self._seen:
            self._before = np.vstack([self._before, rows @ self._W])[-200:]
            self._codes = np.append(self._codes, np.searchsorted(self.classes_, codes))[-200:]
        if len(self._before) < 10:
            return
        true = self._before[np.arange(len(self._codes)), self._codes]

        def loss(log_steepness: float) -> float:
            steepness = np.exp(log_steepness)
            return float((logsumexp(steepness * self._before, axis=1) - steepness * true).mean())

        self._steepness = float(np.exp(minimize_scalar(loss, bounds=(-2, 4), method="bounded").x))


def _with_one(X: np.ndarray) -> np.ndarray:
    return np.column_stack([X, np.ones(len(X))]).astype(np.float64)


class Afresh:
    """A learner that forgets everything before each commit: the full refit."""

    def __init__(self, learner: Any) -> None:
        self._learner = learner

    def update(self, X: np.ndarray, y: np.ndarray) -> Any:
        """Fit from scratch."""
        return self._learner.fit(X, y)


def _network() -> Any:
    from nbloop.learners import TorchLearner  # an extra

    return TorchLearner(uncertainty=None)


FAMILIES: dict[str, dict[str, Callable[[int], Any]]] = {
    "logistic (ours)": {
        "refit": lambda _: Afresh(Logistic()),
        "warm, at most 10 iterations": lambda _: Logistic(),
        "recursive least squares instead": lambda _: LeastSquares(),
    },
    "LogisticRegression": {
        "refit": lambda _: Refit(LogisticRegression(C=10)),
        "warm": lambda _: WarmStart(LogisticRegression(C=10)),
    },
    "SGD": {
        "refit": lambda _: Refit(SGDClassifier(loss="log_loss", alpha=1e-3)),
        "replay, 5 passes": lambda _: Replay(SGDClassifier(loss="log_loss", alpha=1e-3)),
        "new labels only": NewOnly,
    },
    "TorchLearner": {
        "refit": lambda _: Afresh(_network()),
        "replay, 3 epochs": lambda _: _network(),
    },
}
"""Per model, its update rules; the first is what the others are compared with."""


def order_of(data: Data, budget: int, seed: int) -> np.ndarray:
    """Return the order in which the default strategy asks, five at a time, with the default learner."""
    rng, learner, strategy = np.random.default_rng(seed), Logistic(), make_strategy("auto")
    labelled, open_ = np.array([], dtype=np.intp), np.ones(len(data.y), dtype=bool)

    def proba_of(positions: np.ndarray) -> np.ndarray:
        aligned = np.zeros((len(positions), len(data.classes)))
        aligned[:, learner.classes_] = learner.predict_proba(data.X[positions])
        return aligned

    while len(labelled) < budget:
        y = data.y[labelled]
        model = proba_of if len(np.unique(y)) > 1 else None
        query = Query(data.X, np.flatnonzero(open_), labelled, y, len(data.classes), COMMIT, rng, proba_of=model)
        chosen = strategy(query).positions[:COMMIT]
        labelled, open_[chosen] = np.concatenate([labelled, chosen]), False
        learner.update(data.X[labelled], data.y[labelled])
    return labelled


def run(data: Data, order: np.ndarray, rule: Any) -> tuple[np.ndarray, float, float]:
    """Return the accuracies after each commit, log loss at the end, and milliseconds a commit."""
    tests = slice(0, TESTED)
    accuracies, spent, proba = [], 0.0, np.empty(0)
    for n in range(2 * COMMIT, len(order) + 1, COMMIT):
        rows = order[:n]
        started = process_time()
        learner = rule.update(data.X[rows], data.y[rows])
        spent += process_time() - started
        proba = aligned(learner, data, tests)
        accuracies.append(float((proba.argmax(axis=1) == data.y_test[tests]).mean()))
    true = proba[np.arange(len(proba)), data.y_test[tests]]
    return np.array(accuracies), float(-np.log(np.clip(true, 1e-3, 1)).mean()), 1e3 * spent / len(accuracies)


def aligned(learner: Any, data: Data, rows: slice) -> np.ndarray:
    """Return the probabilities of test samples, one column a class of the task."""
    X = data.X_test[rows]
    proba = np.zeros((len(X), len(data.classes)))
    proba[:, learner.classes_] = learner.predict_proba(X)
    return proba


def measure(budgets: dict[str, int], seeds: int, quick: bool) -> Iterator[dict[str, Any]]:
    """Yield one row a data set, model and rule."""
    for name, budget in budgets.items():
        try:
            data = load(name)
        except DataAbsent as absent:
            print(f"skipped {name}: {absent}", file=sys.stderr)
            continue
        orders = [order_of(data, budget, seed) for seed in range(seeds)]
        for family, rules in FAMILIES.items():
            if quick and family == "TorchLearner":  # its refits take most of the time
                continue
            first = None
            for rule, make in rules.items():
                runs = [run(data, order, make(len(data.classes))) for order in orders]
                areas = np.array([curve.mean() for curve, _, _ in runs])
                first = areas if first is None else first
                yield {
                    "data": name, "model": family, "rule": rule, "labels": budget,
                    "area": float(areas.mean()), "area_ci": half_width(areas),
                    "gap": float((areas - first).mean()), "gap_ci": half_width(areas - first),
                    "end": float(np.mean([curve[-1] for curve, _, _ in runs])),
                    "log_loss": float(np.mean([loss for _, loss, _ in runs])),
                    "ms_a_commit": float(np.median([ms for _, _, ms in runs])),
                }  # fmt: skip


def half_width(values: np.ndarray) -> float:
    """Return half the width of the 95 % interval of a mean (Student, 1908); 0 for one seed."""
    if len(values) < 2:
        return 0.0
    return float(student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two data sets, two seeds: under a minute")
    parser.add_argument("--seeds", type=int, help="repetitions (default 5)")
    parser.add_argument("--data", nargs="*", choices=list(BUDGETS), help="only these data sets")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    budgets = QUICK if options.quick else BUDGETS
    budgets = {name: budget for name, budget in budgets.items() if name in (options.data or budgets)}
    print("| data | model | update rule | area | above the refit | at the end | log loss | ms a commit |")
    print("|---|---|---|---|---|---|---|---|")
    rows = []
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a few labels do not converge, or leave classes out
        for row in measure(budgets, options.seeds or (2 if options.quick else 5), options.quick):
            print(
                f"| {row['data']} | {row['model']} | {row['rule']} | {row['area']:.4f} ± {row['area_ci']:.4f} "
                f"| {row['gap']:+.4f} ± {row['gap_ci']:.4f} | {row['end']:.4f} | {row['log_loss']:.3f} "
                f"| {row['ms_a_commit']:.1f} |",
                flush=True,
            )
            rows.append(row)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
