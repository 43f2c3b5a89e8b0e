"""What KerasTuner's files do not say, told from what they do: which objective, and which search algorithm."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tui_tuner.engine.view import Objective
from tui_tuner.oracles import Trial
from tui_tuner.oracles.brackets import Schedule
from tui_tuner.oracles.oracle import is_scored

UNKNOWN_TUNER = "KerasTuner"
"""What stands for the search algorithm where nothing tells it."""


def possible_objectives(trials: Sequence[Trial]) -> tuple[Objective, ...]:
    """The metrics whose best value is the score in every completed trial, the likeliest first.

    KerasTuner keeps the objective's own direction with the metric. Several metrics fit if they always agree, as a loss
    does with the metric of the same function; none fits if there is no completed trial, or a score of another making.
    """
    scored = [trial for trial in trials if is_scored(trial)]
    fitting: list[Objective] = []
    for trial in scored:
        found = [
            Objective(name, history.direction)
            for name, history in trial.metrics.metrics.items()
            if _same(history.get_best_value(), trial.score)
        ]
        fitting = found if trial is scored[0] else [objective for objective in fitting if objective in found]
    return tuple(sorted(fitting, key=_rank))  # stable: else in the order of the file


def tuner_name(state: Mapping[str, Any], trials: Sequence[Trial]) -> str:
    """The class name of the tuner.

    Args:
        state: `oracle.json`.
        trials: In the order of creation.
    """
    if "brackets" in state:
        return "Hyperband"
    if "num_initial_points" in state:
        return "BayesianOptimization"
    seed, seed_state = state.get("seed"), state.get("seed_state")
    drawn = [trial for trial in trials if trial.hyperparameters.values]
    if not isinstance(seed, int) or not isinstance(seed_state, int) or not drawn:
        return UNKNOWN_TUNER
    if seed_state > seed:  # each number that is drawn moves it on
        return "RandomSearch"
    return "GridSearch" if _is_default(drawn[0]) else UNKNOWN_TUNER


def planned_trials(state: Mapping[str, Any]) -> int | None:
    """How many trials a Hyperband search has in all; `None` for another search, whose files do not say."""
    try:
        schedule = Schedule(int(state["max_epochs"]), int(state["factor"]))
        iterations = float(state["hyperband_iterations"])
        if schedule.factor < 2 or not math.isfinite(iterations):
            return None
        return schedule.trials * int(iterations)
    except (KeyError, TypeError, ValueError):
        return None


def _same(value: float | None, score: float | None) -> bool:
    return value is not None and score is not None and (value == score or math.isclose(value, score, rel_tol=1e-9))


def _rank(objective: Objective) -> tuple[bool, bool, bool]:
    name = objective.name
    return name != "multi_objective", not name.startswith("val_"), not name.endswith("loss")


def _is_default(trial: Trial) -> bool:
    hyperparameters = trial.hyperparameters
    values = hyperparameters.values
    return all(values.get(hp.name, hp.default) == hp.default for hp in hyperparameters.space)
