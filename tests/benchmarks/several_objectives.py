"""How good the fronts of searches for two objectives are: `bayesian` beside random search and Optuna's samplers.

What counts is the share of the area dominated by the best front known (that of all searches and of many random
configurations) which is missing after so many trials: 0 for the best, and 1 for nothing. Objectives are scaled to 0 at
the least known value and 1 at what four fifths of random configurations keep below, and areas are taken up to there.
All methods have the same tasks and seeds, and their own defaults. Optuna takes part where it is installed (extras
`optuna` and `benchmarks`).

    PYTHONPATH=tests python tests/benchmarks/several_objectives.py --seeds 10 --results fronts.jsonl
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise, product
from pathlib import Path

import numpy as np
from benchmarks.measure import progress, table
from benchmarks.search_quality_methods import apart, study, suggested
from benchmarks.search_quality_results import Results
from benchmarks.search_quality_runs import interval
from benchmarks.search_quality_tasks import Network, Parameter, Task, Values, floats, networks
from numpy.typing import NDArray

from tui_tuner.oracles.objective import Objective
from tui_tuner.oracles.registry import create_oracle
from tui_tuner.space import HyperParameters

Array = NDArray[np.float64]

_AFTER = (10, 25, 60)
_DRAWN = 5000
_KEPT_BELOW = 0.8


@dataclass(frozen=True)
class Pair:
    """Two objectives over one space, both to be minimised.

    Args:
        name: Its name.
        chosen: Whether settings may be chosen by it.
        parameters: The space; parents come first.
        scores: Both of a configuration.
    """

    name: str
    chosen: bool
    parameters: tuple[Parameter, ...]
    scores: Callable[[Values], tuple[float, float]]

    @cached_property
    def task(self) -> Task:
        """The first objective alone, for what defines and draws from the space."""
        return Task(self.name, "pair", self.chosen, self.parameters, lambda values: self.scores(values)[0])

    @cached_property
    def drawn(self) -> Array:
        """Of random configurations, shape `(configurations, 2)`."""
        rng = np.random.default_rng(99)
        return np.array([self.scores(self.task.drawn(rng)) for _ in range(_DRAWN)])


def _zdt(values: Values, front: Callable[[float, float], float]) -> tuple[float, float]:
    """Source of the shapes: Zitzler et al. 2000, "Comparison of Multiobjective Evolutionary Algorithms: Empirical
    Results"; the best of the other numbers is inside their scales."""
    first, *rest = values.values()
    away = 1.0 + 9.0 * float(np.mean([abs(each - 0.35) for each in rest]))
    return first, away * front(first, away)


def _sphere(values: Values) -> tuple[float, float]:
    """Source of the shape: Deb et al. 2002, "Scalable Multi-Objective Optimization Test Problems", DTLZ2."""
    first, *rest = values.values()
    away = 1.0 + sum((each - 0.4) ** 2 for each in rest)
    return away * math.cos(first * math.pi / 2), away * math.sin(first * math.pi / 2)


def _kursawe(values: Values) -> tuple[float, float]:
    """Source: Kursawe 1991, "A Variant of Evolution Strategies for Vector Optimization"."""
    x = [10.0 * each - 5.0 for each in values.values()]
    return (
        sum(-10.0 * math.exp(-0.2 * math.hypot(*each)) for each in pairwise(x)),
        sum(abs(each) ** 0.8 + 5.0 * math.sin(each**3) for each in x),
    )


def _fonseca(values: Values) -> tuple[float, float]:
    """Source: Fonseca and Fleming 1995, "An Overview of Evolutionary Algorithms in Multiobjective Optimization"."""
    x = [4.0 * each - 2.0 for each in values.values()]
    shift = 1.0 / math.sqrt(len(x))
    near, far = (1.0 - math.exp(-sum((each + side * shift) ** 2 for each in x)) for side in (-1.0, 1.0))
    return near, far


def _network(values: Values, best_rate: float, slows: float) -> tuple[float, float]:
    """Error, and size or time, of a network with up to three layers, as they might come about."""
    units = [values[f"units{number}"] for number in range(values["layers"])]
    weights = sum(a * b for a, b in zip([64, *units], [*units, 10], strict=True))
    capacity = sum(math.log2(each / 8.0) for each in units) / 10.0
    activation = {"relu": 0.0, "tanh": 0.03, "gelu": 0.01}[values["activation"]]
    error = 0.05 + 0.4 * math.exp(-1.5 * capacity) + activation
    error += 0.1 * (math.log10(values["rate"]) - best_rate - 0.15 * len(units)) ** 2
    error += 0.3 * (values["dropout"] - 0.2 * min(1.0, capacity)) ** 2
    return error, math.log10(weights) + slows * activation * 10.0


def _recorded(values: Values, network: Network) -> tuple[float, float]:
    """Validation error in percent after the last epoch, and the time that the training took."""
    time, accuracy = network.curve(values, [51])[0, :2].tolist()
    return 100.0 - accuracy, time


_NETWORK = (
    Parameter("layers", "int", 1, 3),
    *(Parameter(f"units{n}", "int", 8, 512, True, parent=("layers", tuple(range(n + 1, 4)))) for n in range(3)),
    Parameter("rate", "float", 1e-4, 1e-1, True),
    Parameter("activation", "category", choices=("relu", "tanh", "gelu")),
    Parameter("dropout", "float", 0.0, 0.5),
)


def pairs() -> Iterator[Pair]:
    """Functions, then networks of LCBench where the folder that `TUI_TUNER_BENCH` names has them."""
    convex = partial(_zdt, front=lambda first, away: 1.0 - math.sqrt(first / away))
    concave = partial(_zdt, front=lambda first, away: 1.0 - (first / away) ** 2)
    broken = partial(
        _zdt,
        front=lambda first, away: 1.0 - math.sqrt(first / away) - first / away * math.sin(10.0 * math.pi * first),
    )
    yield Pair("convex", True, floats(5), convex)
    yield Pair("concave", True, floats(5), concave)
    yield Pair("broken", True, floats(5), broken)
    yield Pair("sphere", True, floats(5), _sphere)
    yield Pair("kursawe", True, floats(3), _kursawe)
    yield Pair("network_size", True, _NETWORK, partial(_network, best_rate=-2.6, slows=0.0))
    yield Pair("convex8", False, floats(8), convex)
    yield Pair("sphere3", False, floats(3), _sphere)
    yield Pair("fonseca", False, floats(4), _fonseca)
    yield Pair("network_time", False, _NETWORK, partial(_network, best_rate=-3.2, slows=1.0))
    for network in networks():
        yield Pair(f"lcbench_{network.name}", network.chosen, network.parameters, partial(_recorded, network=network))


def ours(pair: Pair, seed: int, trials: int, name: str) -> Array:
    hp = HyperParameters()
    pair.task.define(hp)
    oracle = create_oracle(
        name, objective=Objective("first", "min"), max_trials=trials, hyperparameters=hp, seed=apart(seed)
    )
    oracle.other_objectives = (Objective("second", "min"),)
    found = []
    for _ in range(trials):
        trial = oracle.create_trial("slot")
        found.append(pair.scores(trial.hyperparameters.values))
        oracle.update_trial(trial.trial_id, dict(zip(("first", "second"), found[-1], strict=True)))
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    return np.array(found)


def optunas(pair: Pair, seed: int, trials: int, sampler: str) -> Array:
    of_both = study(sampler, seed, objectives=2)
    found = []
    for _ in range(trials):
        trial, values = suggested(of_both.ask(), pair.task)
        found.append(pair.scores(values))
        of_both.tell(trial, found[-1])
    return np.array(found)


METHODS = {
    "bayesian": partial(ours, name="bayesian"),
    "random": partial(ours, name="random"),
    "optuna_tpe": partial(optunas, sampler="TPESampler"),
    "optuna_gp": partial(optunas, sampler="GPSampler"),
    "optuna_nsga2": partial(optunas, sampler="NSGAIISampler"),
}


def searched(pair: Pair, seed: int, method: str) -> list[float]:
    """Both scores of each trial, one after the other."""
    flat: list[float] = METHODS[method](pair, seed, _AFTER[-1]).ravel().tolist()
    return flat


def area(points: Array) -> float:
    """What points, shape `(points, 2)`, dominate below 1 in both."""
    result, low = 0.0, 1.0
    for first, second in sorted(points[(points < 1.0).all(axis=1)].tolist()):
        if second < low:
            result += (1.0 - first) * (low - second)
            low = second
    return result


def missing_areas(pair: Pair, searches: dict[tuple[str, int], Array]) -> dict[tuple[str, int], list[float]]:
    """Of each search, after each number of trials."""
    known = np.vstack([pair.drawn, *searches.values()])
    low, high = known.min(axis=0), np.quantile(pair.drawn, _KEPT_BELOW, axis=0)
    best = area((known - low) / (high - low))
    return {
        key: [1.0 - area((found[:after] - low) / (high - low)) / best for after in _AFTER]
        for key, found in searches.items()
    }


def compared(
    tasks: Sequence[Pair], methods: Sequence[str], seeds: int, results: Results, label: str
) -> dict[str, Array]:
    """The missing areas of each method, shape `(tasks, seeds, numbers of trials)`."""
    missing = {method: np.empty((len(tasks), seeds, len(_AFTER))) for method in methods}
    for number, pair in enumerate(tasks):
        searches: dict[tuple[str, int], Array] = {}
        for seed, method in product(range(seeds), methods):
            key = [label if method == "bayesian" else "", method, pair.name, seed, _AFTER[-1]]
            searches[method, seed] = np.array(results.get(key, partial(searched, pair, seed, method))).reshape(-1, 2)
        for (method, seed), shares in missing_areas(pair, searches).items():
            missing[method][number, seed] = shares
        progress(f"{pair.name} is done")
    return missing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--label", default="", help="of our own search, after a change of it")
    parser.add_argument("--results", type=Path, help="file of what is known, to go on with")
    arguments = parser.parse_args()
    results = Results(arguments.results)
    every = list(pairs())
    for chosen in (True, False):
        tasks = [pair for pair in every if pair.chosen is chosen]
        missing = compared(tasks, arguments.methods.split(","), arguments.seeds, results, arguments.label)
        rows = []
        for method, values in missing.items():
            row = {"method": method}
            for place, after in enumerate(_AFTER):
                low, high = interval(values[:, :, place])
                row[f"after {after}"] = f"{values[:, :, place].mean():.3f} [{low:.3f}, {high:.3f}]"
            row |= {pair.name: f"{values[n, :, -1].mean():.3f}" for n, pair in enumerate(tasks)}
            rows.append(row)
        table(f"Missing area [95 %], {'tasks for choosing' if chosen else 'other tasks'}; each after the last", rows)


if __name__ == "__main__":
    main()
