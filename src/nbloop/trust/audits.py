"""Audits as a frame."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from nbloop.auditor import Audit
from nbloop.quality.gap import Gap


def audit_frame(audits: Sequence[Audit]) -> pd.DataFrame:
    """Return one row an audit, oldest first.

    >>> audit_frame([]).columns[:3].tolist()
    ['labels', 'model_version', 'seconds']
    """
    columns = ["labels", "model_version", "seconds", *Gap._fields, "worse"]
    rows = [(one.labels, one.model_version, one.seconds, *one.gap, one.gap.worse) for one in audits]
    return pd.DataFrame(rows, columns=columns)
