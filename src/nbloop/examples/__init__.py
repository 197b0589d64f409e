"""Data to try a loop on, made by code: nothing is downloaded."""

from __future__ import annotations

from nbloop.examples.tickets import INTENTS, tickets

__all__ = ["INTENTS", "tickets"]
