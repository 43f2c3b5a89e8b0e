"""The search methods that `search_quality.py` compares, behind one ask and tell."""

from __future__ import annotations

import importlib.util
import math
import tempfile
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from benchmarks.search_quality_peers import Ax, Hebo, Smac
from benchmarks.search_quality_tasks import Task, Values

from tui_tuner.oracles import Objective, create_oracle
from tui_tuner.space import HyperParameters

FAILED = math.nan
"""The score of a trial that came to nothing."""


def apart(seed: int) -> int:
    """Far from other seeds: KerasTuner's random search, and ours, draws with `seed`, `seed + 1` and so
    on. Not 0, which KerasTuner takes for none."""
    return 10_000 * seed + 1


class Method(Protocol):
    """One search."""

    def ask(self) -> tuple[Any, Values] | None:
        """A trial and its values; `None` if there is nothing left to try."""

    def tell(self, trial: Any, score: float) -> None:
        """How it went; `FAILED` if it came to nothing. Less is better."""


class Ours:
    """An oracle of this package.

    Args:
        trials: How many the search has: what is proposed last depends on it.
        ahead: Whether each proposal is worked out before the last result is known, as the engine has it done where
            trials run at once (`--parallel`).
    """

    def __init__(self, name: str, task: Task, seed: int, trials: int, ahead: bool = False) -> None:
        hp = HyperParameters()
        task.define(hp)
        self._oracle = create_oracle(
            name,
            objective=Objective("score", "min"),
            max_trials=trials,
            hyperparameters=hp,
            seed=apart(seed),
            max_consecutive_failed_trials=None,
        )
        self._asked = 0
        self._ahead = ahead

    def ask(self) -> tuple[Any, Values] | None:
        self._asked += 1
        trial = self._oracle.create_trial(f"slot{self._asked}")
        if self._ahead:
            self._oracle.prepare()
        return None if trial.status == "STOPPED" else (trial, trial.hyperparameters.values)

    def tell(self, trial: Any, score: float) -> None:
        if math.isnan(score):
            trial.status = "FAILED"
        else:
            self._oracle.update_trial(trial.trial_id, {"score": score})
            trial.status = "COMPLETED"
        self._oracle.end_trial(trial)

    def know(self, values: Values, score: float) -> None:
        """Take in a finished trial from elsewhere."""
        self._oracle.enqueue(dict(values))
        trial = self.ask()
        assert trial is not None
        self.tell(trial[0], score)


class KerasTuner:
    """KerasTuner's Bayesian search, with its defaults."""

    def __init__(self, task: Task, seed: int, trials: int) -> None:
        import keras_tuner

        hp = keras_tuner.HyperParameters()
        task.define(WithoutOrder(hp))
        self._oracle = keras_tuner.oracles.BayesianOptimizationOracle(
            objective=keras_tuner.Objective("score", "min"),
            max_trials=trials,
            hyperparameters=hp,
            seed=apart(seed),
            max_consecutive_failed_trials=1_000_000,
        )
        self._folder = tempfile.TemporaryDirectory()
        self._oracle._set_project_dir(self._folder.name, "quality")
        self._oracle.verbose = 0
        self._asked = 0

    def ask(self) -> tuple[Any, Values] | None:
        self._asked += 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trial = self._oracle.create_trial(f"slot{self._asked}")
        return None if trial.status == "STOPPED" else (trial, trial.hyperparameters.values)

    def tell(self, trial: Any, score: float) -> None:
        if math.isnan(score):
            trial.status = "FAILED"
        else:
            self._oracle.update_trial(trial.trial_id, {"score": score})
            trial.status = "COMPLETED"
        self._oracle.end_trial(trial)


class WithoutOrder:
    """KerasTuner takes `ordered=False` for texts only as it takes nothing."""

    def __init__(self, hp: Any) -> None:
        self._hp = hp

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hp, name)

    def Choice(self, name: str, values: list[Any], ordered: bool) -> Any:
        return self._hp.Choice(name, values)


class Optuna:
    """A sampler of Optuna, with its defaults."""

    def __init__(self, sampler: str, task: Task, seed: int) -> None:
        import optuna

        self._failed = optuna.trial.TrialState.FAIL
        self._task = task
        self._study = study(sampler, seed)

    def ask(self) -> tuple[Any, Values]:
        return suggested(self._study.ask(), self._task)

    def tell(self, trial: Any, score: float) -> None:
        if math.isnan(score):
            self._study.tell(trial, state=self._failed)
        else:
            self._study.tell(trial, score)


def study(sampler: str, seed: int, objectives: int = 1) -> Any:
    """A study of Optuna that says nothing; so many objectives are minimised."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    made = getattr(optuna.samplers, sampler)(seed=seed)
    return optuna.create_study(directions=["minimize"] * objectives, sampler=made)


def suggested(trial: Any, task: Task) -> tuple[Any, Values]:
    """What a trial of Optuna suggests for a task."""
    values: dict[str, Any] = {}
    for each in task.parameters:
        if not each.is_active(values):
            continue
        if each.kind == "category":
            values[each.name] = trial.suggest_categorical(each.name, each.choices)
        elif each.kind == "ordinal":
            values[each.name] = each.choices[trial.suggest_int(each.name, 0, len(each.choices) - 1)]
        elif each.kind == "int":
            values[each.name] = trial.suggest_int(each.name, int(each.low), int(each.high), log=each.log)
        else:
            values[each.name] = trial.suggest_float(each.name, each.low, each.high, log=each.log)
    return trial, values


Make = Callable[[Task, int, int], Method]
"""Begins a search of a task with a seed and so many trials."""

METHODS: Mapping[str, Make] = {
    "bayesian": lambda task, seed, trials: Ours("bayesian", task, seed, trials),
    "bayesian_ahead": lambda task, seed, trials: Ours("bayesian", task, seed, trials, ahead=True),
    "random": lambda task, seed, trials: Ours("random", task, seed, trials),
    "keras_tuner": KerasTuner,
    "optuna_tpe": lambda task, seed, _: Optuna("TPESampler", task, seed),
    "optuna_gp": lambda task, seed, _: Optuna("GPSampler", task, seed),
    "smac": Smac,
    "ax": lambda task, seed, _: Ax(task, seed),
    "hebo": lambda task, seed, _: Hebo(task, seed),
}

_NEEDS: Mapping[str, tuple[str, ...]] = {
    "keras_tuner": ("keras_tuner",),
    "optuna_tpe": ("optuna",),
    "optuna_gp": ("optuna", "torch"),
    "smac": ("smac",),
    "ax": ("ax",),
    "hebo": ("hebo",),
}


def missing(method: str) -> list[str]:
    """The modules that a method needs and that are not installed."""
    return [module for module in _NEEDS.get(method, ()) if importlib.util.find_spec(module) is None]
