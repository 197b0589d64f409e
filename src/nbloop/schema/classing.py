"""What the browser asks and learns about the classes."""

from __future__ import annotations

from msgspec import Struct

from nbloop.schema.task import Classification, Label


class AskClasses(Struct, frozen=True, tag="classes", tag_field="kind"):
    """Ask for the task in force."""


class AddClass(Struct, frozen=True, tag="add", tag_field="op"):
    """One more label, at the end."""

    label: Label


class RenameClass(Struct, frozen=True, tag="rename", tag_field="op"):
    """Another name for a label."""

    name: str
    to: str


class MergeClasses(Struct, frozen=True, tag="merge", tag_field="op"):
    """One label for several."""

    names: tuple[str, ...]
    into: str


class SplitClass(Struct, frozen=True, tag="split", tag_field="op"):
    """Several labels for one; its samples become `to`, or are asked again."""

    name: str
    into: tuple[str, ...]
    to: str | None = None


class StyleClass(Struct, frozen=True, tag="style", tag_field="op"):
    """Another key, colour or description for a label; what is absent stays."""

    name: str
    key: str | None = None
    color: str | None = None
    description: str | None = None


class UndoClasses(Struct, frozen=True, tag="undo", tag_field="op"):
    """The last change of the classes is taken back."""


class ChangeClasses(Struct, frozen=True, tag="reclass", tag_field="kind"):
    """Change the classes where the task named `base` is in force; `id` is the event's, so that it happens once."""

    id: str
    base: str
    change: AddClass | RenameClass | MergeClasses | SplitClass | StyleClass | UndoClasses


class Classes(Struct, frozen=True, tag="classes", tag_field="kind"):
    """The task in force and its name, how many samples have each label, and what a person did to the labels.

    `locked` says why whoever asks may not change them; empty where they may.
    """

    id: str
    task: Classification
    samples: tuple[int, ...]
    changes: tuple[str, ...] = ()
    locked: str = ""
