"""Sections about errors: why, what is taken for what, where they gather, and how long it takes to put them right."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nbloop.report.of_model import SHOWN
from nbloop.report.section import Section, Share, Span
from nbloop.trust.board import Facts
from nbloop.trust.board.said import duration, plural


def reasons(_: Any, facts: Facts) -> Section:
    """How many errors each reason explains, and what it calls for."""
    if facts.errors is None:
        return Section("", "Errors are known as soon as there is a model.")
    errors: Any = facts.errors
    if not len(errors):
        return Section("", "Model and people have agreed so far.")
    open_ = int(errors.frame["reason"].isna().sum())
    found = errors.by_reason
    spans = zip(found["share"], found["low"], found["high"], strict=True)
    table = pd.DataFrame(
        {
            "errors": found["n"].astype(int),
            "share of all": [Span(*each) for each in spans],
            "calls for": found["calls_for"].replace("", "–"),
            "what to do": found["advice"],
        },
        index=found.index,
    )
    text = f"{plural(len(errors), 'disagreement')} of the model with people and with the golden set; "
    return Section("", text + f"{open_} have no reason yet.", table)


def clusters(_: Any, facts: Facts) -> Section:
    """What is taken for what."""
    if facts.errors is None or not len(facts.errors):
        return Section(
            "", "There are no errors." if facts.errors is not None else "Errors are known as soon as there is a model."
        )
    found = facts.errors.clusters.head(SHOWN)
    table = pd.DataFrame(
        {
            "label of the person": found["label"],
            "the model said": found["predicted"],
            "errors": found["n"],
            "share of all": [Share(each) for each in found["share"]],
            "most frequent reason": found["reason"],
        }
    )
    return Section("", "What is confused most often comes first.", table)


def slices(_: Any, facts: Facts) -> Section:
    """Where errors gather."""
    if facts.errors is None:
        return Section("", "Errors are known as soon as there is a model.")
    found: Any = facts.slices
    if found.empty:
        return Section("", "No part of the data is large enough to be looked at by itself.")
    if not found["errors"].sum():
        return Section("", f"{plural(len(found), 'slice')} were looked at, and there is no error in any of them.")
    worse = int((found["p_adjusted"] < 0.05).sum())
    text = (
        f"{plural(len(found), 'slice')} were looked at; {worse} err more often than the rest "
        "(exact test, false discovery rate 5 %). A slice that was found and tested on the same samples is a place to "
        "look at, no proof."
    )
    shown = found.head(SHOWN)
    spans = zip(shown["rate"], shown["low"], shown["high"], strict=True)
    table = pd.DataFrame(
        {
            "errors": [f"{errors} of {n}" for errors, n in zip(shown["errors"], shown["n"], strict=True)],
            "error rate": [Span(*each) for each in spans],
            "elsewhere": [Share(each) for each in shown["rest"]],
            "p, corrected": [f"{p:.2g}" for p in shown["p_adjusted"]],
        },
        index=shown.index,
    )
    return Section("", text, table)


def times(_: Any, facts: Facts) -> Section:
    """How long it took from noticing to answering."""
    waiting = len(facts.data.again())
    found: Any = facts.waits
    if found.empty:
        more = f" {plural(waiting, 'sample waits', 'samples wait')}." if waiting else ""
        return Section("", f"No sample was queued to be looked at again and answered since.{more}")
    by: Any = found.groupby("queued for")["seconds"]
    table = pd.DataFrame(
        {
            "answered": by.size(),
            "half within": [duration(each) for each in by.median()],
            "nine of ten within": [duration(each) for each in by.quantile(0.9)],
            "longest": [duration(each) for each in by.max()],
        },
        index=by.size().index,
    )
    half = duration(float(found["seconds"].median()))
    text = (
        f"{plural(len(found), 'queued sample was', 'queued samples were')} answered, half of them within {half}; "
        f"{waiting} still wait."
    )
    return Section("", text, table)
