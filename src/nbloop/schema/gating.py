"""The gate as a page shows it: what was found, who serves, and what a person decides."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class GateCheck(Struct, frozen=True):
    """One thing the gate looked at; `margin` is the most that may be lost there, where there is such a thing."""

    name: str
    outcome: Literal["passed", "failed", "undecided"]
    sentence: str
    n: int = 0
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    margin: float | None = None


class GateConfig(Struct, frozen=True):
    """A verdict, fixed at birth; `looks` counts the models that were judged by these golden samples so far."""

    wire: int
    dataset: str
    candidate: str
    current: str
    passed: bool
    strict: bool
    checks: tuple[GateCheck, ...]
    looks: int


class Standing(Struct, frozen=True):
    """Which version serves, which one may serve again, and why the candidate cannot be promoted; empty if it can."""

    serving: str | None
    before: str | None
    obstacle: str = ""


class Decide(Struct, frozen=True, tag="decide", tag_field="kind"):
    """Let the candidate serve, or the version before the present one again; `id` makes it happen once."""

    id: str
    what: Literal["promote", "roll_back"]
    reason: str = ""


class Decided(Struct, frozen=True, tag="decided", tag_field="kind"):
    """What a decision came to."""

    standing: Standing
