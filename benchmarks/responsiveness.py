"""How long the kernel's other threads wait while the worker ranks a pool without pause.

Prints a Markdown table, one line a worker and a waiter. Workers: none; the loop's own (a label, the learner's update,
a ranking, settling, and again at once, while a person would take a second); first rankings of the whole pool; the same
with numpy only; the default strategy while it explores. Waiters: a thread that wants to run again after 5 ms, and an
asyncio loop, as the kernel's, with a timer of 5 ms and then a reply of some fifty lines of Python to make. The delay is
what passes beyond the 5 ms (and, for the reply, beyond what it takes alone). All parts run in one process, as in a
kernel; the worker's BLAS has one thread.

    python benchmarks/responsiveness.py [--quick] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from nbloop.strategies import Query, make_strategy
from ranking import RANKED, After, Pool, nbloop, pool

PAUSE = 0.005
"""Seconds after which a waiter wants to run."""

Step = Callable[[], object]


# -- workers -----------------------------------------------------------------------------------------------------------


def labelling(here: Pool) -> Step:
    """One label after the other, as a loop goes about it."""
    after = After(here, "compiled")

    def step() -> None:
        after.label()
        after.rank()
        after.settle()

    return step


def exploring(here: Pool) -> Step:
    """The default strategy with 40 labels: probabilities of all, then herding."""
    few, learner = here.labelled[:40], here.logistic()
    asked = {
        "X": here.X,
        "candidates": np.arange(len(here.y)),
        "labelled": few,
        "y": here.y[few],
        "classes": 10,
        "n": RANKED,
    }
    strategy = make_strategy("auto")
    return lambda: strategy(
        Query(
            **asked,
            rng=np.random.default_rng(0),
            proba_of=lambda positions: learner.predict_proba(here.X[positions]),
        )
    )


WORKERS: dict[str, Callable[[Pool], Step]] = {
    "idle": lambda _: lambda: sleep(0.05),
    "label, learn, rank, settle": labelling,
    "first rankings": lambda here: nbloop(here, "compiled"),
    "first rankings, numpy only": lambda here: nbloop(here, "plain"),
    "exploring": exploring,
}


# -- waiters -----------------------------------------------------------------------------------------------------------


def thread(seconds: float) -> list[float]:
    """Return by how much a thread's naps were too long."""
    found, end = [], perf_counter() + seconds
    while perf_counter() < end:
        began = perf_counter()
        sleep(PAUSE)
        found.append(perf_counter() - began - PAUSE)
    return found


def event_loop(seconds: float) -> list[float]:
    """Return by how much an event loop's replies were late."""
    return asyncio.run(_replies(seconds))


async def _replies(seconds: float) -> list[float]:
    alone = min(_reply() for _ in range(20))
    found, end = [], perf_counter() + seconds
    while perf_counter() < end:
        began = perf_counter()
        await asyncio.sleep(PAUSE)
        _reply()
        found.append(perf_counter() - began - PAUSE - alone)
    return found


def _reply() -> float:
    """Make a reply of a few hundred microseconds; return how long it took."""
    began = perf_counter()
    json.loads(json.dumps([{"id": place, "text": "a sample " * 5, "rank": place} for place in range(150)]))
    return perf_counter() - began


WAITERS: dict[str, Callable[[float], list[float]]] = {"thread": thread, "event loop": event_loop}


# -- measures ----------------------------------------------------------------------------------------------------------


def measured(step: Step, wait: Callable[[float], list[float]], seconds: float) -> tuple[np.ndarray, int]:
    """Return the delays while a worker steps on and on, and how many steps it made."""
    ended, steps = threading.Event(), 0

    def work() -> None:
        nonlocal steps
        while not ended.is_set():
            step()
            steps += 1

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    delays = wait(seconds)
    ended.set()
    worker.join()
    return np.maximum(delays, 0), steps


def rows(here: Pool, seconds: float) -> Any:
    """Yield one row for each worker and waiter."""
    for doing, make in WORKERS.items():
        step = make(here)
        step()  # what is compiled is compiled
        for who, wait in WAITERS.items():
            delays, steps = measured(step, wait, seconds)
            p50, p99 = np.quantile(delays, [0.5, 0.99])
            figures = {"p50": p50, "p99": p99, "max": delays.max()}
            yield {"worker": doing, "steps": steps, "waiter": who, "waits": len(delays)} | {
                name: float(value) for name, value in figures.items()
            }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two seconds each instead of ten")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    here, found = pool(1_000_000, 64), []
    print("| worker (1,000,000 × 64) | rounds | waiter | n | p50 ms | p99 ms | max ms |\n|---|---|---|---|---|---|---|")
    with threadpool_limits(limits=1):
        for row in rows(here, 2 if options.quick else 10):
            delays = " | ".join(f"{1000 * row[name]:.2f}" for name in ("p50", "p99", "max"))
            print(f"| {row['worker']} | {row['steps']} | {row['waiter']} | {row['waits']} | {delays} |", flush=True)
            found.append(row)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
