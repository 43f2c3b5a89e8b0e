"""How good searches are that train few epochs first: regret after as many epochs as 4, 10 and 20 whole trainings have.

Ours (`asha`, `hyperband`, whole trainings by `bayesian`, and a freeze-thaw search) beside successive halving with
random configurations, KerasTuner's Hyperband, and Optuna's TPE with its Hyperband pruner. The curves are recorded ones
of LCBench (a surrogate) and two functions, in the folder that `TUI_TUNER_BENCH` names (`../shared/bench` by default).
One trial runs at a time, at most 50 epochs; the best value of any epoch that was trained counts. Regret is normalised:
(best so far - best known) / (median of random - best known); its mean over tasks and seeds, with a 95 % interval.

    PYTHONPATH=tests python tests/benchmarks/multi_fidelity.py --tasks reported --seeds 5 --results fidelity.jsonl

Finished searches are kept in the file of `--results`. Use another `--label` after a change of our own searches.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from benchmarks.measure import goal, progress, table
from benchmarks.multi_fidelity_methods import METHODS, NEEDS, OURS, PEERS, Stopwatch
from benchmarks.multi_fidelity_tasks import EPOCHS, Array, Curves, all_curves
from benchmarks.search_quality_results import Results
from benchmarks.search_quality_runs import interval, reference

AFTER = (4, 10, 20)
"""Whole trainings."""

OF_THE_BEST_PEER = 0.7


def search(name: str, curves: Curves, seed: int) -> list[float]:
    """The best values of any epoch after as many epochs as `AFTER` says, and CPU milliseconds of a proposal."""
    watch = Stopwatch()
    trained = list(itertools.islice(METHODS[name](curves, seed, watch), AFTER[-1] * EPOCHS))
    best = np.minimum.accumulate(trained)
    ends = [best[min(count * EPOCHS, len(best)) - 1] for count in AFTER]
    return [*map(float, ends), 1e3 * watch.spent_s / watch.proposals]


def report(title: str, tasks: Sequence[Curves], regrets: Mapping[str, Array], cost: Mapping[str, Array]) -> None:
    """Print mean regrets with their intervals, and what a proposal costs."""
    rows = []
    peers = [name for name in PEERS if name in regrets]
    for name, values in regrets.items():
        row = {"method": name}
        for number, count in enumerate(AFTER):
            low, high = interval(values[:, :, number])
            mean = values[:, :, number].mean()
            row[f"after {count}"] = f"{mean:.3f} [{low:.3f}, {high:.3f}]"
            if name in OURS[:-1] and peers:
                ratio = mean / min(regrets[peer][:, :, number].mean() for peer in peers)
                row[f"after {count}"] += f" {ratio:.2f} of the best peer, {goal(ratio, OF_THE_BEST_PEER)}"
        row["ms a proposal"] = f"{cost[name].mean():.1f}"
        rows.append(row)
    table(f"{title}: mean regret [95 %] after as many epochs as so many whole trainings", rows)
    each = []
    for number, curves in enumerate(tasks):
        means = {
            name: " ".join(f"{mean:.3f}" for mean in values[number].mean(axis=0)) for name, values in regrets.items()
        }
        each.append({"task": curves.name, **means})
    table(f"{title}, by task", each)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", default="all", help="`chosen`, `reported`, `all`, or names, with commas")
    parser.add_argument("--methods", default=",".join(METHODS), help=f"of {', '.join(METHODS)}, with commas")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--results", type=Path, help="file of finished searches, which are not run again")
    parser.add_argument("--label", default="", help="what is measured, for the file of results")
    arguments = parser.parse_args()

    everything = all_curves()
    if not everything:
        print("The curves are not here: set TUI_TUNER_BENCH to the folder of lcbench.py.", file=sys.stderr)
        return
    wanted = arguments.tasks.split(",")
    groups = {"all": {True, False}, "chosen": {True}, "reported": {False}}
    tasks = [
        each
        for each in everything
        if each.name in wanted or any(each.chosen in groups.get(word, ()) for word in wanted)
    ]
    if not tasks:
        parser.error(f"no such tasks: {arguments.tasks}; there are {', '.join(each.name for each in everything)}")
    names = []
    for name in arguments.methods.split(","):
        if name not in METHODS:
            parser.error(f"there is no method {name!r}; there are {', '.join(METHODS)}")
        if name in NEEDS and importlib.util.find_spec(NEEDS[name]) is None:
            progress(f"{name} is left out: {NEEDS[name]} is not installed.")
        else:
            names.append(name)

    results = Results(arguments.results)
    regrets = {name: np.zeros((len(tasks), arguments.seeds, len(AFTER))) for name in names}
    cost = {name: np.zeros((len(tasks), arguments.seeds)) for name in names}
    for name in names:
        for number, curves in enumerate(tasks):
            known = reference(curves.task, results)
            for seed in range(arguments.seeds):
                label = "" if name in PEERS else arguments.label
                find = partial(search, name, curves, seed)
                *ends, ms = results.get(["curves", label, name, curves.name, seed], find)
                regrets[name][number, seed] = [known.regret(value) for value in ends]
                cost[name][number, seed] = ms
        progress(f"{name}: done")
    for title, chosen in (("Tasks that settings were chosen by", True), ("Other tasks", False)):
        kept = [number for number, each in enumerate(tasks) if each.chosen is chosen]
        if kept:
            report(
                title,
                [tasks[number] for number in kept],
                {name: values[kept] for name, values in regrets.items()},
                {name: values[kept] for name, values in cost.items()},
            )


if __name__ == "__main__":
    main()
