"""Reasons: what errors are put down to, and what each calls for."""

from __future__ import annotations

from collections.abc import Iterable

from nbloop.errors import DataError
from nbloop.schema import KEYS, Reason

FIXED = "+* "
"""Keys that mean something else in the view of errors."""

CALLS_FOR = ("data", "model", "guideline")
"""What a reason can call for."""

REASONS = (
    Reason("noisy input", "data", "n", "the sample is broken, cut off or unreadable"),
    Reason("missing context", "data", "c", "what is shown is not enough to decide"),
    Reason("ambiguous guideline", "guideline", "g", "the guidelines allow both answers"),
    Reason("unseen case", "data", "u", "nothing like it was labelled yet"),
    Reason("biased data", "model", "b", "the model follows something that only looks like the class"),
    Reason("label error", "guideline", "l", "the person was wrong, the model right"),
)
"""The reasons that serve until others are given."""

ADVICE = {
    "data": "Label more samples like these, or mend them at their source.",
    "model": "Change the features or the learner: more of the same labels will not help.",
    "guideline": "Say it in the guidelines, and look at the labels again.",
}
"""What to do, by what a reason calls for."""


def checked_reasons(reasons: Iterable[Reason | str]) -> tuple[Reason, ...]:
    """Return reasons with a key each, or raise a `DataError` that says what is wrong.

    >>> [reason.key for reason in checked_reasons(["typo", Reason("sarcasm", "guideline")])]
    ['1', '2']
    """
    given = [Reason(each) if isinstance(each, str) else each for each in reasons]
    free = iter([key for key in KEYS if key not in {one.key for one in given}])
    keyed = [Reason(one.name, one.calls_for, one.key or next(free, ""), one.description) for one in given]
    names, keys = [one.name for one in keyed], [one.key for one in keyed if one.key]
    if not keyed or len({*names}) < len(names) or len({*keys}) < len(keys) or "" in names:
        raise DataError(f"reasons are different names with different keys, at least one; found {names} on {keys}.")
    if taken := [key for key in keys if len(key) != 1 or key in FIXED]:
        raise DataError(f"the key of a reason is one character, and none of + * space; found {taken[0]!r}.")
    if odd := [one for one in keyed if one.calls_for not in CALLS_FOR]:
        raise DataError(f"a reason calls for {', '.join(CALLS_FOR)}; found {odd[0].calls_for!r} of {odd[0].name!r}.")
    return tuple(keyed)
