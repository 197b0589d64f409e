"""The sections of a report in their order; one without data says so in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbloop.errors import NbloopError
from nbloop.report import cards, of_errors, of_model, of_people
from nbloop.report.section import Section
from nbloop.trust.board import Facts, tiles

Maker = Callable[[Any, Facts], Section]

SECTIONS: dict[str, dict[str, Maker]] = {
    "How good it is": {
        "What changed last": of_model.narrative,
        "Learning curve": of_model.curve,
    },
    "Where it fails": {
        "Errors by reason": of_errors.reasons,
        "What is taken for what": of_errors.clusters,
        "Where errors gather": of_errors.slices,
        "From detection to correction": of_errors.times,
    },
    "People": {
        "Effort": of_people.effort,
        "Agreement": of_people.agreement,
        "Annotators": of_people.annotators,
    },
    "Whether it holds": {
        "Drift": of_model.drift,
        "Routing": of_model.routing,
        "The gate": of_model.gate,
        "Decisions": of_model.decisions,
        "Model generations": of_model.versions,
    },
    "Cards": {
        "Data card": cards.data_card,
        "Model card": cards.model_card,
    },
}
"""What a report has, in groups."""


def sections(loop: Any) -> list[Section]:
    """Return all sections of the report of a loop, in order."""
    loop.wait()
    facts = Facts(loop._session, loop._target)
    first = Section("At a glance", "", tiles=tiles(facts))
    return [first, *(_made(*one, loop, facts) for one in _makers())]


def _makers() -> list[tuple[str, str, Maker]]:
    return [(group, title, maker) for group, makers in SECTIONS.items() for title, maker in makers.items()]


def _made(group: str, title: str, maker: Maker, loop: Any, facts: Facts) -> Section:
    """Return a section, or the sentence that says why there is nothing in it."""
    try:
        return maker(loop, facts)._replace(title=title, group=group)
    except NbloopError as error:
        return Section(title, f"Nothing to report: {error}", group=group)
