"""Opening a store again: seconds from the file to a dataset that can be asked.

    python benchmarks/reopen.py [--quick] [--json FILE]

Each store has one labelled sample an event, every tenth labelled twice. Read is the journal alone, fold what makes
labels of it, and open the whole `Dataset` with a list of texts and given ids; each the best of three processes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import nbloop
from nbloop.dataset.fold import Fold
from nbloop.journal import Journal
from nbloop.schema import Annotate, Define, Event, Said

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TASK = nbloop.Classification(["ham", "spam"])


def write(store: str, events: int) -> None:
    """Make a store of so many events."""
    said = Said("uncertainty herding", "closest calls", 0.25, 3, "4f" * 8, "ham", {"ham": 0.6, "spam": 0.4})
    journal = Journal(store)
    journal.append([Event("task", NOON, "ada", Define(TASK))])
    for start in range(1, events, 20_000):
        batch = range(start, min(start + 20_000, events))
        journal.append(
            [
                Event(f"{i:032x}", NOON + timedelta(seconds=i), "ada" if i % 2 else "bob",
                      Annotate(str(i // 11 * 10 + min(i % 11, 9)), "spam" if i % 3 else "ham", seconds=1.5, said=said))
                for i in batch
            ]
        )  # fmt: skip
    journal.close()


def measure(store: str, events: int) -> dict[str, float]:
    """Time one opening in this process."""
    texts, ids, seconds = [f"text {i}" for i in range(events)], [str(i) for i in range(events)], {}
    started = perf_counter()
    journal = Journal(store)
    told = list(journal.read())
    seconds["read"] = perf_counter() - started
    fold = Fold(ids, TASK.names)
    started = perf_counter()
    fold.apply(told)
    fold.snapshot()
    seconds["fold"] = perf_counter() - started
    del told, fold
    journal.close()
    started = perf_counter()
    data = nbloop.Dataset(texts, id=ids, task=TASK, store=store)
    data.snapshot()
    seconds["open"] = perf_counter() - started
    return seconds


def figures(events: int) -> dict[str, Any]:
    """Return the best of three processes."""
    with tempfile.TemporaryDirectory() as folder:
        store = str(Path(folder) / "labels.db")
        write(store, events)
        command = [sys.executable, __file__, "--measure", store, str(events)]
        runs = [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(3)]
    return {"events": events, **{name: min(run[name] for run in runs) for name in runs[0]}}


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure[0], int(options.measure[1]))))
        return
    print("| events | read the journal | fold it | open the dataset |\n|---|---|---|---|")
    rows = []
    for events in [100_000] if options.quick else [100_000, 1_000_000]:
        rows.append(figures(events))
        print("|", " | ".join([f"{events:,}", *(f"{rows[-1][name]:.2f} s" for name in ("read", "fold", "open"))]), "|")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
