"""Searches of SMAC3, Ax and HEBO for `search_quality.py`, each with its own defaults.

HEBO and Ax have no conditional hyperparameters that fit such spaces: they see all of them, always, and what is not
active is left out before a configuration is tried.
"""

from __future__ import annotations

import logging
import math
import tempfile
import warnings
from pathlib import Path
from typing import Any

from benchmarks.search_quality_tasks import Parameter, Task, Values


def _active(task: Task, suggested: Values) -> dict[str, Any]:
    """The values of what is active, and ordinals in place of their positions."""
    values: dict[str, Any] = {}
    for each in task.parameters:
        if each.is_active(values):
            value = suggested[each.name]
            if each.kind == "ordinal":
                value = each.choices[int(value)]
            elif each.kind != "category":
                value = min(max(value, each.low), each.high)
                value = int(value) if each.kind == "int" else float(value)
            values[each.name] = value
    return values


class Smac:
    """The facade of SMAC3 for hyperparameters, with its random forest.

    Args:
        trials: How many the search has: how many it draws before its model is asked depends on it.
    """

    def __init__(self, task: Task, seed: int, trials: int) -> None:
        import smac
        from ConfigSpace import ConfigurationSpace, InCondition
        from smac.runhistory.dataclasses import TrialValue
        from smac.runhistory.enumerations import StatusType

        self._value, self._status = TrialValue, StatusType
        self._task = task
        space = ConfigurationSpace(seed=seed)
        hyperparameters = {each.name: _of_config_space(each) for each in task.parameters}
        space.add(list(hyperparameters.values()))
        for each in task.parameters:
            if each.parent is not None:
                name, values = each.parent
                space.add(InCondition(hyperparameters[each.name], hyperparameters[name], list(values)))
        self._folder = tempfile.TemporaryDirectory()
        scenario = smac.Scenario(
            space, deterministic=True, n_trials=trials, seed=seed, output_directory=Path(self._folder.name)
        )
        facade = smac.HyperparameterOptimizationFacade
        self._smac = facade(
            scenario,
            lambda config, seed: 0.0,
            intensifier=facade.get_intensifier(scenario, max_config_calls=1),
            logging_level=logging.ERROR,
            overwrite=True,
        )

    def ask(self) -> tuple[Any, Values] | None:
        info = self._smac.ask()
        values = {name: getattr(value, "item", lambda value=value: value)() for name, value in info.config.items()}
        for each in self._task.parameters:
            if each.kind == "ordinal" and each.name in values:
                values[each.name] = each.choices[values[each.name]]
        return info, values

    def tell(self, trial: Any, score: float) -> None:
        if math.isnan(score):
            self._smac.tell(trial, self._value(cost=math.inf, status=self._status.CRASHED))
        else:
            self._smac.tell(trial, self._value(cost=score))


def _of_config_space(parameter: Parameter) -> Any:
    from ConfigSpace import CategoricalHyperparameter, UniformFloatHyperparameter, UniformIntegerHyperparameter

    if parameter.kind == "category":
        return CategoricalHyperparameter(parameter.name, list(parameter.choices))
    if parameter.kind == "ordinal":
        return UniformIntegerHyperparameter(parameter.name, 0, len(parameter.choices) - 1)
    if parameter.kind == "int":
        return UniformIntegerHyperparameter(parameter.name, int(parameter.low), int(parameter.high), log=parameter.log)
    return UniformFloatHyperparameter(parameter.name, parameter.low, parameter.high, log=parameter.log)


class Ax:
    """Ax's client."""

    def __init__(self, task: Task, seed: int) -> None:
        from ax.api.client import Client
        from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig

        warnings.simplefilter("ignore")
        for name in list(logging.root.manager.loggerDict):
            if name.startswith("ax"):
                logging.getLogger(name).setLevel(logging.ERROR)
        self._task = task
        parameters: list[Any] = []
        for each in task.parameters:
            if each.kind == "category":
                parameters.append(ChoiceParameterConfig(each.name, list(each.choices), "str", is_ordered=False))
            elif each.kind == "ordinal":
                parameters.append(RangeParameterConfig(each.name, (0, len(each.choices) - 1), "int"))
            else:
                kind: Any = "int" if each.kind == "int" else "float"
                scaling: Any = "log" if each.log else "linear"
                parameters.append(RangeParameterConfig(each.name, (each.low, each.high), kind, scaling=scaling))
        self._client = Client(random_seed=seed)
        self._client.configure_experiment(parameters)
        self._client.configure_optimization("-score")

    def ask(self) -> tuple[Any, Values] | None:
        ((number, values),) = self._client.get_next_trials(1).items()
        return number, _active(self._task, values)

    def tell(self, trial: Any, score: float) -> None:
        if math.isnan(score):
            self._client.mark_trial_failed(trial)
        else:
            self._client.complete_trial(trial, {"score": score})


class Hebo:
    """HEBO, which draws with the seeds of numpy and torch."""

    def __init__(self, task: Task, seed: int) -> None:
        import numpy as np
        import torch
        from hebo.design_space.design_space import DesignSpace
        from hebo.optimizers.hebo import HEBO

        warnings.simplefilter("ignore")
        np.random.seed(seed)
        torch.manual_seed(seed)
        self._task = task
        self._optimizer = HEBO(DesignSpace().parse(list(map(_of_hebo, task.parameters))), scramble_seed=seed)

    def ask(self) -> tuple[Any, Values] | None:
        rows = self._optimizer.suggest(n_suggestions=1)
        return rows, _active(self._task, rows.iloc[0].to_dict())

    def tell(self, trial: Any, score: float) -> None:
        import numpy as np

        self._optimizer.observe(trial, np.array([[score]]))  # it leaves out what is not finite


def _of_hebo(parameter: Parameter) -> dict[str, Any]:
    if parameter.kind == "category":
        return {"name": parameter.name, "type": "cat", "categories": list(parameter.choices)}
    if parameter.kind == "ordinal":
        return {"name": parameter.name, "type": "int", "lb": 0, "ub": len(parameter.choices) - 1}
    kind = {"float": ("num", "pow"), "int": ("int", "pow_int")}[parameter.kind][parameter.log]
    return {"name": parameter.name, "type": kind, "lb": parameter.low, "ub": parameter.high}
