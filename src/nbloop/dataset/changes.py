"""Changes of the classes: from a task to the `Define` that adds, renames, merges, splits or restyles a label."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from nbloop.errors import TaskError, UnknownLabel
from nbloop.schema import Classification, Define, Label


def added(task: Classification, labels: Sequence[Label | str]) -> Define:
    """Return the change that adds labels at the end."""
    new = [as_label(label) for label in labels]
    if not new:
        raise TaskError("nothing to add: give at least one label, as a name or a nbloop.Label.")
    names = ", ".join(repr(label.name) for label in new)
    return Define(_task(task, [*task.options, *new]), change=f"{names} added")


def renamed(task: Classification, old: object, new: object) -> Define:
    """Return the change that calls a label by another name; its key, colour and place stay."""
    before, name = task.check(old), str(new)
    _check_free(task, name)
    labels = [replace(label, name=name) if label.name == before else label for label in task.options]
    said = f"{before!r} is now called {name!r}"
    return Define(_task(task, labels), becomes={before: name}, back={name: before}, change=said)


def merged(task: Classification, names: Sequence[object], into: Label | str) -> Define:
    """Return the change that makes one label of several; `into` is one of the task's labels or a new one.

    When it is undone, the labels given before are as they were; those given since to a new label say nothing.
    """
    old, target = list(dict.fromkeys(task.check(name) for name in names)), as_label(into)
    gone = [name for name in old if name != target.name]
    if len({*old, target.name}) < 2:
        raise TaskError(f"a merge needs two labels; found {', '.join(map(repr, old)) or 'none'} and {target.name!r}.")
    labels = [label for label in task.options if label.name not in gone]
    if target.name not in task.names:
        labels.insert(task.names.index(gone[0]), target)
    said = f"{', '.join(map(repr, gone))} became {target.name!r}"
    return Define(_task(task, labels), becomes=dict.fromkeys(gone, target.name), change=said)


def divided(task: Classification, name: object, into: Sequence[Label | str], to: str | None) -> Define:
    """Return the change that puts several labels in the place of one; its samples become `to`, or are asked again."""
    old, new = task.check(name), [as_label(label) for label in into]
    names = [label.name for label in new]
    if len(set(names)) < 2:
        raise TaskError(f"a split needs two labels to split into; found {', '.join(map(repr, names)) or 'none'}.")
    for each in names:
        if each != old:
            _check_free(task, each)
    if to is not None and to not in names:
        raise UnknownLabel(f"{to!r} is not one of the labels to split into: {', '.join(map(repr, names))}.")
    place = task.names.index(old)
    labels = [*task.options[:place], *new, *task.options[place + 1 :]]
    said = f"{old!r} was split into {', '.join(map(repr, names))}"
    back = {each: old for each in names if each != old}
    return Define(_task(task, labels), becomes={} if to == old else {old: to}, back=back, change=said)


def restyled(task: Classification, name: object, **style: str | None) -> Define:
    """Return the change of a label's key, colour or description; what it is called stays."""
    old = task.check(name)
    if not style:
        raise TaskError(f"nothing to change of {old!r}: give key=, color= or description=.")
    labels = [replace(label, **style) if label.name == old else label for label in task.options]
    return Define(_task(task, labels), change=f"{', '.join(sorted(style))} of {old!r} changed")


def as_label(label: Label | str) -> Label:
    """Return a name as a label."""
    return label if isinstance(label, Label) else Label(str(label))


def _task(task: Classification, labels: Sequence[Label]) -> Classification:
    return Classification(labels, guidelines=task.guidelines)


def _check_free(task: Classification, name: str) -> None:
    if name in task.names:
        raise TaskError(f"there is a label {name!r} already. To make one label of two, merge them.")
