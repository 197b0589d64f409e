"""Enduring: a thread in the background outlives what fails in it, or all that it shows would stand still for good."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger("nbloop")


class Enduring:
    """Calls work that may fail.

    What fails is logged with its traceback, and once where it fails in the same way again and again.

    Parameters
    ----------
    doing : str
        What is tried, for the log.
    """

    def __init__(self, doing: str) -> None:
        self._doing, self._said = doing, ""

    def __call__(self, work: Callable[..., object], *given: Any) -> bool:
        """Return whether `work` went well with what is given."""
        try:
            work(*given)
            said = ""
        except Exception as error:  # whoever waits for the next call would wait for ever
            said = f"{type(error).__name__}: {error}"
            if said != self._said:
                log.error("%s failed: %s", self._doing, error, exc_info=error)
        self._said = said
        return not said
