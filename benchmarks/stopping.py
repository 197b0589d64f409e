"""Whether the advice to stop is good: labels used and accuracy lost against the best stopping point.

    python benchmarks/stopping.py [--quick] [--seeds 5] [--data digits ...] [--json FILE]

A simulated person labels what a `Loop` asks, ten a commit, with a tenth of the samples golden; after each commit every
rule may say stop, from 20 labels on, and has stopped the first time it does. All see the same models. The best stopping
point is where accuracy on a test half that nobody asks, less the price of the labels, is highest: half a point for
every quarter more labels, which is what `stop_advice` holds a label to be worth. *Regret* is what a rule's stopping
point falls short of that, in points. The forecasts of nbloop are compared with what became true.

The limits in `nbloop.quality.stopping` were found on split 1 and seeds 100 to 102; what is printed is split 0.
"""

from __future__ import annotations

import argparse
import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import nbloop
from _criteria import Step, criteria
from _person import prepared
from nbloop.errors import NotTrained
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


def curve(data: Data, budget: int, seed: int) -> tuple[pd.DataFrame, list[Any]]:
    """Return one row a commit: labels, accuracy on the test half, who says stop; and the advice of each."""
    loop, rules, rows, said = loop_of(data, seed), criteria(len(data.classes)), [], []
    while True:
        before = len(loop.data.labels)
        history = loop.simulate(n=COMMIT, batch=COMMIT)
        labels = len(loop.data.labels)
        if labels == before:
            break
        model, advice = loop._model, advised(loop)
        rest = np.flatnonzero(~loop.data.samples.frame.index.isin(loop.data.golden.index))
        learned = loop.data.snapshot().labelled
        step = Step(
            model.predict_proba(data.X[rest]),
            np.flatnonzero(~np.isin(rest, learned)),
            float(history["accuracy"].iloc[-1]),
            bool(advice and advice.stop),
        )
        right = float((model.predict_proba(data.X_test).argmax(axis=1) == data.y_test).mean())
        rows.append({"labels": labels, "accuracy": right} | {name: rule(step) for name, rule in rules.items()})
        said.append(advice)
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


def forecasts(found: pd.DataFrame, said: list[Any]) -> list[dict[str, Any]]:
    """Return whether what was forecast of gain and of the way to a goal held what became true."""
    labels = found["labels"].to_numpy(float)
    smooth = found["accuracy"].rolling(5, center=True, min_periods=1).mean().to_numpy()
    rows = []
    for place in range(0, len(labels), max(1, len(labels) // 10)):
        advice, ahead = said[place], 1.25 * labels[place]
        if advice is None or ahead > labels[-1]:
            continue
        gained = float(np.interp(ahead, labels, smooth)) - smooth[place]
        rows.append(
            {"what": "gain", "held": bool(advice.gain_low <= gained <= advice.gain_high), "off": advice.gain - gained}
        )
        rows += [row for times in AHEAD if (row := _way(advice, place, times, labels, smooth))]
    return rows


def _way(advice: Any, place: int, times: float, labels: np.ndarray, smooth: np.ndarray) -> dict[str, Any] | None:
    """Return whether the labels to the accuracy `times` as many labels later were forecast."""
    later = int(place * times)
    if later >= len(labels) or smooth[later] <= smooth[place] + 0.004:
        return None
    first = labels[int((smooth >= smooth[later]).argmax())] - labels[place]
    value, low, high = way_of(advice, float(smooth[later]))
    told = {"what": "way to a goal", "held": bool(low <= first <= high), "open": bool(np.isinf(high))}
    return told | {"off": float(np.log((value + labels[place]) / (first + labels[place])))}


def way_of(advice: Any, goal: float) -> tuple[float, float, float]:
    """Return what the advice would have said of another goal."""
    from nbloop.quality.stopping import labels_to

    hits, n = round(advice.accuracy * advice.golden), advice.golden
    needed = labels_to(goal, advice.labels, hits, n, advice.changed, np.random.default_rng(0))
    return tuple(max(0.0, each - advice.labels) for each in needed)  # type: ignore[return-value]  three


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
    print("\n| forecast | intervals that held it | without an end | off by (median of absolute values) | n |")
    print("|---|---|---|---|---|")
    for what, of in told.groupby("what"):
        off = of["off"].abs().median()
        by = f"{100 * off:.1f} points" if what == "gain" else f"a factor of {np.exp(off):.2f}"
        print(f"| {what} | {of['held'].mean():.1%} | {(of['open'] == True).mean():.0%} | {by} | {len(of)} |")  # noqa: E712  nan where it is no goal


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three data sets, two seeds: under a minute")
    parser.add_argument("--seeds", type=int, default=5, help="repetitions (default 5)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0); 100 to develop on")
    parser.add_argument("--split", type=int, default=0, help="what is drawn from the data (default 0); 1 to develop on")
    parser.add_argument("--data", nargs="*", choices=list(BUDGETS), help="only these data sets")
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
                found, said = curve(data, BUDGETS[name], seed)
            rows += judged(name, seed, found)
            told += [{"data": name, "seed": seed} | row for row in forecasts(found, said)]
            if options.json:
                options.json.write_text(json.dumps({"rules": rows, "forecasts": told}, indent=1))
    print_tables(pd.DataFrame(rows), pd.DataFrame(told))


if __name__ == "__main__":
    main()
