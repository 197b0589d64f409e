"""Writing processes: forked, light, and killed at any moment. What they acknowledge comes through a pipe."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbloop
from _disk import an_event
from _power import row
from nbloop.errors import StoreError
from nbloop.journal import Journal

Writing = Callable[[str, str, Callable[[str], None]], None]
"""From store, name and what acknowledges an id."""


class Writer:
    """A process that writes events ``name-0``, ``name-1``, ... and acknowledges them."""

    def __init__(self, write: Writing, store: str, name: str) -> None:
        self.told: list[str] = []
        self.errors: list[str] = []
        self._rest = b""
        self._pipe, pipe = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.close(self._pipe)
            self._live(lambda: write(store, name, lambda id: _say(pipe, id)), pipe)
        os.close(pipe)

    @staticmethod
    def _live(work: Callable[[], None], pipe: int) -> None:
        try:
            work()
        except StoreError as error:
            _say(pipe, "!" + str(error).replace("\n", " "))
        finally:
            os._exit(0)

    def hear(self) -> bool:
        """Wait for the next acknowledgements; False when the process has ended."""
        said = os.read(self._pipe, 65536)
        *lines, self._rest = (self._rest + said).split(b"\n")
        for line in lines:
            (self.errors if line.startswith(b"!") else self.told).append(line.decode())
        return bool(said)

    def kill(self) -> None:
        """SIGKILL, and hear what had been acknowledged by then."""
        os.kill(self.pid, signal.SIGKILL)
        self.end()

    def end(self) -> None:
        """Hear everything and let the process go."""
        while self.hear():
            pass
        os.waitpid(self.pid, 0)
        os.close(self._pipe)


def _say(pipe: int, line: str) -> None:
    os.write(pipe, line.encode() + b"\n")


def commit_then_say(store: str, name: str, say: Callable[[str], None]) -> None:
    """Acknowledge what is durable, as the kernel does."""
    journal = Journal(store)
    for i in range(10**9):
        journal.append([an_event(f"{name}-{i}")])
        say(f"{name}-{i}")


def say_then_commit(store: str, name: str, say: Callable[[str], None]) -> None:
    """The control: acknowledge first."""
    journal = Journal(store)
    for i in range(10**9):
        say(f"{name}-{i}")
        journal.append([an_event(f"{name}-{i}")])


def kills(folder: Path, count: int, *, control: bool = False) -> dict[str, Any]:
    """Kill a writing process `count` times, each after some acknowledged writes; the last one is sent again."""
    store, rng, told = str(folder / f"kills-{control}.db"), random.Random(0), []
    journal = Journal(store)
    for number in range(count):
        writer = Writer(say_then_commit if control else commit_then_say, store, f"w{number}")
        wanted = rng.randint(1, 3)
        while len(writer.told) < wanted and writer.hear():
            pass
        writer.kill()
        told += writer.told
        if not control:
            journal.append([an_event(writer.told[-1])])
    journal.verify()
    case = "SIGKILL, control that acknowledges first" if control else "SIGKILL of a writing process"
    return row(case, count, len(told), *_compared(told, [event.id for _, event in journal.read()]), control)


def crowd(folder: Path, writers: int, each: int) -> dict[str, Any]:
    """Let processes write into one file while a trainer runs; an error that anyone is shown counts as a loss."""
    store, keys = str(folder / "crowd.db"), [f"{w}-{i}" for w in range(writers) for i in range(each)]
    Journal(store).close()

    def write(store: str, name: str, say: Callable[[str], None]) -> None:
        journal = Journal(store)
        for i in range(each):
            label = "spam" if i % 3 else "ham"
            event = an_event(f"{name}-{i}")
            action = nbloop.schema.Annotate(f"{name}-{i}", label)
            journal.append([nbloop.schema.Event(event.id, event.at, f"annotator {name}", action)])
            say(event.id)

    team = [Writer(write, store, str(number)) for number in range(writers)]
    task = nbloop.Classification(["ham", "spam"])
    texts = [f"text {key} {'free money' if key[-1] in '147' else 'see you'}" for key in keys]
    data = nbloop.Dataset(texts, id=keys, task=task, store=store)
    loop = nbloop.Loop(data)
    for writer in team:
        while writer.hear():
            data.refresh()
        writer.end()
    data.refresh()
    loop.wait()
    loop.close()
    data.verify()
    told, errors = [id for writer in team for id in writer.told], [error for writer in team for error in writer.errors]
    lost, doubled = _compared(told, list(data._fold.events))
    missed = len(told) - len(data.labels)
    return row(
        f"{writers} processes and a trainer on one file",
        len(keys),
        len(told),
        lost + missed + len(errors),
        doubled,
        False,
    )


def insist(store: str, name: str, say: Callable[[str], None]) -> None:
    """Write, and send again whatever failed: the server may be away at any moment."""
    journal, i = None, 0
    while True:
        try:
            journal = journal or Journal(store)
            journal.append([an_event(f"{name}-{i}")])
        except StoreError:
            time.sleep(0.02)
            continue
        say(f"{name}-{i}")
        i += 1


def _compared(told: list[str], found: list[str]) -> tuple[int, int]:
    """Return how many of what was acknowledged is missing, and how many events are there twice."""
    return len(set(told) - set(found)), sum(n - 1 for n in Counter(found).values())
