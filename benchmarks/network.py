"""A network in the loop, on each device of this machine: seconds to learn, to go on with more, to read the pool.

    python benchmarks/network.py [--quick] [--json FILE]

A small convolutional network on generated pictures of 28 × 28 with ten classes: 500 labels, then five more, then the
probabilities of the pool. Median of three; *right* is the accuracy on the pool, *repeats* whether two trainings on
equal labels embed the pool in equal bits.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import torch
from torch import nn

from nbloop.learners import TorchLearner

SIDE, CLASSES, LABELS, MORE = 28, 10, 500, 5
CASES = [("cpu", "float32"), ("cuda", "float32"), ("cuda", "bfloat16")]


@dataclass(frozen=True)
class Row:
    """What one device does with one precision."""

    device: str
    precision: str
    pool: int
    fit: float
    update: float
    predict: float
    right: float
    repeats: bool


def convolutions(_: int) -> nn.Module:
    """Return two layers of convolutions and one of dropout."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(32 * (SIDE // 4) ** 2, 64), nn.ReLU(), nn.Dropout(0.3),
    )  # fmt: skip


def pictures(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return noisy pictures of ten kinds, shape (n, 784), and their kinds."""
    rng = np.random.default_rng(0)
    kinds, y = rng.normal(size=(CLASSES, SIDE * SIDE)), rng.integers(CLASSES, size=n)
    return (kinds[y] + 4 * rng.normal(size=(n, SIDE * SIDE))).astype(np.float32), y


def learner(device: str, precision: str) -> TorchLearner:
    """Return a fresh network."""
    return TorchLearner(convolutions, shape=(1, SIDE, SIDE), device=device, precision=precision)


def measured(device: str, precision: str, X: np.ndarray, y: np.ndarray) -> Row:
    """Return what one device takes, the first training apart: it loads libraries."""
    first = learner(device, precision).fit(X[:LABELS], y[:LABELS])
    fitted, seconds, proba = _turn(device, precision, X, y)
    more = [_turn(device, precision, X, y)[1] for _ in range(2)]
    fit, update, predict = (median(column) for column in zip(seconds, *more, strict=True))
    right = float((proba.argmax(axis=1) == y).mean())
    return Row(device, precision, len(X), fit, update, predict, right, np.array_equal(first.embed(X), fitted))


def _turn(
    device: str, precision: str, X: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, tuple[float, ...], np.ndarray]:
    """Return what the network embeds after the first labels, the seconds of each step, and the last probabilities."""
    model, started = learner(device, precision), perf_counter()
    model.fit(X[:LABELS], y[:LABELS])
    fitted, embedded, going_on = perf_counter(), model.embed(X), perf_counter()
    model.update(X[: LABELS + MORE], y[: LABELS + MORE])
    updated, proba, read = perf_counter(), model.predict_proba(X), perf_counter()
    return embedded, (fitted - started, updated - going_on, read - updated), proba


def _said(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else f"{value:,}" if type(value) is int else str(value)


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    X, y = pictures(2_000 if options.quick else 60_000)
    card = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    print(f"PyTorch {torch.__version__}{card}\n")
    names = [field.name for field in fields(Row)]
    print(f"| {' | '.join(names)} |\n|{'---|' * len(names)}")
    rows = []
    for device, precision in CASES:
        if device == "cpu" or torch.cuda.is_available():
            rows.append(row := measured(device, precision, X, y))
            print("|", " | ".join(_said(value) for value in astuple(row)), "|", flush=True)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1))


if __name__ == "__main__":
    main()
