"""Tiles about the model: how good it is, where it errs, whether it may ship, whether it still holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scipy.stats import binomtest

from nbloop.schema import Bar, Interval, Tile
from nbloop.trust.board.facts import Facts
from nbloop.trust.board.said import percent, plural, span
from nbloop.trust.route import audits_frame

FEW = 100
"""Verified golden samples below which an interval is wider than ten points to each side."""

TREND = 40
"""Rounds of the small curve."""

SHOWN = 4
"""Parts of a whole that a tile has room for."""


def accuracy(facts: Facts) -> Tile | None:
    """How good the model is on the golden set."""
    if not facts.learns:
        return None
    last = facts.outcome and facts.outcome.score
    if facts.model is None:
        detail = "No model yet: it needs labels of two classes."
        return Tile("accuracy", "Accuracy", "–", detail, "none", "Label on.", "loop")
    if last is None:
        return _unmeasured(facts)
    measured = [each.accuracy for each in facts.rounds if each.accuracy is not None]
    detail = (
        f"{span(last.low, last.high)} with 95 % certainty, on {plural(last.n, 'golden sample')}. "
        f"Model {facts.model.version} knows {plural(facts.model.labels, 'label')}."
    )
    todo, code = ("Ask whether more labels would pay.", "print(loop.stop_advice())")
    if last.n < FEW:
        todo, code = ("Few samples to measure on: verify more of them.", 'loop.labeler(queue="golden")')
    interval = Interval(last.accuracy, last.low, last.high)
    trend = tuple(round(each, 4) for each in measured[-TREND:])
    return Tile(
        "accuracy", "Accuracy", percent(last.accuracy), detail, "plain", todo, code, interval=interval, trend=trend
    )


def _unmeasured(facts: Facts) -> Tile:
    detail = "Nothing is measured: no golden sample is verified."
    if facts.counts.golden:
        return Tile(
            "accuracy", "Accuracy", "–", detail, "warn", "Verify golden samples.", 'loop.labeler(queue="golden")'
        )
    todo = "Draw a golden set, or let a part of the questions be drawn by lot."
    return Tile("accuracy", "Accuracy", "–", detail, "warn", todo, "nbloop.Dataset(..., golden=0.1)")


def errors(facts: Facts) -> Tile | None:
    """How often model and people disagree, and why."""
    if not facts.learns:
        return None
    if facts.errors is None:
        return Tile("errors", "Errors", "–", "Errors are known as soon as there is a model.", "none")
    named = facts.errors.by_reason if len(facts.errors) else None
    if named is None:
        return Tile("errors", "Errors", "0", "Model and people have agreed so far.")
    rows = named.reset_index().to_dict("records")
    known = [row for row in rows if row["calls_for"]]
    unnamed = sum(int(row["n"]) for row in rows) - sum(int(row["n"]) for row in known)
    names = [str(row["reason"]) if row["calls_for"] else "no reason yet" for row in rows]
    bars = tuple(
        Bar(name, int(row["n"]), float(row["share"])) for name, row in zip(names[:SHOWN], rows[:SHOWN], strict=True)
    )
    detail = "Disagreements of the model with people and with the golden set."
    todo, tone = (f"{plural(unnamed, 'error')} without a reason: say why, one key each.", "warn")
    if known and not unnamed:
        todo, tone = (f"Most are put down to “{known[0]['reason']}”. {known[0]['advice']}", "plain")
    return Tile("errors", "Errors", f"{len(facts.errors):,}", detail, tone, todo, "loop.errors()", bars=bars)


def gate(facts: Facts) -> Tile | None:
    """What the gate said of the newest model, and which one serves."""
    if not facts.learns:
        return None
    newest = facts.model and facts.model.version
    serves = f"{facts.serving} serves." if facts.serving else "None was promoted, so the newest serves."
    said = facts.gated
    if said is None or newest is None:
        return Tile(
            "gate", "Gate", "–", f"No model was judged yet. {serves}", "none", "Judge the newest one.", "loop.gate()"
        )
    value = "passed" if said.passed else "did not pass"
    failed = [what for _, outcome, what in said.checks if outcome == "failed"]
    detail = f"{said.candidate} against {said.current}. {failed[0] if failed else serves}"
    if said.candidate != newest:
        return Tile("gate", "Gate", value, detail, "plain", f"{newest} is newer: judge it.", "loop.gate()")
    if not said.passed:
        todo = "See every check, or label on."
        return Tile("gate", "Gate", value, detail, "bad", todo, "loop.gate()")
    waits = facts.serving != newest
    return Tile("gate", "Gate", value, detail, "good", "Let it serve." if waits else "", "loop.promote()" * waits)


def drift(facts: Facts) -> Tile | None:
    """Whether new data is as the old was."""
    if not facts.learns:
        return None
    if not facts.alerts:
        detail, todo = "No alert so far.", "Compare new data with what was labelled."
        return Tile("drift", "Drift", "none", detail, "none", todo, "loop.watch(frame)")
    last = facts.alerts[-1]
    lately = [event for event in facts.alerts if event.at > datetime.now(UTC) - timedelta(days=7)]
    waiting = {facts.data.samples.keys[place] for place in facts.data.again()} & {*last.action.samples}
    detail = f"{last.at:%Y-%m-%d %H:%M}, {last.action.source}: {last.action.what}"
    todo, code = ("Look at the new data; label some of it.", "loop.watch(frame)")
    if waiting:
        todo, code = (f"Look at the {plural(len(waiting), 'sample')} it queued.", 'loop.labeler(queue="errors")')
    value = plural(len(lately), "alert") + " this week" if lately else plural(len(facts.alerts), "old alert")
    return Tile("drift", "Drift", value, detail, "warn" if lately else "plain", todo, code)


def routing(facts: Facts) -> Tile | None:
    """What the model may decide alone, and whether audits bear it out."""
    if not facts.learns:
        return None
    said = facts.routed
    if said is None:
        detail, todo = "The model decides nothing alone.", "Let it decide what it is sure of."
        return Tile("routing", "Routing", "off", detail, "none", todo, "loop.route(frame)")
    total = said.accepted + said.asked + said.to_expert
    parts = {"accepted": said.accepted, "asked": said.asked, "to an expert": said.to_expert}
    bars = tuple(Bar(name, n, n / max(1, total)) for name, n in parts.items())
    audited = audits_frame(facts.data)["wrong"].dropna().tolist()
    value = f"{percent(said.accepted / max(1, total), 0)} accepted"
    threshold = "Nothing is sure enough." if said.accept is None else f"From a confidence of {percent(said.accept)} on."
    if not audited:
        todo = "Audits tell whether it holds: none was answered yet." if said.audits else ""
        return Tile("routing", "Routing", value, threshold, "plain", todo, "loop.routed_audits" * bool(todo), bars=bars)
    found = binomtest(sum(audited), len(audited)).proportion_ci(method="wilson")
    detail = (
        f"{threshold} {sum(audited)} of {len(audited)} audited ones were wrong "
        f"({span(found.low, found.high)}); borne are {percent(said.error)}."
    )
    if found.low > said.error:
        todo = "Audits contradict the threshold: route anew with the golden set as it is now."
        return Tile("routing", "Routing", value, detail, "bad", todo, "loop.route(frame)", bars=bars)
    return Tile("routing", "Routing", value, detail, "good", bars=bars)
