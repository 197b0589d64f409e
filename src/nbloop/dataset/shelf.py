"""The shelf: the events that a store had when it was opened, as columns; an event is made when somebody asks for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args

import numpy as np

from nbloop.dataset.pages import Pages
from nbloop.dataset.settling import TRUTH
from nbloop.schema import Action, Adjudicate, Annotate, Escalate, Event, Flag, Reject, Skip
from nbloop.store.page import Gist, Page

ABOUT: frozenset[type] = frozenset([Annotate, Skip, Reject, Adjudicate, Escalate, Flag])
"""Kinds of action that make a sample what it is: looked up by type, since there are so many of them."""

KINDS: dict[type, int] = {kind: code for code, kind in enumerate(get_args(Action))}

NOWHERE = -1
"""The place of an event that makes no sample what it is; a sample that the source lacks has one behind all others."""


class Shelf:
    """Events in the order of the journal, one a row; what they say in full stays as it was written.

    A million events with their provenance are a dozen million objects, which take long to make and 1.5 GB to keep.

    Parameters
    ----------
    pages : iterable of Page
        All there is in the store.
    index : mapping of str to int
        The samples of the source, key → position.

    Attributes
    ----------
    seq, kind, place, said, who : ndarray of int, shape (rows,)
        The sequence number; the code of the kind of action; the place of the sample that the event answers or flags;
        what an annotation says, as a place in `values`, -1 where it is none; who, as a place in `people`.
    overrules : ndarray of bool, shape (rows,)
        The model had said otherwise.
    values : list of (str, str)
        All labels that annotations give, each with the change of the classes that it was said under.
    strangers : dict of str to int
        Samples that the source lacks, key → place, in the order of their first events.
    wide : list of (int, Event)
        The events that answer nothing, in order: few, and asked for by kind.
    """

    def __init__(self, pages: Iterable[Page] = (), index: Mapping[str, int] | None = None) -> None:
        self._index: Mapping[str, int] = index or {}
        self._labels, self._people, self.strangers = _Codes(), _Codes(), _Codes(len(self._index))
        self.wide: list[tuple[int, Event]] = []
        self._pages = Pages()
        columns = [self._columns(page) for page in pages] or [_NO_COLUMNS]
        self.seq, self.kind, self.place, said, self.who, self._hash = (
            np.concatenate(parts) for parts in zip(*columns, strict=True)
        )
        self.values, self.said, self.overrules = _told_apart([*self._labels], said)
        self._by_hash = np.argsort(self._hash)
        self._by_place = np.argsort(self.place, kind="stable")[np.count_nonzero(self.place == NOWHERE) :]
        many = np.bincount(self.place[self._by_place], minlength=len(self._index) + len(self.strangers))
        self._held = np.concatenate([[0], np.cumsum(many)])
        self._answers: dict[str | None, np.ndarray] = {}

    def _columns(self, page: Page) -> tuple[np.ndarray, ...]:
        """Put a page on the shelf and return what it adds to each column."""
        gists, n = page.gists(), len(page)
        self._pages.put(page)
        kind, place = np.full(n, KINDS[Annotate], np.int8), np.full(n, NOWHERE, np.int32)
        said = np.full(n, -1, np.int32)
        others = (
            [line for line, gist in enumerate(gists) if type(gist) is not Gist]
            if {*map(type, gists)} != _LABELS
            else []
        )
        lines, labels = _without(gists, others)
        place[lines], said[lines] = self._places(labels), _coded(self._labels, _says(labels), len(labels))
        for line in others:
            kind[line] = KINDS[type(gists[line])]
            if type(gists[line]) in ABOUT:
                place[line] = self._places([gists[line]])[0]
            else:
                self.wide.append((page.seqs[line], page.event(line)))
        codes = {person: self._people[page.names[person]] for person in {*page.people}}
        who, ids = _coded(codes, page.people, n), np.fromiter(map(hash, page.ids), np.int64, n)
        return np.array(page.seqs, np.int64), kind, place, said, who, ids

    def _places(self, gists: Sequence[Any]) -> list[int]:
        keys = [gist.sample for gist in gists]
        places = [*map(self._index.get, keys)]
        if None not in places:
            return places  # type: ignore[return-value]  none is None
        return [self.strangers[key] if at is None else at for at, key in zip(places, keys, strict=True)]

    # -- rows --------------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.seq)

    def row_of(self, id: str) -> int | None:
        """Return the row of an event; None where there is no such event."""
        rows = self._alike(id)
        return next((row for row, found in zip(rows.tolist(), self._pages.ids(rows), strict=True) if found == id), None)

    def seq_of(self, id: str) -> int:
        """Return the sequence number of an event that is here."""
        rows = self._alike(id)
        return int(self.seq[rows[0] if len(rows) == 1 else self.row_of(id)])

    def marked(self, ids: Collection[str]) -> np.ndarray:
        """Return for every row whether its id is one of `ids`; it may say so of another one, once in an age."""
        return np.isin(self._hash, np.array([hash(id) for id in ids], np.int64)) if ids else np.zeros(len(self), bool)

    def _alike(self, id: str) -> np.ndarray:
        """Return the rows whose ids have the hash of `id`."""
        first = np.searchsorted(self._hash, hash(id), "left", sorter=self._by_hash)
        last = np.searchsorted(self._hash, hash(id), "right", sorter=self._by_hash)
        return self._by_hash[first:last]

    def about(self, key: str) -> np.ndarray:
        """Return the rows that answer or flag a sample, ascending."""
        place = self._index.get(key, self.strangers.get(key, NOWHERE))
        here = len(self) and place != NOWHERE
        return self._by_place[self._held[place] : self._held[place + 1]] if here else _NO_ROWS

    def many(self) -> np.ndarray:
        """Return how many rows there are about each sample of the source."""
        return np.diff(self._held)[: len(self._index)]

    def ends(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the first and the last row about each of some samples that have rows."""
        return self._by_place[self._held[places]], self._by_place[self._held[places + 1] - 1]

    def annotated_elsewhere(self) -> set[str]:
        """Return the samples that the source lacks and somebody annotated."""
        annotated = {*self.place[(self.place >= len(self._index)) & (self.said >= 0)].tolist()}
        return {key for key, place in self.strangers.items() if place in annotated}

    def answers(self, annotator: str | None = None) -> np.ndarray:
        """Return the rows of answers, of one person or of all; what the truth says is none."""
        if annotator not in self._answers:  # asked with every answer
            self._answers[annotator] = self._answers_of(annotator)
        return self._answers[annotator]

    def _answers_of(self, annotator: str | None) -> np.ndarray:
        mask = self._answering() & ~self._by(TRUTH)
        return np.flatnonzero(mask if annotator is None else mask & self._by(annotator))

    def known(self) -> np.ndarray:
        """Return the rows of what the truth says."""
        return np.flatnonzero(self._answering() & self._by(TRUTH))

    def of(self, kinds: Iterable[type]) -> np.ndarray:
        """Return the rows of some kinds of action."""
        return np.flatnonzero(np.isin(self.kind, [KINDS[kind] for kind in kinds]))

    def _answering(self) -> np.ndarray:
        return (self.place != NOWHERE) & (self.kind != KINDS[Flag])

    def _by(self, annotator: str) -> np.ndarray:
        return self.who == self._people.get(annotator, -1)

    # -- events ------------------------------------------------------------------------------------------------------

    def event(self, row: int) -> Event:
        """Return the event in a row."""
        return next(self.events(np.array([row])))

    def events(self, rows: np.ndarray) -> Iterator[Event]:
        """Yield the events in some rows; fast where neighbours come together."""
        return self._pages.events(rows)

    def told_of(self, places: np.ndarray) -> dict[int, tuple[Event, ...]]:
        """Return what was said of some samples, by place, in their order."""
        rows = [self._by_place[self._held[place] : self._held[place + 1]] for place in places.tolist()]
        order = np.sort(np.concatenate([_NO_ROWS, *rows]))
        event_of = dict(zip(order.tolist(), self.events(order), strict=True)).__getitem__
        return {place: (*map(event_of, told.tolist()),) for place, told in zip(places.tolist(), rows, strict=True)}

    def told(self) -> Iterator[tuple[int, Event]]:
        """Yield all of them with their sequence numbers."""
        return zip(self.seq.tolist(), self.events(np.arange(len(self))), strict=True)

    def ids(self) -> Iterator[str]:
        """Yield what they are called."""
        return self._pages.ids(np.arange(len(self)))


def _without(gists: list[Any], others: list[int]) -> tuple[Any, list[Gist]]:
    """Return the lines of those that are no others, and these themselves."""
    if not others:
        return slice(None), gists
    lines = np.delete(np.arange(len(gists)), others)
    return lines, [gists[line] for line in lines.tolist()]


def _says(labels: Sequence[Gist]) -> list[tuple[str, str, str | None]]:
    """Return what annotations say, under which change of the classes, and what the model had said."""
    return [(label.value, label.under, label.said.prediction if label.said else None) for label in labels]


def _told_apart(
    labels: Sequence[tuple[str, str, str | None]], codes: np.ndarray
) -> tuple[list[tuple[str, str]], np.ndarray, np.ndarray]:
    """Return all labels with their changes; for every row its place among them, and whether it overrules the model."""
    values = _Codes()
    said = np.array([*(values[label[:2]] for label in labels), -1], np.int32)
    over = np.array([*(predicted not in (None, value) for value, _, predicted in labels), False])
    return [*values], said[codes], over[codes]


def _coded(codes: Mapping[Any, int], values: Iterable[Any], many: int) -> np.ndarray:
    return np.fromiter(map(codes.__getitem__, values), np.int32, many)


class _Codes(dict[Any, int]):
    """Value → a number of its own, counted from `start`."""

    def __init__(self, start: int = 0) -> None:
        self._start = start

    def __missing__(self, value: Any) -> int:
        self[value] = code = self._start + len(self)
        return code


_LABELS = {Gist}
_NO_ROWS = np.empty(0, np.int64)
_NO_COLUMNS = tuple(np.empty(0, kind) for kind in (np.int64, np.int8, np.int32, np.int32, np.int32, np.int64))
