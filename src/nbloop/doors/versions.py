"""Versions: every model the loop had, which one serves, and the gate between them."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self

from nbloop.doors.errors import ErrorsDoor

if TYPE_CHECKING:
    import pandas as pd

    from nbloop.dataset import Dataset
    from nbloop.doors.gate import Gate
    from nbloop.mind import Mind
    from nbloop.model import Model
    from nbloop.predictor import Predictor
    from nbloop.session import Session
    from nbloop.trust.gatekeeper import Gatekeeper
    from nbloop.trust.validation import Finding


class VersionsDoor(ErrorsDoor):
    """What a `Loop` knows of its models."""

    data: Dataset
    _session: Session
    _mind: Any

    if TYPE_CHECKING:

        def _predictor(self, model: Model) -> Predictor: ...

    @property
    def versions(self) -> pd.DataFrame:
        """Every model generation: score, labels, dataset snapshot, seed, learner, strategy, and which one serves."""
        return self._gatekeeper.generations.frame()

    def model(self, version: str) -> Predictor:
        """Return the model of any version, rebuilt bit by bit from the labels it was made of.

        Raises
        ------
        GateError
            There is no such version, or another learner made it.
        """
        return self._predictor(self._gatekeeper.generations.model(version))

    def compare(self, candidate: str | Predictor | None = None, current: str | Predictor | None = None) -> pd.DataFrame:
        """Return accuracy, macro F1, log loss and calibration error of two models on the golden set.

        Parameters
        ----------
        candidate : str or Predictor, optional
            A version or a model; the newest when absent.
        current : str or Predictor, optional
            The one that serves when absent, else the one before the candidate.

        Returns
        -------
        DataFrame indexed by measure
            ``before``, ``after``, ``difference`` and its 95 % interval ``low``, ``high``.
        """
        return self._gatekeeper.compare(candidate, current)

    def gate(
        self,
        candidate: str | Predictor | None = None,
        current: str | Predictor | None = None,
        *,
        slices: Iterable[str] | Mapping[str, Any] = (),
        margin: float = 0.02,
        slice_margin: float = 0.1,
        strict: bool = False,
    ) -> Gate:
        """Judge whether `candidate` may take the place of `current`; the answer is true when it may, with its reasons.

        As the last line of a cell it shows itself, with buttons to promote and to roll back. The golden set was then
        looked at once more: every model so judged is counted, as by `score`.

        Parameters
        ----------
        candidate, current : str or Predictor, optional
            As in `compare`.
        slices : column names and expressions, or mapping of name to expression, mask or function
            Parts of the golden set that must not get worse either, beside each label.
        margin : float
            Most accuracy that may be lost on the golden set: the 95 % interval must exclude a greater loss.
        slice_margin : float
            The same for each slice.
        strict : bool
            Count slices with too few samples to tell as failed.

        Raises
        ------
        NotTrained
            There are no two models, or no verified golden samples.

        Warns
        -----
        DataWarning
            So many models were judged by the golden set that the best of them may be so by luck.
        """
        from nbloop.doors.gate import Gate
        from nbloop.trust.decision import Decision

        keeper, options = self._gatekeeper, {"margin": margin, "slice_margin": slice_margin, "strict": strict}
        said = keeper.gate(candidate, current, slices=slices, **options)
        decision = Decision(self._session, keeper.generations, said)
        return Gate(**vars(said), session=self._session, publisher=self._publisher, decision=decision)

    def promote(self, version: str | None = None, *, reason: str = "", anyway: bool = False, **options: Any) -> str:
        """Let a version (the newest) serve when it passes the gate against the one that serves; return it.

        Parameters
        ----------
        version : str, optional
            One of `versions`.
        reason : str
            Kept in the journal.
        anyway : bool
            Promote it also when it did not pass.
        **options
            Of `gate`: ``slices``, ``margin``, ``slice_margin``, ``strict``.

        Raises
        ------
        GateError
            It did not pass.
        """
        return self._gatekeeper.promote(version, reason, anyway=anyway, **options)

    def roll_back(self, reason: str = "") -> str:
        """Let the version that was promoted before the present one serve again, and return it."""
        return self._gatekeeper.generations.roll_back(reason)

    def serving(self) -> Predictor:
        """Return the model that was promoted last and not rolled back.

        Raises
        ------
        GateError
            None ever was.
        """
        return self._predictor(self._gatekeeper.serving())

    def validate(self) -> list[Finding]:
        """Return what speaks against learning from the labels as they are; empty when nothing does.

        Golden samples or their near twins among the labels, columns that copy the label, equal samples labelled
        differently, a class that vanished, columns that changed since the model that serves; also what was waived.
        """
        from nbloop.trust.validation import validate

        return validate(self.data, self.data.snapshot())

    def guard(self, on: bool = True, *checks: str, reason: str = "") -> None:
        """Say that models are made although some checks speak against it, or that these checks hold again.

        By default all of them hold. Labels in doubt are held back and the rest is learned: ``"conflicting labels"`` and
        ``"golden twins"`` (see `Dataset.held`). The others stop a retraining, and the last good model serves:
        ``"copied label"``, ``"vanished class"``, ``"changed columns"``, ``"golden samples"``. The gate goes on looking
        at all of them.

        Parameters
        ----------
        on : bool
            False waives the checks. That is an event: it holds for everybody, and after a new start of the kernel.
        *checks : str
            Which ones; all when none are named.
        reason : str
            Why. The journal keeps it; to waive a check takes one.

        Raises
        ------
        DataError
            No such check, or no reason.
        RoleError
            Only an owner may.
        """
        from nbloop.trust.guard import waive

        if waived := waive(self.data, on, checks, reason):
            self._session.note(waived)
        self._session.retrain()

    def sandbox(self, *, learner: Any = None, strategy: Any = None, corrections: Any = "last") -> Self:
        """Replay the journal in memory under another learner, strategy or correction policy; the store stays as it is.

        Parameters
        ----------
        learner, strategy : optional
            As for a `Loop`; those of this loop when absent. With a strategy, it asks among the labelled samples.
        corrections : {"last", "first", "without"} or callable
            Corrections count, do not, or corrected samples are left out; or a function from annotations to a mask.

        Returns
        -------
        Loop
            In memory, with a history of its own.
        """
        from nbloop.trust.sandbox import sandbox

        session = sandbox(self._session, self._mind, learner=learner, strategy=strategy, corrections=corrections)
        twin = copy.copy(self)
        twin.__dict__.pop("_publisher", None)
        twin.data, twin._session = session.data, session
        return twin

    @property
    def _gatekeeper(self) -> Gatekeeper:
        from nbloop.trust.gatekeeper import Gatekeeper

        mind: Mind = self._mind
        self._session.wait()
        return Gatekeeper(self._session, mind)
