"""Several people on one store: nobody is handed what another looks at, nobody who left blocks anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nbloop import Dataset, Loop
from nbloop.errors import DataError, IdentityError
from nbloop.schema import Annotate
from nbloop.store.leases import Leases
from nbloop.widgets.review import ReviewFace
from team import TASK, check_all_labelled, ids, label_all, open_as


@pytest.fixture
def store(tmp_path: Path) -> str:
    return str(tmp_path / "team.db")


@pytest.fixture
def loops() -> Iterator[list[Loop]]:
    made: list[Loop] = []
    yield made
    for loop in made:
        loop.close()


def test_two_people_are_handed_different_samples_and_asking_again_gives_the_same(store: str, loops: list[Loop]) -> None:
    ada, bob = open_as("ada", store, loops), open_as("bob", store, loops)
    hers, his = ids(ada, 5), ids(bob, 5)
    assert len({*hers, *his}) == 10
    assert ids(ada, 5) == hers
    assert ids(bob, 5) == his


def test_an_answer_of_one_is_known_to_the_other_at_the_next_question(store: str, loops: list[Loop]) -> None:
    ada, bob = open_as("ada", store, loops), open_as("bob", store, loops)
    for sample in ids(ada, 3):
        ada.tell(sample, "ham")
    bob.ask()
    assert len(bob.data.labels) == 3
    assert bob.data.labels.annotator.unique().tolist() == ["ada"]


def test_what_others_tell_arrives_without_asking(store: str, loops: list[Loop]) -> None:
    ada, bob = open_as("ada", store, loops), open_as("bob", store, loops)
    session = bob._session
    with session.changed:
        before = session.rev
        ada.tell(7, "spam")
        assert session.changed.wait_for(lambda: session.rev > before and len(bob.data.labels) == 1, timeout=30)


def test_with_raters_each_sample_goes_to_as_many_people_and_never_twice_to_one(store: str, loops: list[Loop]) -> None:
    people = [open_as(name, store, loops, n=8, raters=2) for name in ("ada", "bob", "cyd")]
    for turn in range(24):
        loop = people[turn % 3]
        for sample in ids(loop, 1):
            loop.tell(sample, "ham")
    told = people[0].data
    told.refresh()
    said = told.annotations
    assert Counter(said.index.tolist()) == dict.fromkeys(range(8), 2)
    assert not said.reset_index().duplicated(["id", "annotator"]).any()
    assert len(told.labels) == 8
    assert [ids(loop, 3) for loop in people] == [[], [], []]


def test_nobody_else_can_open_a_store_in_memory() -> None:
    data = Dataset(["a", "b"], task=TASK, store=":memory:", annotator="ada")
    assert not data.shared
    assert data._journal.name == ":memory:"


def test_whoever_leaves_between_two_looks_of_another_has_answered_all_the_same(
    store: str, loops: list[Loop], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob, cyd = (open_as(name, store, loops, n=1, raters=2) for name in ("ada", "bob", "cyd"))
    for sample in ids(ada, 1):
        ada.tell(sample, "ham")
    leases = bob.data._leases
    take = leases.take

    def late(*given: object) -> list[str]:
        if ids(cyd, 1) == [0]:
            ada.close()  # and gives back what she held
        return take(*given)

    monkeypatch.setattr(leases, "take", late)
    assert ids(bob, 1) == []
    for sample in ids(cyd, 1):
        cyd.tell(sample, "ham")
    assert len(cyd.data.annotations) == 2


def test_samples_that_somebody_began_come_first(store: str, loops: list[Loop]) -> None:
    ada, bob = open_as("ada", store, loops, raters=2), open_as("bob", store, loops, raters=2)
    for sample in (11, 23):
        ada.tell(sample, "ham")
    assert set(ids(bob, 2)) == {11, 23}
    assert not {11, 23} & set(ids(ada, 25))


def test_who_left_blocks_nobody(store: str, loops: list[Loop]) -> None:
    ada = open_as("ada", store, loops, n=4)
    taken = ids(ada, 4)
    bob = open_as("bob", store, loops, n=4)
    assert ids(bob, 4) == []
    ada.close()
    assert sorted(ids(bob, 4)) == sorted(taken)


def test_a_lease_that_is_not_renewed_ends_by_itself(store: str) -> None:
    journal = Dataset(["a", "b"], task=TASK, store=store)._journal
    now = [1000.0]
    leases = journal.leases(60, clock=lambda: now[0])
    assert isinstance(leases, Leases)
    nobody = dict[str, set[str]]
    assert leases.take(["s1", "s2"], "ada", 1, nobody, 9) == ["s1", "s2"]
    assert leases.take(["s1", "s2"], "bob", 1, nobody, 9) == []
    now[0] += 50
    assert leases.take(["s1"], "ada", 1, nobody, 9) == ["s1"]
    now[0] += 30
    assert leases.take(["s1", "s2"], "bob", 1, nobody, 9) == ["s2"]
    assert leases.others("cyd") == {"s1": {"ada"}, "s2": {"bob"}}


def test_near_the_end_nobody_holds_more_than_a_fair_share(store: str, loops: list[Loop]) -> None:
    ada, bob = open_as("ada", store, loops, n=6), open_as("bob", store, loops, n=6)
    ids(bob, 1)
    assert len(ids(ada, 6)) == 3
    assert len(ids(bob, 6)) == 3


def test_undo_takes_back_ones_own_answer_and_never_anothers(store: str, loops: list[Loop]) -> None:
    ada, bob = open_as("ada", store, loops), open_as("bob", store, loops)
    ada.tell(1, "ham")
    bob.tell(2, "spam")
    ada.undo()
    bob.data.refresh()
    assert bob.data.labels.label.to_dict() == {2: "spam"}


def test_a_golden_sample_is_verified_by_as_many_people_as_any_other(store: str, loops: list[Loop]) -> None:
    options = {"golden": 0.3, "raters": 2}
    ada, bob = open_as("ada", store, loops, 10, **options), open_as("bob", store, loops, 10, **options)
    for loop in (ada, bob):
        for sample in loop.ask(10, queue="golden"):
            loop.tell(sample.id, "ham")
    assert ada.ask(10, queue="golden") == []
    bob.data.refresh()
    assert bob.data.counts().verified == bob.data.counts().golden == 3


# -- who answers -------------------------------------------------------------------------------------------------------


def test_one_person_alone_need_not_say_who_they_are_and_holds_no_lease(store: str, loops: list[Loop]) -> None:
    loop = open_as(None, store, loops)
    assert loop.data.annotator == "annotator"
    assert not loop.data.shared
    assert len(ids(loop, 30)) == 30


def test_where_several_answer_nobody_is_guessed(store: str, loops: list[Loop]) -> None:
    loop = open_as(None, store, loops, raters=2)
    with pytest.raises(IdentityError, match="Dataset\\(annotator="):
        loop.tell(1, "ham")
    assert len(loop.data.annotations) == 0
    loop.data.introduce("  owl 7 ")
    loop.tell(1, "ham")
    assert loop.data.annotations.annotator.tolist() == ["owl 7"]


def test_a_page_says_who_answers_once_and_all_faces_of_the_loop_know(store: str, loops: list[Loop]) -> None:
    loop = open_as(None, store, loops, raters=2)
    labeler, review = loop.labeler(), ReviewFace(loop._session, loop._publisher, loop.review())
    assert (labeler.config["annotator"], review.config["annotator"]) == ("", "")
    refused = labeler._wire.answer({"id": "1", "body": {"kind": "introduce", "name": "truth"}})[0]
    assert "give a person's name" in refused["error"]["message"]
    for name in (" owl 7 ", "somebody else"):
        assert labeler._wire.answer({"id": "2", "body": {"kind": "introduce", "name": name}})[0]["error"] is None
    review.show(loop._session.view())
    assert {face.config["annotator"] for face in (labeler, review)} == {"owl 7"}
    loop.tell(1, "ham")
    assert loop.data.annotations.annotator.tolist() == ["owl 7"]


@pytest.mark.parametrize("name", ["", "  ", "truth", "nbloop", "x" * 201])
def test_what_is_no_name_is_refused(store: str, name: str) -> None:
    data = Dataset(["a", "b"], task=TASK, store=store, raters=2)
    with pytest.raises(DataError, match="name"):
        data.introduce(name)


# -- all at once ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("raters", [1, 2])
def test_threads_of_three_people_label_everything_and_nothing_too_often(store: str, raters: int) -> None:
    Dataset(["x", "y"], task=TASK, store=store).close()
    names = ("ada", "bob", "cyd")
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(label_all, store, name, raters) for name in names]:
            done.result(60)
    check_all_labelled(store, raters)


def test_an_event_of_a_person_is_theirs_in_every_kernel(store: str, loops: list[Loop]) -> None:
    ada = open_as("ada", store, loops)
    event = ada.data.record([ada.data.event(Annotate("3", "ham"))])[0]
    bob = open_as("bob", store, loops)
    assert bob.data.annotations.event.tolist() == [event.id]
    assert bob.data.recent() == ()
