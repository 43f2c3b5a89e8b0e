"""How good searches are after so many trials, and what a proposal takes: ours beside random search and other packages.

Regret is normalised: (best so far - best known) / (median of random - best known), 0 for the best and 1 for what half
of all random configurations reach; the mean over tasks and seeds, with a 95 % interval (bootstrap over tasks, then over
seeds). All methods have the same tasks and seeds, and their own defaults. KerasTuner, Optuna, SMAC3 and Ax take part
where they are installed: `pip install torch==2.13.0 -e '.[benchmarks]'` (the first for the CPU alone). HEBO needs old
packages, and so an environment of its own: `pip install torch==2.13.0 gpytorch 'numpy<2' 'pandas<2.3' catboost
scikit-learn disjoint-set dill cma alive-progress Deprecated autograd`, then `pip install --no-deps hebo pymoo==0.6.0`.

    PYTHONPATH=tests python tests/benchmarks/search_quality.py --tasks reported --seeds 10 --results quality.jsonl

Finished searches are kept in the file of `--results`, and are not run again: a long comparison can be split, among
environments too, and be interrupted. Means are over what is known; the differences to others say how both did in the
same searches, which counts where an expensive one has fewer seeds or trials. Use another `--label` after a change of
our own search.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from benchmarks.measure import goal, median, progress, table
from benchmarks.search_quality_held_back import held_back_tasks
from benchmarks.search_quality_keras import keras_tasks
from benchmarks.search_quality_methods import METHODS, Make, Method, Ours, missing
from benchmarks.search_quality_packages import packaged_tasks
from benchmarks.search_quality_results import AFTER, Results
from benchmarks.search_quality_runs import Array, Conditions, interval, least_regret, ranks, runs
from benchmarks.search_quality_tasks import Parameter, Task, Values, own_tasks, recorded_tasks
from benchmarks.search_quality_unseen import unseen_tasks

TIMED = {10: 30.0, 100: 30.0, 1000: 150.0, 10_000: 200.0}
"""Goals for the time of a proposal in ms, by the number of finished trials."""

_PARTS = {
    "chosen": "Tasks that settings were chosen by",
    "reported": "Other tasks",
    "unseen": "Tasks that nobody looked at before",
    "held_back": "Tasks that were held back",
    "trained": "Networks that are trained",
}

_COMPARED = [name for name in METHODS if name != "bayesian_ahead"]

_LARGEST_OF_OTHERS = {"keras_tuner": 100, "optuna_gp": 1000, "smac": 100, "ax": 10, "hebo": 10}
_PROPOSALS = 9


def _groups(task: Task) -> set[str]:
    if task.family == "keras":  # takes its time
        return {"trained"}
    if task.unseen:
        return {"held_back" if task.held_back else "unseen"}
    return {"all", "chosen" if task.chosen else "reported"}


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
            known = values[:, :, count - 1]
            row[f"after {count}"] = "-"
            if not np.isnan(known).all():
                low, high = interval(known)
                searches = int((~np.isnan(known)).sum())
                place = f" {ranked[count][name].mean():.2f}" if ranked[count][name].size else ""
                row[f"after {count}"] = f"{np.nanmean(known):.3f} [{low:.3f}, {high:.3f}]{place} n={searches}"
        rows.append(row)
    table(f"{title}: mean regret [95 %], mean rank where all are known, searches", rows)


def differences(title: str, regrets: Mapping[str, Array], trials: int) -> None:
    """Print the paired differences between the first method and each other one, over what is known of both."""
    first, *others = regrets
    rows = []
    for name in others:
        row = {"method": f"{first} - {name}"}
        for count in _after(trials):
            ours, theirs = regrets[first][:, :, count - 1], regrets[name][:, :, count - 1]
            both = ~np.isnan(ours - theirs)
            row[f"after {count}"] = "-"
            if both.any():
                low, high = interval(ours - theirs)
                means = ours[both].mean(), theirs[both].mean()
                row[f"after {count}"] = (
                    f"{means[0]:.3f} - {means[1]:.3f} = {means[0] - means[1]:+.3f} [{low:+.3f}, {high:+.3f}]"
                )
        rows.append(row)
    if rows:
        table(f"{title}: paired differences [95 %]", rows)


def by_task(tasks: Sequence[Task], regrets: Mapping[str, Array], after: int) -> None:
    rows = []
    for number, task in enumerate(tasks):
        known = {name: values[number, :, after - 1] for name, values in regrets.items()}
        means = {name: "-" if np.isnan(values).all() else f"{np.nanmean(values):.4f}" for name, values in known.items()}
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
            method = METHODS[name](task, 0, count + _PROPOSALS)
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
        "--tasks",
        default="all",
        help="`chosen`, `reported`, `all` for both, `unseen`, `held_back`, or names of tasks or families, with commas",
    )
    parser.add_argument("--methods", default=",".join(_COMPARED), help=f"of {', '.join(METHODS)}, with commas")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--parallel", type=int, default=1, help="trials at once")
    parser.add_argument("--failing", type=float, default=0.0, help="share of the space in which trials fail")
    parser.add_argument("--by-chance", action="store_true", help="that share of all trials fails, wherever they are")
    parser.add_argument("--results", type=Path, help="file of finished searches, which are not run again")
    parser.add_argument("--label", default="", help="what is measured, for the file of results")
    parser.add_argument("--by-task", action="store_true", help="print each task, too")
    parser.add_argument("--report", action="store_true", help="run nothing: print what the file of results knows")
    parser.add_argument("--timings", action="store_true", help="time proposals, and nothing else")
    arguments = parser.parse_args()

    methods: dict[str, Make | None] = {}
    for name in arguments.methods.split(","):
        if name not in METHODS:
            parser.error(f"there is no method {name!r}; there are {', '.join(METHODS)}")
        lacking = missing(name)
        methods[name] = None if lacking or arguments.report else METHODS[name]
        if lacking and not arguments.report:
            progress(f"{', '.join(lacking)} is not installed: of {name} there is what the file of results knows.")
    if arguments.timings:
        timings([name for name, make in methods.items() if make is not None])
        return

    recorded = recorded_tasks()
    if not recorded:
        print(
            "The recorded tasks are not here: set TUI_TUNER_BENCH to the folder of lcbench.py. Our own ones do.",
            file=sys.stderr,
        )
    everything = [*own_tasks(), *recorded, *packaged_tasks(), *unseen_tasks(), *held_back_tasks(), *keras_tasks()]
    wanted = set(arguments.tasks.split(","))
    tasks = [task for task in everything if wanted & {task.name, task.family, *_groups(task)}]
    if not tasks and not recorded:
        return  # what was asked for may be among those that are not here
    if not tasks:
        parser.error(f"no such tasks: {arguments.tasks}; there are {', '.join(task.name for task in everything)}")
    conditions = Conditions(arguments.trials, arguments.parallel, arguments.failing, arguments.by_chance)
    results = Results(arguments.results)
    found = runs(tasks, methods, arguments.seeds, conditions, results, arguments.label, progress)
    found = {name: values for name, values in found.items() if not np.isnan(values).all()}
    for part, title in _PARTS.items():
        kept = [number for number, task in enumerate(tasks) if part in _groups(task)]
        if kept:
            regrets = {name: values[kept] for name, values in found.items()}
            quality(title, regrets, arguments.trials)
            differences(title, regrets, arguments.trials)
            for count in _after(arguments.trials) if arguments.by_task else ():
                by_task([tasks[number] for number in kept], regrets, count)
    # The others would be trained or fitted, thousands of times for each seed.
    looked_through = [task for task in tasks if task.reference is None and task.family != "estimators"]
    if conditions.failing and not conditions.by_chance and looked_through:
        seeds = range(arguments.seeds)
        least = [least_regret(task, seed, conditions, results) for task in looked_through for seed in seeds]
        print(f"\nThe best that does not fail: mean regret {np.mean(least):.4f}")


if __name__ == "__main__":
    main()
