"""What one answer costs the kernel, in pools of different sizes: milliseconds, without browser and without disk.

    python benchmarks/tell.py [--quick] [--json FILE]

*Tell* journals an answer (in memory) and folds it, *view* is what the screen shows after it, *deal* hands out the next
eight cards, and *snapshot* is what the learner is given. None of them should depend on the size of the pool. The worker
rests meanwhile: what it takes away from them is in `responsiveness.py`.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import numpy as np

import nbloop
from nbloop.schema import Annotate, Mark
from nbloop.session import Session

NAMES = ("a", "b", "c")


def session_of(samples: int) -> Session:
    """Return a session on so many samples of 64 features, with a golden set of 2 %."""
    X = np.random.default_rng(0).normal(size=(samples, 64)).astype(np.float32)
    ids = [str(i) for i in range(samples)]
    task = nbloop.Classification(NAMES)
    data = nbloop.Dataset(ids, id=ids, task=task, features=X, golden=0.02, store=":memory:", annotator="ada")
    return nbloop.Loop(data)._session


def figures(samples: int, turns: int) -> dict[str, Any]:
    """Answer so many questions and return the medians and the 95 % quantiles."""
    session, spent = session_of(samples), defaultdict(list)

    def timed(name: str, work: Any) -> Any:
        started = perf_counter()
        result = work()
        spent[name].append((perf_counter() - started) * 1000)
        return result

    for turn in range(turns):
        cards = timed("deal", lambda: session.deal(8))
        answer = Annotate(str(cards[0].id), NAMES[turn % 3], seconds=1.0)
        mark = Mark(uuid4().hex, datetime.now(UTC), answer)
        timed("tell", lambda mark=mark: session.record([mark]))
        timed("view", session.view)
        timed("snapshot", session.data.snapshot)
        session.wait()
    session.close()
    quantiles = {name: np.quantile(values[turns // 5 :], [0.5, 0.95]).tolist() for name, values in spent.items()}
    return {"samples": samples, **quantiles}


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    parts, rows = ("tell", "view", "deal", "snapshot"), []
    print("| samples |", " | ".join(f"{part} median | p95" for part in parts), "|")
    print("|---" * (1 + 2 * len(parts)), "|", sep="")
    for samples in (1_000, 100_000) if options.quick else (1_000, 10_000, 100_000, 1_000_000):
        rows.append(figures(samples, 60 if options.quick else 200))
        cells = [f"{rows[-1][part][0]:.2f} | {rows[-1][part][1]:.2f}" for part in parts]
        print("|", " | ".join([f"{samples:,}", *cells]), "|", flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
