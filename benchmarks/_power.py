"""Power losses and failing writes, on the disk of `_disk`."""

from __future__ import annotations

import random
from typing import Any

import apsw

from _disk import NAME, Disk, File, found_on, play, tape
from nbloop.engine import SETTINGS

MODES = {
    "power loss": (SETTINGS, False),
    "power loss, control WAL and NORMAL": (SETTINGS | {"journal_mode": "WAL", "synchronous": "NORMAL"}, True),
    "power loss, control synchronous=OFF": (SETTINGS | {"synchronous": "OFF"}, True),
}


def power_losses(disk: Disk, images: int, commits: int) -> list[dict[str, Any]]:
    """Return one row a mode: `images` disks, each with any part of what had not been synced."""
    blank, recorded = tape(commits)
    return [_losses(disk, case, blank, recorded, images) for case in MODES]


def _losses(disk: Disk, case: str, blank: bytes, recorded: list[Any], images: int) -> dict[str, Any]:
    settings, control = MODES[case]
    cuts = _cuts(disk, blank, recorded, settings)
    rng, acknowledged, lost, duplicated = random.Random(0), 0, 0, 0
    for number in range(images):
        files, told = cuts[number * len(cuts) // images]
        disk.load({name: file.after_power_loss(rng) for name, file in files.items()})
        found = found_on(disk, settings)
        acknowledged += told
        lost += len({f"e{i}" for i in range(told)} - set(found)) if found is not None else max(told, 1)
        duplicated += len(found) - len(set(found)) if found else 0
    return row(case, images, acknowledged, lost, duplicated, control)


def _cuts(disk: Disk, blank: bytes, recorded: list[Any], settings: dict[str, str]) -> list[tuple[dict[str, File], int]]:
    """Return the disk before every change that the commits make, with how many were acknowledged by then."""
    cuts: list[tuple[dict[str, File], int]] = []
    told = 0

    def cut() -> None:
        cuts.append(({name: file.copy() for name, file in disk.files.items()}, told))

    disk.load({NAME: File(bytearray(blank), bytearray(blank))})
    connection = disk.open(settings)
    disk.touched = cut
    for commit in recorded:
        play(connection, commit)
        told += 1
    cut()
    disk.touched = lambda: None
    connection.close(True)
    return cuts


def failing_writes(disk: Disk, commits: int) -> list[dict[str, Any]]:
    """Return a row an error: at every change that each of the commits makes, once; the answer is then sent again."""
    errors = {"EIO": apsw.IOError, "ENOSPC": apsw.FullError}
    return [_failures(disk, f"{name} at every write", error, *tape(commits)) for name, error in errors.items()]


def _failures(disk: Disk, case: str, error: type[apsw.Error], blank: bytes, recorded: list[Any]) -> dict[str, Any]:
    attempts = acknowledged = lost = duplicated = 0
    before = {NAME: File(bytearray(blank), bytearray(blank))}
    for told, commit in enumerate(recorded):
        place, failed = 0, True
        while failed:
            place += 1
            disk.load(_again(before))
            failed = _fails(disk, commit, error, place)
            if failed:
                attempts, acknowledged = attempts + 1, acknowledged + told + 1
                play_anew(disk, commit, f"e{told}")
                found = found_on(disk)
                lost += len({f"e{i}" for i in range(told + 1)} - set(found or []))
                duplicated += len(found or []) - len(set(found or []))
        before = _again(disk.files)
    return row(case, attempts, acknowledged, lost, duplicated, False)


def _again(files: dict[str, File]) -> dict[str, File]:
    return {name: File(bytearray(file.seen), bytearray(file.seen)) for name, file in files.items()}


def _fails(disk: Disk, commit: Any, error: type[apsw.Error], place: int) -> bool:
    """Play a commit whose change number `place` fails; False when it has fewer changes."""
    left = place

    def fail() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise error("the disk says no")

    connection = disk.open(SETTINGS)
    disk.touched = fail
    try:
        play(connection, commit)
    except apsw.Error:
        pass
    finally:
        disk.touched = lambda: None
        connection.close(True)  # as `engine.give_up` does
    return left <= 0


def play_anew(disk: Disk, commit: Any, id: str) -> None:
    """Send an answer again, as a page does that got no acknowledgement: one that is there already is the same."""
    connection = disk.open(SETTINGS)
    try:
        if not connection.execute("SELECT 1 FROM events WHERE id = ?", (id,)).fetchall():
            play(connection, commit)
    finally:
        connection.close(True)


def row(case: str, attempts: int, acknowledged: int, lost: int, duplicated: int, control: bool) -> dict[str, Any]:
    """Return one line of the table."""
    return {
        "case": case,
        "attempts": attempts,
        "acknowledged": acknowledged,
        "lost": lost,
        "duplicated": duplicated,
        "control": control,
    }
