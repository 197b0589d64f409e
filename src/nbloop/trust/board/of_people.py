"""Tiles about people: what they labelled, what waits for them, whether they agree, and what it costs them."""

from __future__ import annotations

from statistics import median
from typing import Any

from nbloop.schema import Bar, Tile
from nbloop.trust.board.facts import Facts
from nbloop.trust.board.said import duration, percent, plural
from nbloop.trust.fatigue import nudge
from nbloop.trust.waiting import queues

IDLE = 60.0
"""Seconds of one answer that count at most: whoever takes longer is away."""

RELIABLE, TENTATIVE = 0.8, 0.667
"""Krippendorff's alpha from which on conclusions are drawn, and from which on only tentative ones (2004, p. 241)."""

DO = {
    "to decide on": ("Decide what people disagree on.", "loop.review()"),
    "in doubt": ("Decide between equal samples with two labels: none is learned.", "loop.review()"),
    "to look at again": ("Look again at what was queued.", 'loop.labeler(queue="errors")'),
    "flagged": ("Decide on what was flagged.", "loop.review()"),
    "golden, to verify": ("Verify golden samples: they measure.", 'loop.labeler(queue="golden")'),
    "put off": ("What was put off comes back by itself.", ""),
}


def labels(facts: Facts) -> Tile:
    """How many labels there are, and how many are wanted."""
    counts, wanted = facts.counts, facts.target
    detail = f"of {plural(counts.total, 'sample')}; {counts.pool:,} can still be asked."
    value, todo, code = f"{counts.labels:,}", "Label on.", "loop"
    if wanted is None:
        return Tile("labels", "Labels", value, detail, "plain", todo, code)
    if counts.labels >= wanted:
        detail, tone = f"of {wanted:,} wanted: done.", "good"
        todo, code = ("Ask whether more would pay.", "print(loop.stop_advice())") if facts.learns else ("", "")
    else:
        detail, tone = f"of {wanted:,} wanted; {counts.pool:,} can still be asked.", "plain"
    return Tile("labels", "Labels", value, detail, tone, todo, code, share=min(1.0, counts.labels / wanted))


def checks(facts: Facts) -> Tile | None:
    """Whether the labels are fit to learn from."""
    if not facts.learns or not facts.counts.labels:
        return None
    if not facts.findings:
        detail = "No leakage, no contradiction, no class that vanished, no column that changed."
        return Tile("checks", "Data checks", "clean", detail, "good")
    found = facts.findings
    todo = "No model passes the gate until this is put right."
    return Tile(
        "checks", "Data checks", plural(len(found), "finding"), found[0].sentence, "bad", todo, "loop.validate()"
    )


def waiting(facts: Facts) -> Tile:
    """What waits for people, what is most pressing first."""
    found = {name: n for name, n in queues(facts.data).items() if n}
    total = sum(found.values())
    waited = facts.waits["seconds"].tolist()
    detail = f"Half of what was queued was answered within {duration(median(waited))}." if waited else ""
    if not total:
        return Tile("waiting", "Waits for people", "0", detail or "Nothing waits.", "good")
    first = next(iter(found))
    bars = tuple(Bar(name, n, n / total) for name, n in found.items())
    todo, code = DO[first]
    pressing = first in ("to decide on", "in doubt", "to look at again", "flagged")
    return Tile(
        "waiting", "Waits for people", f"{total:,}", detail, "warn" if pressing else "plain", todo, code, bars=bars
    )


def agreement(facts: Facts) -> Tile:
    """Whether people agree beyond chance."""
    if len(facts.people) < 2:
        return Tile("agreement", "Agreement", "–", "One person labels: nobody to agree with.", "none")
    found: Any = facts.data.agreement().loc["krippendorff"]
    if found["value"] != found["value"]:
        detail = f"{plural(len(facts.people), 'person', 'people')} labelled, too few samples in common to tell."
        todo = "Let some samples be labelled twice."
        return Tile("agreement", "Agreement", "–", detail, "none", todo, "nbloop.Dataset(..., raters=2)")
    value = float(found["value"])
    interval = f" ({found['low']:.2f} to {found['high']:.2f})" if found["low"] == found["low"] else ""
    detail = (
        f"Krippendorff's α{interval} of {plural(len(facts.people), 'person', 'people')} on "
        f"{plural(int(found['n']), 'sample')}."
    )
    tone = "good" if value >= RELIABLE else "warn" if value >= TENTATIVE else "bad"
    todo = "" if tone == "good" else "See on which classes they differ, and say it in the guidelines."
    return Tile(
        "agreement", "Agreement", f"{value:.2f}", detail, tone, todo, 'loop.data.agreement("class")' * bool(todo)
    )


def effort(facts: Facts) -> Tile:
    """What the labels cost."""
    said: Any = facts.answers.dropna(subset="seconds")
    if said.empty:
        return Tile("effort", "Effort", "–", "No answer came with the time it took: answers by code have none.", "none")
    seconds = said["seconds"].clip(upper=IDLE)
    detail = (
        f"{plural(len(said), 'answer')}, half of them within {duration(seconds.median())}, by "
        f"{plural(said['annotator'].nunique(), 'person', 'people')}."
    )
    advice = nudge(facts.data, None)
    if known := said["right"].dropna().tolist():
        detail += f" {percent(sum(known) / len(known), 0)} of the {len(known)} that could be checked were right."
    return Tile(
        "effort",
        "Effort",
        duration(seconds.sum()),
        detail,
        "warn" if advice else "plain",
        advice or "",
        "loop.effort()",
    )
