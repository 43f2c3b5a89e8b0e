"""Bayesian optimisation with a Gaussian process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tui_tuner.oracles import Objective
from tui_tuner.space import HyperParameters
from tui_tuner.tuners.tuner import Build, Tuner


class BayesianOptimization(Tuner):
    """Models the objective with a Gaussian process, and tries what promises most.

    Args:
        hypermodel: A build function or a `HyperModel`.
        objective: What is optimised: an `Objective`, the name of a metric whose direction is known, or a list of these.
        max_trials: How many trials the search has, unless its space is exhausted before.
        num_initial_points: How many trials are spread out before the model is asked.
        alpha: The least variance of the noise that the model assumes, in units of the variance of the objective.
        beta: How many standard deviations below the predicted mean a promise lies, if the model's lower confidence
            bound is to be followed as KerasTuner does (there 2.6); by default the expected improvement is.
        seed: Seed; the same seed and the same results give the same trials.
        hyperparameters: The search space, as far as it is known beforehand.
        tune_new_entries: Whether hyperparameters that are not in `hyperparameters` are tuned.
        allow_new_entries: Whether there may be such hyperparameters.
        max_retries_per_trial: How often a trial that raised or whose objective is NaN is run again.
        max_consecutive_failed_trials: How many failures in a row end the search.
        **kwargs: Arguments of `Tuner`.
    """

    def __init__(
        self,
        hypermodel: Build = None,
        objective: str | Objective | Sequence[str | Objective] | None = None,
        max_trials: int | None = 10,
        num_initial_points: int | None = None,
        alpha: float = 1e-4,
        beta: float | None = None,
        seed: int | None = None,
        hyperparameters: HyperParameters | None = None,
        tune_new_entries: bool = True,
        allow_new_entries: bool = True,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int | None = 3,
        **kwargs: Any,
    ) -> None:
        from tui_tuner.oracles.bayesian import BayesianOptimizationOracle  # loads numpy

        oracle = BayesianOptimizationOracle(
            objective=objective,
            max_trials=max_trials,
            num_initial_points=num_initial_points,
            alpha=alpha,
            beta=beta,
            seed=seed,
            hyperparameters=hyperparameters,
            tune_new_entries=tune_new_entries,
            allow_new_entries=allow_new_entries,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
        )
        super().__init__(oracle, hypermodel, **kwargs)
