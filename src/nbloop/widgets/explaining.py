"""Why a model says what it says of a card, as a page asks for it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from PIL import Image

from nbloop.errors import NotTrained, RequestError
from nbloop.mind import Mind
from nbloop.quality.explain import GRID
from nbloop.schema import (
    AskExplanation,
    Content,
    Explained,
    HtmlContent,
    Part,
    Precedent,
    RowContent,
    TextContent,
)
from nbloop.session import Session
from nbloop.trust.explanation import Explainer
from nbloop.widgets.content import content_of
from nbloop.widgets.looks import Looks

PARTS, NEIGHBOURS = 24, 3
"""How many parts and labelled samples travel: more nobody looks at while a card waits."""

LEAST = 0.02
"""Parts below this share of the strongest one are left out."""

LETTERS, CELLS, SIDE = 160, 5, 96
"""What is seen of a labelled sample: the beginning of a text, columns, pixels a side."""


class ExplainDesk:
    """Answers a page about what counts in a sample.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._looks = Looks()

    def explain(self, body: AskExplanation) -> tuple[Explained, list[bytes]]:
        """Return what speaks for the predicted class of a sample, and the nearest labelled ones.

        Raises
        ------
        RequestError
            The sample is asked blind and has no answer yet.
        NotTrained
            There is no model of the classes in force.
        """
        place = self._session.data.samples.position(body.sample)
        if self._session.turns.is_blind(place) and self._session.data.state(body.sample).label is None:
            raise RequestError("this sample is asked blind: what the model makes of it is told after the answer.")
        model = self._session.outcome and self._session.outcome.model
        if model is None or model.names != self._session.data.task.names:
            raise NotTrained("there is no model yet to explain: it needs labels of at least two classes.")
        found = self._explainer.reasons(model, place, neighbours=NEIGHBOURS)
        parts = _parts(found.parts)
        buffers: list[bytes] = []
        near = tuple(self._neighbour(*one, parts, buffers) for one in zip(*found.near, strict=True))
        grid = GRID if found.method == "occlusion" and self._has_regions else 0
        reply = Explained(body.sample, model.version, found.predicted, found.against, found.method, parts, grid, near)
        return reply, buffers

    @cached_property
    def _explainer(self) -> Explainer:
        if not isinstance(self._session.mind, Mind):
            raise NotTrained("this loop has no model: it was made with learner=None.")
        return Explainer(self._session.data, self._session.mind)

    @property
    def _has_regions(self) -> bool:
        return self._session.data.samples.kind == "image" and not self._explainer.given

    def _neighbour(
        self, place: int, label: str, distance: float, parts: tuple[Part, ...], buffers: list[bytes]
    ) -> Precedent:
        key = self._session.data.samples.keys[place]
        content = self._looks.show(key, buffers)
        if content is None:
            content = self._look(place, key, buffers)
        return Precedent(key, label, round(distance, 4), _counting(content, parts))

    def _look(self, place: int, key: str, buffers: list[bytes]) -> Content:
        """Return a sample small; one that cannot be opened may be there the next time."""
        shown, problem = self._session.content(place)
        first = len(buffers)
        content = _brief(shown, key, buffers)
        if problem is None:
            self._looks.add(key, content, buffers[first:])
            self._looks.tidy()
        return content


def _parts(found: list[tuple[str, float]]) -> tuple[Part, ...]:
    """Return the strongest parts; they are ordered already."""
    least = LEAST * abs(found[0][1]) if found else 0.0
    return tuple(Part(str(name), round(weight, 4)) for name, weight in found[:PARTS] if abs(weight) > least)


def _brief(content: Any, key: str, images: list[bytes]) -> Content:
    """Return a sample small: the beginning of a text, a row, a thumbnail; HTML by its key."""
    if isinstance(content, HtmlContent):
        return TextContent(key)
    if isinstance(content, Image.Image):
        content = content.copy()
        content.thumbnail((SIDE, SIDE))
    found = content_of(content, images)
    if isinstance(found, TextContent) and len(found.text) > LETTERS:
        return TextContent(found.text[:LETTERS].rstrip() + "…")
    return found


def _counting(content: Content, parts: tuple[Part, ...]) -> Content:
    """Return a row by the columns that count; anything else as it is."""
    if not isinstance(content, RowContent):
        return content
    ranks = {part.name.partition("=")[0]: i for i, part in reversed(list(enumerate(parts)))}
    return RowContent(tuple(sorted(content.cells, key=lambda cell: ranks.get(cell[0], len(ranks)))[:CELLS]))
