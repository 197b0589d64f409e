"""The mind's clock: from a commit to a learned, ranked and scored pool, and from nothing to a first card on the screen.

    python benchmarks/mind.py [--quick] [--json FILE]

Prints beside each figure how often the pool could have been read in that time: on another machine ratios keep.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import nbloop

CLASSES = 10


def pool(rows: int, columns: int = 64, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return float32 features in ten overlapping clusters, and their classes."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(CLASSES, columns)) * 0.6
    y = rng.integers(CLASSES, size=rows)
    return (centres[y] + rng.normal(size=(rows, columns))).astype(np.float32), y


def dataset(rows: int) -> tuple[nbloop.Dataset, np.ndarray]:
    """Return a dataset of `rows` lines of text with given features, and the true classes."""
    X, y = pool(rows)
    task = nbloop.Classification(range(CLASSES))
    texts = [f"sample {i}" for i in range(rows)]
    truth = {i: int(value) for i, value in enumerate(y)}
    data = nbloop.Dataset(
        texts, id=range(rows), features=X, task=task, golden=200 / rows, truth=truth, store=":memory:"
    )  # fmt: skip
    return data, y


def commits(rows: int, count: int) -> dict[str, Any]:
    """Time `count` commits of one label each, from tell to a whole new outcome."""
    data, y = dataset(rows)
    loop = nbloop.Loop(data)
    loop.simulate(n=60, batch=20)
    seconds = []
    for _ in range(count):
        sample = loop.ask()[0]
        started = perf_counter()
        loop.tell(sample.id, y[sample.id])
        loop.wait()
        seconds.append(perf_counter() - started)
    return row(f"commit at {rows:,} x 64", seconds, rows)


def first_card(rows: int, count: int) -> dict[str, Any]:
    """Time from features to the first card."""
    seconds = []
    for _ in range(count):
        X, _ = pool(rows)
        texts = [f"sample {i}" for i in range(rows)]
        started = perf_counter()
        task = nbloop.Classification(range(CLASSES))
        nbloop.Loop(nbloop.Dataset(texts, features=X, task=task, store=":memory:")).ask()
        seconds.append(perf_counter() - started)
    return row(f"first card at {rows:,} x 64", seconds, rows)


LIBRARIES = "import pandas, sklearn.linear_model, IPython, anywidget"
WORKBENCH = """
import nbloop
task = nbloop.Classification(["a", "b"])
loop = nbloop.Loop(nbloop.Dataset([f"sample {i}" for i in range(1000)], task=task, store=":memory:"))
loop._ipython_display_()
"""


def fresh(what: str, statements: str, count: int) -> dict[str, Any]:
    """Time statements in a fresh interpreter, less an interpreter that does nothing."""
    bare, full = ([_run(each) for _ in range(count)] for each in ("pass", statements))
    return row(what, [max(0.0, f - b) for f, b in zip(full, bare, strict=True)], None)


def _run(statement: str) -> float:
    started = perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - started


def row(what: str, seconds: list[float], rows: int | None) -> dict[str, Any]:
    """Return median and 95th percentile, and the median in reads of the pool."""
    median = float(np.median(seconds))
    reads = None if rows is None else median / read_once(rows)
    return {"what": what, "median_ms": median * 1e3, "p95_ms": float(np.quantile(seconds, 0.95)) * 1e3, "reads": reads}


def read_once(rows: int) -> float:
    """Return the seconds that one read of the pool takes."""
    X, _ = pool(rows)
    return min(_timed(X.sum) for _ in range(5))


def _timed(function: Callable[[], Any]) -> float:
    started = perf_counter()
    function()
    return perf_counter() - started


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, under 60 s")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    count = 10 if options.quick else 50
    table = [
        commits(1_000, count),
        commits(100_000, count),
        first_card(50_000, 3),
        fresh("import nbloop", "import nbloop; nbloop.Classification", 5),
        fresh("import pandas, scikit-learn, IPython and anywidget", LIBRARIES, 5),
        fresh("a workbench, with every import that it takes", WORKBENCH, 5),
    ]
    print("| what | median ms | p95 ms | reads of the pool |\n|---|---|---|---|")
    for line in table:
        reads = "" if line["reads"] is None else f"{line['reads']:.0f}"
        print(f"| {line['what']} | {line['median_ms']:.0f} | {line['p95_ms']:.0f} | {reads} |")
    if options.json:
        options.json.write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
