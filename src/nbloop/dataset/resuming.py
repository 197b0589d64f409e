"""Resuming: which task a store goes on with when the cell that opens it was written before its classes changed."""

from __future__ import annotations

from msgspec.structs import replace

from nbloop.dataset.fold import Fold
from nbloop.errors import warn_of_data
from nbloop.schema import Classification


def resume(fold: Fold, cell: Classification) -> tuple[Classification, str | None]:
    """Return the task to go on with, and the change that the cell's labels are older than; None when they are not.

    Warns
    -----
    DataWarning
        The classes were changed since; the message says what to write into the cell.
    """
    now, under = fold.task, fold.lineage.equal_to(cell)
    if now is None or under is None:
        return cell, None
    changes = fold.lineage.changes_since(under)
    if now.names == cell.names:
        return (_dressed(now, cell) if fold.lineage.changes_since(None) else cell), None
    if not changes:  # the list in the cell was longer for a while, and nothing was said with what it had more
        return cell, None
    warn_of_data(
        f"the classes were changed after this cell was written: {'; '.join(changes)}. They stay as they are now; "
        f"write task=nbloop.Classification({list(now.names)!r}) to say so here, or take them back with "
        "data.classes.undo()."
    )
    return replace(now, guidelines=cell.guidelines or now.guidelines), under


def _dressed(now: Classification, cell: Classification) -> Classification:
    """Keep keys and colours that were changed, unless the cell brings its own."""
    plain = cell == Classification(cell.names, guidelines=cell.guidelines)
    return replace(now, guidelines=cell.guidelines) if plain else cell
