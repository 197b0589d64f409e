"""The classes as a page asks for them and changes them."""

from __future__ import annotations

from msgspec.structs import asdict

from nbloop.dataset import Dataset
from nbloop.dataset.changes import added, divided, merged, renamed, restyled
from nbloop.errors import TaskError
from nbloop.schema import (
    AddClass,
    AskClasses,
    ChangeClasses,
    Classes,
    Classification,
    Define,
    MergeClasses,
    RenameClass,
    SplitClass,
    StyleClass,
)


class ClassDesk:
    """Answers a page about the classes of a dataset.

    Parameters
    ----------
    data : Dataset
    """

    def __init__(self, data: Dataset) -> None:
        self._data = data

    def show(self, _: AskClasses | None = None) -> tuple[Classes, list[bytes]]:
        """Return the task in force."""
        data = self._data
        counts, changes = tuple(data.class_counts()), tuple(data.class_changes())
        return Classes(data.task_id, data.task, counts, changes, data.refusal(Define(data.task))), []

    def change(self, body: ChangeClasses) -> tuple[Classes, list[bytes]]:
        """Change the classes, once however often the request arrives.

        Raises
        ------
        TaskError, UnknownLabel
            The change cannot be made, or somebody else changed the classes first.
        """
        if not self._data.has_event(body.id):
            if body.base != self._data.task_id:
                raise TaskError("the classes were changed elsewhere meanwhile. Look at them again, then change them.")
            change = _define(self._data.task, body.change)
            if change is None:
                self._data.classes.undo(id=body.id)
            else:
                self._data.record(self._data.classes.events_of(change, id=body.id))
        return self.show()


def _define(task: Classification, change: object) -> Define | None:
    """Return what a page asks for as a change of the task; None where it asks to take the last one back."""
    match change:
        case AddClass(label):
            return added(task, [label])
        case RenameClass(name, to):
            return renamed(task, name, to.strip())
        case MergeClasses(names, into):
            return merged(task, names, into)
        case SplitClass(name, into, to):
            return divided(task, name, into, to)
        case StyleClass(name):
            style = {key: value for key, value in asdict(change).items() if key != "name" and value is not None}
            return restyled(task, name, **style)
    return None
