"""The tiles in their order."""

from __future__ import annotations

from nbloop.schema import Board, Tile
from nbloop.session import Session
from nbloop.trust.board import of_model, of_people
from nbloop.trust.board.facts import Facts

TILES = (
    of_model.accuracy,
    of_people.labels,
    of_people.waiting,
    of_model.errors,
    of_people.checks,
    of_model.gate,
    of_model.drift,
    of_model.routing,
    of_people.agreement,
    of_people.effort,
)
"""What is on a board, what one looks at first before what one looks at seldom."""


def tiles(facts: Facts) -> tuple[Tile, ...]:
    """Return the tiles that have something to say of a loop."""
    return tuple(tile for make in TILES if (tile := make(facts)) is not None)


def board(session: Session, target: int | None = None) -> Board:
    """Return all tiles of a session as it is now, without waiting for the learner.

    Parameters
    ----------
    session : Session
        Its dataset is read as it is, and its last outcome.
    target : int, optional
        How many labels are wanted.
    """
    rev, facts = session.rev, Facts(session, target)
    problem = session.data.problem or (facts.outcome and facts.outcome.problem)
    return Board(rev, tiles(facts), problem or None)
