"""The hash chain: every event is hashed with the one before it, and what is personal only by its salted digest.

So a name or a note can be erased later, and everything else can still be shown to be as it was told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from hashlib import blake2b
from secrets import token_hex
from typing import Any, get_args

import msgspec
from msgspec.structs import replace

from nbloop.errors import StoreError
from nbloop.schema import Action, Event

DECODER = msgspec.json.Decoder(Action)
NOTES_DECODER = msgspec.json.Decoder(dict[str, str])

PERSONAL = ("rationale", "text")
"""Fields of actions that hold free text: they are kept apart from the chain."""

NAMING: tuple[Any, ...] = tuple(kind for kind in get_args(Action) if "annotator" in kind.__struct_fields__)
"""Actions that speak of a person, by name outside the store and by digest in it."""

LINKED = ("id", "at", "annotator", "kind", "sample", "payload", "batch", "note")
"""The columns that the hash of an event covers, after the hash before it."""


def genesis(uid: str) -> str:
    """Return what the first event of the store `uid` is chained to."""
    return _digest(uid)


def link(chain: str, row: Mapping[str, Any]) -> str:
    """Return the hash of an event: over the one before it and everything the row says."""
    return blake2b(msgspec.json.encode([chain, *(row[name] for name in LINKED)]), digest_size=20).hexdigest()


def seal(text: str) -> tuple[str, str]:
    """Return a fresh salt, and the digest that stands for `text` in the chain."""
    salt = token_hex(16)
    return salt, sealed(salt, text)


def sealed(salt: str, text: str) -> str:
    """Return the digest of `text` under `salt`; nobody can guess the text from it once the salt is erased."""
    return _digest(f"{salt}:{text}")


def pseudonym(person: str) -> str:
    """Return what stands for a person whose name was erased."""
    return f"erased-{person[:8]}"


def told_of(event: Event) -> tuple[dict[str, Any], Action, str]:
    """Return the columns that `event` fills by itself, its action without notes, and these as JSON, or nothing.

    Raises
    ------
    StoreError
        The event could not be read again: a time without a zone, text that is no Unicode, a field of another type.
    """
    if event.at.tzinfo is None:
        raise StoreError(f"event {event.id!r} has a time without a zone, {event.at}: give it one, such as UTC.")
    action = event.action
    try:
        (event.id + event.annotator).encode()
        DECODER.decode(msgspec.json.encode(action))  # what cannot be read would lock up the store
    except UnicodeEncodeError as error:
        raise StoreError(f"event {event.id!r} holds text that is no valid Unicode: {error}.") from error
    except (TypeError, msgspec.ValidationError) as error:
        raise StoreError(f"event {event.id!r} holds what cannot be read again: {error}.") from error
    notes = {name: text for name in PERSONAL if (text := getattr(action, name, ""))}
    row = {
        "id": event.id,
        "at": event.at.astimezone(UTC).isoformat(),
        "kind": action.__struct_config__.tag,
        "sample": getattr(action, "sample", None),
    }
    bare = replace(action, **dict.fromkeys(notes, "")) if notes else action
    return row, bare, canonical(notes) if notes else ""


def names_in(action: Any) -> tuple[str, ...]:
    """Return the names of people that an action speaks of."""
    return (action.annotator,) if isinstance(action, NAMING) else ()


def renamed(action: Any, names: Callable[[str], str]) -> Any:
    """Return `action` with other names for the people that it speaks of."""
    return replace(action, annotator=names(action.annotator)) if isinstance(action, NAMING) else action


def canonical(value: object) -> str:
    """Return the one JSON text of a value."""
    return msgspec.json.encode(value, order="sorted").decode()


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=20).hexdigest()
