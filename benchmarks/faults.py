"""What is left of acknowledged answers when processes, power, disks, servers and people fail.

    python benchmarks/faults.py [--quick] [--json FILE]

A control is a way of writing that must lose: where it loses nothing, the test could not have seen a loss.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from _disk import Disk
from _power import failing_writes, power_losses
from _server import crashes
from _tampering import tamperings
from _writers import crowd, kills
from postgres import running

FULL = {"kills": 1000, "controls": 100, "images": 12_000, "commits": 50, "events": 1250, "tamperings": 10_000}
QUICK = {"kills": 10, "controls": 6, "images": 300, "commits": 3, "events": 6, "tamperings": 200}
SERVER = {True: (2, 15, 80), False: (50, 60, 400)}
"""Quick or not: how many stops, acknowledged events between two of them, and events of each writer of the control."""


def run(*, quick: bool, server: bool = True) -> list[dict[str, Any]]:
    """Return one row a case: attempts, acknowledged, lost, duplicated, and whether it is a control.

    Parameters
    ----------
    quick : bool
        Few attempts.
    server : bool
        With PostgreSQL, which must be installed.
    """
    size, disk, rows = QUICK if quick else FULL, Disk(), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        steps = [
            lambda: [kills(folder, size["kills"]), kills(folder, size["controls"], control=True)],
            lambda: power_losses(disk, size["images"], size["commits"]),
            lambda: failing_writes(disk, size["commits"]),
            lambda: tamperings(folder, size["tamperings"]),
            lambda: [crowd(folder, 8, size["events"])],
            lambda: crashed(*SERVER[quick]) if server else [],
        ]
        for step in steps:
            for line in step():
                rows.append(line)
                show(line)
    return rows


def crashed(*size: int) -> list[dict[str, Any]]:
    """Return the rows of a server of our own."""
    with running() as server:
        return crashes(server, *size)


def show(line: dict[str, Any]) -> None:
    """Print one row of the table."""
    figures = [f"{line[name]:,}" for name in ("attempts", "acknowledged", "lost", "duplicated")]
    print("|", " | ".join([line["case"], *figures]), "|", flush=True)


def main() -> None:
    """Print the table, and write it where asked; the exit status tells whether anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print("| case | attempts | acknowledged | lost | duplicated |\n|---|---|---|---|---|")
    rows = run(quick=options.quick)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    blind = [row["case"] for row in rows if row["control"] and not row["lost"]]
    if blind or any(row["lost"] or row["duplicated"] for row in rows if not row["control"]):
        sys.exit(f"something was lost, or a control lost nothing: {blind}")


if __name__ == "__main__":
    main()
