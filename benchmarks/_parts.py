"""The parts of a long run, kept in a file: a run that was cut short goes on where it was, and prints all of them."""

from __future__ import annotations

import json
from hashlib import blake2b
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SOURCES = ("src/nbloop/**/*.py", "src/nbloop/static/*")
Line = dict[str, Any]


class Parts:
    """What was found, part by part.

    Parameters
    ----------
    path : Path, optional
        A file of JSON lines, which another run may add to at the same time; nothing is kept when absent.

    Raises
    ------
    SystemExit
        The file has parts that were run with other code of nbloop.
    """

    def __init__(self, path: Path | None) -> None:
        self._path, self._code = path, code()
        self._found: list[Line] = []
        strange = {line["code"] for line in self.lines()} - {self._code}
        if strange:
            raise SystemExit(f"{path} has parts of other code of nbloop: their sum would be of neither.")

    def lines(self) -> list[Line]:
        """Return every part that was run, also those that another run has added meanwhile."""
        if self._path is None:
            return self._found
        return [json.loads(line) for line in self._path.read_text().splitlines()] if self._path.exists() else []

    def add(self, line: Line) -> None:
        """Keep what one part has found."""
        line = {**line, "code": self._code}
        self._found.append(line)
        if self._path is not None:
            with self._path.open("a") as file:
                file.write(json.dumps(line) + "\n")

    def of(self, case: str, times: int) -> Line | None:
        """Return what a part has found; None where it is still to be run."""
        return next((line for line in self.lines() if (line["case"], line["attempts"]) == (case, times)), None)


def code() -> str:
    """Name the code that is put to the test."""
    files = sorted(path for pattern in SOURCES for path in ROOT.glob(pattern) if path.is_file())
    return blake2b(b"".join(path.read_bytes() for path in files), digest_size=8).hexdigest()
