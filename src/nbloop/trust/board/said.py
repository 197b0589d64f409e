"""Said: figures as a person reads them."""

from __future__ import annotations

MINUTE, HOUR, DAY = 60, 3600, 86400


def percent(share: float, digits: int = 1) -> str:
    """Return a share as percent.

    >>> percent(0.7904), percent(1)
    ('79.0%', '100.0%')
    """
    return f"{share:.{digits}%}"


def span(low: float, high: float) -> str:
    """Return an interval of shares as percent.

    >>> span(0.7421, 0.8316)
    '74.2–83.2%'
    """
    return f"{low * 100:.1f}–{high * 100:.1f}%"


def plural(n: int, noun: str, nouns: str = "") -> str:
    """Return a count with its noun.

    >>> plural(1, "label"), plural(1200, "label"), plural(2, "class", "classes")
    ('1 label', '1,200 labels', '2 classes')
    """
    return f"{n:,} {noun if n == 1 else nouns or noun + 's'}"


def duration(seconds: float) -> str:
    """Return a time in the unit that fits it.

    >>> duration(0.2), duration(2.63), duration(90), duration(5400), duration(200_000)
    ('0.2 s', '2.6 s', '1.5 min', '1.5 h', '2.3 days')
    """
    for unit, name in ((DAY, "days"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.2g} {name}" if seconds < 100 * unit else f"{seconds / unit:.0f} {name}"
    return f"{max(seconds, 0.1):.1f} s" if seconds < 10 else f"{seconds:.0f} s"
