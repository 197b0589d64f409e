"""What it changes when corrections count more than once: the same labels, counted 1, 3 or 10 times.

    python benchmarks/weight.py [--quick] [--json FILE]

A person answers 100 questions, a tenth of them with a slip; then every slip is corrected, as in a review. Corrections
are those, and all answers that overruled the model. Accuracy on the golden set, against counting them once; 95 % over
seeds.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student
from sklearn.datasets import load_breast_cancer, load_digits

import nbloop
from nbloop.examples import INTENTS, tickets

WEIGHTS = (3, 10)
LABELS, SLIPS = 100, 0.1


def digits(seed: int) -> tuple[nbloop.Dataset, dict[Any, str]]:
    """Images of 8 by 8 pixels."""
    X, y = load_digits(return_X_y=True)
    frame = pd.DataFrame({"id": range(len(y)), "digit": y.astype(str)})
    return made(frame, "id", "id", range(10), "digit", seed, features=X / 16)


def cells(seed: int) -> tuple[nbloop.Dataset, dict[Any, str]]:
    """Measures of cell nuclei."""
    frame: Any = load_breast_cancer(as_frame=True).frame  # type: ignore[union-attr]
    frame = frame.replace({"target": {0: "malignant", 1: "benign"}}).assign(id=range(len(frame)))
    return made(frame, list(frame.columns[:30]), "id", ["malignant", "benign"], "target", seed)


def inbox(seed: int) -> tuple[nbloop.Dataset, dict[Any, str]]:
    """Support tickets that the package makes."""
    return made(tickets(1500), "text", "ticket", INTENTS, "intent", seed)


def made(
    frame: pd.DataFrame, content: Any, id: str, labels: Any, truth: str, seed: int, **options: Any
) -> tuple[nbloop.Dataset, dict[Any, str]]:
    """Return a dataset in memory with 40 % golden samples, and what is true of it."""
    task = nbloop.Classification(labels)
    given: dict[str, Any] = {"golden": nbloop.Golden(0.4, near=None), "truth": truth, "store": ":memory:"} | options
    data = nbloop.Dataset(frame, content=content, id=id, task=task, seed=seed, **given)
    return data, dict(zip(frame[id], frame[truth].astype(str), strict=True))


def run(make: Callable[[int], tuple[nbloop.Dataset, dict[Any, str]]], seed: int) -> list[float]:
    """Return the accuracy with corrections counted once, and what each weight adds."""
    data, truth = make(seed)
    rng, names = np.random.default_rng(seed), data.task.names
    slipped = {id: str(rng.choice(names)) if rng.random() < SLIPS else label for id, label in truth.items()}
    loop = nbloop.Loop(data)
    loop.simulate(slipped, LABELS, batch=5)
    given: Any = data.labels["label"].to_dict()
    for id in [id for id, label in given.items() if label != truth[id]]:
        loop.tell(id, truth[id])
    found = []
    for weight in (1, *WEIGHTS):
        loop.weigh_corrections(weight)
        loop.wait()
        found.append(float(loop.history["accuracy"].iloc[-1]))
    loop.close()
    return [found[0], *(accuracy - found[0] for accuracy in found[1:])]


def mean(values: np.ndarray) -> tuple[float, float]:
    """Return mean and half the width of its 95 % interval."""
    return float(values.mean()), float(student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer seeds, under 60 s")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    warnings.simplefilter("ignore", nbloop.errors.DataWarning)
    seeds, rows = range(3 if options.quick else 12), []
    print("| data | counted once | " + " | ".join(f"{weight} times" for weight in WEIGHTS) + " |\n|---|---|---|---|")
    for make in (digits, cells, inbox):
        runs = np.array([run(make, seed) for seed in seeds])
        told = [f"{change * 100:+.1f} ± {half * 100:.1f} points" for change, half in map(mean, runs.T[1:])]
        print(f"| {make.__name__} | {runs[:, 0].mean():.1%} | {' | '.join(told)} |", flush=True)
        rows.append({"data": make.__name__, "seeds": len(seeds), "runs": runs.tolist()})
    if options.json:
        options.json.write_text(json.dumps(rows))


if __name__ == "__main__":
    main()
