"""Runs searches for `search_quality.py`, keeps what they came to in a file, and sums it up."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product

import numpy as np
from benchmarks.search_quality_methods import FAILED, Make, Method
from benchmarks.search_quality_results import Results
from benchmarks.search_quality_tasks import Task, Values
from numpy.typing import NDArray

Array = NDArray[np.float64]

_DRAWN = 2000
_CLIMBED = 6000
_CLIMBERS = 20
_RESAMPLED = 2000


@dataclass(frozen=True)
class Conditions:
    """What a search is run under.

    Args:
        trials: How many it has.
        parallel: How many of them run at once; which of them ends next is a matter of chance.
        failing: Share of the space in which trials fail.
        by_chance: Whether that share of all trials fails instead, wherever they are.
    """

    trials: int = 100
    parallel: int = 1
    failing: float = 0.0
    by_chance: bool = False


@dataclass(frozen=True)
class Reference:
    """What regrets of a task are measured by.

    Args:
        best: The least value known.
        median: The median of random configurations.
    """

    best: float
    median: float

    def regret(self, score: float) -> float:
        return (score - self.best) / (self.median - self.best)


def reference(task: Task, results: Results) -> Reference:
    """Of 2,000 random configurations and, where no optimum is known, of a climb from the best ones, or of all there are
    if they are few."""
    if task.reference is not None:
        return Reference(*task.reference())

    def find() -> list[float]:
        scores, best = _looked_through(task, lambda values: True, climbs=task.best is None)
        return [best if task.best is None else task.best, float(np.median(scores))]

    return Reference(*results.get(["reference", task.name], find))


def least_regret(task: Task, seed: int, conditions: Conditions, results: Results) -> float:
    """That of the best configuration which does not fail in a search; what fails may be the best of all."""

    def find() -> list[float]:
        fails = _failing(task, conditions, _chance(seed))
        return [_looked_through(task, lambda values: not fails(values), climbs=True)[1]]

    key = ["best that works", task.name, seed, conditions.failing]
    return max(0.0, reference(task, results).regret(results.get(key, find)[0]))


def _looked_through(task: Task, works: Callable[[Values], bool], *, climbs: bool) -> tuple[list[float], float]:
    """The scores of the configurations that work, all of them or some that are drawn, and the best that was found.

    Args:
        climbs: Whether more is looked for near the best that were drawn.
    """
    choices = [each.choices for each in task.parameters]
    if task.unseen and all(choices):
        names = [each.name for each in task.parameters]
        everything = [dict(zip(names, values, strict=True)) for values in product(*choices)]
        scores = [task.score(values) for values in everything if works(values)]
        return scores, min(scores)
    rng = np.random.default_rng(7)
    drawn = [values for values in (task.drawn(rng) for _ in range(_DRAWN)) if works(values)]
    scores = [task.score(values) for values in drawn]
    pool = sorted(zip(scores, range(len(drawn)), drawn, strict=True))[:_CLIMBERS]
    for number in range(_CLIMBED if climbs else 0):
        values = task.near(pool[number % _CLIMBERS][2], 0.2 * 0.1 ** (number / _CLIMBED), rng)
        score = task.score(values) if works(values) else math.inf
        if score < pool[number % _CLIMBERS][0]:
            pool[number % _CLIMBERS] = (score, number, values)
    return scores, min(pool)[0]


def _chance(seed: int) -> np.random.Generator:
    """What decides in a search which configurations fail, and which trial ends first."""
    return np.random.default_rng([seed, 11])


def search(task: Task, method: Method, seed: int, conditions: Conditions, known: Reference) -> list[float]:
    """The true value of each trial in the order in which they ended; `FAILED` for those that failed."""
    rng = _chance(seed)
    fails = _failing(task, conditions, rng)
    scale = task.noise * (known.median - known.best)
    noise = np.random.default_rng([seed, 12]).normal(scale=scale, size=conditions.trials) if scale else None
    running: list[tuple[object, Values]] = []
    scores: list[float] = []
    asked = 0
    while len(scores) < conditions.trials:
        while asked < conditions.trials and len(running) < conditions.parallel:
            answer = method.ask()
            if answer is None:
                break
            running.append(answer)
            asked += 1
        if not running:
            break
        trial, values = running.pop(int(rng.integers(len(running))))
        score = FAILED if fails(values) else task.score(values)
        method.tell(trial, score if noise is None else score + float(noise[len(scores)]))
        scores.append(score)
    return scores


def _failing(task: Task, conditions: Conditions, rng: np.random.Generator) -> Callable[[Values], bool]:
    """Which configurations fail: those beyond a plane, on the side where the better ones are not."""
    if not conditions.failing:
        return lambda values: False
    if conditions.by_chance:
        strikes = np.random.default_rng(rng.integers(2**32))
        return lambda values: bool(strikes.random() < conditions.failing)
    slopes = {each.name: float(slope) for each, slope in zip(task.parameters, rng.normal(size=99), strict=False)}

    def place(values: Values) -> float:
        return sum(
            slopes[each.name] * (each.share(values[each.name]) - 0.5) for each in task.parameters if each.name in values
        )

    drawn = [task.drawn(rng) for _ in range(400)]
    places = np.array([place(values) for values in drawn])
    best = np.argsort([task.score(values) for values in drawn])[:10]
    side = 1.0 if places[best].mean() < places.mean() else -1.0
    beyond = float(np.quantile(side * places, 1.0 - conditions.failing))
    return lambda values: side * place(values) > beyond


def runs(
    tasks: Sequence[Task],
    methods: Mapping[str, Make | None],
    seeds: int,
    conditions: Conditions,
    results: Results,
    label: str,
    say: Callable[[str], None],
) -> dict[str, Array]:
    """Normalised regret of the best so far, by method, shape `(tasks, seeds, trials)`, infinite before any success.

    Seed by seed, so that what was interrupted is of use. NaN for what is not known of methods that cannot be run here,
    which are `None`; their searches may also be shorter.
    """
    found = {name: np.full((len(tasks), seeds, conditions.trials), np.nan) for name in methods}
    took = dict.fromkeys(methods, 0.0)
    for seed in range(seeds):
        for number, task in enumerate(tasks):
            for name, make in methods.items():
                started = time.process_time()
                # Only our own methods change with the checkout; what others came to stays.
                of = label if name.startswith("bayesian") else ""
                key = [of, name, task.name, seed, *asdict(conditions).values()]
                if make is None:
                    scores = results.longest(key)
                    if scores is None:
                        continue
                else:
                    made = partial(make, task, seed, conditions.trials)
                    scores = results.get(key, partial(_searched, task, made, seed, conditions, results))
                bests = found[name][number, seed]
                bests[: len(scores)] = np.minimum.accumulate(np.where(np.isnan(scores), np.inf, scores))
                if make is not None:  # all there is was tried
                    bests[len(scores) :] = bests[len(scores) - 1]
                took[name] += time.process_time() - started
        say(f"seed {seed}: {', '.join(f'{name} {seconds:.0f} s' for name, seconds in took.items())} of CPU so far")
    for number, task in enumerate(tasks):
        known = reference(task, results)
        for values in found.values():
            # A start that failed altogether must not be all that counts.
            values[number] = np.minimum((values[number] - known.best) / (known.median - known.best), 10.0)
    return found


def _searched(
    task: Task, made: Callable[[], Method], seed: int, conditions: Conditions, results: Results
) -> list[float]:
    return search(task, made(), seed, conditions, reference(task, results))


def interval(values: Array, seed: int = 0) -> tuple[float, float]:
    """A 95 % interval of the mean of values, shape `(tasks, seeds)`: bootstrap over tasks, then over seeds.

    NaN stands for what is not known, and is left out.
    """
    values = values[~np.isnan(values).all(axis=1)][:, ~np.isnan(values).all(axis=0)]
    if not values.size:
        return math.nan, math.nan
    rng = np.random.default_rng(seed)
    tasks = rng.integers(len(values), size=(_RESAMPLED, len(values)))
    seeds = rng.integers(values.shape[1], size=(_RESAMPLED, *values.shape))
    means = np.nanmean(values[tasks[:, :, None], seeds], axis=(1, 2))
    low, high = np.nanquantile(means, [0.025, 0.975])
    return float(low), float(high)


def ranks(regrets: Mapping[str, Array], after: int) -> dict[str, Array]:
    """The rank of each method among all after so many trials, for each search that is known of all; equal ones share
    theirs."""
    names = list(regrets)
    values = np.stack([regrets[name][:, :, after - 1] for name in names])
    values = values[:, ~np.isnan(values).any(axis=0)]
    better = (values[None] < values[:, None]).sum(axis=1)
    equal = (values[None] == values[:, None]).sum(axis=1)
    return {name: better[number] + (equal[number] + 1) / 2 for number, name in enumerate(names)}
