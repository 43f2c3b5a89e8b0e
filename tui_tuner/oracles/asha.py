"""Asynchronous successive halving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tui_tuner.oracles.objective import Objective
from tui_tuner.oracles.rungs import Ladder, Rungs, usual_min_epochs
from tui_tuner.oracles.staged import Proposals, StagedOracle
from tui_tuner.oracles.trial import TrialStatus
from tui_tuner.space import HyperParameters


class AshaOracle(StagedOracle):
    """Starts configurations for few epochs and lets the best of each rung go on to the next, without ever waiting.

    A trial that goes on is a new trial, which continues the training of the earlier one where that stood. Whenever a
    trial is asked for, the highest rung is looked for that has a trial among the best of each `factor` that has not
    gone on; if there is none, a new configuration begins. Where the ranks on the lowest rung say little about those on
    the next, new configurations begin higher. The last trials of the search, or of a finite space, take the best to the
    top if none has got there. See `rungs` for the source and `fidelities` for the model.

    Args:
        objective: See `Oracle`, as for all others.
        max_trials: How many trials the search has; one that continues another is a trial, too.
        max_epochs: Epochs of a configuration that goes all the way.
        factor: By how much trials become fewer, and their epochs more, from rung to rung.
        min_epochs: Epochs of the lowest rung, at the least; by default such that there are at most four rungs.
        proposals: Where new configurations come from: `"model"` or `"random"`.

    Raises:
        ValueError: If `factor` is less than 2, or a number of epochs less than 1, or `min_epochs` beyond `max_epochs`.
    """

    _settings: ClassVar[tuple[str, ...]] = ("max_epochs", "factor", "min_epochs")

    def __init__(
        self,
        objective: str | Objective | Sequence[str | Objective] | None = None,
        max_trials: int | None = 100,
        max_epochs: int = 100,
        factor: int = 3,
        min_epochs: int | None = None,
        seed: int | None = None,
        hyperparameters: HyperParameters | None = None,
        allow_new_entries: bool = True,
        tune_new_entries: bool = True,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int | None = 3,
        proposals: Proposals = "model",
    ) -> None:
        super().__init__(
            objective=objective,
            max_trials=max_trials,
            max_epochs=max_epochs,
            factor=factor,
            proposals=proposals,
            hyperparameters=hyperparameters,
            allow_new_entries=allow_new_entries,
            tune_new_entries=tune_new_entries,
            seed=seed,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
        )
        if min_epochs is not None and not 1 <= min_epochs <= max_epochs:
            raise ValueError(f"`min_epochs` needs to be from 1 to `max_epochs` ({max_epochs}), found {min_epochs}.")
        self.min_epochs = usual_min_epochs(max_epochs, factor) if min_epochs is None else min_epochs

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """A trial that goes on, or else a new configuration."""
        rungs = Rungs(Ladder(self.min_epochs, self.max_epochs, self.factor), self.trials, self._best_of)
        to_go, first = rungs.to_the_top()
        is_last_chance = self.max_trials is not None and self.max_trials - len(self.trials) <= to_go
        stage = first if is_last_chance else rungs.promotion()
        if stage is None and not is_last_chance and not self._is_exhausted():
            values = self._new_values()
            if values is not None:
                return {"status": TrialStatus.RUNNING, "values": {**values, **rungs.first_stage().values()}}
        if stage is None and not self.ongoing_trials:
            stage = first
        if stage is not None:
            return {"status": TrialStatus.RUNNING, "values": self._continued(stage)}
        return {"status": TrialStatus.IDLE if self.ongoing_trials else TrialStatus.STOPPED, "values": None}

    def get_state(self) -> dict[str, Any]:
        return super().get_state() | {name: getattr(self, name) for name in self._settings}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """As for all oracles; the rungs stay those of the search's beginning, with a warning if those were others."""
        missing = set(self._settings) - state.keys()
        if missing:
            raise KeyError(*sorted(missing))
        super().set_state(state)
