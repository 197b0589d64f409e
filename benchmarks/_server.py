"""PostgreSQL that crashes under writers, and a reader that follows the tail."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg

from _power import row
from _writers import Writer, _compared, insist
from nbloop.errors import StoreError
from nbloop.journal import Journal
from postgres import Server


def crashes(server: Server, stops: int, between: int, each: int) -> list[dict[str, Any]]:
    """Stop `server` at once, `stops` times, each after `between` more acknowledged events of four writers."""
    Journal(server.url).close()
    team = [Writer(insist, server.url, f"w{number}") for number in range(4)]
    tail = Tail(lambda last: _read(server.url, last))
    for number in range(1, stops + 1):
        _wait_for(team, number * between)
        server.stop("immediate")
        server.start()
    _wait_for(team, (stops + 1) * between)
    for writer in team:
        writer.kill()
    told = [id for writer in team for id in writer.told]
    journal = Journal(server.url)
    journal.verify()
    found = [event.id for _, event in journal.read()]
    seen = tail.end(len(found))
    journal.close()
    return [
        row("PostgreSQL stopped at once under 4 writers", stops, len(told), *_compared(told, found), False),
        row("a tail reader of PostgreSQL meanwhile", len(found), len(found), *_compared(found, seen), False),
        _control(server, each),
    ]


class Tail:
    """A thread that reads what is behind the last thing it saw, over and over."""

    def __init__(self, read: Callable[[int], list[tuple[int, str]]]) -> None:
        self._read, self._seen, self._last, self._goal = read, [], 0, None
        self._thread = threading.Thread(target=self._follow)
        self._thread.start()

    def end(self, count: int) -> list[str]:
        """Let it read up to the end, which is number `count`, and return the ids that it saw."""
        self._goal = count
        self._thread.join()
        return self._seen

    def _follow(self) -> None:
        while self._goal is None or self._last < self._goal:
            try:
                for seq, id in self._read(self._last):
                    self._last = seq
                    self._seen.append(id)
            except (StoreError, psycopg.Error):
                time.sleep(0.02)


def _read(url: str, last: int) -> list[tuple[int, str]]:
    journal = Journal(url)
    try:
        return [(seq, event.id) for seq, event in journal.read(last)]
    finally:
        journal.close()


def _wait_for(team: list[Writer], told: int) -> None:
    while sum(len(writer.told) for writer in team) < told:
        for writer in team:
            writer.hear()


def _control(server: Server, each: int) -> dict[str, Any]:
    """The same reader behind writers that do not queue up: numbers become visible out of order."""
    plain = server.url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE TABLE plain (seq bigserial PRIMARY KEY, id text)")

    def write(store: str, name: str, say: Callable[[str], None]) -> None:
        rng = random.Random(name)
        with psycopg.connect(store) as connection:
            for i in range(each):
                connection.execute("INSERT INTO plain (id) VALUES (%s)", (f"{name}-{i}",))
                time.sleep(rng.random() / 500)
                connection.commit()
                say(f"{name}-{i}")

    team = [Writer(write, plain, str(number)) for number in range(6)]
    reader = psycopg.connect(plain, autocommit=True)
    query = "SELECT seq, id FROM plain WHERE seq > %s ORDER BY seq"
    tail = Tail(lambda last: reader.execute(query, (last,)).fetchall())
    for writer in team:
        writer.end()
    seen = tail.end(6 * each)
    reader.close()
    told = [id for writer in team for id in writer.told]
    return row("a tail reader, control without the lock", len(told), len(told), *_compared(told, seen), True)
