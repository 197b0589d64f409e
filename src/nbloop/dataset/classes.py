"""The classes of a dataset, and how they change midway without rewriting what was said."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pandas as pd
from msgspec.structs import replace

from nbloop.dataset.changes import added, divided, merged, renamed, restyled
from nbloop.errors import TaskError
from nbloop.schema import Annotate, Define, Event, Label, Undo

if TYPE_CHECKING:
    from nbloop.dataset.dataset import Dataset

Rule = str | Mapping[Hashable, object] | Callable[[Any], object]


class Classes:
    """What ``data.classes`` is: the labels of the task in force, and the changes that can be made of them.

    Each change is an event. Labels given before are read through it, the model is made anew, open pages follow, and an
    answer that was given under the old names counts under the new ones. `undo` brings back what was.

    Examples
    --------
    >>> from nbloop import Classification, Dataset, Loop
    >>> data = Dataset(["WIN a prize", "see you", "hello"], store=":memory:", task=Classification(["ham", "spam"]))
    >>> loop = Loop(data)
    >>> loop.tell(data.pool.index[0], "spam")
    >>> data.classes.rename("spam", "advert")
    >>> data.classes
    <classes ham, advert>
    >>> data.labels.label.tolist()
    ['advert']
    >>> data.classes.undo()
    >>> data.labels.label.tolist()
    ['spam']
    """

    def __init__(self, data: Dataset) -> None:
        self._data = data

    # -- change ------------------------------------------------------------------------------------------------------

    def add(self, *labels: Label | str) -> None:
        """Add labels at the end.

        Raises
        ------
        TaskError
            There is such a label, or such a key, already.
        """
        self._make(added(self._data.task, labels))

    def rename(self, old: object, new: str) -> None:
        """Call a label by another name; its key, its colour and everything labelled with it stay.

        Raises
        ------
        UnknownLabel
            There is no label `old`.
        TaskError
            There is a label `new` already.
        """
        self._make(renamed(self._data.task, old, new))

    def merge(self, names: Sequence[object], into: Label | str) -> None:
        """Make one label of several.

        Parameters
        ----------
        names : sequence of str
            Labels of the task.
        into : str or Label
            One of them, another label of the task, or a new one, which takes the place of the first.
        """
        if isinstance(names, str):
            raise TaskError(f"names= is a list of labels; found one string, {names!r}. Write [...] around it.")
        self._make(merged(self._data.task, names, into))

    def split(self, name: object, into: Sequence[Label | str], by: Rule | None = None) -> None:
        """Put several labels in the place of one.

        Parameters
        ----------
        name : str
            The label to split.
        into : sequence of str or Label
            At least two; `name` may be one of them.
        by : str, mapping or callable, optional
            What becomes of the samples that have the label: all one of the new labels, or a function or mapping from
            sample id to label (None: ask again). By default all go back to the queue.
        """
        if isinstance(into, str):
            raise TaskError(f"into= is a list of labels; found one string, {into!r}. Write [...] around it.")
        change = divided(self._data.task, name, into, by if isinstance(by, str) else None)
        self._make(change, by if by is not None and not isinstance(by, str) else None, str(name))

    def change(self, name: object, **style: str | None) -> None:
        """Change a label's ``key=``, ``color=`` or ``description=``.

        Raises
        ------
        TaskError
            Another label has this key, or the colour is not written ``#rrggbb``.
        """
        if unknown := style.keys() - {"key", "color", "description"}:
            raise TaskError(f"of a label change key=, color= or description=; found {', '.join(sorted(unknown))}.")
        self._make(restyled(self._data.task, name, **style))

    def undo(self, *, id: str | None = None) -> None:
        """Take the last change back: labels given before are as they were.

        Labels given since become what they were before the change; where that is not known, their samples are asked
        again.
        """
        head = self._data.task_event
        if not (isinstance(head.action, Define) and head.action.change):
            raise TaskError("no change of the classes is left to take back.")
        self._data.record([self._data.event(Undo(head.id), id=id)])

    # -- look --------------------------------------------------------------------------------------------------------

    @property
    def frame(self) -> pd.DataFrame:
        """One row a label: its `key`, `color`, `description`, and the samples that have it now (`samples`)."""
        labels = self._data.task.options
        counts = self._data.class_counts()
        rows = [(label.key, label.color, label.description, n) for label, n in zip(labels, counts, strict=True)]
        index = pd.Index([label.name for label in labels], name="label")
        return pd.DataFrame(rows, index=index, columns=["key", "color", "description", "samples"])

    def __iter__(self) -> Iterator[str]:
        return iter(self._data.task.names)

    def __len__(self) -> int:
        return len(self._data.task.names)

    def __repr__(self) -> str:
        return f"<classes {', '.join(self._data.task.names)}>"

    # -- make it so --------------------------------------------------------------------------------------------------

    def _make(self, change: Define, rule: Any = None, name: str = "") -> None:
        self._data.record(self.events_of(change, rule, name))

    def events_of(self, change: Define, rule: Any = None, name: str = "", id: str | None = None) -> list[Event]:
        """Return the change as an event, built on the one in force, and what a rule says of the samples of a label."""
        define = self._data.event(replace(change, base=self._data.task_event.id), id=id or uuid4().hex)
        if rule is None:
            return [define]
        answers = self._ruled(rule, name, change.task.names)
        return [define, *(self._data.event(replace(answer, under=define.id)) for answer in answers)]

    def _ruled(self, rule: Any, name: str, names: tuple[str, ...]) -> Iterator[Annotate]:
        data = self._data
        decide = rule.get if isinstance(rule, Mapping) else rule
        for sample in [*data.labels.query("label == @name").index, *data.golden.query("label == @name").index]:
            value = decide(sample)
            if value is None:
                continue
            if str(value) not in names:
                raise TaskError(f"by= says {value!r} of sample {sample!r}; the labels are: {', '.join(names)}.")
            key = data.samples.keys[data.samples.position(sample)]
            yield Annotate(key, str(value), rationale=f"{name!r} was split by a rule")
