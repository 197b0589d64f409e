"""Why a model says what it says of a card, as a page asks for it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from PIL import Image

from nbloop.errors import NotTrained, RequestError
from nbloop.mind import Mind
from nbloop.quality.explain import GRID
from nbloop.schema import AskExplanation, Content, Explained, HtmlContent, Part, Precedent, RowContent, TextContent
from nbloop.session import Session
from nbloop.trust.explanation import Explainer
from nbloop.widgets.content import content_of

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
        found = self._explainer.explain(model, self._session.data.samples.ids[place], neighbours=NEIGHBOURS)
        parts = _parts(found.parts)
        buffers: list[bytes] = []
        near = tuple(self._neighbour(row, parts, buffers) for row in found.neighbours.itertuples())
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

    def _neighbour(self, row: Any, parts: tuple[Part, ...], buffers: list[bytes]) -> Precedent:
        key = str(row.Index)
        content, _ = self._session.content(self._session.data.samples.position(key))
        return Precedent(key, str(row.label), round(float(row.distance), 4), _brief(content, key, parts, buffers))


def _parts(found: Any) -> tuple[Part, ...]:
    """Return the strongest parts; the table is ordered already."""
    strongest = float(found["weight"].abs().max()) if len(found) else 0.0
    rows = found.head(PARTS).itertuples(index=False)
    return tuple(Part(str(name), round(float(weight), 4)) for name, weight in rows if abs(weight) > LEAST * strongest)


def _brief(content: Any, key: str, parts: tuple[Part, ...], buffers: list[bytes]) -> Content:
    """Return a sample small: the beginning of a text, the columns that count, a thumbnail; HTML by its key."""
    if isinstance(content, HtmlContent):
        return TextContent(key)
    if isinstance(content, Image.Image):
        content = content.copy()
        content.thumbnail((SIDE, SIDE))
    found = content_of(content, buffers)
    if isinstance(found, TextContent) and len(found.text) > LETTERS:
        return TextContent(found.text[:LETTERS].rstrip() + "…")
    if isinstance(found, RowContent):
        ranks = {part.name.partition("=")[0]: i for i, part in reversed(list(enumerate(parts)))}
        return RowContent(tuple(sorted(found.cells, key=lambda cell: ranks.get(cell[0], len(ranks)))[:CELLS]))
    return found
