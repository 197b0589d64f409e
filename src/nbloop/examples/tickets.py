"""Support tickets of a shop: varied, misspelt, and some of them with two intents."""

from __future__ import annotations

from random import Random

import pandas as pd

from nbloop.errors import DataError
from nbloop.examples import phrases

INTENTS = tuple(phrases.WANTS)
"""The classes of `tickets`, in order."""

_WEIGHTS = (5, 5, 4, 4, 3, 2)  # as in a real inbox, no two classes are equally frequent for long
_TWO_INTENTS, _VAGUE, _TYPOS = 0.2, 0.06, 0.35


def tickets(n: int = 2400, *, seed: int = 0) -> pd.DataFrame:
    """Make support tickets; the same `n` and `seed` make the same ones.

    Parameters
    ----------
    n : int
        How many, at least 1. The first tickets of a larger set are those of a smaller one.
    seed : int
        Another seed, other tickets.

    Returns
    -------
    DataFrame of shape (n, 4)
        `ticket` (a unique id), `text` (no two alike), `intent` (one of `INTENTS`) and `ambiguous`: whether the ticket
        names a second intent or leaves a reader guessing.

    Raises
    ------
    DataError
        `n` is not a positive number.

    Examples
    --------
    >>> frame = tickets(3)
    >>> list(frame.columns)
    ['ticket', 'text', 'intent', 'ambiguous']
    >>> frame.equals(tickets(5).head(3))
    True
    """
    if n < 1:
        raise DataError(f"a set of tickets has at least one; found n={n}.")
    random, seen = Random(seed), set[str]()
    rows = []
    while len(rows) < n:
        text, intent, ambiguous = _ticket(random)
        if text not in seen:
            seen.add(text)
            rows.append((f"T-{len(rows) + 1:05d}", text, intent, ambiguous))
    return pd.DataFrame(rows, columns=["ticket", "text", "intent", "ambiguous"])


def _ticket(random: Random) -> tuple[str, str, bool]:
    intent = random.choices(INTENTS, _WEIGHTS)[0]
    kind = random.random()
    if kind < _VAGUE:
        body, ambiguous = [_sentence(random.choice(phrases.VAGUE[intent]))], True
    elif kind < _VAGUE + _TWO_INTENTS:
        body, ambiguous = _two_intents(random, intent), True
    else:
        body, ambiguous = [_sentence(random.choice(phrases.WANTS[intent]))], False
    text = _fill(random, " ".join(_around(random, body)))
    return _as_typed(random, text), intent, ambiguous


def _two_intents(random: Random, intent: str) -> list[str]:
    """The first thing asked is the intent, mostly: some people come to the point last."""
    second = random.choice([other for other in INTENTS if other != intent])
    asked = [random.choice(phrases.WANTS[intent]), random.choice(phrases.WANTS[second])]
    if random.random() < 0.3:
        asked.reverse()
    return [_sentence(asked[0]), random.choice(phrases.JOINS) + asked[1] + "."]


def _sentence(phrase: str) -> str:
    return phrase[0].upper() + phrase[1:] + "."


def _around(random: Random, body: list[str]) -> list[str]:
    """Greeting, facts that say little, temper and closing, each in some tickets only."""
    facts = random.sample(phrases.FACTS, random.choice((0, 0, 1, 1, 2)))
    split = random.randint(0, len(facts))
    return [
        *random.sample(phrases.OPENINGS, random.random() < 0.6),
        *facts[:split],
        *body,
        *facts[split:],
        *random.sample(phrases.ANGER, random.random() < 0.15),
        *random.sample(phrases.CLOSINGS, random.random() < 0.5),
    ]


def _fill(random: Random, text: str) -> str:
    return text.format(
        product=random.choice(phrases.PRODUCTS),
        app=random.choice(phrases.APPS),
        day=random.choice(phrases.DAYS),
        days=random.randint(2, 30),
        number=random.randint(2, 99),
        order=f"{random.choice('ABK')}-{random.randint(10_000, 99_999)}",
        amount=f"{random.choice(('$', '€', '£'))}{random.randint(5, 400)}{random.choice(('', '.99', '.50'))}",
    )


def _as_typed(random: Random, text: str) -> str:
    """Hasty people swap letters and forget the shift key; angry ones never let go of it."""
    if random.random() < _TYPOS:
        for _ in range(random.randint(1, 3)):
            text = _typo(random, text)
    if random.random() < 0.15:
        return text.lower()
    return text.upper() if random.random() < 0.03 else text


def _typo(random: Random, text: str) -> str:
    """Swap two letters, lose one or press one twice."""
    at = random.randrange(len(text) - 1)
    pair = text[at : at + 2]
    if not pair.isalpha():
        return text
    return text[:at] + random.choice((pair[::-1], pair[0], pair[0] + pair)) + text[at + 2 :]
