"""Ranking: the closest calls of a linear model among all samples, exactly, for less than it costs to read them."""

from __future__ import annotations

from nbloop.ranking.closest import Closest, ClosestCalls

__all__ = ["Closest", "ClosestCalls"]
