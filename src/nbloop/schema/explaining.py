"""What the browser asks and learns about why a model says what it says of a card."""

from __future__ import annotations

from msgspec import Struct

from nbloop.schema.cards import Content, Part


class AskExplanation(Struct, frozen=True, tag="explain", tag_field="kind"):
    """Ask what in a sample counts for the model, and which labelled samples are like it."""

    sample: str


class Precedent(Struct, frozen=True):
    """A labelled sample like the one that was asked about; `distance` is that of their features."""

    sample: str
    label: str
    distance: float
    content: Content


class Explained(Struct, frozen=True, tag="explained", tag_field="kind"):
    """What speaks for the predicted class over the runner-up, strongest first, and how that is known.

    Parts of an image are regions named ``"row,column"`` of `grid` a side; `grid` is 0 for anything else.
    """

    sample: str
    model: str
    predicted: str
    against: str
    method: str
    parts: tuple[Part, ...]
    grid: int = 0
    neighbours: tuple[Precedent, ...] = ()
