"""The story: events as sentences, one row each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pandas as pd

from nbloop.dataset.fold import Fold
from nbloop.pool import Pool
from nbloop.schema import Annotate, Define, Draw, Erase, Event, Flag, Reject, Round, Said, Skip, Undo, Vote

Told = Sequence[tuple[int, Event]]

SAID = ("model", "prediction", "proba", "strategy", "phase", "score", "rank")
"""What the loop had said, as columns."""


def log(told: Told, fold: Fold, batches: Mapping[int, int], samples: Pool) -> pd.DataFrame:
    """Return one row an event."""
    rows = [_row(seq, event, fold, batches, samples) for seq, event in told]
    columns = ["at", "annotator", "sample", "says", "stands", "batch", "event"]
    return _frame(rows, columns)


def trace(key: str, told: Told, fold: Fold, batches: Mapping[int, int], samples: Pool) -> pd.DataFrame:
    """Return one row an event about the sample `key`, undos of those and undos of these among them."""
    about: set[str] = set()
    undone: defaultdict[str, list[str]] = defaultdict(list)
    rows: list[dict[str, Any]] = []
    decides = fold.answers.get(fold.index[key])
    for seq, event in told:
        target = getattr(event.action, "target", None)
        if getattr(event.action, "sample", None) != key and target not in about:
            continue
        about.add(event.id)
        if target and fold.stands(event.id):
            undone[target].append(event.annotator)
        answer = {
            "value": getattr(event.action, "value", None),
            "decides": decides is not None and decides.id == event.id,
        }
        rows.append(_row(seq, event, fold, batches, samples) | answer | _said(event.action))
    for row in rows:
        row["taken_back_by"] = ", ".join(undone[row["event"]]) or None
    first = ["at", "annotator", "says", "value", "decides", "stands", "taken_back_by"]
    return _frame(rows, [*first, *SAID, "probability", "shown", "seconds", "rationale", "batch", "event"])


def _row(seq: int, event: Event, fold: Fold, batches: Mapping[int, int], samples: Pool) -> dict[str, Any]:
    key = _sample(event, fold)
    return {
        "seq": seq,
        "at": event.at,
        "annotator": event.annotator,
        "sample": None if key is None else samples.id_of(key),
        "says": _sentence(event.action, fold),
        "stands": fold.stands(event.id),
        "batch": batches.get(seq, seq),
        "event": event.id,
    }


def _sample(event: Event | None, fold: Fold) -> str | None:
    """Return the sample that an event is about, that of an undo through what it takes back."""
    seen: set[str] = set()
    while event is not None and isinstance(event.action, Undo) and event.id not in seen:
        seen.add(event.id)
        event = fold.events.get(event.action.target)
    return getattr(event.action, "sample", None) if event else None


def _said(action: Any) -> dict[str, Any]:
    said = getattr(action, "said", None) or Said("")
    values = {name: getattr(said, name) or None for name in SAID}
    more = {name: getattr(action, name, None) for name in ("seconds", "shown", "rationale")}
    return values | more | {"probability": said.proba.get(getattr(action, "value", ""))}


def _sentence(action: Any, fold: Fold) -> str:
    match action:
        case Annotate():
            return f"labelled {action.value!r}"
        case Skip():
            return "skipped"
        case Reject():
            return "rejected"
        case Flag():
            return "flagged" if action.on else "unflagged"
        case Vote():
            return f"voted {action.value!r} before seeing the votes"
        case Undo():
            target = fold.events.get(action.target)
            return f"took back: {_sentence(target.action, fold)}" if target else f"took back {action.target}"
        case _:
            return _wide_sentence(action)


def _wide_sentence(action: Any) -> str:
    match action:
        case Draw():
            how = "given" if action.share is None else f"drawn at random, share {action.share:g}"
            return f"{len(action.samples)} samples set apart, {how}"
        case Define():
            return f"the classes are {', '.join(action.task.names)}"
        case Round():
            score = "" if action.accuracy is None else f", accuracy {action.accuracy:.3f}"
            return f"round {action.round}: learned {action.labels} labels{score}"
        case Erase():
            return "erased a person"
        case _:
            fields = msgspec.to_builtins(action)
            return f"{fields.pop('kind')}: " + ", ".join(f"{name} {value!s:.60}" for name, value in fields.items())


def _frame(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["seq", *columns]).set_index("seq")
    return frame.assign(at=pd.to_datetime(frame["at"], utc=True))
