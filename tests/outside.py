"""What another program does to a store behind our back."""

from __future__ import annotations

import sqlite3
from pathlib import Path


def change(store: Path, *statements: str) -> None:
    """Run SQL on a store in a file."""
    with sqlite3.connect(store) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
