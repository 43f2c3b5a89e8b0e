"""Bayesian optimisation with a Gaussian process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_tuner.oracles.acquisition import CandidateSearch, Promise
from tui_tuner.oracles.blas import one_blas_thread
from tui_tuner.oracles.design import initial_design, remoteness
from tui_tuner.oracles.objective import Objective
from tui_tuner.oracles.observations import EncodedTrials, Observations
from tui_tuner.oracles.oracle import Oracle
from tui_tuner.oracles.region import Region
from tui_tuner.oracles.surrogate import Surrogate
from tui_tuner.oracles.trial import TrialStatus
from tui_tuner.oracles.warping import WARPS
from tui_tuner.space import HyperParameters
from tui_tuner.space.encoding import SpaceEncoding

Array = NDArray[np.float64]

_INITIAL_POINTS = 5
_KERAS_TUNER_BETA = 2.6
_SETTINGS = ("num_initial_points", "alpha", "beta")
_LISTED = 2000
"""Spaces of at most so many configurations are looked through one by one."""
_BEST_CENTERS = 5


class BayesianOptimizationOracle(Oracle):
    """Models the objective with a Gaussian process and proposes where it promises most.

    It begins with the user's defaults, or the centre, and a few points spread around it. Each further proposal fits the
    process to what is known (see `gp`, `surrogate` and `warping`), imagines that running trials come out as predicted,
    and maximises the expected improvement times the chance that the trial does not fail. No configuration is proposed
    twice, and the search ends when a finite space is exhausted. A proposal depends on the seed, its number and the
    trials only.

    Args:
        objective: See `Oracle`, as for all others.
        max_trials: How many trials the search has.
        num_initial_points: How many trials there are before the model is asked, spread out as far as people did not
            enqueue others; 5 by default.
        alpha: The least variance of the noise that the model assumes, in units of the variance of the objective.
        beta: If given, the lower confidence bound `mean - beta * deviation` is minimised, in place of maximising the
            expected improvement; larger values explore more. Without it the attribute reads 2.6, KerasTuner's default.
    """

    def __init__(
        self,
        objective: str | Objective | Sequence[str | Objective] | None = None,
        max_trials: int | None = 10,
        num_initial_points: int | None = None,
        alpha: float = 1e-4,
        beta: float | None = None,
        seed: int | None = None,
        hyperparameters: HyperParameters | None = None,
        allow_new_entries: bool = True,
        tune_new_entries: bool = True,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int | None = 3,
    ) -> None:
        super().__init__(
            objective=objective,
            max_trials=max_trials,
            hyperparameters=hyperparameters,
            allow_new_entries=allow_new_entries,
            tune_new_entries=tune_new_entries,
            seed=seed,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
        )
        self.num_initial_points = num_initial_points
        self.alpha = alpha
        self.beta = _KERAS_TUNER_BETA if beta is None else beta
        self._uses_confidence_bound = beta is not None
        self._encoded: EncodedTrials | None = None
        self._encoded_space: tuple[HyperParameters, int] | None = None
        self._region: Region | None = None

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """The configuration that promises most among those that were not tried."""
        values = self._proposal()
        if values is None or not self._is_new(values):
            values = self._random_values()
        if values is None:
            return {"status": TrialStatus.STOPPED, "values": None}
        return {"status": TrialStatus.RUNNING, "values": values}

    def get_state(self) -> dict[str, Any]:
        return super().get_state() | {
            "num_initial_points": self.num_initial_points,
            "alpha": self.alpha,
            "beta": self.beta,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """As for all oracles; the constructor's settings stay, because whoever resumes may want to change them, with a
        warning if they are others."""
        missing = {"num_initial_points", "alpha", "beta"} - state.keys()
        if missing:
            raise KeyError(*sorted(missing))
        super().set_state(state)
        changed = [name for name in _SETTINGS if state[name] != getattr(self, name)]
        if changed and self.trials:
            before = ", ".join(f"{name}={state[name]}" for name in changed)
            now = ", ".join(f"{name}={getattr(self, name)}" for name in changed)
            self._say_once(f"The search was begun with {before}, and goes on with {now}.")

    def _subclass_state(self) -> dict[str, Any]:
        return {**super()._subclass_state(), **{name: getattr(self, name) for name in _SETTINGS}}

    def _proposal(self) -> dict[str, Any] | None:
        """A configuration, or `None` where the model has nothing to say."""
        trials = self._encoded_trials()
        encoding = trials.encoding
        region = self._present_region(encoding)
        if not encoding.dimension:
            return region.decode(np.zeros(0))
        planned = self.num_initial_points or _INITIAL_POINTS
        looked_at = sum(trial.rerun_of is None for trial in self.trials.values())
        if looked_at < planned:
            return region.decode(self._initial_points(region, planned)[looked_at])
        number = len(self.trials)
        rng = np.random.default_rng([self.seed, number])
        observations = trials.observations(self.objective.direction, rng)
        with one_blas_thread():
            point = self._most_promising(trials, observations, region, rng, number)
        return None if point is None else region.decode(point)

    def _initial_points(self, region: Region, count: int) -> Array:
        points = initial_design(region.encoding, count, self.seed)
        # The first one is where people would begin, if that may be proposed.
        return region.canonical(np.vstack([points[:1], region.spread(points[1:])])).points

    def _most_promising(
        self,
        trials: EncodedTrials,
        observations: Observations,
        region: Region,
        rng: np.random.Generator,
        number: int,
    ) -> Array | None:
        encoding = region.encoding
        promise: Promise
        if np.isfinite(observations.values).any():
            beta = self.beta if self._uses_confidence_bound else None
            promise = Surrogate(observations, encoding, WARPS[number % len(WARPS)], self.alpha, beta).promise
        else:  # nothing to learn from, or failures only: as far from all that as can be
            known = observations.all_known
            if not len(known.points):
                return None
            promise = remoteness(encoding, known)
        search = CandidateSearch(region, trials.is_tried, promise, rng)
        if region.size is not None and region.size <= _LISTED:
            return search.best_of(region.all_configurations)
        return search.best_around(observations.best_points(_BEST_CENTERS))

    def _present_region(self, encoding: SpaceEncoding) -> Region:
        if self._region is None or self._region.encoding is not encoding:
            self._region = Region(encoding, self._limits)
        return self._region

    def _limits_changed(self) -> None:
        super()._limits_changed()
        self._region = None

    def _encoded_trials(self) -> EncodedTrials:
        """The trials as points of the present space."""
        space = (self.hyperparameters, len(self.hyperparameters.space))  # it only grows, or is replaced
        if self._encoded is None or self._encoded_space != space:
            self._encoded, self._encoded_space = EncodedTrials(self.hyperparameters), space
        self._encoded.update(self.trials, self._id_to_hash)
        return self._encoded
