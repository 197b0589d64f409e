"""The sections of a report, from what a loop knows; one without data says so in a sentence."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pandas as pd

from nbloop.errors import NbloopError
from nbloop.report.section import Section
from nbloop.schema import Alert, Gated, Wish

SHOWN = 15
"""Rows of a table at most."""


def sections(loop: Any) -> list[Section]:
    """Return all sections of the report of a loop, in order."""
    makers: dict[str, Callable[[Any], Section]] = {
        "What changed last": _narrative,
        "Learning curve": _curve,
        "Errors by reason": _reasons,
        "What is taken for what": _clusters,
        "Where errors gather": _slices,
        "From detection to correction": _times,
        "Effort": _effort,
        "Agreement": _agreement,
        "Drift": _drift,
        "The gate": _gate,
        "Model generations": _versions,
        "Data card": _data_card,
        "Model card": _model_card,
    }
    return [_made(title, maker, loop) for title, maker in makers.items()]


def _made(title: str, maker: Callable[[Any], Section], loop: Any) -> Section:
    """Return a section, or the sentence that says why there is nothing in it."""
    try:
        return maker(loop)._replace(title=title)
    except NbloopError as error:
        return Section(title, f"Nothing to report: {error}")


def _narrative(loop: Any) -> Section:
    impact = loop.impact()
    return Section("", impact.narrative, impact.deltas)


def _curve(loop: Any) -> Section:
    history = loop.history
    measured = history.dropna(subset="accuracy")
    if measured.empty:
        return Section("", "No golden sample is verified yet, so no accuracy was measured.")
    last = measured.iloc[-1]
    text = (
        f"{last['accuracy']:.1%} on the golden set after {last['labels']} labels "
        f"(95 % interval {last['accuracy_low']:.1%} to {last['accuracy_high']:.1%})."
    )
    return Section("", text, svg=_drawn(loop.curve()))


def _drawn(chart: Any) -> str:
    import vl_convert

    return vl_convert.vegalite_to_svg(chart.to_dict())


def _reasons(loop: Any) -> Section:
    errors = loop.errors()
    open_ = int(errors.frame["reason"].isna().sum())
    text = f"{len(errors)} disagreements between model and person or golden set; {open_} have no reason yet."
    return Section("", text, errors.by_reason)


def _clusters(loop: Any) -> Section:
    found = loop.errors().clusters.head(SHOWN)
    return Section("", "Label of the person, and what the model said." if len(found) else "There are no errors.", found)


def _slices(loop: Any) -> Section:
    found = loop.errors().slices()
    worse = int((found["p_adjusted"] < 0.05).sum())
    text = (
        f"{len(found)} slices were looked at; {worse} err more often than the rest "
        "(exact test, false discovery rate 5 %)."
    )
    return Section("", text, found.head(SHOWN))


def _times(loop: Any) -> Section:
    hours = waits(loop.data)
    if hours.empty:
        return Section("", "No sample was queued to be looked at again and answered since.")
    text = (
        f"{len(hours)} queued samples were answered, half of them within {hours['hours'].median():.2g} hours; "
        f"{len(loop.data.again())} still wait."
    )
    return Section("", text, hours.head(SHOWN))


def waits(data: Any) -> Any:
    """Return how long each queued sample waited for an answer: ``hours``, by sample id."""
    answers = data.annotations
    answers = answers[answers["active"].astype(bool)]
    rows = []
    for event in data.noted(Wish):
        for key in event.action.samples:
            name = data.samples.id_of(key)
            later = answers[(answers.index == name) & (answers["at"] > event.at)]["at"]
            if len(later):
                rows.append((name, event.action.reason, (later.min() - event.at).total_seconds() / 3600))
    return pd.DataFrame(rows, columns=["id", "queued for", "hours"]).drop_duplicates("id").set_index("id")


def _effort(loop: Any) -> Section:
    said = loop.data.annotations
    said = said[said["active"].astype(bool) & (said["annotator"] != "truth")].dropna(subset="seconds")
    if said.empty:
        return Section("", "No answer came with the time it took: answers by code have none.")
    by = said.groupby("annotator")["seconds"]
    table = pd.DataFrame({"labels": by.size(), "median seconds": by.median(), "hours": by.sum() / 3600})
    return Section("", f"{said['seconds'].sum() / 3600:.2g} hours of active time for {len(said)} answers.", table)


def _agreement(loop: Any) -> Section:
    people = loop.data.annotations["annotator"].nunique()
    if people < 2:
        return Section("", "One person answered: nobody to agree with.")
    return Section("", f"{people} annotators.", loop.data.agreement())


def _drift(loop: Any) -> Section:
    alerts = loop.data.noted(Alert)
    if not alerts:
        return Section("", "No drift was reported; new data is watched with loop.watch(frame).")
    rows = [(event.at, event.action.source, event.action.what) for event in alerts[-SHOWN:]]
    return Section("", f"{len(alerts)} alerts.", pd.DataFrame(rows, columns=["at", "source", "what"]))


def _gate(loop: Any) -> Section:
    gated = loop.data.noted(Gated)
    if not gated:
        return Section("", "No model was judged at the gate yet: loop.gate() does that.")
    last = gated[-1].action
    table = pd.DataFrame(last.checks, columns=["check", "outcome", "what was found"])
    verdict = "passed" if last.passed else "did not pass"
    return Section("", f"{last.candidate} {verdict} against {last.current}.", table)


def _versions(loop: Any) -> Section:
    versions = loop.versions
    columns = ["labels", "accuracy", "accuracy_low", "accuracy_high", "macro_f1", "log_loss", "snapshot", "serving"]
    serving = versions.index[versions["serving"]].tolist()
    text = f"{len(versions)} generations; {serving[0] if serving else 'none was promoted, so the newest'} serves."
    return Section("", text, versions[columns].tail(SHOWN))


def _data_card(loop: Any) -> Section:
    data, counts, snapshot = loop.data, loop.data.counts(), loop.data.snapshot()
    labels, golden = data.labels["label"].value_counts(), data.golden["label"].value_counts()
    table = pd.DataFrame({"training labels": labels, "golden": golden}).reindex(data.task.names).fillna(0).astype(int)
    text = (
        f"{counts.total} samples of kind {data.samples.kind!r}, "
        f"shown: {', '.join(map(str, data.samples.columns[:12]))}. "
        f"{counts.labels} training labels (snapshot {snapshot.hash[:16]}), {counts.verified} of {counts.golden} golden "
        f"samples verified, {counts.rejected} rejected. Labels were chosen by a strategy: their shares are not those "
        "of the data; the golden set's are, where it was drawn at random."
    )
    return Section("", text, table.rename_axis("label"))


def _model_card(loop: Any) -> Section:
    last = loop.versions.iloc[-1] if len(loop.versions) else None
    if last is None:
        return Section("", "There is no model yet.")
    facts = {
        "version": last.name,
        "learner": last["learner"],
        "strategy that chose its labels": last["strategy"],
        "training labels": last["labels"],
        "seed": last["seed"],
        "accuracy on the golden set": last["accuracy"],
        "macro F1": last["macro_f1"],
        "log loss": last["log_loss"],
        "made with": f"nbloop {version('nbloop')}, Python {platform.python_version()}",
    }
    text = f"Says one of: {', '.join(loop.data.task.names)}. Of no use for anything else. {_weakness(loop)}"
    table = pd.DataFrame({"fact": list(facts), "value": [str(value) for value in facts.values()]})
    return Section("", text, table.set_index("fact"))


def _weakness(loop: Any) -> str:
    found = loop.errors().slices()
    found = found[found["p_adjusted"] < 0.05]
    if found.empty:
        return "No part of the data is known in which it errs more often than elsewhere."
    worst = found.iloc[0]
    return f"Weakest in {found.index[0]}: {worst['rate']:.0%} wrong, {worst['rest']:.0%} elsewhere."
