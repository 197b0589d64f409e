"""The tables of `efficiency.py`, from the curves that are finished so far."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy.stats import t as student

from _ranks import against, critical_difference, friedman, ranks

GOALS = (90, 95, 99)
"""Per cent of what the learner reaches with all labels."""

DEFAULT, RANDOM, TWIN = ("nbloop", "auto"), ("nbloop", "random"), ("nbloop", "uncertainty_herding")


def frame(records: list[dict[str, Any]]) -> pd.DataFrame:
    """Return one row a curve, with the area under it."""
    found = pd.DataFrame(records)
    return found.assign(aulc=[float(np.mean(curve)) for curve in found["curve"]])


def rows(curves: pd.DataFrame, ceilings: dict[str, float]) -> Iterator[dict[str, Any]]:
    """Yield one row a data set, commit and strategy."""
    keys = ["data", "commit", "library", "strategy"]
    for key, of in curves.groupby(keys, sort=False):
        data, commit, library, strategy = cast("tuple[str, int, str, str]", key)
        mean = np.mean(np.stack(of["curve"].tolist()), axis=0)
        reached = {f"labels_to_{goal}": labels_to(mean, goal / 100 * ceilings[data], commit) for goal in GOALS}
        yield {
            "data": data,
            "commit": commit,
            "library": library,
            "strategy": strategy,
            "aulc": float(of["aulc"].mean()),
            "error": error(of["aulc"]) if len(of) > 1 else None,
            "seeds": len(of),
            "last": float(mean[-1]),
            "labels": int(commit * len(mean)),
        } | reached


def labels_to(curve: np.ndarray, goal: float, commit: int) -> int | None:
    """Return the first number of labels whose accuracy reaches `goal`."""
    reached = np.flatnonzero(curve >= goal)
    return int((reached[0] + 1) * commit) if len(reached) else None


def error(values: pd.Series) -> float:
    """Return the standard error of the mean."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")


def print_all(curves: pd.DataFrame, core: set[tuple[str, str]], ceilings: dict[str, float]) -> None:
    """Print every table."""
    for commit, of in curves.groupby("commit", sort=False):
        told = "one label a commit" if commit == 1 else f"{commit} labels a commit"
        print(f"\n### Area under the curve, {told}\n")
        print_areas(of)
        print(f"\n### Mean ranks, {told}\n")
        everyone = set(zip(of["library"], of["strategy"], strict=True))
        for who in [core, everyone] if everyone > core else [core]:
            print_ranks(of, who)
            print_without_twin(of, who)
        print(f"\n### The default beside random order, {told}\n")
        print_beside_random(of)
        print(f"\n### Labels to 90, 95 and 99 % of the accuracy with all labels of the pool, {told}\n")
        print_labels(of, core, ceilings)


def print_areas(of: pd.DataFrame) -> None:
    """Print a line a strategy and a column a data set: mean and standard error in thousandths."""
    data = list(of["data"].unique())
    print(f"| library | strategy | {' | '.join(data)} |\n|---|---|{'---|' * len(data)}")
    for key, mine in of.groupby(["library", "strategy"], sort=False):
        library, strategy = cast("tuple[str, str]", key)
        areas = {name: group["aulc"] for name, group in mine.groupby("data")}
        cells = [cell(areas[name]) if name in areas else "–" for name in data]
        print(f"| {library} | {strategy} | {' | '.join(cells)} |")


def cell(areas: pd.Series) -> str:
    """Return the mean, the standard error in units of the last place, and the number of seeds where they are few."""
    spread = "" if len(areas) < 2 else f"({round(error(areas) * 1000)})"
    return f"{areas.mean():.3f}{spread}"


def print_ranks(of: pd.DataFrame, who: set[tuple[str, str]]) -> None:
    """Print mean ranks of those that finished every data set, over the seeds that all of them finished."""
    mine = of[[pair in who for pair in zip(of["library"], of["strategy"], strict=True)]]
    scores, seeds = common(mine)
    if min(scores.shape) < 3:
        print("Too few data sets or strategies are finished for a rank.\n")
        return
    place, order = ranks(scores.to_numpy()), list(scores.columns)
    default = order.index(DEFAULT)
    p = against(scores.to_numpy(), default)
    distance = critical_difference(len(order), len(scores))
    print(
        f"{len(order)} strategies on {len(scores)} data sets, {seeds[0]} to {seeds[1]} seeds; Friedman p = "
        f"{friedman(scores.to_numpy()):.1g}; mean ranks {distance:.2f} apart differ (Nemenyi, 5 %).\n"
    )
    print("| library | strategy | mean rank | behind the default | farther than that | p (Wilcoxon, Holm) |")
    print("|---|---|---|---|---|---|")
    for i in np.argsort(place):
        behind = place[i] - place[default]
        far, chance = "yes" if behind > distance else "no", "" if i == default else f"{p[i]:.3f}"
        print(f"| {order[i][0]} | {order[i][1]} | {place[i]:.2f} | {behind:+.2f} | {far} | {chance} |")
    print()


def print_without_twin(of: pd.DataFrame, who: set[tuple[str, str]]) -> None:
    """Print the first three without the strategy that the default is itself at first, and ties with."""
    others = who - {TWIN}
    mine = of[[pair in others for pair in zip(of["library"], of["strategy"], strict=True)]]
    scores, _ = common(mine)
    if TWIN not in who or min(scores.shape) < 3:
        return
    place, order = ranks(scores.to_numpy()), list(scores.columns)
    p = against(scores.to_numpy(), order.index(DEFAULT))
    said = ["" if pair == DEFAULT else f" (p {chance:.3f})" for pair, chance in zip(order, p, strict=True)]
    first = [f"{' '.join(order[i])} {place[i]:.2f}{said[i]}" for i in np.argsort(place)[:3]]
    print(
        f"Without {TWIN[1]}, which the default is itself until it has a hundred labels a class: {', '.join(first)}.\n"
    )


def common(of: pd.DataFrame) -> tuple[pd.DataFrame, tuple[int, int]]:
    """Return mean areas (data sets, strategies), over seeds that all finished, and the least and most such seeds."""
    wide = of.pivot_table(index=["data", "seed"], columns=["library", "strategy"], values="aulc", sort=False)
    sets = wide.index.get_level_values("data")
    everywhere = wide.notna().groupby(sets).any().all()
    whole = wide.loc[:, everywhere].dropna()
    seeds = whole.groupby(level="data").size()
    return whole.groupby(level="data").mean(), (int(seeds.min()), int(seeds.max())) if len(seeds) else (0, 0)


def print_beside_random(of: pd.DataFrame) -> None:
    """Print the default's area less random order's, of the same seeds, with a 95 % interval; then half the labels."""
    print("| data | labels | auto less random | 95 % interval | random, all labels | auto, half the labels |")
    print("|---|---|---|---|---|---|")
    for data, group in of.groupby("data", sort=False):
        pairs = [
            group[(group["library"] == lib) & (group["strategy"] == name)].set_index("seed")
            for lib, name in (DEFAULT, RANDOM)
        ]
        both = pairs[0].index.intersection(pairs[1].index)
        if len(both) < 2:
            continue
        auto, random = (pair.loc[both] for pair in pairs)
        gap = (auto["aulc"] - random["aulc"]).to_numpy()
        half = float(student.ppf(0.975, len(gap) - 1)) * gap.std(ddof=1) / np.sqrt(len(gap))
        mine, theirs = (np.mean(np.stack(pair["curve"].tolist()), axis=0) for pair in (auto, random))
        labels = len(mine) * int(group["commit"].iloc[0])
        print(
            f"| {data} | {labels} | {gap.mean():+.4f} | {gap.mean() - half:+.4f} to {gap.mean() + half:+.4f} "
            f"| {theirs[-1]:.3f} | {mine[len(mine) // 2 - 1]:.3f} |"
        )


def _of(curves: pd.DataFrame, library: str, strategy: str) -> pd.DataFrame:
    return curves[(curves["library"] == library) & (curves["strategy"] == strategy)].set_index("seed")


def print_labels(of: pd.DataFrame, core: set[tuple[str, str]], ceilings: dict[str, float]) -> None:
    """Print the labels that the mean curve needs for each of the goals."""
    names = [f"{name} ({ceilings[name]:.3f})" for name in of["data"].unique()]
    print(f"| library | strategy | {' | '.join(names)} |\n|---|---|{'---|' * len(names)}")
    needed: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows(of, ceilings):
        reached = [row[f"labels_to_{goal}"] or "–" for goal in GOALS]
        needed.setdefault((row["library"], row["strategy"]), {})[row["data"]] = " ".join(map(str, reached))
    for (library, strategy), cells in needed.items():
        if (library, strategy) in core:
            print(f"| {library} | {strategy} | {' | '.join(cells.get(name, '') for name in of['data'].unique())} |")
