"""Random search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tui_tuner.oracles.explanation import Reason
from tui_tuner.oracles.objective import Objective
from tui_tuner.oracles.oracle import Oracle
from tui_tuner.oracles.trial import TrialStatus
from tui_tuner.space import HyperParameters


class RandomSearchOracle(Oracle):
    """Tries random configurations; ends when a finite space is exhausted, and not before.

    Args:
        objective: See `Oracle`, as for all others.
        max_trials: How many trials the search has.
    """

    _reason = Reason.RANDOM

    def __init__(
        self,
        objective: str | Objective | Sequence[str | Objective] | None = None,
        max_trials: int | None = 10,
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

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """A random configuration that was not tried before."""
        values = self._random_values()
        if values is None:
            return {"status": TrialStatus.STOPPED, "values": None}
        return {"status": TrialStatus.RUNNING, "values": values}
