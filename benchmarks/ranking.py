"""What one ranking costs: time and peak memory of the 256 closest calls of a linear model, beside other libraries.

Prints a Markdown table. The unit of time is one read of the features, ``X.sum()`` (of all three arrays of a CSR
matrix), measured between the others; the unit of memory is X. Peaks are tracemalloc's, from before anything was built,
in a run apart from the timed ones; for updates of nbloop that counts the bounds it keeps. The other libraries and the
read have both cores for BLAS; nbloop runs as it does behind a widget, BLAS on one thread and chunks on two. Intervals
are from the 10th to the 90th percentile of the runs.

*Full* is a first ranking. *Update* is the ranking after one more label, without the learner's own time: the closest
call is labelled, the default learner trained as a loop trains it, beginning with 200 labels. Between two rankings the
worker settles, as behind a widget and outside what is timed: while a person looks at the next card it reads the pool,
keeps bounds, and rehearses the three likeliest answers. *Surprised*: the answer that comes is never among the rehearsed
ones. *Every third settled* is for a person who does not leave the worker the time. The pool is ten overlapping clusters
whose noise is the same in all 64 (or 384) directions: no direction tells in advance what matters, which is hard for
every bound.

With `--cpu` time is that of the processor, of all threads together: what it would take with one core free, and of use
where others load the machine.

    python benchmarks/ranking.py [--quick] [--size N D] [--cpu] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from nbloop.anchors import Anchors
from nbloop.foretold import foretold
from nbloop.learners import Logistic
from nbloop.mind import RANKED
from nbloop.ranking import ClosestCalls

CLASSES, LABELS, UPDATES, REPEATS, CORES = 10, 200, 15, 9, 2
FIELDS = ("who", "n", "d", "kind", "seconds", "ratio_to_read", "peak_bytes_over_x")
QUICK = [(10_000, 64), (100_000, 64)]
SIZES = [*QUICK, (1_000_000, 64), (1_000_000, 384), (100_000, 20_000)]
TEXT = 20_000
"""As many columns are words: the matrix is CSR."""

PATIENCE, FEW = 2.0, 3
"""Seconds beyond which so few runs have to do."""


@dataclass(frozen=True)
class Pool:
    """A pool, and what a person has labelled of it; `y` is the truth."""

    X: Any
    y: np.ndarray
    labelled: np.ndarray
    clock: Callable[[], float]

    @property
    def size(self) -> int:
        """Bytes of the features."""
        return sum(array.nbytes for array in self.arrays)

    @property
    def arrays(self) -> list[np.ndarray]:
        """What holds the features."""
        return [self.X] if isinstance(self.X, np.ndarray) else [self.X.data, self.X.indices, self.X.indptr]

    def logistic(self) -> Logistic:
        """Return nbloop's learner, fitted on the labels."""
        return Logistic().fit(self.X[self.labelled], self.y[self.labelled])

    def sklearn(self) -> LogisticRegression:
        """Return scikit-learn's, fitted on the labels."""
        return LogisticRegression(C=10, max_iter=300).fit(self.X[self.labelled], self.y[self.labelled])


def pool(n: int, d: int, clock: Callable[[], float]) -> Pool:
    """Return ten overlapping clusters, or ten topics of twelve words a text in which half the words tell."""
    rng = np.random.default_rng(0)
    y = rng.integers(CLASSES, size=n)
    X = topics(y, d, rng) if d == TEXT else clusters(y, d, rng)
    return Pool(X, y, rng.permutation(n)[:LABELS], clock)


def clusters(y: np.ndarray, d: int, rng: np.random.Generator) -> np.ndarray:
    """Return float32 features whose rows have a norm of about 1.5."""
    X = rng.standard_normal((len(y), d), dtype=np.float32)
    centres = rng.standard_normal((CLASSES, d), dtype=np.float32) * np.float32(4 / np.sqrt(d))
    for start in range(0, len(y), 65_536):
        rows = slice(start, start + 65_536)
        X[rows] += centres[y[rows]]
        X[rows] *= np.float32(1.5 / np.sqrt(d))
    return X


def topics(y: np.ndarray, words: int, rng: np.random.Generator) -> csr_matrix:
    """Return rows of norm about 1."""
    common = rng.zipf(1.3, size=(len(y), 6)) % words
    own = (y[:, None] * 200 + rng.zipf(1.5, size=(len(y), 6)) % 200) % words
    columns = np.concatenate([common, own], axis=1).astype(np.int32)
    data = np.full(columns.size, 12**-0.5, dtype=np.float32)
    X = csr_matrix((data, columns.ravel(), np.arange(len(y) + 1, dtype=np.int32) * 12), shape=(len(y), words))
    X.sum_duplicates()  # as vectorizers do
    return X


# -- who ranks ---------------------------------------------------------------------------------------------------------

Run = Callable[[], object]
Kernel = Literal["compiled", "plain"]


def read(pool: Pool) -> Run:
    """Read every byte of the features once."""
    return lambda: [array.sum() for array in pool.arrays]


def nbloop(pool: Pool, kernel: Kernel = "compiled") -> Run:
    """A first ranking: nothing is known of the pool."""
    model, eligible = pool.logistic(), np.ones(len(pool.y), dtype=bool)
    return lambda: ClosestCalls(pool.X, kernel=kernel).find(model.coef_, model.intercept_, RANKED, eligible)


def numpy(pool: Pool) -> Run:
    """As one writes it down: probabilities of all, sorted, the first few."""
    model = pool.logistic()
    coef, intercept = model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)

    def run() -> np.ndarray:
        ordered = np.sort(softmax(pool.X @ coef + intercept, axis=1), axis=1)
        return np.argpartition(ordered[:, -1] - ordered[:, -2], RANKED)[:RANKED]

    return run


def scikit_learn(pool: Pool) -> Run:
    """The probabilities alone."""
    model = pool.sklearn()
    return lambda: model.predict_proba(pool.X)


def modal(pool: Pool) -> Run:
    """Margin of modAL."""
    from modAL.uncertainty import margin_sampling

    model = pool.sklearn()
    return lambda: margin_sampling(model, pool.X, n_instances=RANKED)


def scikit_activeml(pool: Pool) -> Run:
    """Margin of scikit-activeml, which need not fit again; asked for one, as each more costs it a pass."""
    from skactiveml.classifier import SklearnClassifier
    from skactiveml.pool import UncertaintySampling

    y = np.full(len(pool.y), np.nan)
    y[pool.labelled] = pool.y[pool.labelled]
    model = SklearnClassifier(LogisticRegression(C=10, max_iter=300), classes=np.arange(CLASSES))
    model.fit(pool.X[pool.labelled], y[pool.labelled])
    strategy = UncertaintySampling(method="margin_sampling", random_state=0)
    return lambda: strategy.query(pool.X, y, model, fit_clf=False, batch_size=1)


def small_text(pool: Pool) -> Run:
    """BreakingTies of small-text."""
    from small_text import BreakingTies, SklearnClassifier, SklearnDataset

    data = SklearnDataset(pool.X, np.zeros(len(pool.y), dtype=int), target_labels=np.arange(CLASSES))
    model, candidates = SklearnClassifier(pool.sklearn(), CLASSES), np.arange(len(pool.y))
    return lambda: BreakingTies().query(model, data, candidates, pool.labelled, pool.y[pool.labelled], n=RANKED)


PEERS = {
    "numpy": numpy,
    "scikit-learn predict_proba": scikit_learn,
    "modAL margin": modal,
    "scikit-activeml margin": scikit_activeml,
    "small-text BreakingTies": small_text,
}


WAYS = {"": (1, False), ", surprised": (1, True), ", every third settled": (3, False)}
"""Of updates: every how many it is settled, and whether the answer is one that was not foretold."""

KERNELS: dict[str, Kernel] = {"nbloop": "compiled", "nbloop, numpy only": "plain"}


# -- measures ----------------------------------------------------------------------------------------------------------


def seconds(run: Run, clock: Callable[[], float]) -> float:
    """Return how long it took."""
    start = clock()
    run()
    return clock() - start


def timed(run: Run, beside: Run, clock: Callable[[], float]) -> np.ndarray:
    """Return the times of `run` and of `beside`, in turn, shape (runs, 2); the first warms up, unless it takes long."""
    first = [(seconds(run, clock), seconds(beside, clock))]
    kept, more = (first, FEW - 1) if first[0][0] > PATIENCE else ([], REPEATS)
    return np.array(kept + [(seconds(run, clock), seconds(beside, clock)) for _ in range(more)])


def peak(run: Run) -> int:
    """Return the most bytes that were allocated at once."""
    tracemalloc.start()
    run()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


class After:
    """A pool that was ranked once, and is ranked again after each label more, always of the closest call."""

    def __init__(self, pool: Pool, kernel: Kernel, surprising: bool = False) -> None:
        self._pool, self._labelled, self._surprising = pool, list(pool.labelled), surprising
        self._anchors, self._eligible = Anchors(Logistic, pool.X), np.ones(len(pool.y), dtype=bool)
        self._eligible[pool.labelled] = False
        self.calls = ClosestCalls(pool.X, kernel=kernel)
        self._learn()
        self.rank()

    def settle(self) -> None:
        """Prepare the next ranking while a person looks at the closest call."""
        self.calls.settle(foretold=self.foretold)

    def foretold(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return the weights that the likeliest answers to the closest call would make; no surprise is among them."""
        asked, known = self.found.positions[:1], self._pool.y[self._labelled]
        told = np.array(self._labelled), known, np.ones_like(self._labelled)
        ahead = list(foretold(self._anchors, self._model, told, self._pool.X, asked, lambda: None))
        if not self._surprising:
            return ahead
        come: Any = self._anchors.rehearse(np.append(self._labelled, asked), np.append(known, self._pool.y[asked]))
        return [weights for weights in ahead if not np.array_equal(weights[0], come.coef_)]

    def label(self) -> None:
        """Label the closest call and learn it."""
        asked = int(self.found.positions[0])
        self._labelled.append(asked)
        self._eligible[asked] = False
        self._learn()

    def rank(self) -> None:
        """Find the closest calls."""
        self.found = self.calls.find(*self.weights, RANKED, self._eligible)

    @property
    def weights(self) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients and intercepts of the present model."""
        return self._model.coef_, self._model.intercept_

    def _learn(self) -> None:
        self._model: Any = self._anchors.train(np.array(self._labelled), self._pool.y[self._labelled])


def update_times(pool: Pool, reading: Run, kernel: Kernel, settled: int, surprising: bool) -> tuple[np.ndarray, float]:
    """Return times as `timed` does, of rankings after one more label, and the median share that was read."""
    after, times, shares = After(pool, kernel, surprising), [], []
    for number in range(UPDATES):
        if number % settled == 0:
            after.settle()
        after.label()
        times.append((seconds(after.rank, pool.clock), seconds(reading, pool.clock)))
        shares.append(after.found.read)
    return np.array(times), statistics.median(shares)


def update_peak(pool: Pool, kernel: Kernel) -> int:
    """Return the most bytes that rankings after one more label take, with what is kept between them."""
    after, models = After(pool, kernel), []
    for _ in range(4):  # learned beforehand: what a learner takes is not the ranking's
        models.append((*after.weights, after.foretold()))
        after.label()
        after.rank()
    eligible, calls = np.ones(len(pool.y), dtype=bool), ClosestCalls(pool.X, kernel=kernel)

    def run() -> None:
        for coef, intercept, ahead in models:
            calls.find(coef, intercept, RANKED, eligible)
            calls.settle(foretold=lambda ahead=ahead: ahead)

    return peak(run)


def row(pool: Pool, who: str, kind: str, times: np.ndarray, most: int) -> dict[str, Any]:
    """Return the figures of one way to rank."""
    took, unit = np.median(times, axis=0)
    low, high = np.quantile(times[:, 0] / times[:, 1], [0.1, 0.9])
    figures = {"seconds": took, "ratio_to_read": took / unit, "peak_bytes_over_x": most / pool.size}
    extra = {"low": low, "high": high, "runs": len(times)}
    return {"who": who, "n": len(pool.y), "d": pool.X.shape[1], "kind": kind} | figures | extra


def rows(n: int, d: int, clock: Callable[[], float]) -> Iterator[dict[str, Any]]:
    """Yield one row for each way to rank, and a sentence for each that cannot."""
    here = pool(n, d, clock)
    reading = read(here)
    yield row(here, "one read of X", "full", timed(reading, reading, clock), 0)
    with threadpool_limits(limits=1):
        yield from ours(here, reading)
    for who, make in PEERS.items():
        try:
            run = make(here)
            yield row(here, who, "full", timed(run, reading, clock), peak(run))
        except ImportError as error:
            yield {"sentence": f"{who} is left out: {error.name} is not installed."}
        except (TypeError, ValueError) as error:
            yield {"sentence": f"{who} is left out at {n:,} × {d:,}: {str(error).splitlines()[0]}"}


def ours(here: Pool, reading: Run) -> Iterator[dict[str, Any]]:
    """Yield rows of nbloop: compiled loops, and numpy alone."""
    for who, kernel in KERNELS.items():
        run = nbloop(here, kernel)
        yield row(here, who, "full", timed(run, reading, here.clock), peak(run))
        most = update_peak(here, kernel)
        for how, (settled, surprising) in WAYS.items():
            times, share = update_times(here, reading, kernel, settled, surprising)
            yield row(here, who + how, "update", times, most) | {"read": share}


def line(row: dict[str, Any]) -> str:
    """Return one line of the table."""
    form = "CSR" if row["d"] == TEXT else "dense"
    kind = row["kind"] + (f" ({row['read']:.1%} read)" if "read" in row else "")
    return (
        f"| {row['n']:,} × {row['d']:,} {form} | {row['who']} | {kind} | {row['seconds'] * 1000:.2f} ms "
        f"| {row['ratio_to_read']:.2f} ({row['low']:.2f}–{row['high']:.2f}, n={row['runs']}) "
        f"| {row['peak_bytes_over_x']:.1%} |"
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="10,000 and 100,000 rows only: under a minute")
    parser.add_argument("--size", nargs=2, type=int, metavar=("N", "D"), help="this pool only")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--cpu", action="store_true", help="count processor time: for a machine that others use too")
    options = parser.parse_args()
    clock = time.process_time if options.cpu else time.perf_counter
    print("| pool | who | kind | time | reads of X | peak beyond X |\n|---|---|---|---|---|---|")
    found, left_out = [], []
    with threadpool_limits(limits=CORES), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the other libraries warn about types and deprecations
        for size in [options.size] if options.size else QUICK if options.quick else SIZES:
            for row in rows(*size, clock):
                if "sentence" in row:
                    left_out.append(row["sentence"])
                else:
                    print(line(row), flush=True)
                    found.append({key: row[key] for key in FIELDS})
    print("\n" + "\n".join(dict.fromkeys(left_out)))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
