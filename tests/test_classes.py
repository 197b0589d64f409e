"""Classes change midway: nothing is rewritten, nothing is lost, and an obvious reading of the history agrees."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import nbloop
from nbloop.dataset.changes import added, divided, merged, renamed, restyled
from nbloop.dataset.fold import Fold
from nbloop.errors import DataWarning, TaskError, UnknownLabel
from nbloop.schema import Annotate, Classification, Define, Event, Label, Undo

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TEXTS = [f"refund order {i}" for i in range(20)] + [f"password reset {i}" for i in range(20)]
TASK = nbloop.Classification(["money", "access", "other"])


# -- the obvious reading -----------------------------------------------------------------------------------------------


Step = tuple[str, Any, Any]


def apply(value: str | None, step: Step) -> str | None:
    """What a change makes of a value."""
    kind, old, new = step
    if kind == "rename" and value == old:
        return new
    if kind == "merge" and value in old:
        return new
    if kind == "split" and value == old:
        return None
    return value


def unapply(value: str, step: Step) -> str:
    """What taking a change back makes of a value that was said after it."""
    kind, old, new = step
    if (kind == "rename" and value == new) or (kind == "split" and value in new):
        return old
    return value


def read(value: str, said: tuple[Step, ...], now: tuple[Step, ...], names: tuple[str, ...]) -> str | None:
    """What `value`, said after the steps `said`, is after the steps `now`: back to where they part, and on."""
    shared = 0
    while shared < min(len(said), len(now)) and said[shared] is now[shared]:
        shared += 1
    found: str | None = value
    for step in reversed(said[shared:]):
        found = unapply(found, step)
    for step in now[shared:]:
        found = None if found is None else apply(found, step)
    return found if found in names else None


@st.composite
def changes(draw: st.DrawFn, task: Classification, fresh: str) -> tuple[Define, Step]:
    """One change of a task, as the house makes it and as one would tell it."""
    name = st.sampled_from(task.names)
    kind = draw(st.sampled_from(["add", "rename", "merge", "split", "style"]))
    if kind == "add":
        return added(task, [fresh]), (kind, None, None)
    old = draw(name)
    if kind == "rename":
        return renamed(task, old, fresh), (kind, old, fresh)
    if kind == "split":
        into = draw(st.sampled_from([[fresh, f"{fresh}'"], [old, fresh]]))
        return divided(task, old, into, None), (kind, old, tuple(into))
    if kind == "merge" and len(task.names) > 2:
        other = draw(name.filter(lambda one: one != old))
        into = draw(st.sampled_from([old, other, fresh]))
        return merged(task, [old, other], into), (kind, {old, other}, into)
    return restyled(task, old, description=fresh), ("style", None, None)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_every_history_of_changes_reads_as_an_obvious_reading_does(data: st.DataObject) -> None:
    keys = [f"s{i}" for i in range(5)]
    tasks: dict[str, tuple[Classification, tuple[Step, ...]]] = {"d": (Classification(["a", "b", "c"]), ())}
    events = [Event("d", NOON, "ada", Define(tasks["d"][0]))]
    force, said = ["d"], {}
    for i in range(data.draw(st.integers(1, 25))):
        task, steps = tasks[force[-1]]
        what = data.draw(st.sampled_from(["answer", "answer", "answer", "change", "change", "undo"]))
        if what == "answer":  # of a page that may be some changes behind
            under = data.draw(st.sampled_from(list(tasks)))
            key, value = data.draw(st.sampled_from(keys)), data.draw(st.sampled_from(tasks[under][0].names))
            said[key] = (value, under)
            events.append(Event(f"e{i}", NOON, "ada", Annotate(key, value, under=under)))
        elif what == "undo" and len(force) > 1:
            events.append(Event(f"e{i}", NOON, "ada", Undo(force.pop())))
        elif what == "change":
            define, step = data.draw(changes(task, f"n{i}"))
            tasks[f"e{i}"] = (define.task, (*steps, step))
            events.append(Event(f"e{i}", NOON, "ada", replace(define, base=force[-1])))
            force.append(f"e{i}")
    now, steps = tasks[force[-1]]
    wanted = {key: read(value, tasks[under][1], steps, now.names) for key, (value, under) in said.items()}
    for batch in (len(events), 1):
        fold = Fold(keys, ("a", "b", "c"))
        for start in range(0, len(events), batch):
            fold.apply(list(enumerate(events[start : start + batch], start=start + 1)))
        assert fold.task == now
        assert {key: fold.state(fold.index[key]).label for key in said} == wanted
        snapshot = fold.snapshot()
        assert snapshot.names == now.names
        assert {keys[p]: now.names[c] for p, c in zip(snapshot.labelled, snapshot.codes, strict=True)} == {
            key: value for key, value in wanted.items() if value is not None
        }
        assert {keys[place] for place in np.flatnonzero(snapshot.eligible)} == {k for k in keys if not wanted.get(k)}


# -- by code -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def data() -> nbloop.Dataset:
    golden = {TEXTS[0]: "money", TEXTS[20]: "access"}
    return nbloop.Dataset(TEXTS, id=TEXTS, task=TASK, golden=golden, store=":memory:")


@pytest.fixture
def loop(data: nbloop.Dataset) -> Iterator[nbloop.Loop]:
    made = nbloop.Loop(data)
    for i in range(1, 6):
        made.tell(TEXTS[i], "money")
        made.tell(TEXTS[20 + i], "access")
    yield made
    made.close()


def labels(data: nbloop.Dataset) -> list[str]:
    return data.labels["label"].tolist()


def test_a_renamed_class_renames_labels_golden_samples_and_the_model(loop: nbloop.Loop) -> None:
    loop.data.classes.rename("money", "refund")
    assert list(loop.data.classes) == ["refund", "access", "other"]
    assert labels(loop.data).count("refund") == 5
    assert loop.data.golden["label"].tolist() == ["refund", "access"]
    loop.wait()
    assert loop.predict([TEXTS[7]]).tolist() == ["refund"]
    assert set(loop.ask()[0].proba) == {"refund", "access", "other"}
    with pytest.raises(UnknownLabel, match="'money' is not a label"):
        loop.tell(TEXTS[8], "money")


def test_an_added_class_can_be_told_and_is_learned(loop: nbloop.Loop) -> None:
    loop.wait()
    loop.data.classes.add(Label("praise", key="p"))
    loop.wait()
    assert loop.predict_proba([TEXTS[7]]).shape == (1, 4)
    loop.tell(TEXTS[9], "praise")
    loop.wait()
    assert loop.predict_proba([TEXTS[9]])[0, 3] > 0
    assert loop.data.task.options[3].key == "p"


def test_merged_classes_become_one_and_an_undo_parts_them_again(loop: nbloop.Loop) -> None:
    before = loop.data.labels
    loop.data.classes.merge(["money", "other"], into="rest")
    assert loop.data.task.names == ("rest", "access")
    assert set(labels(loop.data)) == {"rest", "access"}
    loop.data.classes.undo()
    assert loop.data.labels.equals(before)
    assert loop.data.task == TASK
    loop.wait()
    assert loop.predict([TEXTS[7]]).tolist() == ["money"]


def test_a_split_class_sends_its_samples_back_to_the_queue(loop: nbloop.Loop) -> None:
    asked = loop.data.counts().pool
    loop.data.classes.split("money", into=["refund", "invoice"])
    assert labels(loop.data) == ["access"] * 5
    assert loop.data.counts().pool == asked + 5
    assert loop.data.golden["label"].isna().tolist() == [True, False]
    assert loop.data.annotations.query("label == 'money'")["active"].tolist() == [False] * 6
    loop.tell(TEXTS[1], "invoice")
    loop.data.classes.undo()
    assert labels(loop.data).count("money") == 5


def test_a_split_can_follow_a_rule(loop: nbloop.Loop) -> None:
    loop.data.classes.split("money", ["odd", "even"], by=lambda text: ["even", "odd", None][int(text[-1]) % 3])
    assert loop.data.labels["label"].value_counts().to_dict() == {"access": 5, "odd": 2, "even": 1}
    loop.data.classes.split("access", ["login", "reset"], by="reset")
    assert labels(loop.data).count("reset") == 5
    with pytest.raises(TaskError, match="by= says 'nothing'"):
        loop.data.classes.split("reset", ["a", "b"], by=lambda _: "nothing")
    assert labels(loop.data).count("reset") == 5


def test_a_key_a_colour_or_a_description_changes_no_label(loop: nbloop.Loop) -> None:
    before = loop.data.snapshot().hash
    loop.data.classes.change("other", key="o", color="#123456", description="none of these")
    assert loop.data.snapshot().hash == before
    assert loop.data.classes.frame.loc["other", ["key", "color", "samples"]].tolist() == ["o", "#123456", 0]
    with pytest.raises(TaskError, match="two labels cannot share a key"):
        loop.data.classes.change("money", key="o")


def test_changes_that_cannot_be_made_say_why_and_change_nothing(data: nbloop.Dataset) -> None:
    with pytest.raises(TaskError, match="merge them"):
        data.classes.rename("money", "access")
    with pytest.raises(UnknownLabel, match="'eggs' is not a label"):
        data.classes.rename("eggs", "spam")
    with pytest.raises(TaskError, match="a merge needs two labels"):
        data.classes.merge(["money"], into="money")
    with pytest.raises(TaskError, match="found one string"):
        data.classes.merge("money", into="access")
    with pytest.raises(TaskError, match="a split needs two labels"):
        data.classes.split("money", ["money"])
    with pytest.raises(TaskError, match="nothing to add"):
        data.classes.add()
    with pytest.raises(TaskError, match="no change of the classes is left"):
        data.classes.undo()
    assert data.task == TASK


def test_the_label_of_a_person_that_was_split_away_does_not_uncover_an_older_one(loop: nbloop.Loop) -> None:
    loop.tell(TEXTS[1], "other")
    loop.data.classes.split("other", ["praise", "spam"])
    assert TEXTS[1] not in loop.data.labels.index
    assert loop.data.state(TEXTS[1]).status == "pool"


# -- from a page -------------------------------------------------------------------------------------------------------


def ask(face: Any, body: dict[str, Any]) -> dict[str, Any]:
    request = {"id": "r", "body": body}
    wires = [each.wire for each in face._beside.values() if each.wire.answers(request)]
    reply, _ = (wires or [face._wire])[0].answer(request)
    assert reply["error"] is None, reply
    return reply["body"]


def told(sample: str, value: str, under: str) -> dict[str, Any]:
    action = {"kind": "annotate", "sample": sample, "value": value, "under": under}
    return {"id": uuid4().hex, "at": NOON.isoformat(), "action": action}


def test_an_answer_with_the_old_name_counts_under_the_new_one(loop: nbloop.Loop) -> None:
    page = loop.labeler()
    old = ask(page, {"kind": "hello"})["view"]["classes"]
    loop.data.classes.rename("money", "refund")
    loop.data.classes.rename("access", "money")
    marks = [told(TEXTS[9], "money", old), told(TEXTS[30], "access", old)]
    saved = ask(page, {"kind": "tell", "marks": marks})
    assert set(saved["ids"]) == {mark["id"] for mark in marks}
    assert loop.data.labels.loc[[TEXTS[9], TEXTS[30]], "label"].tolist() == ["refund", "money"]
    new = ask(page, {"kind": "hello"})["view"]["classes"]
    assert new != old
    ask(page, {"kind": "tell", "marks": [told(TEXTS[31], "money", new)]})
    assert loop.data.labels.loc[TEXTS[31], "label"] == "money"


def test_a_page_that_never_heard_of_classes_is_answered_as_before(loop: nbloop.Loop) -> None:
    ask(loop.labeler(), {"kind": "tell", "marks": [told(TEXTS[9], "money", "")]})
    assert loop.data.labels.loc[TEXTS[9], "label"] == "money"


def test_a_page_changes_classes_once_however_often_it_asks(loop: nbloop.Loop) -> None:
    page = loop.labeler()
    shown = ask(page, {"kind": "classes"})
    assert shown["samples"] == (6, 6, 0)
    change = {"op": "merge", "names": ["money", "other"], "into": "money"}
    body = {"kind": "reclass", "id": "c1", "base": shown["id"], "change": change}
    after = [ask(page, body) for _ in range(2)][1]
    assert [label["name"] for label in after["task"]["labels"]] == ["money", "access"]
    assert after["changes"] == ("'other' became 'money'",)
    reply, _ = page._wire.answer({"id": "r", "body": {**body, "id": "c2"}})
    assert "changed elsewhere" in reply["error"]["message"]
    back = {"kind": "reclass", "id": "c3", "base": after["id"], "change": {"op": "undo"}}
    after = [ask(page, back) for _ in range(2)][1]
    assert after["id"] == shown["id"]
    assert loop.data.task == TASK


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"op": "add", "label": {"name": "praise"}}, ["money", "access", "other", "praise"]),
        ({"op": "rename", "name": "money", "to": " refund "}, ["refund", "access", "other"]),
        ({"op": "split", "name": "other", "into": ["praise", "spam"]}, ["money", "access", "praise", "spam"]),
        ({"op": "style", "name": "other", "key": "o", "color": "#123456"}, ["money", "access", "other"]),
    ],
)
def test_a_page_can_make_every_change(loop: nbloop.Loop, change: dict[str, Any], names: list[str]) -> None:
    page = loop.labeler()
    base = ask(page, {"kind": "classes"})["id"]
    after = ask(page, {"kind": "reclass", "id": "c1", "base": base, "change": change})
    assert [label["name"] for label in after["task"]["labels"]] == names
    assert ask(page, {"kind": "deal", "n": 1})["classes"] == after["id"]


def test_cards_never_carry_probabilities_of_other_classes(loop: nbloop.Loop) -> None:
    page = loop.labeler()
    loop.wait()
    loop.data.classes.merge(["money", "other"], into="rest")
    dealt = ask(page, {"kind": "deal", "n": 5})
    assert all(card["proba"] is None or len(card["proba"]) == 2 for card in dealt["cards"])
    loop.wait()
    dealt = ask(page, {"kind": "deal", "n": 5})
    assert all(len(card["proba"]) == 2 for card in dealt["cards"])


# -- run again ---------------------------------------------------------------------------------------------------------


def opened(store: Path, task: Classification = TASK, **options: Any) -> nbloop.Dataset:
    return nbloop.Dataset(TEXTS, id=TEXTS, task=task, store=store, **options)


def test_a_cell_that_was_written_before_a_change_goes_on_with_the_change(tmp_path: Path) -> None:
    store, truth = tmp_path / "s.db", {TEXTS[0]: "money", TEXTS[1]: "other"}
    data = opened(store, golden={TEXTS[0]: "money"}, truth=truth)
    data.record([data.event(Annotate(TEXTS[2], "money"))])
    data.classes.rename("money", "refund")
    data.classes.split("other", ["praise", "spam"])
    data.close()
    with pytest.warns(DataWarning, match="'money' is now called 'refund'; 'other' was split") as caught:
        again = opened(store, golden={TEXTS[0]: "money"}, truth=truth)
    assert "task=nbloop.Classification(['refund', 'access', 'praise', 'spam'])" in str(caught[0].message)
    assert labels(again) == ["refund"]
    assert again.golden["label"].tolist() == ["refund"]
    assert again.truth == {TEXTS[0]: "refund"}
    again.close()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert labels(opened(store, Classification(["refund", "access", "praise", "spam"]))) == ["refund"]
    assert [one for one in caught if "changed after this cell" in str(one.message)] == []


def test_a_cell_that_says_what_is_in_force_keeps_keys_and_colours_and_may_add(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    data = opened(store)
    data.classes.change("other", key="o", color="#123456")
    data.classes.rename("money", "refund")
    data.record([data.event(Annotate(TEXTS[2], "refund"))])
    data.close()
    again = opened(store, Classification(["refund", "access", "other"]))
    assert again.task.options[2] == Label("other", key="o", color="#123456")
    again.close()
    longer = Classification(["refund", "access", "other", "praise"])
    more = opened(store, longer, truth={TEXTS[0]: "praise"}, golden={TEXTS[0]: "praise"})
    assert more.task.names == longer.names
    assert (labels(more), more.golden["label"].tolist()) == (["refund"], ["praise"])
    more.close()
    with pytest.raises(TaskError, match="labels that the task lacks: 'refund'"):
        opened(store, Classification(["bill", "access"]))
