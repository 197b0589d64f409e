"""A sample as it is asked."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from nbloop.schema import Problem, Said, Why


@dataclass(frozen=True)
class Sample:
    """One thing to look at.

    Attributes
    ----------
    id : hashable
        As given in the source, or the hash of its content.
    content : str, PIL image or dict
        What a person looks at.
    proba : dict of str to float or None
        What the model says of it now, by label; None while there is no model.
    why : Why
        Strategy, phase, score, rank and, for linear models, the words or columns that count.
    blind : bool
        Whether a person is not to be shown what the model says, so that its influence can be measured.
    golden : bool
        Whether the answer verifies the golden set (and is never learned).
    flagged : bool
        Whether somebody marked it to be looked at again.
    said : Said or None
        What goes with an answer: by which model and strategy it was asked, and whether by lot.
    problem : Problem or None
        Why it cannot be shown, such as an error of `render=` or a broken file.
    """

    id: Hashable
    content: Any
    proba: dict[str, float] | None
    why: Why
    golden: bool = False
    flagged: bool = False
    problem: Problem | None = None
    blind: bool = False
    said: Said | None = None
