"""The pool: the samples in their order, each with an id that stays the same when the notebook is run again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
from PIL import Image

from nbloop.errors import DataError, FeatureError, UnknownSample
from nbloop.pool.columns import Kind, check_columns, columns_shown, items_of, kind_of, present
from nbloop.pool.identity import content_ids, first_ones, given_ids
from nbloop.pool.images import Forgiving, Images, is_image, levels, open_image
from nbloop.pool.sources import Source, read_source
from nbloop.schema import HtmlContent

LOOK = 20
"""How many samples are tried to see what they are looked at as."""

Shown = str | Image.Image | dict[str, Any] | HtmlContent


class Pool:
    """Samples that can be looked at, by position. Made by `read_pool`.

    Attributes
    ----------
    kind : {"text", "image", "row", "object"}
        What features are made of; objects are whatever a list holds that only a `render` can show.
    ids : list
        As the user gave them, else made from the content.
    keys : list of str
        The ids as the journal and the browser know them.
    index : dict of str to int
        The same the other way round: key → position.
    frame : DataFrame
        Every column of the source, one row a sample, positional index.
    columns : list of str
        Those a person looks at.
    kept : ndarray of int, shape (n,)
        The row of the source that each sample came from.
    source_index : Index
        What all its rows are called.
    source_rows : int
        How many rows the source had.
    twins : dict of int to int
        From a row of the source that was left out because it equals an earlier one, to the position of that sample.
    twin_rows : DataFrame
        Every column of these rows, in the order of `twins`.
    """

    def __init__(
        self,
        source: Source,
        kept: np.ndarray,
        ids: Sequence[Hashable],
        kind: Kind,
        columns: list[str],
        *,
        render: Callable[[Any], Any] | None = None,
        vectors: str | None = None,
        twins: Mapping[int, int] | None = None,
        index: dict[str, int] | None = None,
    ) -> None:
        self.kind: Kind = kind
        self.ids, self.columns, self.kept = list(ids), columns, kept
        self.index = index or {str(id): position for position, id in enumerate(ids)}
        self.keys = [*self.index]
        self.frame = source.frame.iloc[kept].reset_index(drop=True)
        self.source_rows, self.source_index = len(source.frame), source.index
        self.twins = dict(twins or {})
        self.twin_rows = source.frame.iloc[list(self.twins)]
        self._items: list[Any] = [] if kind == "row" else items_of(self.frame[columns[0]])
        self._levels = levels(self._items) if kind == "image" else (0.0, 255.0)
        self._folder, self._render, self._vectors = source.folder or Path.cwd(), render, vectors

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"Pool({len(self)} samples, kind={self.kind!r})"

    def __contains__(self, key: object) -> bool:
        return key in self.index

    @property
    def shown(self) -> Literal["text", "image", "row", "html"]:
        """What the first sample that can be shown is looked at as; with `render=` another may be something else."""
        for position in range(min(len(self), LOOK)):
            try:
                return _face(self.content(position))
            except DataError:  # it is said of the sample, when it is asked
                continue
        return "text" if self.kind == "object" else self.kind

    def position(self, sample_id: Hashable) -> int:
        """Return the position of a sample, by its id or key; raise `UnknownSample`."""
        position = self.index.get(str(sample_id))
        if position is None:
            raise UnknownSample(f"no sample has the id {sample_id!r}; the first one here is {self.ids[0]!r}.")
        return position

    def id_of(self, key: str) -> Hashable:
        """Return the id that `key` stands for; the key itself when no sample has it."""
        return self.ids[self.index[key]] if key in self.index else key

    def content(self, position: int) -> Shown:
        """Return what a person looks at.

        Raises
        ------
        DataError
            The image cannot be opened, or `render` failed; the sample is named.
        """
        item = self._item(position)
        if self._render is None:
            return item
        try:
            rendered = self._render(item)
        except Exception as error:
            raise DataError(f"render= failed on sample {self.ids[position]!r}: {error!r}") from error
        return self._as_shown(rendered, position)

    def values(self) -> Any:
        """Return what features are made of: texts, images (each opened when reached), rows, objects or vectors.

        Warns
        -----
        DataWarning
            An image cannot be opened: its pixels count as blank.
        """
        found = self._values(self.frame, self._folder, self.ids)
        return Images(Forgiving(found), range(len(self))) if isinstance(found, Images) else found

    def values_of(self, source: Any) -> Any:
        """Return what features of new samples are made of: one a row of `source`, in this pool's own form.

        Raises
        ------
        DataError
            A column is not there, or a sample has no content.
        """
        table = source if isinstance(source, Source) else read_source(source)
        needed = [self._vectors] if self._vectors else self.columns
        frame = table.frame.set_axis(needed, axis=1) if len(needed) == table.frame.shape[1] == 1 else table.frame
        check_columns(frame, needed)
        lost = np.flatnonzero(frame[needed].isna().all(axis=1))
        if len(lost):
            raise DataError(f"row {lost[0]} of {len(frame)} has no {', '.join(needed)}; drop the rows without first.")
        return self._values(frame, table.folder, [f"row {row}" for row in range(len(frame))])

    def without_samples(self) -> Pool:
        """Return what `values_of` needs: a pool that reads new samples as this one does, and has none."""
        bare = copy(self)
        bare.ids, bare.keys, bare._items, bare.index, bare.twins, bare._render = [], [], [], {}, {}, None
        bare.kept, bare.source_index, bare.source_rows = self.kept[:0], self.source_index[:0], 0
        bare.frame, bare.twin_rows = self.frame.iloc[:0], self.twin_rows.iloc[:0]
        return bare

    def _values(self, frame: pd.DataFrame, folder: Path | None, names: Sequence[Hashable]) -> Any:
        if self._vectors is not None:
            return _stack(frame[self._vectors].tolist(), self._vectors, names)
        if self.kind == "row":
            return frame[self.columns]
        items = items_of(frame[self.columns[0]])
        if self.kind == "image":
            return Images(lambda place: self._open(items[place], folder, names[place]), range(len(items)))
        return [str(item) for item in items] if self.kind == "text" else items

    def _item(self, position: int) -> Any:
        if self.kind == "row":
            return {name: _plain(self.frame[name].iat[position]) for name in self.columns}
        if self.kind == "image":
            return self._open(self._items[position], self._folder, self.ids[position])
        item = self._items[position]
        return _unicode(str(item)) if self.kind == "text" else item

    def _open(self, item: Any, folder: Path | None, name: Hashable) -> Image.Image:
        try:
            return open_image(item, folder, self._levels)
        except Exception as error:  # decoders raise whatever they like on a broken file
            raise DataError(f"the image of sample {name!r} cannot be opened: {error}") from error

    def _as_shown(self, rendered: Any, position: int) -> Shown:
        if isinstance(rendered, (str, dict, HtmlContent, Image.Image)):
            return rendered
        if isinstance(rendered, np.ndarray) and is_image(rendered):
            return open_image(rendered, None, levels([rendered]))
        raise DataError(
            "render= returns text, an image (PIL or array), a dict or nbloop.schema.HtmlContent; "
            f"found {type(rendered).__name__} for sample {self.ids[position]!r}."
        )


def _face(content: Shown) -> Literal["text", "image", "row", "html"]:
    if isinstance(content, dict):
        return "row"
    if isinstance(content, HtmlContent):
        return "html"
    return "text" if isinstance(content, str) else "image"


def read_pool(
    source: Any,
    *,
    content: str | Sequence[str] | None = None,
    id: str | Sequence[Hashable] | None = None,
    render: Callable[[Any], Any] | None = None,
    exclude: Collection[str] = (),
    vectors: str | None = None,
) -> Pool:
    """Read the samples of `source`.

    Parameters
    ----------
    source : Source or whatever `nbloop.pool.read_source` reads
        The samples, one a row.
    content : str or list of str, optional
        The column a person looks at (texts, images, image paths), or the columns of a table row. When absent, all
        columns that are not excluded; a single one is shown by itself.
    id : str or sequence, optional
        A column, or one id a source row: all different, none missing. When absent, an image file is named by its path
        as given (in a folder, relative to it) and anything else by a hash of its content.
    render : callable, optional
        From what would be shown (text, image, dict of columns, or the item of a list) to what is shown: a text, an
        image (PIL or array), a dict, or `nbloop.schema.HtmlContent`. Called only for samples that are looked at.
    exclude : collection of str
        Columns that are never shown.
    vectors : str, optional
        A column of embeddings that features are made of, instead of the content; not shown.

    Raises
    ------
    DataError
        A column that is not there, ids that are missing or not different, or nothing that can be shown.

    Warns
    -----
    DataWarning
        Samples without content, without their file, or equal to an earlier one were left out.

    Examples
    --------
    >>> pool = read_pool(["see you at home", "WIN a prize"])
    >>> pool.kind, pool.content(1), pool.keys[1]
    ('text', 'WIN a prize', 'a808555e8764d745')
    """
    if render is not None and not callable(render):
        raise DataError(f"render= is a function from a sample to what is shown; found {render!r:.80}.")
    table = source if isinstance(source, Source) else read_source(source)
    frame, hidden = table.frame, [*exclude, *([vectors] if vectors else [])]
    columns, alone = columns_shown(frame, content, id, hidden)
    kind: Kind = kind_of(cast("pd.Series", frame[columns[0]]), render, table.folder) if alone else "row"
    given = None if id is None else given_ids(frame[id] if isinstance(id, str) else id, len(frame))
    kept = present(frame.loc[:, columns], kind, table.folder, given and given[0])
    if given is not None:
        whole = len(kept) == len(frame)
        names, index = given if whole else ([given[0][row] for row in kept.tolist()], None)
        return Pool(table, kept, names, kind, columns, render=render, vectors=vectors, index=index)
    ids = content_ids(frame.loc[kept, columns], kind)
    first, equal = first_ones(ids)
    twins = {int(kept[place]): position for place, position in equal.items()}
    names = [ids[place] for place in first]
    return Pool(table, kept[first], names, kind, columns, render=render, vectors=vectors, twins=twins)


def _stack(column: list[Any], name: str, ids: Sequence[Hashable]) -> np.ndarray:
    """Return the vectors of a column as a matrix."""
    vectors = [np.asarray(vector) for vector in column]
    if vectors[0].ndim != 1:
        raise FeatureError(
            f"features= names column {name!r}, which holds no vectors: the first sample has {column[0]!r:.80}. Leave "
            "features= out to make features of the content, or give a matrix or a scikit-learn transformer."
        )
    for id, vector in zip(ids, vectors, strict=True):
        if vector.shape != vectors[0].shape or vector.ndim != 1:
            raise FeatureError(
                f"column {name!r} must hold vectors of one length: {vectors[0].shape} in the first sample, "
                f"{vector.shape} in sample {id!r}."
            )
    return np.stack(vectors)


def _plain(cell: Any) -> Any:
    """Return a cell as plain Python, None where it is missing."""
    if pd.api.types.is_scalar(cell) and pd.isna(cell):
        return None
    if isinstance(cell, str):
        return _unicode(cell)
    return cell.item() if isinstance(cell, np.generic) else cell


def _unicode(text: str) -> str:
    """Return `text` without halves of characters, which no message can carry."""
    return text.encode("utf-8", "replace").decode()
