"""What the trials of a search tell a model: points and values, failures, and what is still running."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui_tuner.oracles.constraints import Constraint
from tui_tuner.oracles.earlier import EarlierTrial
from tui_tuner.oracles.hypervolume import nondominated
from tui_tuner.oracles.objective import Objective
from tui_tuner.oracles.trial import Trial, TrialStatus
from tui_tuner.space import HyperParameters
from tui_tuner.space.encoding import Encoded, SpaceEncoding

Array = NDArray[np.float64]

_BEST, _LATEST, _RANDOM = 100, 100, 50
_OPEN = (TrialStatus.RUNNING, TrialStatus.INVALID)


class Outcome(NamedTuple):
    """What a trial tells a model: a tuple, because there are as many for each proposal as there are trials.

    Args:
        trial_id: The trial, whose configuration it is about.
        value: What it came to, to be minimised; NaN for a failure, `None` as long as it is not known.
        fidelity: How much of a whole training that is from: 1 for all of it, 0 for the least there is.
        slacks: How far it was from violating each constraint; NaN for what is not known.
        cost: What it cost, such as seconds; NaN if that is not known.
        others: What it came to in the other objectives, if there are several, to be minimised.
        ended_early: Whether a person or a pruner ended it, and it would have come to more.
    """

    trial_id: str
    value: float | None
    fidelity: float = 1.0
    slacks: tuple[float, ...] = ()
    cost: float = math.nan
    others: tuple[float, ...] = ()
    ended_early: bool = False


@dataclass(frozen=True)
class Observations:
    """What a model is fitted to.

    Args:
        observed: The configurations that ended.
        values: What they came to, to be minimised, shape `(observed,)`; NaN for a failure.
        running: The configurations that have not ended.
        fidelities: How much of a whole training each value is from, shape `(observed,)`, as `Outcome` has it; `None`
            where all are from whole ones.
        slacks: How far each was from violating each constraint, shape `(observed, constraints)`; NaN if not known.
        costs: What each cost, shape `(observed,)`; NaN if that is not known.
        others: The values of the other objectives, shape `(observed, objectives - 1)`; finite where `values` are.
    """

    observed: Encoded
    values: Array
    running: Encoded
    fidelities: Array | None = None
    slacks: Array | None = None
    costs: Array | None = None
    others: Array | None = None

    @property
    def count(self) -> int:
        return len(self.values)

    @property
    def all_known(self) -> Encoded:
        """The configurations that ended, and those that have not."""
        return Encoded(
            np.vstack([self.observed.points, self.running.points]),
            np.vstack([self.observed.active, self.running.active]),
        )

    def best_points(self, count: int) -> Array:
        """The points of the best values, at most `count`, shape `(points, axes)`; of several objectives, first of those
        that no other one dominates."""
        dominated = np.zeros(len(self.values), dtype=bool)
        if self.others is not None:
            dominated = ~nondominated(np.nan_to_num(np.column_stack([self.values, self.others]), nan=np.inf))
        order = np.lexsort((self.values, dominated, np.isnan(self.values), ~self.is_feasible))
        return self.observed.points[order[:count]]

    @property
    def is_feasible(self) -> NDArray[np.bool_]:
        """Which of the configurations that ended kept to all constraints, as far as is known."""
        if self.slacks is None:
            return np.ones(len(self.values), dtype=bool)
        return np.asarray(~(self.slacks < 0.0).any(axis=1))


EARLIER = "earlier "
"""What the ids of earlier trials begin with, in outcomes."""


def earlier_outcomes(
    fitted: Sequence[EarlierTrial],
    direction: str,
    constraints: Sequence[Constraint] = (),
    others: Sequence[Objective] = (),
) -> list[Outcome]:
    """What trials of earlier searches tell, which may have had other data, or models that were otherwise different.

    So their fidelity is 0: how much they say of this search is learnt from both.

    Args:
        fitted: Those that say something of the present space.
        direction, constraints, others: As `OutcomeReader` has them.
    """
    outcomes = []
    for number, trial in enumerate(fitted):
        sign = 1.0 if direction == "min" else -1.0
        value = math.nan if trial.score is None or not math.isfinite(trial.score) else sign * trial.score
        more = tuple(
            (1.0 if each.direction == "min" else -1.0) * trial.metrics.get(each.name, math.nan) for each in others
        )
        slacks = tuple(each.slack(trial.metrics.get(each.name, math.nan)) for each in constraints)
        if trial.score is None or all(map(math.isfinite, more)):
            outcomes.append(Outcome(f"{EARLIER}{number}", value, 0.0, slacks=slacks, others=more))
    return outcomes


class _Changing:
    """Tells which trials may have changed since one last looked: those that had not ended, and those that are new.

    With thousands of trials, only to look at each of them takes longer than anything else in a proposal.
    """

    def __init__(self) -> None:
        self._trials: Mapping[str, Trial] = {}
        self._seen = 0
        self._open: list[tuple[int, Trial]] = []

    def of(self, trials: Mapping[str, Trial]) -> list[tuple[int, Trial]]:
        """Those trials, each with its place in the order of creation.

        Args:
            trials: By id, in the order of creation; all of them are new if it is another object than the last time.
        """
        if trials is not self._trials or len(trials) < self._seen:
            self._trials, self._seen, self._open = trials, 0, []
        changing = [*self._open, *enumerate(islice(trials.values(), self._seen, None), self._seen)]
        self._seen = len(trials)
        self._open = [(place, trial) for place, trial in changing if trial.status in _OPEN]
        return changing


class OutcomeReader:
    """Reads from trials that all train the same number of epochs what they tell; from each once, when it has ended.

    A trial that failed, or whose score is not finite, is a failure; of one that will be tried again nothing is known.
    One that was ended early counts with the score it had, if any, but as no worse than the median of those that were
    completed: with more epochs it would have had a better one, and a model that is not told so takes what is bad after
    few epochs for a cliff, and keeps away from all that is near.

    Args:
        direction: `"min"` or `"max"`: of the scores.
        constraints: What the trials should keep to.
        cost: The metric that a trial costs; empty if that does not matter.
        others: What is optimised beside the score.
    """

    def __init__(
        self,
        direction: str,
        constraints: Sequence[Constraint] = (),
        cost: str = "",
        others: Sequence[Objective] = (),
    ) -> None:
        self._direction = direction
        self._constraints = constraints
        self._cost = cost
        self._others = others
        self._changing = _Changing()
        self._outcomes: list[Outcome | None] = []

    def read(self, trials: Mapping[str, Trial]) -> list[Outcome]:
        """What the trials tell, in their order.

        Args:
            trials: By id, in the order of creation.
        """
        known = self._outcomes
        for place, trial in self._changing.of(trials):
            known[place : place + 1] = [self._outcome(trial)]
        del known[len(trials) :]
        return _no_worse_than_median([outcome for outcome in known if outcome is not None])

    def _outcome(self, trial: Trial) -> Outcome | None:
        if trial.status in _OPEN:
            return Outcome(trial.trial_id, None)
        ended_early = trial.status == TrialStatus.STOPPED
        if ended_early and trial.score is None:
            return None
        value = to_be_minimised(trial, self._direction)
        slacks = tuple(constraint.slack(_metric(trial, constraint.name)) for constraint in self._constraints)
        more = tuple(
            _metric(trial, each.name) if each.direction == "min" else -_metric(trial, each.name)
            for each in self._others
        )
        value = value if all(map(math.isfinite, more)) else math.nan
        paid = _metric(trial, self._cost) if self._cost else math.nan
        return Outcome(trial.trial_id, value, slacks=slacks, cost=paid, others=more, ended_early=ended_early)


def _no_worse_than_median(outcomes: list[Outcome]) -> list[Outcome]:
    """The same, but that trials which were ended early came at least to the median of those that were completed."""
    if not any(outcome.ended_early for outcome in outcomes):
        return outcomes
    worked = [outcome for outcome in outcomes if outcome.value is not None and math.isfinite(outcome.value)]
    completed = [(outcome.value, *outcome.others) for outcome in worked if not outcome.ended_early]
    if not completed:
        return outcomes
    median, *other_medians = np.median(np.array(completed, dtype=np.float64), axis=0).tolist()

    def at_least(outcome: Outcome) -> Outcome:
        if not outcome.ended_early or outcome.value is None or math.isnan(outcome.value):
            return outcome
        others = tuple(map(min, outcome.others, other_medians))
        return outcome._replace(value=min(outcome.value, median), others=others)

    return [at_least(outcome) for outcome in outcomes]


def _metric(trial: Trial, name: str) -> float:
    """A metric of a trial that has ended; NaN if it has none of this name."""
    value = trial.metrics.get_best_value(name) if trial.metrics.exists(name) else None
    return math.nan if value is None else value


def to_be_minimised(trial: Trial, direction: str) -> float:
    """The score of a trial that ended, such that less is better; NaN if it has none that is finite, or failed."""
    score = math.nan if trial.status == TrialStatus.FAILED or trial.score is None else trial.score
    return (score if direction == "min" else -score) if math.isfinite(score) else math.nan


class EncodedTrials:
    """The trials of an oracle as points, each encoded once for as long as the space stays the same.

    Args:
        space: The search space; a later change of it needs a new object.
    """

    def __init__(self, space: HyperParameters) -> None:
        self.encoding = SpaceEncoding(space)
        self._changing = _Changing()
        self._rows: dict[str, tuple[str, Encoded]] = {}
        self._tried: set[bytes] = set()

    def update(self, trials: Mapping[str, Trial], hashes: Mapping[str, str]) -> None:
        """Take in the trials as they are now.

        Args:
            trials: By id, in the order of creation.
            hashes: A hash of each trial's values, by id.
        """
        for _, trial in self._changing.of(trials):
            values_hash = hashes.get(trial.trial_id, "")
            known = self._rows.get(trial.trial_id)
            if known is None or known[0] != values_hash:
                encoded = self.encoding.encode(trial.hyperparameters.values)
                self._rows[trial.trial_id] = (values_hash, encoded)
                self._tried.add(encoded.points.tobytes())

    def take_in_earlier(self, configurations: Sequence[Mapping[str, Any]]) -> None:
        """Take in trials of earlier searches; they were not tried in this one."""
        for number, values in enumerate(configurations):
            key = f"{EARLIER}{number}"
            if key not in self._rows:
                self._rows[key] = ("", self.encoding.encode(values))

    def is_tried(self, points: Array) -> NDArray[np.bool_]:
        """Which of these canonical points, shape `(points, axes)`, are those of a trial."""
        return np.fromiter((row.tobytes() in self._tried for row in points), dtype=bool, count=len(points))

    def observations(self, outcomes: Sequence[Outcome], rng: np.random.Generator) -> Observations:
        """What the trials tell.

        Of more than 250 outcomes a model sees the best 100, the latest 100 and 50 others, which bounds its cost.

        Args:
            outcomes: Of trials that were taken in.
            rng: Draws the others.
        """
        ended = [outcome for outcome in outcomes if outcome.value is not None]
        array = np.array([outcome.value for outcome in ended], dtype=np.float64)
        kept = _selection(array, rng)
        ended = [ended[index] for index in kept]
        fidelities = np.array([outcome.fidelity for outcome in ended])
        return Observations(
            self._gather(ended),
            array[kept],
            self._gather(outcome for outcome in outcomes if outcome.value is None),
            None if (fidelities == 1.0).all() else fidelities,
            np.array([outcome.slacks for outcome in ended]) if any(outcome.slacks for outcome in ended) else None,
            np.array([outcome.cost for outcome in ended]) if any(outcome.cost > 0.0 for outcome in ended) else None,
            np.array([outcome.others for outcome in ended]) if any(outcome.others for outcome in ended) else None,
        )

    def _gather(self, outcomes: Iterable[Outcome]) -> Encoded:
        rows = [self._rows[outcome.trial_id][1] for outcome in outcomes]
        shape = (len(rows), self.encoding.dimension)
        return Encoded(
            np.array([row.points for row in rows], dtype=np.float64).reshape(shape),
            np.array([row.active for row in rows], dtype=bool).reshape(shape),
        )


def _selection(values: Array, rng: np.random.Generator) -> NDArray[np.intp]:
    """The indices of the values that a model sees, ascending."""
    count = len(values)
    if count <= _BEST + _LATEST + _RANDOM:
        return np.arange(count)
    kept = np.zeros(count, dtype=bool)
    kept[np.argsort(values, kind="stable")[:_BEST]] = True
    kept[-_LATEST:] = True
    kept[rng.choice(np.flatnonzero(~kept), size=_RANDOM, replace=False)] = True
    return np.flatnonzero(kept)
