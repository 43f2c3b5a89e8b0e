"""Asynchronous successive halving."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tui_tuner.oracles import AshaOracle, Objective
from tui_tuner.oracles.staged import Proposals
from tui_tuner.space import HyperParameters
from tui_tuner.tuners.staged_tuner import StagedTuner
from tui_tuner.tuners.tuner import Build


class Asha(StagedTuner):
    """Starts configurations for few epochs and lets the best go on for more, without ever waiting; see `AshaOracle`.

    Args:
        hypermodel: A build function or a `HyperModel`.
        objective: What is optimised: an `Objective`, the name of a metric whose direction is known, or a list of these.
        max_trials: How many trials the search has; one that continues another is a trial, too.
        max_epochs: Epochs of a configuration that goes all the way.
        factor: By how much trials become fewer, and their epochs more, from rung to rung.
        min_epochs: Epochs of the lowest rung, at the least; by default such that there are at most four rungs.
        proposals: Where new configurations come from: `"model"` or `"random"`.
        seed: Seed; the same seed and the same results give the same trials.
        hyperparameters: The search space, as far as it is known beforehand.
        tune_new_entries: Whether hyperparameters that are not in `hyperparameters` are tuned.
        allow_new_entries: Whether there may be such hyperparameters.
        max_retries_per_trial: How often a trial that raised or whose objective is NaN is run again.
        max_consecutive_failed_trials: How many failures in a row end the search.
        **kwargs: Arguments of `Tuner`.

    Raises:
        ValueError: If `factor` is less than 2, or a number of epochs less than 1, or `min_epochs` beyond `max_epochs`.
    """

    def __init__(
        self,
        hypermodel: Build = None,
        objective: str | Objective | Sequence[str | Objective] | None = None,
        max_trials: int | None = 100,
        max_epochs: int = 100,
        factor: int = 3,
        min_epochs: int | None = None,
        proposals: Proposals = "model",
        seed: int | None = None,
        hyperparameters: HyperParameters | None = None,
        tune_new_entries: bool = True,
        allow_new_entries: bool = True,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int | None = 3,
        **kwargs: Any,
    ) -> None:
        oracle = AshaOracle(
            objective=objective,
            max_trials=max_trials,
            max_epochs=max_epochs,
            factor=factor,
            min_epochs=min_epochs,
            proposals=proposals,
            seed=seed,
            hyperparameters=hyperparameters,
            tune_new_entries=tune_new_entries,
            allow_new_entries=allow_new_entries,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
        )
        super().__init__(oracle, hypermodel, **kwargs)
