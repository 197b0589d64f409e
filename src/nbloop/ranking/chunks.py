"""A pool in chunks: done by threads that each take the next one, and broken off between two."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

CHUNK = 32_768
"""Samples between two looks at whether to go on: about a millisecond."""

Check = Callable[[], None]
T = TypeVar("T")


def each_chunk(n: int, work: Callable[[slice], T], check: Check, *, threads: int) -> list[T]:
    """Return what `work` made of each chunk of ``range(n)``, in any order.

    Parameters
    ----------
    n : int
        Samples.
    work : callable
        Gets a slice. It should hold the interpreter's lock only briefly, or the threads wait for each other.
    check : callable
        Called on this thread before each of its chunks and after; what it raises ends all.
    threads : int
        This one included.

    Examples
    --------
    >>> each_chunk(40_000, lambda some: some.stop - some.start, go_on, threads=1)
    [32768, 7232]
    """
    chunks = iter([slice(at, min(at + CHUNK, n)) for at in range(0, n, CHUNK)])
    if threads == 1:
        return list(_done(chunks, work, check))
    ended = threading.Event()
    with ThreadPoolExecutor(threads - 1, thread_name_prefix="nbloop-ranking") as pool:
        beside = [pool.submit(lambda: list(_done(chunks, work, lambda: _end_if(ended)))) for _ in range(threads - 1)]
        try:
            found = list(_done(chunks, work, check))
        except BaseException:
            ended.set()
            raise
        return found + [one for other in beside for one in other.result()]


def go_on() -> None:
    """Let it go on."""


def _done(chunks: Iterator[slice], work: Callable[[slice], T], check: Check) -> Iterator[T]:
    check()
    for chunk in chunks:
        yield work(chunk)
        check()


def _end_if(ended: threading.Event) -> None:
    if ended.is_set():
        raise InterruptedError
