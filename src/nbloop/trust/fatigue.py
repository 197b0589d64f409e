"""Fatigue: advice to whoever labels, from their answers of the present sitting."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nbloop.dataset import Dataset
from nbloop.quality import effort
from nbloop.quality.effort import Nudges


def advice(data: Dataset, when: Nudges) -> tuple[str, str] | None:
    """Return what would do good now to the annotator of `data`, the field of `Nudges` first; None when all is well."""
    said = data.sitting(effort.GAP)
    if not said:
        return None
    at = pd.Series(pd.to_datetime([at for at, _ in said], utc=True))
    return effort.advice(at, np.array([one.seconds for _, one in said], float), [one.value for _, one in said], when)


def nudge(data: Dataset, when: Nudges | None) -> str | None:
    """Return the same in words."""
    found = advice(data, when or Nudges())
    return found[1] if found else None
