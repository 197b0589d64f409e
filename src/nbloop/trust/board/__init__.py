"""The board: what a person should know of a loop at a glance, and what to do next."""

from nbloop.trust.board.facts import Facts
from nbloop.trust.board.order import board, tiles

__all__ = ["Facts", "board", "tiles"]
