"""Drift: which columns of new samples are not distributed as they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency, false_discovery_control, ks_2samp, wasserstein_distance

RATE = 0.05
"""How often something is reported where nothing has changed: the rate of false alarms."""

FLOOR = 0.1
"""Effects below this are no alarm however certain: a tenth of a standard deviation, or Cramér's V."""

MOST_LEVELS = 30

EXPECTED = 5
"""Values that fewer samples than this are expected to have count together (Cochran, 1954): chi² is no law of those."""

Columns = pd.DataFrame | Mapping[str, pd.Series]
"""Columns by name; in a mapping they need not be of one length."""


def compare(reference: Columns, current: Columns, rate: float = RATE, floor: float = FLOOR) -> pd.DataFrame:
    """Compare the columns of two frames.

    Numbers by Kolmogorov and Smirnov's test, with the distance of Wasserstein in standard deviations as the effect;
    anything else by the chi² test, with Cramér's V. All p values together are corrected by Benjamini and Hochberg
    (1995), so that where nothing changed an alarm is raised in at most `rate` of all cases.

    Parameters
    ----------
    reference, current : DataFrame or mapping of str to Series
        As it was, and as it is now; columns that only one of them has are left out.
    rate : float
        How often an alarm may be a false one.
    floor : float
        The least effect that is one.

    Returns
    -------
    DataFrame
        By column: `kind`, `statistic`, `p`, `q` (corrected), `effect`, `drifted`.
    """
    rows = {name: _compared(reference[name], current[name]) for name in reference if name in current}
    found = pd.DataFrame.from_dict(rows, orient="index", columns=["kind", "statistic", "p", "effect"])
    found.insert(3, "q", false_discovery_control(found["p"].to_numpy(float)) if len(found) else [])
    found["drifted"] = (found["q"] <= rate) & (found["effect"] >= floor)
    return found.sort_values("p")


def _compared(before: Any, now: Any) -> tuple[str, float, float, float]:
    if pd.api.types.is_numeric_dtype(before) and not pd.api.types.is_bool_dtype(before):
        a, b = (np.asarray(pd.to_numeric(each, errors="coerce"), dtype=np.float64) for each in (before, now))
        return ("number", *numbers(a[~np.isnan(a)], b[~np.isnan(b)]))
    return ("category", *categories(before.astype(str), now.astype(str)))


def numbers(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    """Return the KS statistic, its p value, and the Wasserstein distance in standard deviations of `a`."""
    if not len(a) or not len(b):
        return 0.0, 1.0, 0.0
    found: Any = ks_2samp(a, b)
    spread = float(a.std()) or 1.0
    return float(found.statistic), float(found.pvalue), float(wasserstein_distance(a, b) / spread)


def categories(a: pd.Series, b: pd.Series) -> tuple[float, float, float]:
    """Return the chi² statistic, its p value, and Cramér's V; rare values count together."""
    counts = pd.concat([a, b]).value_counts()
    expected = counts.to_numpy() * min(len(a), len(b)) / max(len(a) + len(b), 1)
    common = counts.index[expected >= EXPECTED][:MOST_LEVELS]
    table = np.array([[(one == value).sum() for value in common] + [(~one.isin(common)).sum()] for one in (a, b)])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or not table.sum(axis=1).all():
        return 0.0, 1.0, 0.0
    found: Any = chi2_contingency(table)
    return float(found.statistic), float(found.pvalue), float(np.sqrt(found.statistic / table.sum()))
