"""The golden set as a user asks for it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from nbloop.errors import DataError
from nbloop.pool import Pool
from nbloop.pool.columns import check_columns


@dataclass(frozen=True)
class Golden:
    """Samples that measure the model: nothing trains on them, and nothing but ``queue="golden"`` asks them.

    Parameters
    ----------
    share : float, optional
        Drawn at random before anything is asked.
    given : mapping or Series, optional
        Verified samples, id → label, instead of a draw.
    stratify : str, optional
        A column each of whose values is drawn from in proportion.
    group : str, optional
        A column whose values are drawn whole: a customer's samples are all golden or none.
    time : str, optional
        A column to sort by: the latest samples are golden, as in life.
    near : float or None
        Samples that share this much of their content with a golden one are neither asked nor learned; None lets them
        be.

    Raises
    ------
    DataError
        Neither a share nor samples, or both; more than one of `stratify`, `group` and `time`.

    Examples
    --------
    >>> Golden(0.1, group="customer").by
    'group:customer'
    """

    share: float | None = None
    given: Mapping[Hashable, object] | pd.Series | None = None
    stratify: str | None = None
    group: str | None = None
    time: str | None = None
    near: float | None = 0.8

    def __post_init__(self) -> None:
        if self.share is not None and (not isinstance(self.share, Real) or isinstance(self.share, bool)):
            raise DataError(
                f"golden= is a share such as 0.1, or verified samples as {{id: label}}; found {self.share!r}."
            )
        if self.share is not None and self.given is not None:
            raise DataError("a golden set is drawn (share=) or given (given=), not both.")
        if len([name for name in (self.stratify, self.group, self.time) if name]) > 1:
            raise DataError("a golden set is drawn by one of stratify=, group= and time=; found more than one.")
        if self.near is not None and not (isinstance(self.near, Real) and 0 < self.near <= 1):
            raise DataError(f"near= is a share of content from 0 to 1, or None; found {self.near!r}.")

    @property
    def by(self) -> str:
        """How it is drawn, as the journal has it."""
        ways = {"stratify": self.stratify, "group": self.group, "time": self.time}
        return next((f"{way}:{column}" for way, column in ways.items() if column), "")


def golden_of(golden: Any) -> Golden:
    """Return what a user means by `golden=`: a share, verified samples, or a `Golden`."""
    if isinstance(golden, Golden):
        return golden
    return Golden(given=golden) if isinstance(golden, (Mapping, pd.Series)) else Golden(golden)


def column_codes(pool: Pool, by: str) -> np.ndarray:
    """Return the column of ``"way:column"`` as codes, shape (n,): equal values, equal codes, later ones higher."""
    column = by.partition(":")[2]
    check_columns(pool.frame, [column])
    values = pool.frame[column]
    try:
        codes, _ = pd.factorize(values, sort=True, use_na_sentinel=False)
    except TypeError:
        codes, _ = pd.factorize(values.astype(str), sort=True, use_na_sentinel=False)
    return np.asarray(codes)


def golden_groups(pool: Pool, golden: Golden) -> np.ndarray:
    """Return the group of each sample as a code, shape (n,), where golden ones are drawn by groups; else none."""
    return column_codes(pool, golden.by) if golden.group else np.empty(0, np.int64)
