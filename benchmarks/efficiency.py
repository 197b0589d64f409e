"""How many labels each query strategy needs: a simulated person, the same learner for all, beside three libraries.

A curve is the accuracy of the default learner on a test half that nobody asks, after each commit of five labels or of
one. Prints the area under it, mean over seeds with the standard error; mean ranks over the data sets with a Friedman
test, the critical difference of Nemenyi, and Wilcoxon's test with Holm's step against the default; where the default is
better or worse than random order; and the labels to 90, 95 and 99 % of the accuracy with all labels of the pool.

    python benchmarks/efficiency.py [--quick] [--seeds 10] [--data digits ...] [--json FILE]

Finished curves are kept in build/bench/efficiency.jsonl, under a code of their versions and sources (or `--code`), so a
run that was cut goes on; `--seconds` ends one early, after a share of all seeds. Seeds 0 to 9 and split 0 are for
reports only: the default was developed on split 1 and seeds from 100 on.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, cast

from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from _contestants import Contestant, contestant, contestants
from _person import ROOT, ceiling, curve, prepared
from _tables import frame, print_all, rows
from real_data import DataAbsent

BUDGETS = {
    "digits": (200, 100),
    "sms_spam": (200, 100),
    "banking77": (400, 100),
    "clinc150": (450, 100),
    "fashion_mnist_dev": (200, 100),
    "adult": (200, 100),
    "credit_default": (200, 100),
    "penguins": (60, 40),
    "breast_cancer": (100, 60),
}
"""Labels that a data set gets: five a commit, and one a commit."""

COMMITS = (5, 1)
QUICK = ("penguins", "breast_cancer", "sms_spam")
KEPT = ROOT / "build" / "bench" / "efficiency.jsonl"


@dataclass(frozen=True)
class Run:
    """One curve to measure."""

    code: str
    data: str
    split: int
    library: str
    strategy: str
    commit: int
    budget: int
    seed: int


def planned(options: argparse.Namespace, who: dict[tuple[str, str], Contestant], sizes: dict[str, tuple]) -> list[Run]:
    """Return the runs, ordered so that wherever it is cut, all data sets and strategies have about their share."""
    runs = [
        (_turn(one, commit, seed), Run(one.code if options.code is None else options.code, data, options.split,
             one.library, one.name, commit, BUDGETS[data][COMMITS.index(commit)], seed))
        for data, (pool, classes) in sizes.items()
        for one in who.values()
        for commit in ([5] if options.quick else COMMITS)
        for seed in range(options.first, options.first + options.seeds)
        if pool <= one.pool and classes <= one.classes
    ]  # fmt: skip
    return [run for _, run in sorted(runs, key=lambda pair: pair[0] - options.first)]


def _turn(one: Contestant, commit: int, seed: int) -> float:
    """Return when a run's turn is: those of the core first, five labels a commit before one."""
    return seed + 0.5 * (commit == 1) if one.core else 2 * seed + 1.5 + 4.5 * (commit == 1)


def measured(run: Run) -> dict[str, Any]:
    """Return the run with its curve."""
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the other libraries warn about few labels
        one, data = contestant(run.library, run.strategy), prepared(run.data, run.split)
        accuracies = curve(data, one.make(), run.budget, run.commit, run.seed, committee=one.committee)
    return asdict(run) | {"curve": [round(float(value), 5) for value in accuracies]}


def finished(runs: list[Run], jobs: int, seconds: float) -> Iterator[dict[str, Any]]:
    """Yield the curves of all runs: those that are kept, then the others as they are done, which are kept too."""
    known = _kept()
    yield from (known[run] for run in runs if run in known)
    todo, until = [run for run in runs if run not in known], time.monotonic() + seconds
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    wanted = (delayed(measured)(run) for run in todo if time.monotonic() < until)
    with KEPT.open("a") as file:
        done = Parallel(jobs, return_as="generator_unordered", pre_dispatch=2 * jobs)(wanted)
        for record in cast("Iterator[dict[str, Any]]", done):
            file.write(json.dumps(record) + "\n")
            file.flush()
            yield record


def _kept() -> dict[Run, dict[str, Any]]:
    if not KEPT.exists():
        return {}
    records = [json.loads(line) for line in KEPT.read_text().splitlines()]
    return {_run(record): record for record in records}


def _run(record: dict[str, Any]) -> Run:
    return Run(**{field.name: record[field.name] for field in fields(Run)})


def sizes_of(names: list[str], split: int) -> tuple[dict[str, tuple[int, int]], dict[str, float]]:
    """Return pool and classes, and the accuracy with all labels, of the data sets that are here."""
    sizes, ceilings = {}, {}
    for name in names:
        try:
            data = prepared(name, split)
        except DataAbsent as absent:
            print(f"skipped {name}: {absent}", file=sys.stderr)
            continue
        sizes[name], ceilings[name] = (len(data.y), len(data.classes)), ceiling(data)
    return sizes, ceilings


def print_left_out(who: list[Contestant], sizes: dict[str, tuple[int, int]]) -> None:
    """Print which strategy is left out where, and why."""
    print("\n### Left out, if anything\n")
    for one in who:
        names = [name for name, (pool, classes) in sizes.items() if pool > one.pool or classes > one.classes]
        if names:
            print(f"- {one.who} on {', '.join(names)}: {one.slow}.")


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three small data sets, two seeds: under a minute")
    parser.add_argument("--seeds", type=int, default=10, help="repetitions (default 10)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0); take 100 to develop on")
    parser.add_argument("--split", type=int, default=0, help="what is drawn from the data (default 0); 1 to develop on")
    parser.add_argument("--data", nargs="*", choices=list(BUDGETS), help="only these data sets")
    parser.add_argument("--core", action="store_true", help="only the strategies that take part from the first")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="start no curve after this time")
    parser.add_argument("--code", help="the name that curves are kept under (default: from versions and sources)")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    return parser.parse_args()


def main() -> None:
    """Run the benchmark."""
    options = arguments()
    if options.quick:
        options.seeds, options.core, options.seconds = min(options.seeds, 2), True, min(options.seconds, 30)
        options.jobs = 1  # other processes would import all libraries once more
    everyone = {(one.library, one.name): one for one in contestants() if one.core or not options.core}
    sizes, ceilings = sizes_of(options.data or list(QUICK if options.quick else BUDGETS), options.split)
    runs = planned(options, everyone, sizes)
    done = {_run(record): record for record in finished(runs, options.jobs, options.seconds)}
    places = {pair: place for place, pair in enumerate(everyone)}
    order = sorted(done, key=lambda run: (-run.commit, places[run.library, run.strategy], run.seed))
    records = [done[run] for name in sizes for run in order if run.data == name]
    curves = frame(records)
    print_all(curves, {pair for pair, one in everyone.items() if one.core}, ceilings)
    print_left_out(list(everyone.values()), sizes)
    print(f"\n{len(records)} of {len(runs)} curves were measured.")
    if options.json:
        options.json.write_text(json.dumps(list(rows(curves, ceilings)), indent=1))


if __name__ == "__main__":
    main()
