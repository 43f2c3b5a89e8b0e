"""Epochs spent and regret with each pruner beside none, on recorded learning curves; and what a decision costs.

The curves are those of `lcbench.py` in the folder that `TUI_TUNER_BENCH` names (`../shared/bench` by default). The
pruners' defaults were chosen on the other half of its tasks (`--tasks chosen`).

Four trials run at once, each an epoch at a time in turn, for at most 50 epochs, for the best validation accuracy of any
epoch. Regret is normalised: (best known - best completed) / (best known - median of random), mean over tasks and seeds.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.measure import ROOT, goal, progress, table
from numpy.typing import NDArray

from tui_tuner.oracles import Objective, Trial, create_oracle
from tui_tuner.oracles.pruners import FinishedEpoch, Pruner, create_pruner
from tui_tuner.space import HyperParameters

EPOCHS = 50
WORKERS = 4
POOL = 400
"""Random configurations of each task; the best of them is the best known."""

DECISION_LIMIT_MS = 0.3

PRUNERS: Mapping[str, Mapping[str, Any]] = {
    "none": {},
    "median": {},
    "successive_halving": {},
    "patience": {},
    "patience, min_delta 0.5": {"min_delta": 0.5},
}

Accuracies = NDArray[np.float64]


class Curves:
    """The recorded curves of one task."""

    def __init__(self, recorded: Any, bench: Any, task: str) -> None:
        self._recorded, self._bench, self._task = recorded, bench, task
        rng = np.random.default_rng(7)
        self.random = [self._draw(rng) for _ in range(POOL)]
        self.pool = np.array([self.of(values) for values in self.random])
        finals = self.pool.max(axis=1)
        self.best, self.median = float(finals.max()), float(np.median(finals))

    def space(self) -> HyperParameters:
        hp = HyperParameters()
        for name, (kind, low, high, log) in self._bench.SPACE.items():
            sampling = "log" if log else "linear"
            hp.Int(name, low, high, sampling=sampling) if kind == "int" else hp.Float(
                name, low, high, sampling=sampling
            )
        return hp

    def of(self, values: Mapping[str, Any]) -> Accuracies:
        """Validation accuracy in percent after each epoch, shape `(epochs,)`."""
        with np.errstate(over="ignore"):
            curve: Accuracies = self._recorded.curve(self._task, values, range(2, EPOCHS + 2))[:, 1].astype(np.float64)
        return curve

    def regret(self, accuracy: float) -> float:
        return (self.best - accuracy) / (self.best - self.median)

    def _draw(self, rng: np.random.Generator) -> dict[str, float]:
        values = {}
        for name, (kind, low, high, log) in self._bench.SPACE.items():
            share = float(rng.random())
            value = low * (high / low) ** share if log else low + share * (high - low)
            values[name] = round(value) if kind == "int" else value
        return values


Proposals = Iterator[tuple[Accuracies, Callable[[float, bool], None]]]
"""Curves of trials, each with what is to be called at its end: with its score, and whether it was completed."""


def at_random(curves: Curves, seed: int) -> Proposals:
    for number in np.random.default_rng(seed).permutation(POOL):
        yield curves.pool[number], lambda score, completed: None


def by_model(curves: Curves, seed: int) -> Proposals:
    """As the tuner `bayesian` proposes, which learns from trials that were stopped too."""
    oracle = create_oracle("bayesian", objective=Objective("accuracy", "max"), max_trials=POOL, seed=seed)
    oracle.update_space(curves.space())
    for number in itertools.count():
        trial = oracle.create_trial(f"slot{number}")

        def end(score: float, completed: bool, trial: Trial = trial) -> None:
            oracle.update_trial(trial.trial_id, {"accuracy": score})
            trial.status = "COMPLETED" if completed else "STOPPED"
            oracle.end_trial(trial)

        yield curves.of(trial.hyperparameters.values), end


def search(proposals: Proposals, pruner: Pruner | None, trials: int, budget: int) -> tuple[int, float]:
    """Run a search of at most `trials` trials and `budget` epochs; the epochs spent and the best completed accuracy."""
    running: list[tuple[int, Accuracies, Iterator[int], Callable[[float, bool], None]]] = []
    numbers = iter(range(trials))
    spent, best = 0, -np.inf
    while spent < budget:
        for number in itertools.islice(numbers, WORKERS - len(running)):
            curve, end = next(proposals)
            running.append((number, curve, iter(range(EPOCHS)), end))
        if not running:
            break
        for one in tuple(running):
            number, curve, epochs, end = one
            epoch = next(epochs)
            spent += 1
            finished = FinishedEpoch(str(number), 0, epoch, float(curve[epoch]))
            if pruner is not None:
                pruner.take(finished)
            completed = epoch == EPOCHS - 1
            if completed or (pruner is not None and pruner.reason(finished) is not None):
                running.remove(one)
                score = float(curve[: epoch + 1].max())
                end(score, completed)
                if completed:
                    best = max(best, score)
                if pruner is not None:
                    pruner.end(str(number), completed=completed)
            if spent >= budget:
                break
    return spent, float(best)


def compare(
    tasks: Sequence[Curves], propose: Callable[[Curves, int], Proposals], seeds: int, trials: int, budget: int
) -> list[dict[str, str]]:
    rows = []
    for name, arguments in PRUNERS.items():
        epochs, after_trials, after_epochs = [], [], []
        for curves, seed in itertools.product(tasks, range(seeds)):

            def pruner(name: str = name, arguments: Mapping[str, Any] = arguments) -> Pruner | None:
                return create_pruner(name.partition(",")[0], "max", **arguments)

            spent, best = search(propose(curves, seed), pruner(), trials, trials * EPOCHS)
            epochs.append(spent / (trials * EPOCHS))
            after_trials.append(curves.regret(best))
            after_epochs.append(curves.regret(search(propose(curves, seed), pruner(), POOL, budget)[1]))
        progress(f"{name}: {len(epochs)} searches")
        rows.append(
            {
                "pruner": name,
                f"epochs of {trials} trials": f"{100 * statistics.mean(epochs):.0f} %",
                f"regret after {trials} trials": f"{statistics.mean(after_trials):.3f}",
                f"regret after {budget} epochs": f"{statistics.mean(after_epochs):.3f}",
            }
        )
    return rows


def cost(trials: int = 10_000) -> list[dict[str, str]]:
    """What it takes to judge an epoch when so many trials of 50 epochs have been."""
    rows = []
    for name in ("median", "successive_halving", "patience", "threshold"):
        rng = random.Random(1)
        pruner = create_pruner(name, "min")
        assert pruner is not None
        began = time.process_time()
        for number in range(trials):
            level = rng.random()
            for epoch in range(EPOCHS):
                pruner.take(FinishedEpoch(str(number), 0, epoch, level + 1 / (epoch + 1)))
            pruner.end(str(number), completed=True)
        told_s = time.process_time() - began
        began = time.process_time()
        for number in range(200):
            level = rng.random()
            for epoch in range(EPOCHS):
                finished = FinishedEpoch(f"new {number}", 0, epoch, level + 1 / (epoch + 1))
                pruner.take(finished)
                pruner.reason(finished)
            pruner.end(f"new {number}", completed=True)
        mean_ms = (time.process_time() - began) / (200 * EPOCHS) * 1e3
        rows.append(
            {
                "pruner": name,
                "CPU of a decision": f"{mean_ms:.4f} ms",
                f"below {DECISION_LIMIT_MS} ms": goal(mean_ms, DECISION_LIMIT_MS),
                "CPU of taking all in": f"{told_s:.2f} s",
            }
        )
    return rows


def load_bench() -> Any | None:
    """The module `lcbench`; `None` if it is not there."""
    folder = Path(os.environ.get("TUI_TUNER_BENCH", ROOT.parent / "shared" / "bench"))
    spec = importlib.util.spec_from_file_location("lcbench", folder / "lcbench.py")
    if spec is None or spec.loader is None or not (folder / "lcbench.npz").is_file():
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", choices=["held-out", "chosen"], default="held-out", help="which half of the tasks")
    parser.add_argument("--seeds", type=int, default=20, help="seeds of the random search; 0 for none")
    parser.add_argument("--model-seeds", type=int, default=2, help="seeds of the tuner bayesian; 0 for none")
    arguments = parser.parse_args()
    table("Cost after 10,000 trials of 50 epochs", cost())
    bench = load_bench()
    if bench is None:
        print("\nNo recorded curves here: set TUI_TUNER_BENCH to the folder of lcbench.py.", file=sys.stderr)
        return
    recorded = bench.LCBench()
    names = recorded.tasks[1::2] if arguments.tasks == "held-out" else recorded.tasks[::2]
    tasks = [Curves(recorded, bench, name) for name in names]
    progress(f"tasks {', '.join(names)}")
    if arguments.seeds:
        table("Random search", compare(tasks, at_random, arguments.seeds, 60, 1000))
    if arguments.model_seeds:
        table("The tuner bayesian", compare(tasks, by_model, arguments.model_seeds, 20, 500))


if __name__ == "__main__":
    main()
