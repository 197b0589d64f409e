"""Enduring: a thread in the background outlives what fails in it, or all that it shows would stand still for good."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger("nbloop")


def endure(doing: str, work: Callable[..., object], *given: Any) -> None:
    """Call `work` with what is given; what it raises is logged with its traceback, and the next call is another try."""
    try:
        work(*given)
    except Exception as error:
        log.error("%s failed: %s", doing, error, exc_info=error)
