"""Consensus: from what several annotators said to one answer a sample, and how well they agree."""

from __future__ import annotations

from nbloop.consensus.rule import Rule, resolve

__all__ = ["Rule", "resolve"]
