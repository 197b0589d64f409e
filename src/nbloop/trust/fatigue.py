"""Fatigue: advice to whoever labels, from their answers of the present sitting."""

from __future__ import annotations

import numpy as np

from nbloop.dataset import Dataset
from nbloop.quality import effort
from nbloop.quality.effort import Nudges


def nudge(data: Dataset, when: Nudges | None) -> str | None:
    """Return what would do good now to the annotator of `data`; None when all is well."""
    said = data.answer_times()
    mine = said.loc[said["annotator"] == data.annotator]
    if mine.empty:
        return None
    sitting = effort.sittings(mine["at"])
    now = mine.loc[sitting == sitting[-1]]
    seconds = np.asarray(now["seconds"], float)
    return effort.nudge(now["at"], seconds, list(now["label"]), when or Nudges())
