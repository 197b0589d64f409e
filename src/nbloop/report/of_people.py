"""Sections about people: what the labels cost them, and whether they agree."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nbloop.report.section import Section, Share, readable
from nbloop.trust.board import Facts
from nbloop.trust.board.said import duration, percent, plural

MEASURES = {
    "observed": "share that agrees",
    "cohen": "Cohen's κ, mean of all pairs",
    "fleiss": "Fleiss' κ",
    "krippendorff": "Krippendorff's α",
}


def effort(loop: Any, facts: Facts) -> Section:
    """What the labels cost, by person."""
    said: Any = facts.answers.dropna(subset="seconds")
    if said.empty:
        return Section("", "No answer came with the time it took: answers by code have none.")
    found = loop.effort()
    found = found[found["minutes"] > 0]
    table = pd.DataFrame(
        {
            "labels": found["labels"].astype(int),
            "active time": [duration(each * 60) for each in found["minutes"]],
            "half of the answers within": [duration(each) for each in found["median_seconds"]],
            "labels a minute": [f"{each:.1f}" for each in found["per_minute"]],
            "sittings": found["sittings"].astype(int),
            "right early / late": [
                f"{readable(Share(early))} / {readable(Share(late))}"
                for early, late in zip(found["right_early"], found["right_late"], strict=True)
            ],
        },
        index=found.index,
    )
    total = duration(float(found["minutes"].sum()) * 60)
    return Section("", f"{total} of active time for {plural(len(said), 'answer')}.", table)


def agreement(_: Any, facts: Facts) -> Section:
    """Whether people agree, beyond chance."""
    if len(facts.people) < 2:
        return Section("", "One person answered: nobody to agree with.")
    found = facts.data.agreement()
    table = pd.DataFrame(
        {
            "value": [f"{value:.2f}" if value == value else "–" for value in found["value"]],
            "95 % interval": [
                f"{low:.2f} to {high:.2f}" if low == low else "–"
                for low, high in zip(found["low"], found["high"], strict=True)
            ],
            "samples": found["n"],
        },
        index=pd.Index([MEASURES.get(str(name), str(name)) for name in found.index], name="measure"),
    )
    return Section("", f"{plural(len(facts.people), 'person', 'people')} labelled.", table)


def annotators(_: Any, facts: Facts) -> Section:
    """How good each person is, as far as that can be told."""
    if len(facts.people) < 2:
        return Section("", "One person answered: nobody to compare with.")
    found = facts.data.annotators()
    table = pd.DataFrame(
        {
            "votes": found["votes"],
            "shared with others": found["shared"],
            "agreement with them": [Share(each) for each in found["agreement"]],
            "accuracy (Dawid and Skene)": [Share(each) for each in found["accuracy"]],
            "right of those checked": [
                f"{percent(right, 0)} of {n}" if n else "–"
                for right, n in zip(found["right"], found["checked"], strict=True)
            ],
        },
        index=found.index.rename("annotator"),
    )
    return Section("", "Estimates from votes on the same samples; of few votes they say little.", table)
