"""Opening a store again: seconds from the file to a dataset that can be asked.

    python benchmarks/reopen.py [--quick] [--json FILE]

Each store has one labelled sample an event, in no order of the source, every tenth labelled twice. Read makes every
event of the journal, fold is what opening makes of it without them, and open the whole `Dataset` with a list of texts
and given ids; each the best of three processes, in seconds of the clock and, in brackets, of the processor. Memory is
what the open dataset adds to a process that holds the texts already.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import psutil

import nbloop
from nbloop.dataset.fold import Fold
from nbloop.journal import Journal
from nbloop.schema import Annotate, Define, Event, Said

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LABELS = ["ham", "spam"]
TASK = nbloop.Classification(LABELS)


def write(store: str, events: int) -> None:
    """Make a store of so many events."""
    order = np.random.default_rng(0).permutation(events).tolist()  # as a strategy asks: in no order of the source
    said = Said("uncertainty herding", "closest calls", 0.25, 3, "4f" * 8, "ham", {"ham": 0.6, "spam": 0.4})
    journal = Journal(store)
    journal.append([Event("task", NOON, "ada", Define(TASK))])
    for start in range(1, events, 20_000):
        batch = range(start, min(start + 20_000, events))
        journal.append(
            [
                Event(f"{i:032x}", NOON + timedelta(seconds=i), "ada" if i % 2 else "bob",
                      Annotate(str(order[i // 11 * 10 + min(i % 11, 9)]), LABELS[i % 3 > 0], seconds=1.5, said=said))
                for i in batch
            ]
        )  # fmt: skip
    journal.close()


def measure(store: str, events: int, part: str) -> dict[str, float]:
    """Time one part of an opening in this process."""
    texts, ids = [f"text {i}" for i in range(events)], [str(i) for i in range(events)]
    nbloop.Dataset(texts[:2], id=ids[:2], task=TASK, store=":memory:")  # whatever is imported on the way
    before, started, worked = memory(), perf_counter(), process_time()
    kept = PARTS[part](texts, ids, store)
    spent = {"wall": perf_counter() - started, "cpu": process_time() - worked, "mb": memory() - before}
    del kept
    return spent


def read(_: list[str], __: list[str], store: str) -> Any:
    """Make every event, and keep none."""
    return deque(Journal(store).read(), maxlen=0)


def fold(_: list[str], ids: list[str], store: str) -> Any:
    """Make labels of the journal."""
    made = Fold(ids, TASK.names)
    made.load(Journal(store).pages())
    made.snapshot()
    return made


def opened(texts: list[str], ids: list[str], store: str) -> Any:
    """Open the dataset."""
    data = nbloop.Dataset(texts, id=ids, task=TASK, store=store)
    data.snapshot()
    return data


PARTS = {"read": read, "fold": fold, "open": opened}


def memory() -> float:
    """Return the megabytes that this process has in memory."""
    return psutil.Process().memory_info().rss / 1e6


def figures(events: int) -> dict[str, Any]:
    """Return what each part costs."""
    with tempfile.TemporaryDirectory() as folder:
        store = str(Path(folder) / "labels.db")
        write(store, events)
        parts = {part: best(store, events, part) for part in PARTS}
    return {"events": events, **parts}


def best(store: str, events: int, part: str) -> dict[str, float]:
    """Return the least of three processes."""
    command = [sys.executable, __file__, "--measure", store, str(events), part]
    runs = [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(3)]
    return {name: min(run[name] for run in runs) for name in runs[0]}


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure[0], int(options.measure[1]), options.measure[2])))
        return
    print("| events | read every event | fold | open the dataset | memory |\n|---|---|---|---|---|")
    rows = []
    for events in [100_000] if options.quick else [100_000, 1_000_000]:
        rows.append(figures(events))
        spent = (f"{rows[-1][part]['wall']:.2f} s ({rows[-1][part]['cpu']:.2f})" for part in PARTS)
        print("|", " | ".join([f"{events:,}", *spent, f"{rows[-1]['open']['mb']:.0f} MB"]), "|", flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
