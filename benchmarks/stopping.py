"""Whether the advice to stop is good: labels used and accuracy lost against the best stopping point.

    python benchmarks/stopping.py [--quick] [--seeds 5] [--data digits ...] [--json FILE]

A simulated person labels what a `Loop` asks, ten a commit, with a tenth of the samples golden; after each commit every
rule may say stop, from 20 labels on, and has stopped the first time it does. All see the same models. The best stopping
point is where accuracy on a test half that nobody asks, less the price of the labels, is highest: half a point for
every quarter more labels, which is what `stop_advice` holds a label to be worth. *Regret* is what a rule's stopping
point falls short of that, in points. The forecasts of nbloop are compared with what became true.

The limits in `nbloop.quality.stopping` were found on split 1 and seeds 100 to 102; what is printed is split 0. Curves
are kept in ``build/bench``: what is forecast of them can be judged anew in seconds.
"""

from __future__ import annotations

import argparse
import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import nbloop
from _criteria import Step, criteria
from _person import ROOT, prepared, sources
from nbloop.errors import NotTrained
from nbloop.quality.stopping import OUT_OF_REACH, gain, labels_to
from real_data import Data, DataAbsent

BUDGETS = {
    "digits": 600,
    "sms_spam": 500,
    "banking77": 800,
    "clinc150": 800,
    "fashion_mnist_dev": 800,
    "adult": 600,
    "credit_default": 600,
    "penguins": 200,
    "breast_cancer": 300,
}
COMMIT, FIRST = 10, 20
PRICE = 0.005 / np.log(1.25)
"""Accuracy that a label costs, times the labels that there are."""

AHEAD = (1.2, 1.5, 2.0)
"""Forecast are the labels to the accuracy at so many times as many labels."""

MORE = (0, 1, 2, 3, 5, 8)
"""And to the golden score with so many points more, in whole points, whether that is ever reached or not."""

ON_CURVE, WISHED = "way to an accuracy that came", "way to a goal, where it was reached"
CHANCES = (0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1)


def loop_of(data: Data, seed: int) -> nbloop.Loop:
    """Return a loop over the pool, a tenth of it golden; all that is shown of a sample is its number."""
    names, n = list(data.classes), len(data.y)
    dataset = nbloop.Dataset(
        [f"row {i}" for i in range(n)],
        id=range(n),
        task=nbloop.Classification(names),
        features=data.X,
        golden=nbloop.Golden(0.1, near=None),
        truth=[names[code] for code in data.y],
        store=":memory:",
        seed=seed,
    )
    return nbloop.Loop(dataset)


class Told(NamedTuple):
    """What the advice of a commit rests on: labels, golden samples and those that are right, what labels changed."""

    labels: int
    hits: int
    golden: int
    changed: float


def kept(data: Data, split: int, seed: int, only: bool) -> tuple[pd.DataFrame, list[Told | None]]:
    """Return `curve`, from ``build/bench`` where it was made before: how advice is worded and forecast is not in it."""
    made = sources("features", "learners", "strategies")
    file = ROOT / "build" / "bench" / f"stopping-{data.name}-{split}-{seed}-{only:d}-{made}.json"
    if not file.exists():
        found, said = curve(data, BUDGETS[data.name], seed, only)
        file.write_text(json.dumps({"found": found.to_dict("list"), "said": said}))
    read = json.loads(file.read_text())
    return pd.DataFrame(read["found"]), [each and Told(*each) for each in read["said"]]


def every(budget: int) -> int:
    """Return after how many commits the next forecast is judged."""
    return max(1, budget // COMMIT // 10)


def curve(data: Data, budget: int, seed: int, only: bool) -> tuple[pd.DataFrame, list[Told | None]]:
    """Return one row a commit: labels, accuracy on the test half, who says stop; and what the advice of each rests on.

    Where `only` forecasts are wanted no rule is asked, and no advice that is not judged.
    """
    loop, rules, rows, said = loop_of(data, seed), {} if only else criteria(len(data.classes)), [], []
    while True:
        before = len(loop.data.labels)
        history = loop.simulate(n=COMMIT, batch=COMMIT)
        labels = len(loop.data.labels)
        if labels == before:
            break
        model, advice = loop._model, advised(loop) if not only or len(rows) % every(budget) == 0 else None
        rest = np.flatnonzero(~loop.data.samples.frame.index.isin(loop.data.golden.index))
        learned = loop.data.snapshot().labelled
        golden = float(history["accuracy"].iloc[-1])
        proba = np.empty((0, 2)) if only else model.predict_proba(data.X[rest])
        step = Step(proba, np.flatnonzero(~np.isin(rest, learned)), golden, bool(advice and advice.stop))
        right = float((model.predict_proba(data.X_test).argmax(axis=1) == data.y_test).mean())
        rows.append({"labels": labels, "accuracy": right} | {name: rule(step) for name, rule in rules.items()})
        told = advice and Told(labels, round(advice.accuracy * advice.golden), advice.golden, advice.changed)
        said.append(told)
        if labels >= budget:
            break
    loop.close()
    return pd.DataFrame(rows), said


def advised(loop: nbloop.Loop) -> Any:
    """Return the advice, None while there are too few labels."""
    try:
        return loop.stop_advice()
    except NotTrained:
        return None


def judged(name: str, seed: int, found: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one row a rule: where it stopped, what that lost, and the best stopping point."""
    smooth = found["accuracy"].rolling(5, center=True, min_periods=1).mean().to_numpy()
    labels = found["labels"].to_numpy()
    allowed = np.flatnonzero(labels >= min(FIRST, labels[-1]))
    worth = smooth - PRICE * np.log(labels)
    best = allowed[int(worth[allowed].argmax())]
    rows = []
    for rule in found.columns.drop(["labels", "accuracy"]):
        stops = [place for place in allowed if found[rule].iloc[place]]
        place = stops[0] if stops else len(labels) - 1
        lost = {"lost": 100 * (smooth[best] - smooth[place]), "regret": 100 * (worth[best] - worth[place])}
        row = {"data": name, "seed": seed, "rule": rule, "labels": int(labels[place]), "best": int(labels[best])}
        rows.append(row | lost | {"stopped": bool(stops), "budget": int(labels[-1])})
    return rows


def forecasts(name: str, found: pd.DataFrame, said: list[Told | None]) -> list[dict[str, Any]]:
    """Return whether what was forecast of gain and of the way to a goal held what became true."""
    labels = found["labels"].to_numpy(float)
    smooth = found["accuracy"].rolling(5, center=True, min_periods=1).mean().to_numpy()
    rows = []
    for place in range(0, len(labels), every(BUDGETS[name])):
        told = said[place]
        if told is None or place == len(labels) - 1:
            continue
        value, low, high = gain(told.changed)
        if 1.25 * labels[place] <= labels[-1]:
            gained = float(np.interp(1.25 * labels[place], labels, smooth)) - smooth[place]
            rows.append({"what": "gain", "held": bool(low <= gained <= high), "off": value - gained})
        rows += [_way(what, goal, told, labels[place:], smooth[place:]) for what, goal in _goals(told, place, smooth)]
    return rows


def _goals(told: Told, place: int, smooth: np.ndarray) -> list[tuple[str, float]]:
    """Return goals that the curve gets to, and those that a person may have who sees the golden score."""
    later = [smooth[int(place * times)] for times in AHEAD if int(place * times) < len(smooth)]
    whole = [np.floor(100 * told.hits / told.golden + more) / 100 for more in MORE]
    on_curve = [(ON_CURVE, float(goal)) for goal in later if goal > smooth[place] + 0.004]
    return on_curve + [(WISHED, float(goal)) for goal in whole if goal < 0.996]


def _way(what: str, goal: float, told: Told, labels: np.ndarray, smooth: np.ndarray) -> dict[str, Any]:
    """Return what was said of the way to a goal, and when it was reached, from here to the end of the curve."""
    way = labels_to(goal, told.labels, told.hits, told.golden, told.changed, labels[-1], np.random.default_rng(0))
    there = smooth >= goal - 1e-12
    row = {"what": what, "chance": way.chance, "reached": bool(there.any())}
    if not there.any():
        return row
    first = labels[int(there.argmax())]
    if way.chance < OUT_OF_REACH:
        return row | {"held": False}
    return row | {"held": bool(way.low <= first <= way.high), "off": float(np.log(way.value / first)),
                  "wide": float(np.log(way.high / way.low))}  # fmt: skip


def interval(values: Any) -> str:
    """Return mean and 95 % interval of Student's t."""
    from scipy.stats import t

    values = np.asarray(values, float)
    reach = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return f"{values.mean():.2f} ± {reach:.2f}"


def behind(rows: pd.DataFrame, rule: str) -> Any:
    """Return by how much a rule's regret is larger than that of our advice, one mean a data set that both have."""
    regret = rows.pivot_table(index=["data", "seed"], columns="rule", values="regret")
    return (regret[rule] - regret["nbloop: stop_advice"]).dropna().groupby("data").mean()


def print_tables(rows: pd.DataFrame, told: pd.DataFrame) -> None:
    """Print regret by rule, by data set, and how the forecasts did."""
    rules, names = (list(dict.fromkeys(rows[column])) for column in ("rule", "data"))
    print(f"\n{len(names)} data sets, {rows['seed'].nunique()} seeds; ± is a 95 % interval over data sets.\n")
    print("| rule | regret, points | more than nbloop's | accuracy lost, points | labels used / best | never stopped |")
    print("|---|---|---|---|---|---|")
    for rule in rules:
        of = rows[rows["rule"] == rule]
        ratio, never = (of["labels"] / of["best"]).median(), 1 - of["stopped"].mean()
        more = interval(behind(rows, rule)) if rule != rules[0] else ""
        lost, regret = interval(of.groupby("data")["lost"].mean()), f"{of['regret'].mean():.2f}"
        print(f"| {rule} | {regret} | {more} | {lost} | {ratio:.2f} | {never:.0%} |")
    print(f"\nLabels used (regret in points), means:\n\n| rule | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    print("| best | " + " | ".join(f"{rows[rows['data'] == name]['best'].mean():.0f}" for name in names) + " |")
    for rule in rules:
        cells = [rows[(rows["data"] == name) & (rows["rule"] == rule)] for name in names]
        said = [f"{of['labels'].mean():.0f} ({of['regret'].mean():.1f})" if len(of) else "–" for of in cells]
        print(f"| {rule} | {' | '.join(said)} |")
    print_forecasts(told)


def print_forecasts(told: pd.DataFrame) -> None:
    """Print how often intervals held what became true, and chances beside how often it came."""
    print("\n| forecast | intervals that held it | off by (median) | from low to high (median) | n |")
    print("|---|---|---|---|---|")
    for what, of in told.dropna(subset="held").groupby("what"):
        off, wide = of["off"].abs().median(), f"a factor of {np.exp(of['wide'].median()):.1f}"
        by, wide = (f"{100 * off:.1f} points", "") if what == "gain" else (f"a factor of {np.exp(off):.2f}", wide)
        print(f"| {what} | {of['held'].astype(bool).mean():.1%} | {by} | {wide} | {len(of)} |")
    wished = told[told["what"] == WISHED]
    print("\n| chance of reaching it, said | mean | it was reached | n |\n|---|---|---|---|")
    for between, of in wished.groupby(pd.cut(wished["chance"], CHANCES, include_lowest=True), observed=True):
        span = f"{max(0, between.left):.0%} to {between.right:.0%}"
        print(f"| {span} | {of['chance'].mean():.0%} | {of['reached'].astype(bool).mean():.0%} | {len(of)} |")


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three data sets, two seeds: under a minute")
    parser.add_argument("--seeds", type=int, default=5, help="repetitions (default 5)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0); 100 to develop on")
    parser.add_argument("--split", type=int, default=0, help="what is drawn from the data (default 0); 1 to develop on")
    parser.add_argument("--data", nargs="*", choices=list(BUDGETS), help="only these data sets")
    parser.add_argument("--forecasts", action="store_true", help="only the forecasts, which takes a third of the time")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    return parser.parse_args()


def main() -> None:
    """Run the benchmark."""
    options = arguments()
    if options.quick:
        options.seeds, options.data = 2, options.data or ["penguins", "breast_cancer", "sms_spam"]
    rows, told = [], []
    for name in options.data or list(BUDGETS):
        try:
            data = prepared(name, options.split)
        except DataAbsent as absent:
            print(f"skipped {name}: {absent}")
            continue
        data = replace(data, classes=tuple(map(str, data.classes)))
        for seed in range(options.first, options.first + options.seeds):
            with threadpool_limits(1), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # few labels
                found, said = kept(data, options.split, seed, options.forecasts)
            rows += [] if options.forecasts else judged(name, seed, found)
            told += [{"data": name, "seed": seed} | row for row in forecasts(name, found, said)]
            if options.json:
                options.json.write_text(json.dumps({"rules": rows, "forecasts": told}, indent=1))
    if options.forecasts:
        print_forecasts(pd.DataFrame(told))
    else:
        print_tables(pd.DataFrame(rows), pd.DataFrame(told))


if __name__ == "__main__":
    main()
