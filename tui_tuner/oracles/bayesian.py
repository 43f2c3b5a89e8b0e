"""Bayesian optimisation with a Gaussian process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from tui_tuner.oracles.ahead import PreparingOracle
from tui_tuner.oracles.earlier import EarlierTrial, best_first, fitting
from tui_tuner.oracles.explanation import Reason
from tui_tuner.oracles.model_proposals import INITIAL_POINTS, Groundwork, Known, ModelProposals, Proposed, warm_up
from tui_tuner.oracles.objective import Objective
from tui_tuner.oracles.observations import OutcomeReader, earlier_outcomes
from tui_tuner.oracles.trial import TrialStatus
from tui_tuner.space import HyperParameters

_KERAS_TUNER_BETA = 2.6
_EARLIER_FIRST = 2
"""So many of the best configurations of earlier searches are tried first."""

_EXPLORING = 0.9
"""The share of a search's trials after which it is ending: no others gain from what its last ones find out."""

_SETTINGS = ("num_initial_points", "alpha", "beta")


class BayesianOptimizationOracle(PreparingOracle):
    """Models the objective with a Gaussian process and proposes where it promises most.

    It begins with the user's defaults, or the centre, and a few points spread around it. Each further proposal fits the
    process to what is known (see `gp_fit`, `surrogate`, `output_warping` and `input_warping`), imagines that running
    trials come out as predicted, and maximises the expected improvement times the chance that the trial does not fail.
    The last tenth of the trials polishes the best (see `surrogate`). No configuration is proposed twice, and the search
    ends when a finite space is exhausted. A proposal depends on the seed, its number, how many there are and the trials
    only.

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
        self._fitted: tuple[tuple[HyperParameters, int], list[tuple[EarlierTrial, dict[str, Any]]]] | None = None
        self._kept_model: tuple[tuple[Any, ...], ModelProposals] | None = None
        self._kept_reader: tuple[tuple[Any, ...], OutcomeReader] | None = None

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """The configuration that promises most among those that were not tried."""
        values = self._next_values()
        if values is None:
            self._explain(Reason.RANDOM)
            values = self._random_values()
        if values is None:
            return {"status": TrialStatus.STOPPED, "values": None}
        return {"status": TrialStatus.RUNNING, "values": values}

    def warm_up(self) -> None:
        warm_up()

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

    def _settings_of_model(self) -> Any:
        return self._model

    def _proposal(self, groundwork: Groundwork | None = None) -> Proposed | None:
        fitted = self._fitting()
        best = best_first(fitted, self.objective.direction, self.constraints)[:_EARLIER_FIRST]
        told = earlier_outcomes(
            [trial for trial, _ in fitted], self.objective.direction, self.constraints, self.other_objectives
        )
        return self._model.propose(
            Known(
                space=self.hyperparameters,
                limits=self._limits,
                trials=self.trials,
                hashes=self._id_to_hash,
                outcomes=told + self._reader.read(self.trials),
                looked_at=self._looked_at(),
                seed=self.seed,
                number=len(self.trials),
                is_ending=self.max_trials is not None and len(self.trials) >= _EXPLORING * self.max_trials,
                earlier=[values for _, values in fitted],
                first=[values for _, values in best],
            ),
            groundwork,
        )

    def _looked_at(self) -> int:
        """How many configurations were begun, counted no farther than there are initial ones."""
        most = max(self.num_initial_points or INITIAL_POINTS, _EARLIER_FIRST)
        return len(list(islice((trial for trial in self.trials.values() if trial.rerun_of is None), most)))

    def _fitting(self) -> list[tuple[EarlierTrial, dict[str, Any]]]:
        """The earlier trials that say something of the present space."""
        if not self.earlier:
            return []
        space = (self.hyperparameters, len(self.hyperparameters.space))  # it only grows, or is replaced
        if self._fitted is None or self._fitted[0] != space:
            self._fitted = space, fitting(self.earlier, self.hyperparameters)
        return self._fitted[1]

    @property
    def _reader(self) -> OutcomeReader:
        """For what counts now: whoever makes the oracle says so afterwards."""
        counts = (self.objective.direction, self.constraints, self.cost_metric, self.other_objectives)
        if self._kept_reader is None or self._kept_reader[0] != counts:
            self._kept_reader = counts, OutcomeReader(*counts)
        return self._kept_reader[1]

    @property
    def _model(self) -> ModelProposals:
        """With the settings that hold now: people set them as attributes, too."""
        settings = (self.num_initial_points, self.alpha, self.beta if self._uses_confidence_bound else None)
        if self._kept_model is None or self._kept_model[0] != settings:
            self._kept_model = settings, ModelProposals(settings[0] or INITIAL_POINTS, settings[1], settings[2])
        return self._kept_model[1]
