"""How many labels each query strategy needs: a simulated person, the same learner for all, beside two libraries.

Prints a Markdown table of the area under the learning curve (accuracy on a test half nobody asks, mean over seeds with
the standard error) and of the labels that reach 95 % of what the learner reaches with all labels; then whether half
the labels suffice for what random order reaches.

    python benchmarks/efficiency.py [--quick] [--seeds 5] [--data digits ...] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from nbloop.learners import Logistic
from nbloop.strategies import Query, make_strategy
from real_data import Data, DataAbsent, load

BUDGETS = {"digits": 200, "sms_spam": 200, "fashion_mnist_dev": 400, "breast_cancer": 100, "banking77": 600}
"""Labels a data set gets; always told five at a time."""

QUICK = {"sms_spam": 200, "fashion_mnist_dev": 400}
COMMIT = 5
TYPICLUST = 5000
"""Pools beyond this are not given to scikit-activeml's TypiClust, which takes minutes a commit there."""

HALVES = ("sms_spam", "fashion_mnist_dev")
OURS = ("auto", "margin", "entropy", "least_confidence", "random")


@dataclass(frozen=True)
class Person:
    """What a strategy sees of the simulated person's work so far."""

    data: Data
    learner: Logistic
    labelled: np.ndarray
    candidates: np.ndarray
    trained: bool
    rng: np.random.Generator

    def proba_of(self, positions: np.ndarray) -> np.ndarray:
        """Return probabilities of shape (n, classes of the task)."""
        proba = self.learner.predict_proba(self.data.X[positions])
        aligned = np.zeros((len(positions), len(self.data.classes)), dtype=proba.dtype)
        aligned[:, self.learner.classes_] = proba
        return aligned


Choose = Callable[[Person], np.ndarray]


def nbloop(name: str) -> Choose:
    """Return our strategy of that name."""
    strategy = make_strategy(name)

    def choose(person: Person) -> np.ndarray:
        query = Query(
            X=person.data.X,
            candidates=person.candidates,
            labelled=person.labelled,
            y=person.data.y[person.labelled],
            classes=len(person.data.classes),
            n=COMMIT,
            rng=person.rng,
            proba_of=person.proba_of if person.trained else None,
        )
        return strategy(query).positions

    return choose


def modal_margin(person: Person) -> np.ndarray:
    """Margin as modAL does it; it has no cold start, so it begins at random."""
    from modAL.uncertainty import margin_sampling

    if not person.trained:
        return person.rng.permutation(person.candidates)[:COMMIT]
    places, _ = margin_sampling(person.learner, person.data.X[person.candidates], n_instances=COMMIT)
    return person.candidates[places]


def scikit_activeml(name: str) -> Choose:
    """Return a strategy of scikit-activeml."""
    from skactiveml.classifier import SklearnClassifier
    from skactiveml.pool import TypiClust, UncertaintySampling

    def choose(person: Person) -> np.ndarray:
        X, codes = person.data.X, np.arange(len(person.data.classes))
        y = np.full(len(X), np.nan)
        y[person.labelled] = person.data.y[person.labelled]
        seed = int(person.rng.integers(2**31))
        if name == "typiclust":
            typical = TypiClust(random_state=seed)
            return np.asarray(typical.query(X, y, candidates=person.candidates, batch_size=COMMIT))
        if not person.trained:
            return person.rng.permutation(person.candidates)[:COMMIT]
        classifier = SklearnClassifier(Logistic(), classes=codes).fit(X[person.labelled], y[person.labelled])
        sampling = UncertaintySampling(method="margin_sampling", random_state=seed)
        chosen = sampling.query(X, y, classifier, fit_clf=False, candidates=person.candidates, batch_size=COMMIT)
        return np.asarray(chosen)

    return choose


def strategies(pool: int, quick: bool) -> Iterator[tuple[str, str, Callable[[], Choose]]]:
    """Yield library, strategy and a maker."""
    for name in ("auto", "random") if quick else OURS:
        yield "nbloop", name, lambda name=name: nbloop(name)
    yield "modAL", "margin", lambda: modal_margin
    if not quick:
        yield "scikit-activeml", "margin", lambda: scikit_activeml("margin")
    if not quick and pool < TYPICLUST:
        yield "scikit-activeml", "typiclust", lambda: scikit_activeml("typiclust")


def curve(data: Data, choose: Choose, budget: int, seed: int) -> np.ndarray:
    """Return test accuracies after 5, 10, ... `budget` labels."""
    rng, learner = np.random.default_rng(seed), Logistic()
    labelled, open_ = np.array([], dtype=np.intp), np.ones(len(data.y), dtype=bool)
    accuracies: list[float] = []
    while len(labelled) < budget:
        trained = len(np.unique(data.y[labelled])) > 1
        person = Person(data, learner, labelled, np.flatnonzero(open_), trained, rng)
        chosen = np.asarray(choose(person), dtype=np.intp)[:COMMIT]
        labelled, open_[chosen] = np.concatenate([labelled, chosen]), False
        learner.update(data.X[labelled], data.y[labelled])
        accuracies.append(float((learner.predict(data.X_test) == data.y_test).mean()))
    return np.array(accuracies)


def ceiling(data: Data) -> float:
    """Return the test accuracy with all labels of the pool (5,000 at most)."""
    rows = np.random.default_rng(0).permutation(len(data.y))[:5000]
    return float((Logistic().fit(data.X[rows], data.y[rows]).predict(data.X_test) == data.y_test).mean())


def labels_to(curve: np.ndarray, goal: float) -> int | None:
    """Return the first number of labels whose accuracy reaches `goal`."""
    reached = np.flatnonzero(curve >= goal)
    return int((reached[0] + 1) * COMMIT) if len(reached) else None


def measure(budgets: dict[str, int], seeds: int, quick: bool) -> Iterator[tuple[dict[str, Any], np.ndarray]]:
    """Yield one row a data set and strategy, with the mean curve."""
    for name, budget in budgets.items():
        try:
            data = load(name)
        except DataAbsent as absent:
            print(f"skipped {name}: {absent}", file=sys.stderr)
            continue
        goal = 0.95 * ceiling(data)
        for library, strategy, make in strategies(len(data.y), quick):
            curves = np.stack([curve(data, make(), budget, seed) for seed in range(seeds)])
            areas, mean = curves.mean(axis=1), curves.mean(axis=0)
            error = float(areas.std(ddof=1) / np.sqrt(seeds)) if seeds > 1 else 0.0
            row = {"data": name, "strategy": strategy, "library": library, "aulc": float(areas.mean())}
            yield row | {"aulc_error": error, "labels_to_95": labels_to(mean, goal), "curve": mean.tolist()}, mean


def print_row(row: dict[str, Any], budget: int) -> None:
    """Print one line of the table."""
    reached = row["labels_to_95"] or f"> {budget}"
    print(
        f"| {row['data']} | {row['library']} | {row['strategy']} | {row['aulc']:.4f} ± {row['aulc_error']:.4f} "
        f"| {row['curve'][-1]:.4f} | {reached} |",
        flush=True,
    )


def print_halves(curves: dict[tuple[str, str, str], np.ndarray]) -> None:
    """Print what half the labels reach with the default beside random order with all of them."""
    print("\n| data | labels | random | half the labels | auto | suffices |\n|---|---|---|---|---|---|")
    for name in HALVES:
        if (name, "nbloop", "auto") in curves:
            auto, random = curves[name, "nbloop", "auto"], curves[name, "nbloop", "random"]
            half, whole, n = auto[len(auto) // 2 - 1], random[-1], len(auto) * COMMIT
            print(f"| {name} | {n} | {whole:.4f} | {n // 2} | {half:.4f} | {'yes' if half >= whole else 'no'} |")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two data sets and three strategies: under a minute")
    parser.add_argument("--seeds", type=int, default=5, help="repetitions (default 5)")
    parser.add_argument("--data", nargs="*", choices=list(BUDGETS), help="only these data sets")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    budgets = QUICK if options.quick else BUDGETS
    budgets = {name: budget for name, budget in budgets.items() if name in (options.data or budgets)}
    print(
        "| data | library | strategy | area under the curve | at the end | labels to 95 % |\n|---|---|---|---|---|---|"
    )
    rows, curves = [], {}
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the other libraries warn about few labels
        for row, mean in measure(budgets, options.seeds, options.quick):
            print_row(row, budgets[row["data"]])
            curves[row["data"], row["library"], row["strategy"]] = mean
            rows.append({key: row[key] for key in ("data", "strategy", "library", "aulc", "labels_to_95")})
    print_halves(curves)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
