"""The doors: `Loop` and `annotate`, one-line methods that open the rooms below."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nbloop import history
from nbloop.asking import Queue, check_queue
from nbloop.dataset import Dataset
from nbloop.doors.board import BoardDoor
from nbloop.doors.control import ControlDoor
from nbloop.doors.golden import GoldenDoor
from nbloop.doors.learning import LearningDoor
from nbloop.doors.route import RouteDoor
from nbloop.doors.team import TeamDoor
from nbloop.doors.versions import VersionsDoor
from nbloop.errors import DataError, NotTrained
from nbloop.features import fit_features
from nbloop.in_order import InOrder
from nbloop.mind import Mind
from nbloop.model import Model
from nbloop.predictor import Predictor
from nbloop.quality.effort import Nudges, checked_nudges
from nbloop.sample import Sample
from nbloop.schema import Annotate, Classification, Flag, Label, Problem, Reject, Skip
from nbloop.session import Session
from nbloop.strategies import Strategy, make_strategy
from nbloop.trust.guard import Guard
from nbloop.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    import altair as alt

    from nbloop.simulate import Oracle
    from nbloop.widgets.curve import Curve
    from nbloop.widgets.labeler import Labeler
    from nbloop.widgets.publisher import Publisher
    from nbloop.workbench import Workbench


class Loop(BoardDoor, ControlDoor, GoldenDoor, LearningDoor, RouteDoor, TeamDoor, VersionsDoor):
    """A dataset with a model in the loop.

    As the last line of a cell it is the workbench: labeler and curve. Whatever the workbench can do, code can do.

    Parameters
    ----------
    data : Dataset
    learner : str, Learner, scikit-learn classifier or None
        What learns: ``"auto"``, a name of `nbloop.learners.names`, or any classifier or pipeline with `predict_proba`.
        None asks the samples in their order, without a model.
    strategy : str, Strategy or callable
        What chooses: ``"auto"``, a name of `nbloop.strategies.names`, or a function from a `Query` to one score a
        candidate.
    target : int, optional
        How many labels are wanted; the labeler shows the way to go.
    blind : bool or float
        Start with the model's probabilities hidden, so that they do not sway a person; or ask this share of the samples
        without them, so that `influence` can tell how much they do.
    control : float
        The share of questions that are drawn by lot: they tell how good the model is without a golden set
        (`control_score`), and how many labels the strategy saves on your data (`savings`).
    calibrate : bool
        Give the probabilities that a person reads, and those of `predict_proba`, a temperature fitted to the golden
        set, as soon as 50 verified samples prove that it helps (`calibration`). No prediction changes.
    nudges : bool or Nudges
        Whether the labeler says when a pause would do good, and when that is (`nbloop.quality.effort.Nudges`).

    Examples
    --------
    >>> data = Dataset(["free money", "see you at six", "cheap pills", "lunch?"], store=":memory:",
    ...                task=Classification(["ham", "spam"]))
    >>> loop = Loop(data)
    >>> sample = loop.ask()[0]
    >>> loop.tell(sample.id, "spam")
    >>> len(data.labels)
    1
    """

    def __init__(
        self,
        data: Dataset,
        *,
        learner: Any = "auto",
        strategy: str | Strategy | Callable[..., Any] = "auto",
        target: int | None = None,
        blind: bool | float = False,
        control: float = 0.0,
        calibrate: bool = False,
        nudges: bool | Nudges = True,
    ) -> None:
        if not isinstance(data, Dataset):
            raise DataError(f"a loop is made of a nbloop.Dataset; found {type(data).__name__}. Wrap it first.")
        if target is not None and (not isinstance(target, int) or isinstance(target, bool) or target < 1):
            raise DataError(f"target= is how many labels are wanted, a whole number from 1; found {target!r}.")
        self.data = data
        self._target = target
        self._blind = blind is True
        self._nudges = checked_nudges(nudges)
        turns = Turns(data, control, 0.0 if isinstance(blind, bool) else blind)
        self._session = Session(data, _mind(data, learner, strategy, calibrate), turns)

    # -- ask and tell ------------------------------------------------------------------------------------------------

    def ask(self, n: int = 1, *, queue: Queue = "train") -> list[Sample]:
        """Return the `n` samples to look at next, best first; fewer when fewer are left.

        Asking is free: until they are answered, the same samples may be returned again. The answer comes from the
        latest ranking; `wait` first for one that knows every label. ``queue="golden"`` asks for golden samples to
        verify, ``queue="errors"`` for answered ones to look at again (`ErrorsDoor.look_again`).
        """
        return self._session.deal(n, queue=queue)

    def tell(self, sample_id: Hashable, label: object, rationale: str | None = None) -> None:
        """Record a label; returns once it is safe on disk, and the model learns behind your back.

        Raises
        ------
        UnknownSample
            No sample has this id.
        UnknownLabel
            The label is not one of the task.
        StoreError
            The journal did not take it.
        """
        value = self.data.task.check(label)
        self._session.do(Annotate(sample=self._key(sample_id), value=value, rationale=rationale or ""))

    def undo(self, n: int = 1) -> None:
        """Take the last `n` answers back. The model becomes what it would be had it never seen them."""
        self._session.undo(n)

    def skip(self, sample_id: Hashable, rationale: str | None = None) -> None:
        """Ask this sample later: after 20 other answers it is the next one, or when nothing else is left."""
        self._session.do(Skip(sample=self._key(sample_id), rationale=rationale or ""))

    def reject(self, sample_id: Hashable, rationale: str | None = None) -> None:
        """Never ask this sample again: it is a bad one."""
        self._session.do(Reject(sample=self._key(sample_id), rationale=rationale or ""))

    def flag(self, sample_id: Hashable, rationale: str | None = None, *, on: bool = True) -> None:
        """Mark this sample to be looked at again, or take the mark away."""
        self._session.do(Flag(sample=self._key(sample_id), on=on, rationale=rationale or ""))

    def _key(self, sample_id: Hashable) -> str:
        return self.data.samples.keys[self.data.samples.position(sample_id)]

    # -- look --------------------------------------------------------------------------------------------------------

    @property
    def history(self) -> pd.DataFrame:
        """One row a round: labels, golden-set accuracy (95 % Wilson interval), macro F1, log loss, seconds, model."""
        return history.frame(self.data.rounds())

    @property
    def problem(self) -> Problem | None:
        """What the learner or the strategy failed with last; None when all is well."""
        return self._session.outcome.problem if self._session.outcome else None

    def wait(self, timeout: float | None = None) -> bool:
        """Block until the model knows every label told so far; False when `timeout` seconds passed first.

        Warns
        -----
        TrainingWarning
            The learner or the strategy failed; labels are kept and the last good model serves.
        DataWarning
            Labels are in doubt, and nothing learns from them until somebody decides (`Dataset.held`).
        """
        done = self._session.wait(timeout)
        self._session.warn_of_held()
        return done

    def simulate(self, oracle: Oracle | None = None, n: int = 100, *, batch: int = 1) -> pd.DataFrame:
        """Let `oracle` answer the next `n` samples, `batch` a commit, and return the history.

        Parameters
        ----------
        oracle : mapping, Series or callable, optional
            From sample id to label; the dataset's `truth` when absent. It verifies the golden samples it knows first.
        n : int
            Labels to tell; fewer when the pool runs dry.
        batch : int
            Labels told together, each time from a ranking that knows all before.
        """
        from nbloop.simulate import simulate

        simulate(self._session, oracle, n, batch)
        self._session.warn_of_held()
        return self.history

    # -- the model ---------------------------------------------------------------------------------------------------

    def predict(self, source: Any) -> np.ndarray:
        """Return the present model's labels, shape (n,), of the samples in `source`, in the dataset's own form."""
        return self._predictor(self._model).predict(source)

    def predict_proba(self, source: Any) -> np.ndarray:
        """Return the present model's probabilities, shape (n, classes), in the order of the task's labels."""
        return self._predictor(self._model).predict_proba(source)

    def best_model(self) -> Predictor:
        """Return the model with the best golden-set accuracy, the latest on ties, of those whose labels still stand.

        The best of many rounds looks better than it is: its score was part of the choice.
        """
        mind, snapshot = self._mind, self.data.snapshot()
        measured = [each for each in self.data.rounds() if each.accuracy is not None]
        for each in sorted(measured, key=lambda each: (each.accuracy, each.round), reverse=True):
            if (model := mind.rebuild(snapshot, each.labels, each.model_version)) is not None:
                self._looked(f"the best of {len(measured)} rounds", model)
                return self._predictor(model)
        return self._predictor(self._model)

    def fit_final(self) -> Predictor:
        """Return a model fitted once, from scratch, on every training label (never on the golden set)."""
        mind, snapshot = self._mind, self.data.snapshot()
        if len(np.unique(snapshot.codes)) < 2:
            raise _not_trained(self.data)
        return self._predictor(mind.fit_final(snapshot))

    @property
    def _mind(self) -> Mind:
        if isinstance(self._session.mind, Mind):
            return self._session.mind
        raise NotTrained("this loop has no model: it was made with learner=None. Make it with learner='auto'.")

    @property
    def _model(self) -> Model:
        self._mind  # noqa: B018  says so when there is none by choice
        self._session.wait()
        outcome = self._session.outcome
        if outcome is not None and outcome.model is not None:
            return outcome.model
        if outcome is not None and outcome.problem is not None:
            raise NotTrained(outcome.problem.message)
        raise _not_trained(self.data)

    def _predictor(self, model: Model) -> Predictor:
        mind = self._mind
        return Predictor(mind.calibrated(model, self.data.snapshot()) or model, mind.features, self.data)

    # -- faces -------------------------------------------------------------------------------------------------------

    def labeler(self, *, queue: Queue = "train") -> Labeler:
        """Return the labeler alone; ``"golden"`` verifies the golden set, ``"errors"`` looks at answers again."""
        check_queue(queue)
        from nbloop.widgets.labeler import Labeler

        return Labeler(
            self._session, self._publisher, queue=queue, blind=self._blind, target=self._target, nudges=self._nudges
        )

    def curve(self, *, live: bool = False) -> alt.LayerChart | Curve:
        """Return the learning curve as an Altair chart, or with ``live=True`` as a widget that follows the loop.

        Raises
        ------
        NotTrained
            The loop has no model, so nothing learns.
        """
        _ = self._mind  # without one there is nothing to draw
        if live:
            from nbloop.widgets.curve import Curve

            return Curve(self._session, self._publisher)
        from nbloop.charts import learning_curve

        return learning_curve(self.history)

    def workbench(self) -> Workbench:
        """Return labeler and curve side by side: what the loop shows as the last line of a cell."""
        from nbloop.workbench import Workbench

        faces = [self.labeler(), self.curve(live=True)] if self._session.mind.learns else [self.labeler()]
        return Workbench(self._session, faces)

    @cached_property
    def _publisher(self) -> Publisher:
        from nbloop.widgets.publisher import Publisher

        return Publisher(self._session)

    def _ipython_display_(self) -> None:
        self.workbench()._ipython_display_()

    def close(self) -> None:
        """End the background worker. What was told stays told; a new `Loop` on the same dataset goes on from it."""
        self._session.close()

    def __repr__(self) -> str:
        counts = self.data.counts()
        return (
            f"<nbloop loop: {counts.labels} labels, {counts.pool} to ask, {counts.verified} of {counts.golden} golden>"
        )


def annotate(
    examples: Any,
    labels: Classification | Sequence[str | Label],
    *,
    store: str | Path = "annotations.db",
    **options: Any,
) -> Loop:
    """Label `examples` in their order, without a model.

    Parameters
    ----------
    examples : list, frame, array or path
        Any source of `Dataset`.
    labels : Classification or sequence of str or Label
        What a sample can be.
    store : str or path
        Where the labels are kept; the same examples find them again.
    **options
        Anything else of `Dataset`: ``content``, ``id``, ``render``, ``annotator``.

    Returns
    -------
    Loop
        Shows the labeler as the last line of a cell; ``.data.labels`` has what was said.
    """
    task = labels if isinstance(labels, Classification) else Classification(labels)
    return Loop(Dataset(examples, task=task, store=store, **options), learner=None)


def _mind(data: Dataset, learner: Any, strategy: Any, calibrate: bool) -> Mind | InOrder:
    if learner is None:
        return InOrder()
    features = fit_features(data.features, data.samples.kind, data.samples.values(), seed=data.seed)
    mind = Mind(features, learner, make_strategy(strategy), data.seed, calibrates=calibrate)
    mind.guard = Guard(data)
    return mind


def _not_trained(data: Dataset) -> NotTrained:
    found = f"there are {len(data.labels)} labels, of fewer classes."
    if held := data.held_back():
        found = f"without those in doubt there are fewer. {held}"
    return NotTrained(f"a model needs labels of at least two classes; {found}")
