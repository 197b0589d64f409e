"""A network in the loop, on each device of this machine: seconds to learn, to go on after five labels, to read the pool.

    python benchmarks/network.py [--quick] [--json FILE]

A small convolutional network on generated pictures of 28 × 28 with ten classes: 500 labels, then five more, then the
probabilities of the pool. Median of three; *right* is the accuracy on the pool, *repeats* whether two trainings on
equal labels end in equal bits.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import torch
from torch import nn

from nbloop.learners import TorchLearner

SIDE, CLASSES, LABELS = 28, 10, 500
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
    first, seconds = learner(device, precision).fit(X[:LABELS], y[:LABELS]), []
    for _ in range(3):
        model, times = learner(device, precision), [perf_counter()]
        model.fit(X[:LABELS], y[:LABELS])
        times.append(perf_counter())
        weights = model.state()
        times.append(perf_counter())
        model.update(X[: LABELS + 5], y[: LABELS + 5])
        times.append(perf_counter())
        right = float((model.predict_proba(X).argmax(axis=1) == y).mean())
        seconds.append(np.diff([*times, perf_counter()])[[0, 2, 3]])
    fit, update, predict = (median(column) for column in zip(*seconds, strict=True))
    return Row(device, precision, len(X), fit, update, predict, right, _equal(first.state().tensors, weights.tensors))


def _equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(value, other[name]) for name, value in one.items())


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    X, y = pictures(2_000 if options.quick else 60_000)
    card = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    print(f"PyTorch {torch.__version__}{card}\n")
    print("| device | precision | pool | fit, s | update, s | predict, s | right | repeats |\n|---|---|---|---|---|---|---|---|")
    rows = []
    for device, precision in CASES:
        if device == "cpu" or torch.cuda.is_available():
            rows.append(row := measured(device, precision, X, y))
            print(
                f"| {row.device} | {row.precision} | {row.pool:,} | {row.fit:.2f} | {row.update:.3f} | {row.predict:.2f} "
                f"| {row.right:.3f} | {'yes' if row.repeats else 'no'} |",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1))


if __name__ == "__main__":
    main()
