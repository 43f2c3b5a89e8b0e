"""A search as a study of Optuna, in memory: what its samplers ask of, and learn from."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from tui_tuner.oracles.region import Region
from tui_tuner.oracles.trial import Trial, TrialStatus
from tui_tuner.space.encoding import Axis, AxisKind, SpaceEncoding
from tui_tuner.space.integer import Int
from tui_tuner.space.scales import Sampling

Values = dict[str, Any]
MakeSampler = Callable[[int], optuna.samplers.BaseSampler]
"""Makes a sampler with a seed."""


class OptunaStudy:
    """Trials as Optuna has them.

    Each question is asked of a new sampler, with a seed of its own: what samplers remember, they keep in the study. So
    what is suggested follows from the trials, the order in which they began and ended, and the seeds alone.

    Args:
        make_sampler: Makes the sampler, with a seed.
        direction: `"min"` or `"max"`: of the scores.
    """

    def __init__(self, make_sampler: MakeSampler, direction: str) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)  # it tells of each trial otherwise
        self._make_sampler = make_sampler
        self._storage = optuna.storages.InMemoryStorage()
        self._study = optuna.create_study(storage=self._storage, direction=f"{direction}imize")
        self._study_id = self._storage.get_study_id_from_name(self._study.study_name)
        self._numbers: dict[str, int] = {}
        self._told: set[str] = set()

    def __contains__(self, trial_id: str) -> bool:
        return trial_id in self._numbers

    def ask(
        self, trial_id: str, region: Region, seeds: Sequence[Sequence[int]], accepts: Callable[[Values], bool]
    ) -> Values | None:
        """What the sampler suggests.

        Args:
            trial_id: Of the trial that will run it.
            region: What may be proposed.
            seeds: Of the first question, and of others for as long as what is suggested is not accepted.
            accepts: Says of a configuration whether it can be run.

        Returns:
            The first configuration that is accepted, or `None`: then `run` says what is run instead.
        """
        for attempt, seed in enumerate(seeds):
            if attempt:
                self._study.tell(self._numbers[trial_id], state=TrialState.FAIL)
            self._study.sampler = self._make_sampler(int(np.random.SeedSequence(list(seed)).generate_state(1)[0]))
            asked = self._study.ask()
            self._numbers[trial_id] = asked.number
            values = _suggested(asked, region)
            if accepts(values):
                return values
        return None

    def run(self, trial_id: str, encoding: SpaceEncoding, values: Mapping[str, Any]) -> None:
        """What a trial runs, whatever was suggested."""
        encoded = encoding.encode(values)
        parameters = [
            (parameter, parameter.value(float(coordinate)))
            for parameter, coordinate, active in zip(
                map(_Parameter, encoding.axes), encoded.points, encoded.active, strict=True
            )
            if active
        ]
        if trial_id not in self._numbers:
            self._numbers[trial_id] = len(self._study.get_trials(deepcopy=False))
            self._study.add_trial(
                optuna.trial.create_trial(
                    state=TrialState.RUNNING,
                    params={parameter.name: value for parameter, value in parameters},
                    distributions={parameter.name: parameter.distribution for parameter, _ in parameters},
                )
            )
            return
        known = self._study.get_trials(deepcopy=False)[self._numbers[trial_id]].params
        for parameter, value in parameters:
            if known.get(parameter.name) != value:
                internal = parameter.distribution.to_internal_repr(value)
                self._storage.set_trial_param(self._id_of(trial_id), parameter.name, internal, parameter.distribution)

    def tell(self, trial: Trial) -> None:
        """How a trial has ended; saying it twice makes no difference."""
        if trial.trial_id in self._told:
            return
        self._told.add(trial.trial_id)
        number, score = self._numbers[trial.trial_id], trial.score
        if score is None or not math.isfinite(score) or trial.status == TrialStatus.FAILED:
            self._study.tell(number, state=TrialState.FAIL)
        elif trial.status == TrialStatus.STOPPED:
            self._storage.set_trial_intermediate_value(self._id_of(trial.trial_id), trial.best_step, score)
            self._study.tell(number, state=TrialState.PRUNED)
        else:
            self._study.tell(number, score)

    def _id_of(self, trial_id: str) -> int:
        return int(self._storage.get_trial_id_from_study_id_trial_number(self._study_id, self._numbers[trial_id]))


class _Parameter:
    """A hyperparameter as Optuna has it: a number on its own scale, or the number of a value in its set.

    So nothing is said twice of scales, steps and categories.
    """

    def __init__(self, axis: Axis) -> None:
        self._axis = axis
        hp = axis.hyperparameter
        # One name may stand for several, each under its own conditions.
        self.name = f"{hp.name} if {hp.conditions}" if hp.conditions else hp.name
        self._is_logarithmic = isinstance(hp, Int) and hp.sampling == Sampling.LOG and hp.step is None
        self.distribution: BaseDistribution
        if axis.n_values is None:
            self.distribution = FloatDistribution(0.0, 1.0)
        elif axis.kind is AxisKind.CATEGORY:
            self.distribution = CategoricalDistribution(tuple(range(axis.n_values)))
        elif isinstance(hp, Int) and self._is_logarithmic:
            self.distribution = IntDistribution(hp.min_value, hp.max_value, log=True)
        else:
            self.distribution = IntDistribution(0, axis.n_values - 1)

    def value(self, coordinate: float) -> float:
        """What a coordinate of the axis is to Optuna."""
        if self._axis.n_values is None:
            return coordinate
        if self._is_logarithmic:
            return int(self._axis.decode(coordinate))
        return int(self._axis.index(np.array([coordinate]))[0])

    def coordinate(self, trial: optuna.Trial) -> float:
        """The coordinate that is suggested."""
        match self.distribution:
            case FloatDistribution(low=low, high=high):
                return float(trial.suggest_float(self.name, low, high))
            case CategoricalDistribution(choices=choices):
                index = int(trial.suggest_categorical(self.name, choices))
            case IntDistribution(low=low, high=high, log=log):
                index = trial.suggest_int(self.name, low, high, log=log)
                if self._is_logarithmic:
                    return self._axis.encode(index)
        return float(self._axis.coordinate(np.array([index]))[0])


def _suggested(trial: optuna.Trial, region: Region) -> Values:
    """The configuration that a sampler suggests, hyperparameter by hyperparameter, as far as it is allowed."""
    encoding = region.encoding
    point = np.array([axis.encode(axis.hyperparameter.default) for axis in encoding.axes])
    column_of = {id(axis.hyperparameter): column for column, axis in enumerate(encoding.axes)}
    for hp in encoding.definitions:
        # What is active follows from what will be run of the suggestions before.
        known = region.decode(region.canonical(point[None, :]).points[0])
        column = column_of.get(id(hp))
        if column is not None and hp.name in known and all(each.is_active(known) for each in hp.conditions):
            point[column] = _Parameter(encoding.axes[column]).coordinate(trial)
    return region.decode(region.canonical(point[None, :]).points[0])
