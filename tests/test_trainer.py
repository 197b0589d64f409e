"""The background worker: latest wins, nothing starves, nothing is kept alive."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable

from nbloop.trainer import Trainer


class Worker:
    """Counts its runs; each waits until it is let go."""

    def __init__(self, cancels: bool = False) -> None:
        self.started = threading.Semaphore(0)
        self.go = threading.Semaphore(0)
        self.seen: list[bool] = []
        self._cancels = cancels

    def work(self, stale: Callable[[], bool]) -> bool:
        self.started.release()
        self.go.acquire()
        self.seen.append(stale())
        return not (self._cancels and stale())


def test_notifications_that_arrive_meanwhile_become_one_run() -> None:
    worker = Worker()
    trainer = Trainer(worker.work)
    trainer.notify()
    worker.started.acquire()
    for _ in range(10):
        trainer.notify()
    worker.go.release(2)
    assert trainer.wait(10)
    assert len(worker.seen) == 2


def test_a_run_is_told_that_it_is_stale_and_the_one_after_it_is_not() -> None:
    worker = Worker(cancels=True)
    trainer = Trainer(worker.work)
    trainer.notify()
    worker.started.acquire()
    trainer.notify()
    worker.go.release()
    worker.started.acquire()
    trainer.notify()
    worker.go.release(2)
    assert trainer.wait(10)
    assert worker.seen == [True, False, False]


def test_wait_gives_up_after_its_timeout() -> None:
    worker = Worker()
    trainer = Trainer(worker.work)
    trainer.notify()
    assert not trainer.wait(0.01)
    worker.go.release()
    assert trainer.wait(10)


def test_a_worker_that_nobody_uses_ends_with_its_owner() -> None:
    worker = Worker()
    trainer = Trainer(worker.work)
    trainer.notify()
    worker.started.acquire()
    worker.go.release()
    assert trainer.wait(10)
    gone = weakref.ref(worker)
    del worker
    gc.collect()
    assert gone() is None
    assert trainer.wait(10)
