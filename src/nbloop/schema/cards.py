"""A sample as the browser shows it."""

from __future__ import annotations

from msgspec import Struct


class Problem(Struct, frozen=True):
    """What a person reads when something failed."""

    code: str
    message: str


class TextContent(Struct, frozen=True, tag="text", tag_field="kind"):
    """Shown as text, never as markup."""

    text: str


class ImageContent(Struct, frozen=True, tag="image", tag_field="kind"):
    """`buffer` is the place of the encoded image among the buffers of the message."""

    buffer: int
    mime: str
    width: int
    height: int


class RowContent(Struct, frozen=True, tag="row", tag_field="kind"):
    """Column names and values as a person reads them."""

    cells: tuple[tuple[str, str], ...]


class HtmlContent(Struct, frozen=True, tag="html", tag_field="kind"):
    """Shown in a sandboxed frame that can run and fetch nothing."""

    html: str


Content = TextContent | ImageContent | RowContent | HtmlContent


class Part(Struct, frozen=True):
    """A word or column and what it adds to the predicted class over the runner-up (in logits)."""

    name: str
    weight: float


class Why(Struct, frozen=True):
    """Why this sample is asked now."""

    strategy: str
    phase: str
    score: float | None = None
    rank: int | None = None
    parts: tuple[Part, ...] = ()


class Card(Struct, frozen=True):
    """One sample as the browser holds it; `proba` follows the order of the labels, `content` may be there already.

    Of a `blind` one the page is not told what the model says. `lot` and `chance` go into the answer: see `Said`.
    """

    sample: str
    content: Content | None
    why: Why
    proba: tuple[float, ...] | None = None
    flagged: bool = False
    golden: bool = False
    problem: Problem | None = None
    blind: bool = False
    lot: str | None = None
    chance: float | None = None
