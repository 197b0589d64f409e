"""How long the kernel's other threads wait while the worker ranks a pool, and its main thread while a person labels.

Prints two Markdown tables. The one: a line a worker and a waiter, in one process, the worker without pause. Workers:
none; the loop's own (a label, the learner's update, a ranking, settling, and again at once, while a person would take
a second); first rankings of the whole pool; the same with numpy only; the default strategy while it explores. Waiters:
a thread that wants to run again after 5 ms, and an asyncio loop, as the kernel's, with a timer of 5 ms and then a reply
of some fifty lines of Python to make. The delay is what passes beyond the 5 ms (and, for the reply, beyond what it
takes alone). The worker's BLAS has one thread.

The other: a real kernel, a loop with 200 labels, and a client that answers the labeler's cards over its comm at a
steady pace. *Stall* is by how much a timer of 5 ms on the kernel's own event loop is late, *saved* the time from an
answer to its acknowledgement at the client. The same without a model shows what the answers alone cost.

    python benchmarks/responsiveness.py [--quick] [--rows N ...] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from _kernel import Kernel, answers, kernel
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


# -- a person in a real kernel -----------------------------------------------------------------------------------------

SETUP = """
import asyncio, sys, time
sys.path.insert(0, {here!r})
import numpy as np, nbloop
from ranking import pool
made = pool({rows}, 64)
data = nbloop.Dataset([f"sample {{i}}" for i in range({rows})], id=range({rows}), features=made.X,
                      task=nbloop.Classification(range(10)), store=":memory:")
loop = nbloop.Loop(data, learner={learner!r})
for place in made.labelled.tolist():
    loop.tell(place, int(made.y[place]))
loop.wait()
labeler = loop.labeler()
late = []
async def watch():
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        late.append(time.perf_counter() - began - 0.005)
watching = asyncio.get_event_loop().create_task(watch())
print(labeler.comm.comm_id)
"""

LEARNERS = {"the default": "auto", "no model": None}


def person(rows: int, count: int, pace: float) -> Iterator[dict[str, Any]]:
    """Yield one row for each learner: the stalls while `count` cards are answered, and while nothing happens."""
    here = str(Path(__file__).parent)
    truth = {str(place): str(code) for place, code in enumerate(pool(rows, 64).y)}
    for name, learner in LEARNERS.items():
        with kernel() as running:
            comm = running.run(SETUP.format(here=here, rows=rows, learner=learner)).splitlines()[-1]
            answers(running, comm, truth, 5, pace)  # what is compiled is compiled
            running.run("late.clear()")
            sleep(pace * count / 4)
            yield _stalls(rows, name, "nobody answers", running) | {"saved": None}
            running.run("late.clear()")
            saved = answers(running, comm, truth, count, pace)
            yield _stalls(rows, name, f"an answer every {1000 * pace:.0f} ms", running) | {
                "saved": [float(one) for one in np.quantile(saved, [0.5, 0.99])]
            }


def _stalls(rows: int, learner: str, doing: str, running: Kernel) -> dict[str, Any]:
    late = np.maximum(json.loads(running.run("import json; print(json.dumps(late))")), 0)
    p50, p99 = (float(one) for one in np.quantile(late, [0.5, 0.99]))
    figures = {"p50": p50, "p99": p99, "max": float(late.max())}
    return {"rows": rows, "learner": learner, "doing": doing, "waits": len(late)} | figures


def print_person(row: dict[str, Any]) -> None:
    """Print one line of the second table."""
    stalls = " | ".join(f"{1000 * row[name]:.2f}" for name in ("p50", "p99", "max"))
    saved = " | ".join(f"{1000 * one:.1f}" for one in row["saved"]) if row["saved"] else " | "
    print(
        f"| {row['rows']:,} × 64 | {row['learner']} | {row['doing']} | {row['waits']} | {stalls} | {saved} |",
        flush=True,
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two seconds each instead of ten, fewer answers")
    parser.add_argument(
        "--rows", type=int, nargs="*", help="pools that a person labels (default 100,000 and 1,000,000)"
    )
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    found: list[dict[str, Any]] = []
    sizes = options.rows or ([100_000] if options.quick else [100_000, 1_000_000])
    print("| pool | learner | what happens | timers | stall p50 ms | p99 ms | max ms | saved p50 ms | p99 ms |")
    print("|---|---|---|---|---|---|---|---|---|")
    for size in sizes:
        for row in person(size, 20 if options.quick else 100, 0.3):
            print_person(row)
            found.append(row)
    here = pool(1_000_000, 64)
    print()
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
