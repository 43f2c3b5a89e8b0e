"""Epochs spent and regret with each pruner beside none, on recorded learning curves; and what a decision costs.

The curves are those of LCBench in `multi_fidelity_tasks.py`. The pruners' defaults were chosen on the other half of
them (`--tasks chosen`).

Four trials run at once, each an epoch at a time in turn, for at most 50 epochs, for the least validation error of any
epoch. Regret is normalised: (best completed - best known) / (median of random - best known), mean over tasks and seeds.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from benchmarks.measure import goal, progress, table
from benchmarks.multi_fidelity_tasks import Curves, all_curves
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

Errors = NDArray[np.float64]


class Network:
    """A recorded network: what random configurations of it come to, in percent of validation error."""

    def __init__(self, recorded: Curves) -> None:
        self.task, self.of = recorded.task, recorded.curve
        rng = np.random.default_rng(7)
        self.pool = np.array([self.of(self.task.drawn(rng)) for _ in range(POOL)])
        finals = self.pool.min(axis=1)
        self._best, self._median = float(finals.min()), float(np.median(finals))

    def regret(self, error: float) -> float:
        return (error - self._best) / (self._median - self._best)


Proposals = Iterator[tuple[Errors, Callable[[float, bool], None]]]
"""Curves of trials, each with what is to be called at its end: with its score, and whether it was completed."""


def at_random(network: Network, seed: int) -> Proposals:
    for number in np.random.default_rng(seed).permutation(POOL):
        yield network.pool[number], lambda score, completed: None


def by_model(network: Network, seed: int) -> Proposals:
    """As the tuner `bayesian` proposes, which learns from trials that were stopped too."""
    hp = HyperParameters()
    network.task.define(hp)
    oracle = create_oracle(
        "bayesian", objective=Objective("error", "min"), max_trials=POOL, hyperparameters=hp, seed=seed
    )
    for number in itertools.count():
        trial = oracle.create_trial(f"slot{number}")

        def end(score: float, completed: bool, trial: Trial = trial) -> None:
            oracle.update_trial(trial.trial_id, {"error": score})
            trial.status = "COMPLETED" if completed else "STOPPED"
            oracle.end_trial(trial)

        yield network.of(trial.hyperparameters.values), end


def search(proposals: Proposals, pruner: Pruner | None, trials: int, budget: int) -> tuple[int, float]:
    """Run a search of at most `trials` trials and `budget` epochs; the epochs spent and the least completed error."""
    running: list[tuple[int, Errors, Iterator[int], Callable[[float, bool], None]]] = []
    numbers = iter(range(trials))
    spent, best = 0, np.inf
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
                score = float(curve[: epoch + 1].min())
                end(score, completed)
                if completed:
                    best = min(best, score)
                if pruner is not None:
                    pruner.end(str(number), completed=completed)
            if spent >= budget:
                break
    return spent, float(best)


def compare(
    networks: Sequence[Network], propose: Callable[[Network, int], Proposals], seeds: int, trials: int, budget: int
) -> list[dict[str, str]]:
    rows = []
    for name, arguments in PRUNERS.items():
        epochs, after_trials, after_epochs = [], [], []
        for network, seed in itertools.product(networks, range(seeds)):

            def pruner(name: str = name, arguments: Mapping[str, Any] = arguments) -> Pruner | None:
                return create_pruner(name.partition(",")[0], "min", **arguments)

            spent, best = search(propose(network, seed), pruner(), trials, trials * EPOCHS)
            epochs.append(spent / (trials * EPOCHS))
            after_trials.append(network.regret(best))
            after_epochs.append(network.regret(search(propose(network, seed), pruner(), POOL, budget)[1]))
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", choices=["held-out", "chosen"], default="held-out", help="which half of the tasks")
    parser.add_argument("--seeds", type=int, default=20, help="seeds of the random search; 0 for none")
    parser.add_argument("--model-seeds", type=int, default=2, help="seeds of the tuner bayesian; 0 for none")
    arguments = parser.parse_args()
    table("Cost after 10,000 trials of 50 epochs", cost())
    chosen = arguments.tasks == "chosen"
    recorded = [each for each in all_curves() if each.name.startswith("lcbench_") and each.chosen == chosen]
    if not recorded:
        print("\nNo recorded curves here: set TUI_TUNER_BENCH to the folder of lcbench.py.", file=sys.stderr)
        return
    networks = [Network(each) for each in recorded]
    progress(f"tasks {', '.join(each.name for each in recorded)}")
    if arguments.seeds:
        table("Random search", compare(networks, at_random, arguments.seeds, 60, 1000))
    if arguments.model_seeds:
        table("The tuner bayesian", compare(networks, by_model, arguments.model_seeds, 20, 500))


if __name__ == "__main__":
    main()
