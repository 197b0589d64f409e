"""Roles: who may label, decide and govern, and what they are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from nbloop.dataset.settling import TRUTH
from nbloop.dataset.sharing import PROGRAM
from nbloop.errors import DataError, RoleError
from nbloop.schema import (
    Action,
    Adjudicate,
    Define,
    Draw,
    Erase,
    Escalate,
    Event,
    Grant,
    Look,
    PersonAction,
    Promote,
    Reasons,
    Routed,
    Undo,
    Waive,
)

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from nbloop.dataset.fold import Fold
    from nbloop.pool import Pool

Role = Literal["annotator", "reviewer", "owner"]
TIERS: dict[str, int] = {"annotator": 1, "reviewer": 2, "owner": 3}
"""Up to which tier a role decides, unless a grant says otherwise."""


TAKES: dict[type, tuple[Role, str]] = {
    Grant: ("owner", "grant roles"),
    Define: ("owner", "change the classes"),
    Draw: ("owner", "set samples apart: golden ones, past errors, or those that functions answer"),
    Erase: ("owner", "erase a person"),
    Promote: ("owner", "promote a model or roll one back"),
    Waive: ("owner", "waive a check before retraining"),
    Reasons: ("owner", "change the reasons that errors are put down to"),
    Routed: ("reviewer", "route new data"),
    Adjudicate: ("reviewer", "decide what others disagree on"),
}
"""Which role an action takes, and what it is called; what is not named here everybody does.

That is to answer, skip, reject, flag, send up to reviewers, discuss and be asked again; to wish that a sample is looked
at again, to put an error down to a reason and to pass on feedback; and what the program notes: rounds, looks at the
golden set, verdicts of the gate and alerts.
"""

MOST_NAMED = 3
"""So many people who may are named to somebody who may not."""


class Roles:
    """What a `Dataset` accepts from whom. Without any grant everybody may do everything."""

    if TYPE_CHECKING:
        samples: Pool
        annotator: str
        skill: str | None
        _fold: Fold
        _lock: threading.RLock

        def record(self, events: Sequence[Event]) -> list[Event]: ...
        def event(self, action: Action) -> Event: ...

    def grant(
        self, annotator: str, role: Role = "annotator", *, tier: int | None = None, skills: Sequence[str] | None = None
    ) -> None:
        """Say what a person may do; the last word counts. The first grant of all names an owner.

        Parameters
        ----------
        annotator : str
            Name or pseudonym.
        role : {"annotator", "reviewer", "owner"}
            Annotators label; reviewers decide and route as well; owners also change the task, set samples apart,
            promote models and roll them back, waive checks, undo what others said, and grant.
        tier : int, optional
            Up to which tier this person decides; by default 2 for a reviewer and 3 (an expert) for an owner.
        skills : sequence of str, optional
            Which values of ``Dataset(skill=column)`` this person is asked; all when absent.

        Raises
        ------
        RoleError
            You are no owner, or the first grant names none.
        """
        if role not in TIERS or tier not in (None, 1, 2, 3):
            raise DataError(f"role= is annotator, reviewer or owner, and tier= 1, 2 or 3; found {role!r} and {tier!r}.")
        if skills is not None and self.skill is None:
            raise DataError("skills= needs a column that says what each sample takes: Dataset(skill='language').")
        known = None if skills is None else tuple(map(str, skills))
        self.record([self.event(Grant(annotator.strip(), role, tier, known))])

    def role_of(self, annotator: str) -> Grant:
        """Return what a person may do."""
        with self._lock:
            grants = self._fold.grants
            return grants.get(annotator, Grant(annotator, "annotator" if grants else "owner"))

    @property
    def roles(self) -> pd.DataFrame:
        """Who may do what, by annotator: `role`, `tier`, `skills`. Empty where everybody may do everything."""
        with self._lock:
            grants = list(self._fold.grants.values())
        index = pd.Index([grant.annotator for grant in grants], name="annotator")
        columns = {
            "role": [g.role for g in grants],
            "tier": list(map(tier_of, grants)),
            "skills": [g.skills for g in grants],
        }
        return pd.DataFrame(columns, index=index)

    def permit(self, event: Event) -> None:
        """Raise `RoleError` where the role of whoever works here does not allow this event."""
        with self._lock:
            if isinstance(event.action, Grant) and not self._fold.grants and event.action.role != "owner":
                raise RoleError("the first grant names an owner: data.grant('ada', 'owner'). Nobody could govern else.")
            if not self._fold.grants:
                return
        mine = self.role_of(self.annotator)
        if (found := self._needs(event)) and TIERS[found[0]] > TIERS[mine.role]:
            raise RoleError(self._refusal(mine, *found))
        if isinstance(event.action, Adjudicate) and tier_of(mine) < (tier := self.tier(event.action.sample)):
            raise RoleError(
                f"sample {event.action.sample!r} was sent up to tier {tier}; you decide up to {tier_of(mine)}."
            )

    def refusal(self, action: Action) -> str:
        """Say why whoever works here may not do something; empty where they may."""
        try:
            self.permit(self.event(action))
        except RoleError as error:
            return str(error)
        return ""

    def _needs(self, event: Event) -> tuple[Role, str] | None:
        """Return which role an event takes, and what it does, in words; None where every role may."""
        action = event.action
        if event.annotator == TRUTH:
            return "owner", "say what is known of golden samples"
        if event.annotator != self.annotator and (event.annotator != PROGRAM or isinstance(action, PersonAction)):
            return "owner", f"speak for {event.annotator!r}"
        if isinstance(action, Undo):
            return self._needs_undo(action)
        if isinstance(action, Look) and action.part == "final":
            return "owner", "score the holdout, which is done once"
        if isinstance(action, Escalate) and action.tier > 2:
            return "reviewer", "send samples to experts"
        return TAKES.get(type(action))

    def _needs_undo(self, undo: Undo) -> tuple[Role, str] | None:
        """Return which role takes an event back: everybody their own, as long as they may still do such a thing."""
        target = self._fold.events.get(undo.target)
        if target is None:
            return None
        if target.annotator != self.annotator:
            return "owner", f"undo what {target.annotator!r} said"
        return self._needs(target) if not isinstance(target.action, Undo) else None

    def _refusal(self, mine: Grant, needed: Role, what: str) -> str:
        """Say who somebody is, what would be needed, and who has it."""
        who = self.annotator or "somebody without a name"
        with self._lock:
            able = [grant.annotator for grant in self._fold.grants.values() if TIERS[grant.role] >= TIERS[needed]]
        names = ", ".join(able[:MOST_NAMED]) + (", ..." if len(able) > MOST_NAMED else "")
        takes = "an owner" if needed == "owner" else f"a {needed}"
        return f"{who} is {mine.role} here and may not {what}: that takes {takes}. Ask {names}."

    def tier(self, sample: object) -> int:
        """Return who decides a sample now: 1 whoever labels it, 2 a reviewer (also when flagged), 3 an expert."""
        with self._lock:
            place = self.samples.position(str(sample))
            return max(self._fold.tiers.get(place, 1), 2 if self._fold.state(place).flagged else 1)

    def _unskilled(self) -> np.ndarray | None:
        """Return which samples take a skill that this person lacks; None where nothing is limited."""
        skills = self.role_of(self.annotator).skills
        if skills is None or self.skill is None:
            return None
        return ~self.samples.frame[self.skill].astype(str).isin(skills).to_numpy()


def tier_of(grant: Grant) -> int:
    """Return up to which tier a person decides."""
    return grant.tier or TIERS[grant.role]
