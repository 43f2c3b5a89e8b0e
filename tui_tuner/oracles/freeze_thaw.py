"""Freeze and thaw: after every few epochs it is decided anew which training goes on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from tui_tuner.oracles.objective import Objective
from tui_tuner.oracles.staged import StagedOracle
from tui_tuner.oracles.stages import Stage
from tui_tuner.oracles.trial import TrialStatus
from tui_tuner.space import HyperParameters

if TYPE_CHECKING:
    from tui_tuner.oracles.model_proposals import Proposed
    from tui_tuner.oracles.thaw_choice import Situation, ThawChoice

_STEPS = 20
"""How many trials a whole training is cut into where nobody says how many epochs each has."""


class FreezeThawOracle(StagedOracle):
    """Trains a few epochs at a time, of what promises most for its cost: new configurations or earlier ones.

    A model of learning curves, and of what they tend to over configurations, tells what a training may come to. Any
    training waits where it stands, and can go on at any later time; that is a new trial, which continues the earlier
    one. The last trial of the search takes the best to its end, if none has got there. See `thawing` for the source.

    Args:
        objective: See `Oracle`, as for all others.
        max_trials: How many trials the search has; one that continues another is a trial, too.
        max_epochs: Epochs of a configuration that goes all the way.
        min_epochs: Epochs of a trial; by default a 20th of those.

    Raises:
        ValueError: If a number of epochs is less than 1, or `min_epochs` beyond `max_epochs`.
    """

    _settings: ClassVar[tuple[str, ...]] = ("max_epochs", "min_epochs")

    def __init__(
        self,
        objective: str | Objective | Sequence[str | Objective] | None = None,
        max_trials: int | None = 200,
        max_epochs: int = 100,
        min_epochs: int | None = None,
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
            max_epochs=max_epochs,
            factor=None,
            proposals="model",
            hyperparameters=hyperparameters,
            allow_new_entries=allow_new_entries,
            tune_new_entries=tune_new_entries,
            seed=seed,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
        )
        if min_epochs is not None and not 1 <= min_epochs <= max_epochs:
            raise ValueError(f"`min_epochs` needs to be from 1 to `max_epochs` ({max_epochs}), found {min_epochs}.")
        self.min_epochs = math.ceil(max_epochs / _STEPS) if min_epochs is None else min_epochs
        self._kept_choice: ThawChoice | None = None

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Some epochs of the training that promises most."""
        from tui_tuner.oracles.model_proposals import Proposed  # here: it needs numpy
        from tui_tuner.oracles.thaw_choice import ThawChoice

        self._kept_choice = self._kept_choice or ThawChoice()
        situation = self._situation()
        is_last = self.max_trials is not None and len(self.trials) >= self.max_trials - 1
        if is_last and not any(self.max_epochs in run.epochs for run in situation.runs):
            run = self._kept_choice.likeliest(situation)
            if run is not None:
                return self._going_on(run.trial_id, run.epochs[-1], self.max_epochs)
        chosen = self._kept_choice.choose(situation)
        if chosen is None or isinstance(chosen, Proposed):
            values = self._begun(chosen) if situation.may_begin else None
            if values is not None:
                stage = self._stage(0, min(self.min_epochs, self.max_epochs))
                return {"status": TrialStatus.RUNNING, "values": {**values, **stage.values()}}
            chosen = self._kept_choice.likeliest(situation)
        if chosen is not None:
            done = chosen.epochs[-1]
            return self._going_on(chosen.trial_id, done, min(done + self.min_epochs, self.max_epochs))
        return {"status": TrialStatus.IDLE if self.ongoing_trials else TrialStatus.STOPPED, "values": None}

    def prepare(self) -> bool:
        """What is decided may follow from any result: nothing is done ahead."""
        return False

    def get_state(self) -> dict[str, Any]:
        return super().get_state() | {name: getattr(self, name) for name in self._settings}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """As for all oracles; trials keep the epochs of the search's beginning, with a warning if those were others."""
        missing = set(self._settings) - state.keys()
        if missing:
            raise KeyError(*sorted(missing))
        super().set_state(state)

    # Inner workings.

    def _stage(self, initial: int, epochs: int, parent: str | None = None) -> Stage:
        """Trials of one training are numbered as if all were of the same length."""
        last = math.ceil(self.max_epochs / self.min_epochs) - 1
        return Stage(epochs, initial, last, math.ceil(epochs / self.min_epochs) - 1, parent)

    def _begun(self, proposed: Proposed | None) -> dict[str, Any] | None:
        """The values of a new training: what was proposed, or else a configuration at random, if any is left."""
        if proposed is None or not self._is_new(proposed.values):
            return self._drawn()
        self._explain(proposed.why)
        return proposed.values

    def _going_on(self, trial_id: str, initial: int, epochs: int) -> dict[str, Any]:
        return {"status": TrialStatus.RUNNING, "values": self._continued(self._stage(initial, epochs, trial_id))}

    def _situation(self) -> Situation:
        from tui_tuner.oracles.runs import runs_of
        from tui_tuner.oracles.thaw_choice import Situation
        from tui_tuner.oracles.thawing import fitted_to

        direction, results = self.objective.direction, fitted_to(len(self.end_order))
        return Situation(
            space=self.hyperparameters,
            limits=self._limits,
            trials=self.trials,
            hashes=self._id_to_hash,
            runs=runs_of(self.trials, direction, self.max_epochs),
            earlier_runs=lambda: runs_of(self.trials, direction, self.max_epochs, frozenset(self.end_order[:results])),
            fitted_to=results,
            max_epochs=self.max_epochs,
            first=self.min_epochs,
            seed=self.seed,
            number=len(self.trials),
            may_begin=not self._is_exhausted(),
        )
