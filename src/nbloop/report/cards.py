"""The data card and the model card: what they were made of, and what they are good for."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

import pandas as pd

from nbloop.report.section import Section, Share, Span, readable
from nbloop.schema import Draw
from nbloop.trust.board import Facts
from nbloop.trust.board.said import percent, plural


def data_card(_: Any, facts: Facts) -> Section:
    """What the labels are of, how many there are, and how they were chosen."""
    data, counts = facts.data, facts.counts
    labels, golden = data.labels["label"].value_counts(), data.golden["label"].value_counts()
    found: Any = (
        pd.DataFrame({"training labels": labels, "golden": golden}).reindex(data.task.names).fillna(0).astype(int)
    )
    for name in ("training labels", "golden"):
        found[f"share of {name}"] = [Share(n / max(1, int(found[name].sum()))) for n in found[name]]
    table = found[["training labels", "share of training labels", "golden", "share of golden"]]
    shown = ", ".join(map(str, data.samples.columns[:12])) or "what the samples are"
    text = (
        f"{plural(counts.total, 'sample')} of kind {data.samples.kind!r}; a person sees: {shown}. "
        f"{plural(counts.labels, 'training label')} (snapshot {data.snapshot().hash[:16]}), "
        f"{counts.rejected} rejected, {counts.skipped} put off, {counts.flagged} flagged.\n{_set_apart(facts)}\n"
        "Labels were chosen by a strategy: their shares are not those of the data. Those of the golden set are, where "
        "it was drawn at random."
    )
    if data.task.guidelines:
        text += f"\n\nGuidelines: {data.task.guidelines}"
    return Section("", text, table.rename_axis("label"))


def _set_apart(facts: Facts) -> str:
    counts = facts.counts
    draws: list[Any] = [event.action for event in facts.data.noted(Draw)]
    near = sum(len(draw.samples) for draw in draws if draw.part == "near")
    final = sum(len(draw.samples) for draw in draws if draw.part == "final")
    said = f"{counts.verified} of {plural(counts.golden, 'golden sample')} verified"
    if final:
        said += f"; {final} more are a holdout that is scored once"
    return said + (f"; {plural(near, 'near-duplicate')} of them neither asked nor learned." if near else ".")


def model_card(loop: Any, facts: Facts) -> Section:
    """What the newest model says, how well, and where it is weak."""
    last: Any = loop.versions.iloc[-1] if len(loop.versions) else None
    if last is None:
        return Section("", "There is no model yet.")
    rows: dict[str, Any] = {
        "version": last.name,
        "learner": last["learner"],
        "strategy that chose its labels": last["strategy"],
        "training labels": f"{last['labels']} (snapshot {last['snapshot'][:16]})",
        "seed": last["seed"],
        "accuracy on the golden set": Span(last["accuracy"], last["accuracy_low"], last["accuracy_high"]),
        "macro F1": readable(last["macro_f1"]),
        "log loss": readable(last["log_loss"]),
        "serves": facts.serving or "none was promoted, so the newest",
        "made with": f"nbloop {version('nbloop')}, Python {platform.python_version()}",
    }
    names = ", ".join(facts.data.task.names[:20]) + (", ..." if len(facts.data.task.names) > 20 else "")
    text = f"Says one of: {names}. Of no use for anything else. {_weakness(facts)}"
    table = pd.DataFrame({"fact": list(rows), "value": pd.Series(list(rows.values()), dtype=object)})
    return Section("", text, table.set_index("fact"))


def _weakness(facts: Facts) -> str:
    found = facts.slices
    found = found[found["p_adjusted"] < 0.05] if len(found) else found
    if found.empty:
        return "No part of the data is known in which it errs more often than elsewhere."
    worst: Any = found.iloc[0]
    return f"Weakest in {found.index[0]}: {percent(worst['rate'], 0)} wrong, {percent(worst['rest'], 0)} elsewhere."
