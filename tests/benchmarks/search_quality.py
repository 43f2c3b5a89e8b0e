"""How good searches are after so many trials, and what a proposal takes: ours beside random search and other packages.

Regret is normalised: (best so far - best known) / (median of random - best known), 0 for the best and 1 for what half
of all random configurations reach; the mean over tasks and seeds, with a 95 % interval (bootstrap over tasks, then over
seeds). All methods have the same tasks and seeds, and their own defaults. KerasTuner and Optuna take part where they
are installed (`pip install keras-tuner six optuna`; Optuna's GP sampler needs torch).

    PYTHONPATH=tests python tests/benchmarks/search_quality.py --tasks reported --seeds 10 --results quality.jsonl

Finished searches are kept in the file of `--results`, and are not run again: a long comparison can be split and be
interrupted. Use another `--label` after a change of our own search.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from benchmarks.measure import goal, median, progress, table
from benchmarks.search_quality_methods import METHODS, Method, Ours, missing
from benchmarks.search_quality_packages import packaged_tasks
from benchmarks.search_quality_runs import Array, Conditions, Results, interval, ranks, runs
from benchmarks.search_quality_tasks import Parameter, Task, Values, own_tasks, recorded_tasks

AFTER = (10, 25, 50, 100)
TIMED = {10: 30.0, 100: 30.0, 1000: 150.0, 10_000: 200.0}
"""Goals for the time of a proposal in ms, by the number of finished trials."""

_LARGEST_OF_OTHERS = {"keras_tuner": 100, "optuna_gp": 1000}
_PROPOSALS = 9


def _after(trials: int) -> list[int]:
    return sorted({count for count in AFTER if count < trials} | {trials})


def quality(title: str, regrets: Mapping[str, Array], trials: int) -> None:
    """Print mean regret with its interval, and mean rank."""
    after = _after(trials)
    ranked = {count: ranks(regrets, count) for count in after}
    rows = []
    for name, values in regrets.items():
        row = {"method": name}
        for count in after:
            low, high = interval(values[:, :, count - 1])
            mean = values[:, :, count - 1].mean()
            row[f"after {count}"] = f"{mean:.3f} [{low:.3f}, {high:.3f}] {ranked[count][name].mean():.2f}"
        rows.append(row)
    table(f"{title}: mean regret [95 %], mean rank", rows)


def differences(title: str, regrets: Mapping[str, Array], trials: int) -> None:
    """Print the paired differences between the first method and each other one."""
    first, *others = regrets
    after = _after(trials)
    rows = []
    for name in others:
        row = {"method": f"{first} - {name}"}
        for count in after:
            difference = regrets[first][:, :, count - 1] - regrets[name][:, :, count - 1]
            low, high = interval(difference)
            row[f"after {count}"] = f"{difference.mean():+.3f} [{low:+.3f}, {high:+.3f}]"
        rows.append(row)
    if rows:
        table(f"{title}: paired differences [95 %]", rows)


def by_task(tasks: Sequence[Task], regrets: Mapping[str, Array], after: int) -> None:
    rows = []
    for number, task in enumerate(tasks):
        means = {name: f"{values[number, :, after - 1].mean():.4f}" for name, values in regrets.items()}
        rows.append({"task": task.name, "family": task.family, **means})
    table(f"Mean regret after {after}, by task", rows)


def ten_dimensions() -> Task:
    """What proposals are timed on: six numbers, two integers, two categories."""
    parameters = [Parameter(f"x{number}", "float") for number in range(6)]
    parameters += [Parameter(f"n{number}", "int", 8, 512, True) for number in range(2)]
    parameters += [Parameter(f"c{number}", "category", choices=("a", "b", "c")) for number in range(2)]

    def score(values: Values) -> float:
        return float(sum((values[f"x{number}"] - 0.3) ** 2 for number in range(6)))

    return Task("ten", "timing", True, tuple(parameters), score)


def timings(names: Sequence[str]) -> None:
    """Print the time of a proposal with more and more finished trials."""
    task, rows = ten_dimensions(), []
    for name in names:
        row = {"method": name}
        for count, limit in TIMED.items():
            if count > _LARGEST_OF_OTHERS.get(name, 10_000) or (count > 1000 and name not in ("bayesian", "random")):
                row[f"{count} trials"] = "-"
                continue
            method = METHODS[name](task, 0)
            _fill(method, task, count)
            took = []
            for _ in range(_PROPOSALS if name in ("bayesian", "random") else 3):
                started = time.perf_counter()
                answer = method.ask()
                took.append((time.perf_counter() - started) * 1e3)
                assert answer is not None
                method.tell(answer[0], task.score(answer[1]))
            kept = f", {goal(median(took), limit)}" if name == "bayesian" else ""
            row[f"{count} trials"] = f"{median(took):.1f} ms{kept}"
        progress(f"{name}: timed")
        rows.append(row)
    limits = ", ".join(f"{limit:.0f} at {count}" for count, limit in TIMED.items())
    table(f"Median time of a proposal in ten dimensions (goals: {limits} ms)", rows)


def _fill(method: Method, task: Task, count: int) -> None:
    rng = np.random.default_rng(5)
    for _ in range(count):
        if isinstance(method, Ours):  # without the cost of so many proposals
            values = task.drawn(rng)
            method.know(values, task.score(values))
        else:
            answer = method.ask()
            assert answer is not None
            method.tell(answer[0], task.score(answer[1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--tasks", default="all", help="`chosen`, `reported`, `all`, or names of tasks or families, with commas"
    )
    parser.add_argument("--methods", default=",".join(METHODS), help=f"of {', '.join(METHODS)}, with commas")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--parallel", type=int, default=1, help="trials at once")
    parser.add_argument("--failing", type=float, default=0.0, help="share of the space in which trials fail")
    parser.add_argument("--by-chance", action="store_true", help="that share of all trials fails, wherever they are")
    parser.add_argument("--results", type=Path, help="file of finished searches, which are not run again")
    parser.add_argument("--label", default="", help="what is measured, for the file of results")
    parser.add_argument("--by-task", action="store_true", help="print each task, too")
    parser.add_argument("--timings", action="store_true", help="time proposals, and nothing else")
    arguments = parser.parse_args()

    names = []
    for name in arguments.methods.split(","):
        if name not in METHODS:
            parser.error(f"there is no method {name!r}; there are {', '.join(METHODS)}")
        if lacking := missing(name):
            progress(f"{name} is left out: {', '.join(lacking)} is not installed.")
        else:
            names.append(name)
    if arguments.timings:
        timings(names)
        return

    recorded = recorded_tasks()
    if not recorded:
        print(
            "The recorded tasks are not here: set TUI_TUNER_BENCH to the folder of lcbench.py. Our own ones do.",
            file=sys.stderr,
        )
    everything = [*own_tasks(), *recorded, *packaged_tasks()]
    wanted = arguments.tasks.split(",")
    groups = {"all": {True, False}, "chosen": {True}, "reported": {False}}
    tasks = [
        task
        for task in everything
        if task.name in wanted or task.family in wanted or any(task.chosen in groups.get(word, ()) for word in wanted)
    ]
    if not tasks and not recorded:
        return  # what was asked for may be among those that are not here
    if not tasks:
        parser.error(f"no such tasks: {arguments.tasks}; there are {', '.join(task.name for task in everything)}")
    conditions = Conditions(arguments.trials, arguments.parallel, arguments.failing, arguments.by_chance)
    methods = {name: METHODS[name] for name in names}
    found = runs(tasks, methods, arguments.seeds, conditions, Results(arguments.results), arguments.label, progress)
    for title, chosen in (("Tasks that settings were chosen by", True), ("Other tasks", False)):
        kept = [number for number, task in enumerate(tasks) if task.chosen is chosen]
        if kept:
            part = {name: values[kept] for name, values in found.items()}
            quality(title, part, arguments.trials)
            differences(title, part, arguments.trials)
            if arguments.by_task:
                by_task([tasks[number] for number in kept], part, arguments.trials)


if __name__ == "__main__":
    main()
