"""The task: which labels there are, with the key and colour of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from nbloop.errors import TaskError, UnknownLabel

KEYS = "1234567890abcdefghijklmnopqrstuvwxyz"
"""Keys given to labels in their order; labels beyond them are found by typing."""

ACTION_KEYS = frozenset({" ", "-", "!", "/", "?", ".", "Enter", "Backspace", "Escape"})
"""Keys with a fixed meaning in the labeler: skip, reject, flag, filter, why, note, confirm, undo, leave."""

PALETTE = ("#3b6fd4", "#c2571a", "#2b8a3e", "#a13d97", "#b0323a", "#0b7f8c", "#7a5b12", "#5b4bc4", "#b5297a", "#4d6b1f")
"""Label colours, each at least 4.5:1 against white."""


class Label(Struct, frozen=True, omit_defaults=True):
    """One class of a task.

    Parameters
    ----------
    name : str
        What is stored.
    key : str, optional
        One character; given in order from ``1``-``9``, ``0``, ``a``-``z`` when absent.
    color : str, optional
        ``#rrggbb``; from the palette when absent.
    description : str
        Shown as a tooltip and in the guidelines.

    Raises
    ------
    TaskError
        One of them is no text.
    """

    name: str
    key: str | None = None
    color: str | None = None
    description: str = ""

    def __post_init__(self) -> None:
        for name in ("name", "key", "color", "description"):
            value = getattr(self, name)
            if not isinstance(value, str) and (value is not None or name in ("name", "description")):
                raise TaskError(f"{name}= of a label is text; found {value!r:.80}. Write it in quotes.")


class Classification(Struct, frozen=True, tag="classification", tag_field="kind", omit_defaults=True):
    """Exactly one of several labels a sample.

    Parameters
    ----------
    labels : sequence of str, int or Label
        At least two, all different.
    guidelines : str
        Markdown, shown beside the card.

    Raises
    ------
    TaskError
        Fewer than two labels, a label or key twice, a key or colour that cannot be one.

    Examples
    --------
    >>> task = Classification(["ham", Label("spam", key="s", color="#b0323a")])
    >>> task.names
    ('ham', 'spam')
    >>> [label.key for label in task.options]
    ['1', 's']
    """

    labels: Sequence[Label | str | int]
    guidelines: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.labels, str):
            raise TaskError(
                f"labels must be a list of names; found one string, {self.labels!r}. Write [...] around it."
            )
        if isinstance(self.labels, Mapping):
            raise TaskError(
                f"labels must be a list of names; found a mapping, {dict(self.labels)!r:.80}. Give a list of "
                "names, or of Label(name, key=..., color=..., description=...)."
            )
        if not isinstance(self.labels, Iterable):
            raise TaskError(f"labels must be a list of names, such as ['ham', 'spam']; found {self.labels!r:.80}.")
        if not isinstance(self.guidelines, str):
            raise TaskError(f"guidelines= is text (Markdown); found {self.guidelines!r:.80}.")
        labels = [label if isinstance(label, Label) else Label(str(label)) for label in self.labels]
        _check_names([label.name for label in labels])
        force_setattr(self, "labels", tuple(_dress(labels)))

    @property
    def options(self) -> tuple[Label, ...]:
        """The labels with their keys and colours, in order."""
        return cast("tuple[Label, ...]", self.labels)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the labels, in order: what is stored, and what a column of probabilities means."""
        return tuple(label.name for label in self.options)

    def check(self, value: object) -> str:
        """Return the name that `value` stands for, or raise `UnknownLabel`."""
        name = str(value)
        if name not in self.names:
            known = ", ".join(self.names[:12]) + (", ..." if len(self.names) > 12 else "")
            raise UnknownLabel(f"{name!r} is not a label of this task. Its labels are: {known}.")
        return name


def _check_names(names: list[str]) -> None:
    if len(names) < 2:
        found = f"found only {names[0]!r}" if names else "found none"
        raise TaskError(f"a classification needs at least two labels; {found}. Add a label such as 'other'.")
    if blank := [name for name in names if not name.strip()]:
        raise TaskError(f"a label needs a name; found {blank[0]!r}.")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise TaskError(f"every label must be different; found twice: {', '.join(twice)}.")


def _dress(labels: list[Label]) -> list[Label]:
    """Give each label the key and colour it lacks."""
    _check_keys([label.key for label in labels if label.key])
    keys = _keys(labels)
    return [
        replace(label, key=keys.get(label.name), color=_color(label.color) or PALETTE[i % len(PALETTE)])
        for i, label in enumerate(labels)
    ]


def _keys(labels: list[Label]) -> dict[str, str]:
    """Given keys first, then names that are a key themselves (digits!), then the free keys in order."""
    keys = {label.name: label.key for label in labels if label.key}
    for label in labels:
        if label.name in KEYS and len(label.name) == 1 and label.name not in keys.values():
            keys.setdefault(label.name, label.name)
    free = iter([key for key in KEYS if key not in keys.values()])
    for label in labels:
        if label.name not in keys and (key := next(free, None)):
            keys[label.name] = key
    return keys


def _check_keys(keys: list[str]) -> None:
    for key in keys:
        if len(key) != 1 or key in ACTION_KEYS:
            taken = " ".join(sorted(k if k != " " else "space" for k in ACTION_KEYS))
            raise TaskError(f"a key is one character that has no other meaning; found {key!r}. In use: {taken}.")
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise TaskError(f"two labels cannot share a key; found twice: {' '.join(twice)}.")


def _color(color: str | None) -> str | None:
    if color is not None and not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        raise TaskError(f"a colour is written #rrggbb; found {color!r}.")
    return color
