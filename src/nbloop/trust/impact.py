"""Impact: what a commit changed, in figures, and in sentences whose every number can be traced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from nbloop.dataset import Dataset
from nbloop.mind import Mind
from nbloop.model import Model
from nbloop.quality.deltas import deltas
from nbloop.quality.gate import FEWEST, Judged
from nbloop.quality.lots import one_of_each
from nbloop.quality.paired import paired
from nbloop.schema import Adjudicate, Annotate, Categorise
from nbloop.trust.weight import Weighed, measured

ALPHA = 0.05
"""A slice changed beyond chance when its p value, times the slices that were looked at, is no more (Bonferroni)."""


class Fact(NamedTuple):
    """A number of the narrative: the text it became, and where it comes from, as code on the `Impact`."""

    text: str
    source: str


@dataclass(frozen=True)
class Impact:
    """What changed from one model generation to another.

    Attributes
    ----------
    before, after : str
        Their versions.
    labels : int
        Training labels that were added.
    deltas : DataFrame indexed by measure
        ``before``, ``after``, ``difference`` with its 95 % interval ``low``, ``high``.
    flipped : DataFrame indexed by sample id
        Golden samples that became ``"right"`` or ``"wrong"`` (``became``), with ``label``, ``before``, ``after``.
    slices : DataFrame indexed by slice
        The paired comparison of each label, and of the slices asked for. Where the golden set was drawn in groups, one
        sample of each counts, and a part of which none does is left out.
    corrected : DataFrame indexed by sample id
        Samples whose answer a person changed, last first: ``was``, ``now``, ``reason``, ``at``, and how probable the
        new label was to the model ``before`` and is to the one ``after``.
    weighed : Weighed or None
        Where corrections count more than once: what that changes, against the same labels counted once.
    """

    before: str
    after: str
    labels: int
    deltas: pd.DataFrame
    flipped: pd.DataFrame
    slices: pd.DataFrame
    corrected: pd.DataFrame
    weighed: Weighed | None = None
    told: list[tuple[str | Fact, ...]] = field(default_factory=list)

    @property
    def sentences(self) -> list[str]:
        """What happened, sentence by sentence."""
        return ["".join(part.text if isinstance(part, Fact) else part for part in parts) for parts in self.told]

    @property
    def narrative(self) -> str:
        """What happened, in a few sentences; `facts` has the source of each number."""
        return " ".join(self.sentences)

    @property
    def facts(self) -> list[Fact]:
        """The numbers of the narrative, as they come in it."""
        return [part for parts in self.told for part in parts if isinstance(part, Fact)]

    def __str__(self) -> str:
        return self.narrative

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.narrative)}</p>{self.deltas.round(4).to_html()}"


def impact(
    data: Dataset, mind: Mind, judged: Judged, before: Model, after: Model, masks: dict[str, np.ndarray]
) -> Impact:
    """Return what changed between two models of a mind, judged on the golden set, whose parts are `masks`.

    Of a golden group one sample counts in a slice, by lot: its interval and its test are of independent samples.
    """
    snapshot = data.snapshot()
    right = [proba.argmax(axis=1) == judged.y for proba in (judged.before, judged.after)]
    lot = one_of_each(snapshot.groups, snapshot.golden, data.seed)
    parts = {name: lot[mask[lot]] for name, mask in masks.items()}
    told = {name: paired(right[0][rows], right[1][rows]) for name, rows in parts.items() if len(rows)}
    slices = pd.DataFrame.from_dict({name: found._asdict() for name, found in told.items()}, orient="index")
    corrected = corrections(data)
    chances = {name: _chances(data, mind.X, model, corrected) for name, model in (("before", before), ("after", after))}
    made = Impact(
        before.version,
        after.version,
        after.labels - before.labels,
        deltas(judged, seed=data.seed, groups=snapshot.golden_groups),
        _flipped(data, judged, right),
        slices.rename_axis("slice"),
        corrected.assign(**chances),
        _weighed(data, mind),
    )
    _tell(made)
    return made


def corrections(data: Dataset) -> pd.DataFrame:
    """Return the samples whose answer a person changed, last first: ``was``, ``now``, ``reason``, ``at``.

    A reviewer's decision counts as one. Where several people are asked, what another one votes does not.
    """
    earlier: dict[Any, str] = {}
    rows: dict[str, dict[str, Any]] = {}
    reasons = {each.action.about: each.action.reason for each in data.events(Categorise)}  # type: ignore[union-attr]
    for event in data.events(Annotate, Adjudicate):
        action: Any = event.action
        own = (action.sample, event.annotator if data.rule.raters > 1 else "")
        was = earlier.get(action.sample if isinstance(action, Adjudicate) else own)
        if was not in (None, action.value) and action.sample in data.samples:
            rows.pop(action.sample, None)
            rows[action.sample] = {
                "was": was, "now": action.value, "reason": reasons.get(action.sample, ""), "at": event.at,
            }  # fmt: skip
        earlier[own] = earlier[action.sample] = action.value
    ids = [data.samples.id_of(key) for key in rows]
    frame = pd.DataFrame(list(rows.values()), columns=["was", "now", "reason", "at"], index=pd.Index(ids, name="id"))
    return frame.iloc[::-1]


def _chances(data: Dataset, X: Any, model: Model, corrected: pd.DataFrame) -> np.ndarray:
    """Return how probable the new label of each corrected sample is to a model; NaN where it knows no such label."""
    if corrected.empty:
        return np.empty(0)
    proba = model.predict_proba(X[[data.samples.position(id) for id in corrected.index]])
    codes = [model.names.index(label) if label in model.names else -1 for label in corrected["now"]]
    return np.array([row[code] if code >= 0 else np.nan for row, code in zip(proba, codes, strict=True)])


def _weighed(data: Dataset, mind: Mind) -> Weighed | None:
    snapshot = data.snapshot()
    if mind.weight == 1 or not snapshot.corrected.any():
        return None
    return measured(data, mind, snapshot, snapshot.corrected, mind.weight)


def _flipped(data: Dataset, judged: Judged, right: list[np.ndarray]) -> pd.DataFrame:
    golden, names = data.snapshot().golden, np.array(data.task.names)
    rows = np.flatnonzero(right[0] != right[1])
    said = [proba.argmax(axis=1)[rows] for proba in (judged.before, judged.after)]
    return pd.DataFrame(
        {
            "became": np.where(right[1][rows], "right", "wrong"),
            "label": names[judged.y[rows]],
            "before": names[said[0]],
            "after": names[said[1]],
        },
        index=pd.Index([data.samples.ids[int(place)] for place in golden[rows]], name="id"),
    )


def _tell(made: Impact) -> None:
    """Write the sentences; each number knows where it comes from."""

    def fact(source: str, value: Any, form: str = "d") -> Fact:
        return Fact(format(value, form), f"impact.{source}")

    def points(frame: str, row: str, column: str) -> Fact:
        value: Any = getattr(made, frame).loc[row, column]
        return fact(f"{frame}.loc[{row!r}, {column!r}] * 100", value * 100, "+.1f")

    accuracy: Any = made.deltas.loc["accuracy"]
    sure = "rose" if accuracy["low"] > 0 else "fell" if accuracy["high"] < 0 else "did not change beyond chance"
    was, now = (fact(f"deltas.loc['accuracy', {name!r}]", accuracy[name], ".1%") for name in ("before", "after"))
    change, low, high = (points("deltas", "accuracy", name) for name in ("difference", "low", "high"))
    more = ("With ", fact("labels", made.labels), " more label" if made.labels == 1 else " more labels")
    opening = more if made.labels else ("With other answers to the same samples",)
    made.told.append((*opening, f", accuracy {sure}: ", was, " to ", now, " on the golden set, "))
    made.told[-1] += (change, " points (95 % interval ", low, " to ", high, ").")
    became: Any = made.flipped["became"]
    right, wrong = (
        fact(f"flipped['became'].tolist().count({way!r})", (became == way).sum()) for way in ("right", "wrong")
    )
    made.told.append(("Golden samples that became right: ", right, ", that became wrong: ", wrong, "."))
    if told := _of_slices(made.slices, fact, points):
        made.told.append(told)
    if len(made.corrected):
        made.told.append(_last(made.corrected, fact))
    if made.weighed:
        made.told.append(_weight(made.weighed, fact))


def _of_slices(
    slices: pd.DataFrame, fact: Callable[..., Fact], points: Callable[..., Fact]
) -> tuple[str | Fact, ...] | None:
    """Tell of the slice that changed most surely; the largest change of all is mostly that of the smallest slice."""
    rows: dict[str, Any] = slices.to_dict("index")  # type: ignore[assignment]  named slices
    looked = {name: row for name, row in rows.items() if row["n"] >= FEWEST}
    chances = {name: row["p"] for name, row in looked.items() if row["gained"] != row["lost"]}
    if not chances:
        return None
    name = min(chances, key=lambda each: chances[each])
    change, low, high = (points("slices", name, column) for column in ("difference", "low", "high"))
    chance = "beyond chance" if chances[name] * len(looked) <= ALPHA else "which may be chance"
    many = fact(f"slices['n'].ge({FEWEST}).sum()", len(looked))
    return f"The slice {name} changed by ", change, " points (", low, " to ", high, f"), {chance} among ", many, "."


def _last(corrected: pd.DataFrame, fact: Callable[..., Fact]) -> tuple[str | Fact, ...]:
    """Name the last correction and its effect."""
    row: Any = corrected.iloc[0]
    reason = f", put down to {row['reason']}" if row["reason"] else ""
    name = f"sample {corrected.index[0]!r}, from {row['was']} to {row['now']}{reason}"
    said = ("Answers corrected so far: ", fact("corrected.shape[0]", len(corrected)), f"; the last is {name}")
    if np.isnan([row["before"], row["after"]]).any():
        return (*said, ".")
    was, now = (fact(f"corrected[{which!r}].iloc[0]", row[which], ".1%") for which in ("before", "after"))
    return (*said, f". To the model {row['now']} was ", was, " probable and is ", now, ".")


def _weight(weighed: Weighed, fact: Callable[..., Fact]) -> tuple[str | Fact, ...]:
    """Say what the weight of corrections changes."""
    samples, times = fact("weighed.samples", weighed.samples), fact("weighed.weight", weighed.weight)
    change, low, high = (
        fact(f"weighed.effect.loc['accuracy', {name!r}] * 100", weighed.effect.loc["accuracy", name] * 100, "+.1f")  # type: ignore[operator]
        for name in ("difference", "low", "high")
    )
    said = ("Corrections, ", samples, " labels, count ", times, f" times, which {weighed.told}: ")
    return (*said, change, " points of accuracy (", low, " to ", high, ") against counting them once.")
