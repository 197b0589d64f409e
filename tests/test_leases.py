"""Leases among processes, on a file and on a server: nobody is handed what another holds, and each lease ends."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

import postgres
from nbloop import Loop
from nbloop.dataset.sharing import LEASE
from team import check_all_labelled, data_of, ids, label_all, open_as

# Each person is a process of their own, forked from one that has imported what they need and opened nothing.
PEOPLE = multiprocessing.get_context("forkserver")
PEOPLE.set_forkserver_preload(["nbloop.dataset", "nbloop.loop", "psycopg", "sklearn.linear_model", "test_leases"])


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed: apt install postgresql")
    with postgres.running() as server:
        yield server


@pytest.fixture(params=["file", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "file":
        return str(tmp_path / "team.db")
    name, server = f"team_{uuid4().hex}", request.getfixturevalue("server")
    with psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.url.rpartition("/")[0] + f"/{name}"


@pytest.fixture
def loops() -> Iterator[list[Loop]]:
    made: list[Loop] = []
    yield made
    for loop in made:
        loop.close()


def hold(store: str, annotator: str, n: int, pipe: Connection) -> None:
    """Be handed `n` samples, say which, and look at them until told to go on."""
    loop = Loop(data_of(annotator, store, 8), learner=None)
    pipe.send(ids(loop, n))
    pipe.recv()
    loop.tell(ids(loop, n)[0], "spam")
    loop.close()
    pipe.send("done")


@contextmanager
def person(store: str, annotator: str, n: int) -> Iterator[tuple[BaseProcess, Connection, list[int]]]:
    """Yield a process of somebody who holds samples, its pipe and the samples."""
    ours, theirs = PEOPLE.Pipe()
    process = PEOPLE.Process(target=hold, args=(store, annotator, n, theirs))
    process.start()
    try:
        assert ours.poll(60), "the other process said nothing"
        yield process, ours, ours.recv()
    finally:
        process.kill()
        process.join()


def let_pass(store: str, seconds: float) -> None:
    """Let time pass for the leases: they end so much sooner by the clock of the store."""
    engine = sa.create_engine(store if "://" in store else f"sqlite:///{store}")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE leases SET until = until - :seconds"), {"seconds": seconds})
    engine.dispose()


def test_two_processes_are_handed_different_samples_until_each_is_answered_or_given_back(
    store: str, loops: list[Loop]
) -> None:
    with person(store, "ada", 3) as (process, pipe, hers):
        bob = open_as("bob", store, loops, n=8)
        his = ids(bob, 4)
        assert (len(hers), len(his)) == (3, 4)
        assert not set(hers) & set(his)
        pipe.send("go on")
        assert pipe.poll(60)
        assert pipe.recv() == "done"
        process.join()
    assert set(ids(bob, 8)) == set(range(8)) - {hers[0]}


def test_the_samples_of_a_killed_process_are_free_when_their_lease_ends_and_not_before(
    store: str, loops: list[Loop]
) -> None:
    with person(store, "ada", 8) as (process, _, hers):
        assert sorted(hers) == list(range(8))
        process.kill()
        process.join()
    bob = open_as("bob", store, loops, n=8)
    assert ids(bob, 8) == []
    let_pass(store, LEASE - 60)
    assert ids(bob, 8) == []
    let_pass(store, 60)
    assert sorted(ids(bob, 8)) == sorted(hers)


def test_near_the_end_a_process_holds_no_more_than_its_fair_share(store: str, loops: list[Loop]) -> None:
    with person(store, "ada", 1) as (_, _, hers):
        bob = open_as("bob", store, loops, n=8)
        his = ids(bob, 8)
        assert len(his) == 4
        cyd = open_as("cyd", store, loops, n=8)
        assert len(ids(cyd, 8)) == 3
        assert not set(hers) & {*his, *ids(cyd, 8)}


@pytest.mark.parametrize(("store", "raters"), [("file", 1), ("server", 1), ("server", 2)], indirect=["store"])
def test_processes_label_everything_and_each_sample_goes_to_as_many_people_as_wanted(store: str, raters: int) -> None:
    data_of("ada", store, raters=raters).close()
    people = [
        PEOPLE.Process(target=label_all, args=(store, name, raters)) for name in ("ada", "bob", "cyd")[: raters + 1]
    ]
    for someone in people:
        someone.start()
    for someone in people:
        someone.join(120)
    assert {someone.exitcode for someone in people} == {0}
    check_all_labelled(store, raters)
