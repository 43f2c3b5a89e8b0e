"""The choice between trainings that may go on and new ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_tuner.oracles.acquisition import CandidateSearch
from tui_tuner.oracles.blas import one_blas_thread
from tui_tuner.oracles.curves import Curve
from tui_tuner.oracles.design import initial_design
from tui_tuner.oracles.explanation import Explanation, Reason
from tui_tuner.oracles.feasibility import Feasibility
from tui_tuner.oracles.features import Features
from tui_tuner.oracles.model_proposals import INITIAL_POINTS, Proposed
from tui_tuner.oracles.observations import EncodedTrials
from tui_tuner.oracles.region import PresentRegion, Region
from tui_tuner.oracles.runs import Run
from tui_tuner.oracles.thawing import Known, Parameters, Thawing, fit_parameters
from tui_tuner.oracles.trial import Trial
from tui_tuner.space import HyperParameters
from tui_tuner.space.encoding import SpaceEncoding
from tui_tuner.space.limits import Limit

Array = NDArray[np.float64]

_BEST, _LATEST = 150, 100
"""So many configurations are looked at; others are left as they are."""

_BEST_CENTERS = 5
_CAUTION = 2.0
"""As for whole trainings, see `surrogate`."""


@dataclass(frozen=True)
class Situation:
    """What a choice follows from.

    Args:
        space: The search space.
        limits: What people have forbidden of it, by name.
        trials: By id, in the order of creation.
        hashes: A hash of each trial's values, by id.
        runs: The trainings of all configurations.
        earlier_runs: Makes the same of the results that the parameters are fitted to.
        fitted_to: How many results those are.
        max_epochs: Of a whole training.
        first: Epochs that a new one begins with.
        seed: Of the search.
        number: Of the trial that is chosen: another one draws other candidates.
        may_begin: Whether new configurations are left.
    """

    space: HyperParameters
    limits: Mapping[str, Limit]
    trials: Mapping[str, Trial]
    hashes: Mapping[str, str]
    runs: Sequence[Run]
    earlier_runs: Callable[[], Sequence[Run]]
    fitted_to: int
    max_epochs: int
    first: int
    seed: int
    number: int
    may_begin: bool


class ThawChoice:
    """Goes on with what promises most for its cost. What it keeps between choices only saves time."""

    def __init__(self) -> None:
        self._encoded: EncodedTrials | None = None
        self._encoded_space: tuple[HyperParameters, int] | None = None
        self._region = PresentRegion()
        self._fitted: tuple[tuple[object, ...], Parameters] | None = None

    def choose(self, situation: Situation) -> Run | Proposed | None:
        """A training to go on with, a configuration to begin, or `None` where a model has nothing to say."""
        trials = self._encoded_trials(situation)
        region = self._region.of(situation.space, situation.limits)
        if not region.encoding.dimension:
            return self._only(region, situation)
        if len(situation.runs) < INITIAL_POINTS and situation.may_begin:
            points = initial_design(region.encoding, INITIAL_POINTS, situation.seed)
            points = np.vstack([points[:1], region.spread(points[1:])])
            point = region.canonical(points).points[len(situation.runs)]
            return Proposed(region.decode(point), Explanation(Reason.INITIAL))
        runs = _selection([run for run in situation.runs if run.is_known])
        if not runs:
            return None
        with one_blas_thread():
            return self._most_promising(situation, runs, trials, region)

    def likeliest(self, situation: Situation) -> Run | None:
        """The training that is expected to come to the best; `None` if none may go on."""
        waiting = [run for run in situation.runs if run.may_go_on]
        return min(waiting, key=lambda run: run.values[-1], default=None)

    def _only(self, region: Region, situation: Situation) -> Run | Proposed | None:
        if situation.may_begin:
            return Proposed(region.decode(np.zeros(0)), Explanation(Reason.INITIAL))
        return self.likeliest(situation)

    def _most_promising(
        self, situation: Situation, runs: Sequence[Run], trials: EncodedTrials, region: Region
    ) -> Run | Proposed | None:
        encoding = region.encoding
        rng = np.random.default_rng([situation.seed, situation.number])
        known = _known(trials, runs)
        thawing = Thawing(
            encoding,
            known,
            trials.encoded(run.trial_id for run in situation.runs if run.running and not run.values),
            self._parameters(situation, trials),
            situation.max_epochs,
            situation.first,
            _log_chance(encoding, trials, situation.runs),
        )
        waiting = [number for number, run in enumerate(runs) if run.may_go_on]
        promise = thawing.going_on(waiting)
        best = int(promise.argmax()) if waiting else None
        if not situation.may_begin:
            return None if best is None else runs[waiting[best]]
        search = CandidateSearch(region, trials.is_tried, thawing.beginning, rng)
        point = search.best_around(known.encoded.points[np.argsort(thawing.mean, kind="stable")[:_BEST_CENTERS]])
        if point is None:
            return None if best is None else runs[waiting[best]]
        new = region.canonical(point[None, :])
        if best is not None and promise[best] >= thawing.beginning(new)[0]:
            return runs[waiting[best]]
        return Proposed(region.decode(point), thawing.explain(new))

    def _parameters(self, situation: Situation, trials: EncodedTrials) -> Parameters:
        key = (situation.fitted_to, trials)
        if self._fitted is None or self._fitted[0] != key:
            runs = [run for run in situation.earlier_runs() if run.is_known] or [
                run for run in situation.runs if run.is_known
            ]
            rng = np.random.default_rng([situation.seed, situation.fitted_to, 1])
            parameters = fit_parameters(trials.encoding, _known(trials, runs), 1.5 * situation.first, rng)
            self._fitted = key, parameters
        return self._fitted[1]

    def _encoded_trials(self, situation: Situation) -> EncodedTrials:
        space = (situation.space, len(situation.space.space))  # it only grows, or is replaced
        if self._encoded is None or self._encoded_space != space:
            self._encoded, self._encoded_space = EncodedTrials(situation.space), space
        self._encoded.update(situation.trials, situation.hashes)
        return self._encoded


def _known(trials: EncodedTrials, runs: Sequence[Run]) -> Known:
    curves = [Curve(tuple(run.epochs), np.array(run.values)) for run in runs]
    return Known(trials.encoded(run.trial_id for run in runs), curves)


def _log_chance(encoding: SpaceEncoding, trials: EncodedTrials, runs: Sequence[Run]) -> Callable[[Array], Array]:
    """The logarithm of the chance that a configuration works, from the features of configurations."""
    told = [run for run in runs if run.failed or run.values]
    if not any(run.failed for run in told):
        return lambda features: np.zeros(len(features))
    features = Features(encoding)
    rows = features(trials.encoded(run.trial_id for run in told))
    slacks = np.array([-1.0 if run.failed else 1.0 for run in told])
    chance = Feasibility(rows, features.axis_of_column, features.axes, slacks, 1e-4)
    return lambda features: _CAUTION * chance.log_chance(features)


def _selection(runs: list[Run]) -> list[Run]:
    """The runs that are looked at, in their order."""
    if len(runs) <= _BEST + _LATEST:
        return runs
    best = set(np.argsort([run.values[-1] for run in runs], kind="stable")[:_BEST].tolist())
    return [run for number, run in enumerate(runs) if number in best or number >= len(runs) - _LATEST]
