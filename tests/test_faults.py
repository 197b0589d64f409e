"""Nothing that was acknowledged is lost: ``benchmarks/faults.py`` in short; its server is in ``test_postgres.py``."""

from __future__ import annotations

import faults


def test_faults_lose_nothing_and_controls_show_that_a_loss_would_be_seen() -> None:
    rows = faults.run(quick=True, server=False)
    assert [row["case"] for row in rows if not row["control"] and (row["lost"] or row["duplicated"])] == []
    assert [row["case"] for row in rows if row["control"] and not row["lost"]] == []
    assert len(rows) == 11
    assert all(row["attempts"] and row["acknowledged"] for row in rows)
