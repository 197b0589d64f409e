"""Sections about the model: what changed, how good it is, whether it may ship, whether it still holds."""

from __future__ import annotations

from typing import Any

import pandas as pd
from scipy.stats import binomtest

from nbloop.charts import DARK, LIGHT, learning_curve
from nbloop.report.section import Outcome, Section, Span
from nbloop.schema import Gated, Promote, Routed
from nbloop.trust.board import Facts
from nbloop.trust.board.said import percent, plural, span
from nbloop.trust.golden import looks
from nbloop.trust.route import audits_frame

SHOWN = 15
"""Rows of a table at most."""

MEASURES = {
    "accuracy": "accuracy", "macro_f1": "macro F1", "log_loss": "log loss", "calibration_error": "calibration error",
}  # fmt: skip


def narrative(loop: Any, _: Facts) -> Section:
    """What the last commit changed, in sentences and figures."""
    impact = loop.impact()
    table = impact.deltas.rename(index=MEASURES)
    table["95 % interval of the change"] = [f"{low:+.3f} to {high:+.3f}" for low, high in _ends(table)]
    return Section("", impact.narrative, table.drop(columns=["low", "high"]))


def _ends(frame: pd.DataFrame) -> list[tuple[float, float]]:
    return list(zip(frame["low"].tolist(), frame["high"].tolist(), strict=True))


def curve(loop: Any, facts: Facts) -> Section:
    """Golden-set accuracy against labels."""
    measured = loop.history.dropna(subset="accuracy")
    if measured.empty:
        return Section("", "No golden sample is verified yet, so no accuracy was measured.")
    last: Any = measured.iloc[-1]
    text = (
        f"{percent(last['accuracy'])} on the golden set after {plural(int(last['labels']), 'label')} "
        f"(95 % interval {span(last['accuracy_low'], last['accuracy_high'])})."
    )
    if seen := len({event.action.model_version for event in looks(facts.data)}):
        text += f" {plural(seen, 'model was', 'models were')} chosen or judged by these samples."
    return Section("", text, svg=_drawn(loop.history, LIGHT), dark=_drawn(loop.history, DARK))


def _drawn(history: pd.DataFrame, theme: Any) -> str:
    import vl_convert

    chart = learning_curve(history, theme).properties(width=680, height=260)
    return vl_convert.vegalite_to_svg(chart.to_dict())


def drift(_: Any, facts: Facts) -> Section:
    """Every alert."""
    if not facts.alerts:
        return Section("", "No drift was reported; new data is watched with loop.watch(frame).")
    rows = [(event.at, event.action.source, event.action.what) for event in reversed(facts.alerts[-SHOWN:])]
    return Section("", f"{plural(len(facts.alerts), 'alert')}.", pd.DataFrame(rows, columns=["at", "source", "what"]))


def routing(_: Any, facts: Facts) -> Section:
    """Every threshold that was set, with its reason, and what audits say."""
    routed = facts.data.noted(Routed)
    if not routed:
        return Section("", "The model decides nothing alone; new samples are split with loop.route(frame).")
    rows = []
    for event in reversed(routed[-SHOWN:]):
        said: Any = event.action
        sent = f"{said.accepted} / {said.asked} / {said.to_expert}"
        rows.append((event.at, said.model_version, percent(said.error), sent, said.reason))
    columns = ["at", "model", "borne", "accepted / asked / to an expert", "thresholds, and why"]
    table = pd.DataFrame(rows, columns=columns)
    return Section(
        "",
        f"New samples were routed {plural(len(routed), 'time') if len(routed) > 1 else 'once'}. {_audited(facts)}",
        table,
    )


def _audited(facts: Facts) -> str:
    wrong = audits_frame(facts.data)["wrong"].dropna().tolist()
    if not wrong:
        return "No accepted sample was audited by a person yet."
    found = binomtest(int(sum(wrong)), len(wrong)).proportion_ci(method="wilson")
    return f"{sum(wrong)} of {len(wrong)} audited ones were wrong ({span(found.low, found.high)})."


def gate(_: Any, facts: Facts) -> Section:
    """The last verdict, check by check."""
    last = facts.gated
    if last is None:
        return Section("", "No model was judged at the gate yet: loop.gate() does that.")
    rows = [(name, Outcome(outcome), what) for name, outcome, what in last.checks]
    table = pd.DataFrame(rows, columns=["check", "outcome", "what was found"])
    verdict = "passed" if last.passed else "did not pass"
    return Section("", f"{last.candidate} {verdict} against {last.current}.", table)


def decisions(_: Any, facts: Facts) -> Section:
    """What was judged, promoted and taken back, and why."""
    rows = []
    for event in sorted([*facts.data.noted(Gated), *facts.data.noted(Promote)], key=lambda event: event.at):
        said: Any = event.action
        if isinstance(said, Gated):
            what = f"{'passed' if said.passed else 'did not pass'} the gate against {said.current}"
            rows.append((event.at, said.candidate, what, ""))
        else:
            rows.append((event.at, said.version, "rolled back to" if said.back else "promoted", said.reason))
    if not rows:
        return Section("", "Nothing was judged or promoted yet.")
    table = pd.DataFrame(rows[: -SHOWN - 1 : -1], columns=["at", "version", "what", "why"])
    serves = f"{facts.serving} serves." if facts.serving else "None was promoted, so the newest serves."
    return Section("", serves, table)


def versions(loop: Any, _: Facts) -> Section:
    """Every generation: what it scored, and what it was made of."""
    found = loop.versions
    if found.empty:
        return Section("", "There is no model yet.")
    scores = zip(found["accuracy"], found["accuracy_low"], found["accuracy_high"], strict=True)
    table = pd.DataFrame(
        {
            "labels": found["labels"],
            "accuracy": [Span(*each) for each in scores],
            "macro F1": found["macro_f1"],
            "log loss": found["log_loss"],
            "snapshot": found["snapshot"].str[:8],
            "seed": found["seed"],
            "": ["serves" if each else "" for each in found["serving"]],
        },
        index=found.index,
    )
    more = f" The last {SHOWN} are shown." if len(found) > SHOWN else ""
    text = f"{plural(len(found), 'generation')}; each can be had again, bit by bit, with loop.model(version).{more}"
    return Section("", text, table.tail(SHOWN).iloc[::-1])
