"""Hyperband."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tui_tuner.oracles import HyperbandOracle, Objective
from tui_tuner.oracles.staged import Proposals
from tui_tuner.space import HyperParameters
from tui_tuner.tuners.staged_tuner import StagedTuner
from tui_tuner.tuners.tuner import Build


class Hyperband(StagedTuner):
    """Starts many configurations for few epochs and lets the best go on for more; see `HyperbandOracle`.

    Args:
        hypermodel: A build function or a `HyperModel`.
        objective: What is optimised: an `Objective`, the name of a metric whose direction is known, or a list of these.
        max_epochs: Epochs of a configuration that goes all the way.
        factor: By how much the configurations of a round become fewer, and their epochs more, from round to round.
        hyperband_iterations: How often all brackets are gone through; `None` for no limit.
        seed: Seed; the same seed and the same results give the same trials.
        hyperparameters: The search space, as far as it is known beforehand.
        tune_new_entries: Whether hyperparameters that are not in `hyperparameters` are tuned.
        allow_new_entries: Whether there may be such hyperparameters.
        max_retries_per_trial: How often a trial that raised or whose objective is NaN is run again.
        max_consecutive_failed_trials: How many failures in a row end the search.
        proposals: Where new configurations come from: `"random"`, as KerasTuner has it, or `"model"`.
        **kwargs: Arguments of `Tuner`.

    Raises:
        ValueError: If `factor` is less than 2, or `max_epochs` less than 1.
    """

    def __init__(
        self,
        hypermodel: Build = None,
        objective: str | Objective | Sequence[str | Objective] | None = None,
        max_epochs: int = 100,
        factor: int = 3,
        hyperband_iterations: int | None = 1,
        seed: int | None = None,
        hyperparameters: HyperParameters | None = None,
        tune_new_entries: bool = True,
        allow_new_entries: bool = True,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int | None = 3,
        proposals: Proposals = "random",
        **kwargs: Any,
    ) -> None:
        oracle = HyperbandOracle(
            objective=objective,
            max_epochs=max_epochs,
            factor=factor,
            hyperband_iterations=hyperband_iterations,
            seed=seed,
            hyperparameters=hyperparameters,
            tune_new_entries=tune_new_entries,
            allow_new_entries=allow_new_entries,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
            proposals=proposals,
        )
        super().__init__(oracle, hypermodel, **kwargs)
