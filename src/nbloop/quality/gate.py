"""The gate: whether a candidate may take the place of the model that serves, with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from nbloop.quality.calibration import rise_of_error
from nbloop.quality.paired import Paired, paired, samples_to_show

Outcome = Literal["passed", "failed", "undecided"]

MARGIN = 0.02
"""Most accuracy that may be lost on the golden set."""

SLICE_MARGIN = 0.1
"""Most accuracy that may be lost on a slice, which has fewer samples."""

CALIBRATION_MARGIN = 0.02
"""Most calibration error that may be added."""

FEWEST = 10
"""Samples below which a slice says nothing."""


class Judged(NamedTuple):
    """What two models say of the same samples: codes (n,), and probabilities (n, classes) of each."""

    y: np.ndarray
    before: np.ndarray
    after: np.ndarray


class Check(NamedTuple):
    """One thing the gate looked at; intervals are of the candidate less the current model, at 95 %."""

    name: str
    outcome: Outcome
    sentence: str
    n: int = 0
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None


@dataclass(frozen=True)
class Verdict:
    """What the gate answers; true when the candidate passed.

    Attributes
    ----------
    candidate, current : str
        Versions.
    checks : tuple of Check
    strict : bool
        Whether an undecided check counts as failed.
    margin, slice_margin : float
        Most accuracy that might be lost.
    looks : int
        How many models were judged by these golden samples so far, this one among them; 0 where nobody counts.
    """

    candidate: str
    current: str
    checks: tuple[Check, ...]
    strict: bool = False
    margin: float = MARGIN
    slice_margin: float = SLICE_MARGIN
    looks: int = 0

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against the candidate."""
        return not self.reasons

    @property
    def reasons(self) -> list[str]:
        """Why it did not pass; empty when it did."""
        against = ("failed", "undecided") if self.strict else ("failed",)
        return [f"{check.name}: {check.sentence}" for check in self.checks if check.outcome in against]

    @property
    def frame(self) -> pd.DataFrame:
        """One row a check."""
        return pd.DataFrame(self.checks, columns=list(Check._fields)).set_index("name")

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        head = f"{self.candidate} {'passed' if self.passed else 'did not pass'} the gate against {self.current}."
        return "\n".join([head, *(f"- {each.name}: {each.outcome}. {each.sentence}" for each in self.checks)])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{escape(each.name)}</th><td>{each.outcome}</td><td>{escape(each.sentence)}</td></tr>"
            for each in self.checks
        )
        return f"<p>{escape(str(self).splitlines()[0])}</p><table>{rows}</table>"


def judge(
    golden: Judged,
    *,
    candidate: str = "candidate",
    current: str = "current",
    past: Judged | None = None,
    slices: Mapping[str, np.ndarray] | None = None,
    findings: Sequence[str] = (),
    alone: np.ndarray | None = None,
    margin: float = MARGIN,
    slice_margin: float = SLICE_MARGIN,
    strict: bool = False,
) -> Verdict:
    """Judge a candidate against the current model.

    On the golden set and on past errors the candidate must not lose more than `margin`: the lower limit of the paired
    95 % interval decides, so that of models which really lose `margin` about 2.5 % pass. A slice fails when it is
    shown to be worse (exact McNemar, false discovery rate 5 %) or lost more than `slice_margin`, and is undecided when
    its samples are too few to exclude such a loss.

    Parameters
    ----------
    golden : Judged
        Verified samples that neither model learned from.
    candidate, current : str
        Their names.
    past : Judged, optional
        Samples that an earlier model got wrong.
    slices : mapping of name to array of bool, shape (n,), optional
        Parts of the golden set.
    findings : sequence of str
        What validation found: each fails.
    alone : ndarray of int, shape (k,), optional
        Where golden samples were drawn in whole groups, the rows that count as drawn alone (`one_of_each`): what is
        shown rests on these.
    margin, slice_margin : float
        Most accuracy that may be lost.
    strict : bool
        Count undecided checks as failed.

    Examples
    --------
    >>> y = np.array([0, 1] * 200)
    >>> right = np.eye(2)[y]
    >>> bool(judge(Judged(y, right, right))), bool(judge(Judged(y, right, right[::-1])))
    (True, False)
    """
    before, after = (each.argmax(axis=1) == golden.y for each in (golden.before, golden.after))
    lot = np.arange(len(golden.y)) if alone is None else alone
    checks = [_whole(paired(before[lot], after[lot]), margin, None if alone is None else len(golden.y))]
    checks.append(_calibration(Judged(*(each[lot] for each in golden))))
    if past is not None and len(past.y):
        checks.append(_past(paired(past.before.argmax(axis=1) == past.y, past.after.argmax(axis=1) == past.y)))
    checks += _slices(slices or {}, before, after, lot, slice_margin)
    checks += [Check("validation", "failed", finding) for finding in findings] or [
        Check("validation", "passed", "No leakage, conflict, vanished class or change of columns was found.")
    ]
    return Verdict(candidate, current, tuple(checks), strict, margin, slice_margin)


def _whole(found: Paired, margin: float, drawn: int | None) -> Check:
    said, what = _changed(found), "samples"
    if drawn is not None:
        said, what = f"{said} They are one of each group, by lot, of {drawn} golden samples.", "groups"
    if found.low > -margin:
        return _check("golden set", "passed", f"{said} A loss of {_points(margin)} points is excluded.", found)
    needed = samples_to_show(margin, found.gained, found.lost, found.n)
    more = f" About {needed} golden {what} would tell." if found.n < needed and found.high >= -margin else ""
    return _check("golden set", "failed", f"{said} A loss of {_points(margin)} points cannot be excluded.{more}", found)


def _past(found: Paired) -> Check:
    """Past errors may have been learned since, so they show what was forgotten and are no measure."""
    worse = found.difference < 0 and found.p < 0.05
    return _check("past errors", "failed" if worse else "passed", _changed(found), found)


def _calibration(golden: Judged) -> Check:
    rise = rise_of_error(*golden)
    said = (
        f"Calibration error from {rise.before:.3f} to {rise.after:.3f} ({_signed(rise.low)} to {_signed(rise.high)})."
    )
    worse = rise.low > 0 and rise.difference > CALIBRATION_MARGIN
    outcome: Outcome = "failed" if worse else "passed"
    return Check("calibration", outcome, said, len(golden.y), rise.difference, rise.low, rise.high)


def _slices(
    slices: Mapping[str, np.ndarray], before: np.ndarray, after: np.ndarray, lot: np.ndarray, margin: float
) -> list[Check]:
    """Judge each slice: what is seen on all of its samples, and what is shown by those that were drawn alone."""
    alone = np.isin(np.arange(len(before)), lot)
    parts = {name: rows for name, rows in slices.items() if rows.sum() >= FEWEST and (rows & alone).any()}
    if not parts:
        return []
    seen, shown = ([paired(before[r & of], after[r & of]) for r in parts.values()] for of in (True, alone))
    adjusted = false_discovery_control([found.p for found in shown])
    told = zip(parts, seen, shown, adjusted, strict=True)
    return [_slice(name, whole, found, float(p), margin) for name, whole, found, p in told]


def _slice(name: str, seen: Paired, shown: Paired, p: float, margin: float) -> Check:
    said = _changed(seen)
    if shown.n < seen.n:
        said += f" Of one of each group, by lot: {_changed(shown)}"
    if seen.difference <= -margin or (shown.difference < 0 and p < 0.05):
        return _check(f"slice {name}", "failed", said, shown, p)
    if shown.low > -margin:
        return _check(f"slice {name}", "passed", said, shown, p)
    return _check(f"slice {name}", "undecided", f"{said} Too few samples to exclude {_points(margin)}.", shown, p)


def _check(name: str, outcome: Outcome, sentence: str, found: Paired, p: float | None = None) -> Check:
    return Check(name, outcome, sentence, found.n, found.difference, found.low, found.high, found.p if p is None else p)


def _changed(found: Paired) -> str:
    interval = f"({_points(found.low, True)} to {_points(found.high, True)})"
    return (
        f"{found.before:.1%} to {found.after:.1%} on {found.n} samples: {_points(found.difference, True)} points "
        f"{interval}, {found.gained} flipped right, {found.lost} wrong."
    )


def _points(share: float, sign: bool = False) -> str:
    return f"{share * 100:+.1f}" if sign else f"{share * 100:.1f}"


def _signed(value: float) -> str:
    return f"{value:+.3f}"
