"""Impact: what a commit changed, in figures, and in sentences whose every number can be traced."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from nbloop.dataset import Dataset
from nbloop.model import Model
from nbloop.quality.deltas import deltas
from nbloop.quality.gate import Judged
from nbloop.quality.paired import paired
from nbloop.schema import Annotate, Categorise


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
        The paired comparison of each label, and of the slices asked for.
    corrected : DataFrame indexed by sample id
        Samples whose answer was changed meanwhile: ``was``, ``now``, ``reason``.
    """

    before: str
    after: str
    labels: int
    deltas: pd.DataFrame
    flipped: pd.DataFrame
    slices: pd.DataFrame
    corrected: pd.DataFrame
    facts: list[Fact] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)

    @property
    def narrative(self) -> str:
        """What happened, in a few sentences; `facts` has the source of each number."""
        return " ".join(self.sentences)

    def __str__(self) -> str:
        return self.narrative

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.narrative)}</p>{self.deltas.round(4).to_html()}"


def impact(data: Dataset, judged: Judged, before: Model, after: Model, masks: dict[str, np.ndarray]) -> Impact:
    """Return what changed between two models, judged on the golden set, whose parts are `masks`."""
    right = [proba.argmax(axis=1) == judged.y for proba in (judged.before, judged.after)]
    told = {name: paired(right[0][rows], right[1][rows]) for name, rows in masks.items() if rows.any()}
    slices = pd.DataFrame.from_dict({name: found._asdict() for name, found in told.items()}, orient="index")
    made = Impact(
        before.version,
        after.version,
        after.labels - before.labels,
        deltas(judged, seed=data.seed),
        _flipped(data, judged, right),
        slices.rename_axis("slice"),
        corrections(data),
    )
    _tell(made)
    return made


def corrections(data: Dataset) -> pd.DataFrame:
    """Return the samples whose answer a person changed, last first: ``was``, ``now``, ``reason``, ``at``."""
    first: dict[str, Any] = {}
    rows: dict[str, dict[str, Any]] = {}
    reasons = {each.action.about: each.action.reason for each in data.events(Categorise)}  # type: ignore[union-attr]
    for event in data.events(Annotate):
        action: Any = event.action
        earlier = first.get(action.sample)
        if earlier is not None and earlier.value != action.value and action.sample in data.samples:
            rows.pop(action.sample, None)
            rows[action.sample] = {
                "was": earlier.value, "now": action.value, "reason": reasons.get(action.sample, ""), "at": event.at,
            }  # fmt: skip
        first[action.sample] = action
    ids = [data.samples.id_of(key) for key in rows]
    frame = pd.DataFrame(list(rows.values()), columns=["was", "now", "reason", "at"], index=pd.Index(ids, name="id"))
    return frame.iloc[::-1]


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
    """Write the sentences, and note of each number where it comes from."""

    def fact(source: str, value: Any, form: str = "d") -> str:
        made.facts.append(Fact(format(value, form), f"impact.{source}"))
        return made.facts[-1].text

    def points(frame: str, row: str, column: str) -> str:
        value: Any = getattr(made, frame).loc[row, column]
        return fact(f"{frame}.loc[{row!r}, {column!r}] * 100", value * 100, "+.1f")

    accuracy: Any = made.deltas.loc["accuracy"]
    sure = "rose" if accuracy["low"] > 0 else "fell" if accuracy["high"] < 0 else "did not change beyond chance"
    was, now = (fact(f"deltas.loc['accuracy', {name!r}]", accuracy[name], ".1%") for name in ("before", "after"))
    change, low, high = (points("deltas", "accuracy", name) for name in ("difference", "low", "high"))
    made.sentences.append(
        f"With {fact('labels', made.labels)} more labels, accuracy {sure}: {was} to {now} on the golden set, "
        f"{change} points (95 % interval {low} to {high})."
    )
    became: Any = made.flipped["became"]
    counts = [fact(f"flipped['became'].tolist().count({way!r})", (became == way).sum()) for way in ("right", "wrong")]
    made.sentences.append(f"{counts[0]} golden samples became right and {counts[1]} became wrong.")
    if len(made.slices):
        name = str(made.slices["difference"].abs().idxmax())
        made.sentences.append(f"The slice {name} changed most, by {points('slices', name, 'difference')} points.")
    if len(made.corrected):
        count = fact("corrected.shape[0]", len(made.corrected))
        made.sentences.append(f"Answers corrected so far: {count}; the last is {_last(made.corrected)}.")


def _last(corrected: pd.DataFrame) -> str:
    row = corrected.iloc[0]
    reason = f", put down to {row['reason']}" if row["reason"] else ""
    return f"sample {corrected.index[0]!r}, from {row['was']} to {row['now']}{reason}"
