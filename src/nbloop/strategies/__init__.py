"""Query strategies: arrays in, an order out. What a strategy may know is in `Query`."""

from __future__ import annotations

from nbloop.strategies.combined import Control, Diversify, Mix, Then
from nbloop.strategies.query import Choice, Query, Strategy
from nbloop.strategies.registry import make_strategy, names

__all__ = ["Choice", "Control", "Diversify", "Mix", "Query", "Strategy", "Then", "make_strategy", "names"]
