"""The control arm: is its accuracy unbiased where that of chosen samples is not, and do its intervals hold.

    python benchmarks/control.py [--quick] [--seeds 20] [--data digits ...] [--json FILE]

A simulated person labels what a `Loop` asks, a fifth of it drawn by lot, ten a commit. Compared with the accuracy of
the same models on a test half that nobody asks, in points, over seeds: samples drawn by lot and those that the strategy
chose, each predicted before its label was known; against the present model the last ones drawn, all of them, and
cross-validation on those drawn and on all labels. Then the labels saved: the interval against what the loop's own order
needs on the test half for what as many random labels reach on average.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_limits

import nbloop
from _person import prepared
from nbloop.errors import DataError
from nbloop.learners import Logistic
from nbloop.quality.savings import first_reach
from real_data import NAMES, Data, DataAbsent

SETS = ("digits", "sms_spam", "fashion_mnist_dev", "adult", "credit_default")
LABELS, COMMIT, CONTROL, LOTS, LAST = 200, 10, 0.2, 40, 20
"""Labels a run, labels a commit, the share drawn by lot, how many random orders stand for all, and how many
of the drawn ones are the last."""


def measured(data: Data, seed: int) -> dict[str, float]:
    """Return what one run says, less what is true."""
    names = list(map(str, data.classes))
    truth = {i: names[code] for i, code in enumerate(data.y)}
    dataset = nbloop.Dataset(
        [f"row {i}" for i in range(len(data.y))],
        id=range(len(data.y)),
        task=nbloop.Classification(names),
        features=data.X,
        golden=nbloop.Golden(0.1, near=None),
        truth=truth,
        store=":memory:",
        seed=seed,
    )
    loop, true = nbloop.Loop(dataset, control=CONTROL), {}
    while len(dataset.labels) < LABELS:
        loop.simulate(n=COMMIT, batch=COMMIT)
        model = loop._session.outcome.model if loop._session.outcome else None
        if model is not None:
            true[model.version] = _accuracy(model.predict_proba(data.X_test), data)
    found = dict(_of_its_time(loop, true)) | dict(_of_now(loop, data)) | dict(_saved(loop, data, seed))
    loop.close()
    return found


def _accuracy(proba: np.ndarray, data: Data) -> float:
    return float((proba.argmax(axis=1) == data.y_test).mean())


def _of_its_time(loop: nbloop.Loop, true: dict[str, float]) -> Iterator[tuple[str, float]]:
    """Yield the bias of samples drawn by lot and of chosen ones against the models that predicted them."""
    drawn = loop.control.dropna(subset="prediction")
    goal = float(np.mean([true[version] for version in drawn["model"]]))
    said = loop.control_score()
    yield "drawn by lot", said.value - goal
    yield "its interval holds", said.low <= goal <= said.high
    marks: list[Any] = [event.action for event in loop.data.answered() if getattr(event.action, "said", None)]
    chosen = [mark for mark in marks if mark.said.prediction and mark.said.strategy != "control"]
    hits = np.mean([mark.said.prediction == mark.value for mark in chosen])
    yield "chosen by the strategy", float(hits - np.mean([true[mark.said.model] for mark in chosen]))


def _of_now(loop: nbloop.Loop, data: Data) -> Iterator[tuple[str, float]]:
    """Yield the bias of what is said of the present model."""
    goal, said = _accuracy(loop._model.predict_proba(data.X_test), data), loop.control_score(last=LAST)
    yield "the last ones", said.value - goal
    yield "its interval holds, last ones", said.low <= goal <= said.high
    yield "all drawn", loop.control_score().value - goal
    learned = loop.data.snapshot().labelled
    drawn = np.array([loop.data.samples.position(id) for id in loop.control.index])
    yield "cross-validation on those drawn", _crossed(data, learned, drawn[np.isin(drawn, learned)]) - goal
    yield "cross-validation on all labels", _crossed(data, learned, learned) - goal


def _crossed(data: Data, learned: np.ndarray, tested: np.ndarray) -> float:
    """Return the share of `tested` that is predicted right by models which learned all but a fifth of them."""
    right = []
    for _, part in KFold(5, shuffle=True, random_state=0).split(tested):
        rest = np.setdiff1d(learned, tested[part])
        right += list(Logistic().fit(data.X[rest], data.y[rest]).predict(data.X[tested[part]]) == data.y[tested[part]])
    return float(np.mean(right))


def _saved(loop: nbloop.Loop, data: Data, seed: int) -> Iterator[tuple[str, float]]:
    """Yield whether the interval of the labels that were needed holds what they are on the test half."""
    try:
        said = loop.savings()
    except DataError:  # all samples drawn by lot are of one class
        return
    rng, order = np.random.default_rng(seed), loop.data.snapshot().labelled
    pool = np.setdiff1d(np.arange(len(data.y)), loop.data.snapshot().golden)
    level = np.mean([_learned(data, rng.permutation(pool)[: said.random]) for _ in range(LOTS)])
    sizes = np.arange(4, len(order) + 1, 4)
    true = first_reach(sizes, np.array([_learned(data, order[:size]) for size in sizes]), float(level))
    yield "labels drawn by lot", said.random
    yield "needed, true", true
    yield "needed, said", said.needed
    yield "interval of needed holds", said.needed_low <= true <= said.needed_high


def _learned(data: Data, places: np.ndarray) -> float:
    y = data.y[places]
    if len(np.unique(y)) < 2:
        return float((data.y_test == y[0]).mean())
    return float((Logistic().fit(data.X[places], y).predict(data.X_test) == data.y_test).mean())


def interval(values: Any, scale: float = 100) -> str:
    """Return mean and 95 % interval of Student's t over runs."""
    values = scale * np.asarray(values, float)
    reach = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():+.1f} ± {reach:.1f}"


THEN = ("drawn by lot", "chosen by the strategy")
NOW = ("the last ones", "all drawn", "cross-validation on those drawn", "cross-validation on all labels")


def print_tables(rows: pd.DataFrame) -> None:
    """Print bias by data set, then what the intervals hold."""
    both = pd.concat([rows, rows.assign(data="all")])
    for models, biases in (("the models of that time", THEN), ("the present model", NOW)):
        print(f"\nBias against {models}, points; mean and 95 % interval over runs:\n")
        print(f"| data | runs | {' | '.join(biases)} |\n|---|---|{'---|' * len(biases)}")
        for name, of in both.groupby("data", sort=False):
            print(f"| {name} | {len(of)} | {' | '.join(interval(of[bias]) for bias in biases)} |")
    print(f"\nSavings could be told in {int(rows['needed, said'].notna().sum())} of {len(rows)} runs.\n")
    print(
        f"| data | interval of accuracy holds | of the last {LAST} | drawn | needed, said | needed, true | it holds |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, of in both.groupby("data", sort=False):
        shares = [f"{of[column].mean():.0%}" for column in ("its interval holds", "its interval holds, last ones")]
        numbers = [f"{of[column].mean():.0f}" for column in ("labels drawn by lot", "needed, said", "needed, true")]
        print(f"| {name} | {' | '.join(shares + numbers)} | {of['interval of needed holds'].mean():.0%} |")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two data sets, four seeds: under a minute")
    parser.add_argument("--seeds", type=int, default=20, help="repetitions (default 20)")
    parser.add_argument("--data", nargs="*", choices=NAMES, help="only these data sets")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    options.seeds = 4 if options.quick else options.seeds
    rows = []
    for name in options.data or (("digits", "sms_spam") if options.quick else SETS):
        try:
            data = prepared(name, 0)
        except DataAbsent as absent:
            print(f"skipped {name}: {absent}")
            continue
        for seed in range(options.seeds):
            with threadpool_limits(1), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # few labels
                rows.append({"data": name, "seed": seed} | {key: float(v) for key, v in measured(data, seed).items()})
            if options.json:
                options.json.write_text(json.dumps(rows, indent=1))
    print_tables(pd.DataFrame(rows))


if __name__ == "__main__":
    main()
