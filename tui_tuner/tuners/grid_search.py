"""Grid search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tui_tuner.oracles import GridSearchOracle, Objective
from tui_tuner.space import HyperParameters
from tui_tuner.tuners.tuner import Build, Tuner


class GridSearch(Tuner):
    """Tries every configuration of the space, in a fixed order; see `GridSearchOracle`.

    Args:
        hypermodel: A build function or a `HyperModel`.
        objective: What is optimised: an `Objective`, the name of a metric whose direction is known, or a list of these.
        max_trials: How many trials the search has at most; by default it goes through the whole grid.
        seed: Without effect: nothing is random here.
        hyperparameters: The search space, as far as it is known beforehand.
        tune_new_entries: Whether hyperparameters that are not in `hyperparameters` are tuned.
        allow_new_entries: Whether there may be such hyperparameters.
        max_retries_per_trial: How often a trial that raised or whose objective is NaN is run again.
        max_consecutive_failed_trials: How many failures in a row end the search.
        **kwargs: Arguments of `Tuner`.

    Attributes:
        seed: What was given as `seed`.
    """

    def __init__(
        self,
        hypermodel: Build = None,
        objective: str | Objective | Sequence[str | Objective] | None = None,
        max_trials: int | None = None,
        seed: int | None = None,
        hyperparameters: HyperParameters | None = None,
        tune_new_entries: bool = True,
        allow_new_entries: bool = True,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int | None = 3,
        **kwargs: Any,
    ) -> None:
        self.seed = seed
        oracle = GridSearchOracle(
            objective=objective,
            max_trials=max_trials,
            seed=seed,
            hyperparameters=hyperparameters,
            tune_new_entries=tune_new_entries,
            allow_new_entries=allow_new_entries,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
        )
        super().__init__(oracle, hypermodel, **kwargs)
