"""What evolution promises beyond what every search algorithm does."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from support.oracle_runs import Runner

from tui_tuner.oracles import Objective, Oracle, Trial, TrialStatus, create_oracle
from tui_tuner.oracles.evolution import EvolutionOracle
from tui_tuner.space import HyperParameters

AXES = 40


def large_space() -> HyperParameters:
    """40 layers, each with a kind and a width, and for half of them a rate under a condition."""
    hp = HyperParameters()
    for number in range(AXES):
        hp.Choice(f"kind{number}", ["dense", "skip", "drop"])
        hp.Float(f"width{number}", 1.0, 1000.0, sampling="log")
        with hp.conditional_scope(f"kind{number}", ["drop"]):
            hp.Float(f"rate{number}", 0.0, 1.0)
    return hp


def regret(trial: Trial, attempt: int) -> tuple[str, float]:
    values = trial.hyperparameters.values
    total = 0.0
    for number in range(AXES):
        wanted = 0.5 + 0.5 * math.sin(number)
        total += abs(math.log10(values[f"width{number}"]) / 3.0 - wanted)
        total += {"dense": 0.5, "skip": 0.3}.get(values[f"kind{number}"], abs(values.get(f"rate{number}", 0.0) - 0.5))
    return TrialStatus.COMPLETED, total


def make(name: str, seed: int, max_trials: int = 400, space: HyperParameters | None = None) -> Oracle:
    objective = Objective("score", "min")
    return create_oracle(
        name, objective=objective, hyperparameters=space or large_space(), seed=seed, max_trials=max_trials
    )


def best(name: str, seed: int) -> float:
    oracle = make(name, seed)
    Runner(oracle, outcome=regret, parallel=4).run()
    score = oracle.get_best_trials(1)[0].score
    assert score is not None
    return score


def test_in_a_very_large_space_it_leaves_chance_far_behind() -> None:
    for seed in range(2):
        random = best("random", seed)
        assert best("evolution", seed) < 0.75 * random


def test_the_cost_of_a_proposal_does_not_grow_with_the_trials() -> None:
    space = HyperParameters()
    for number in range(5):
        space.Float(f"x{number}", 0.0, 1.0)
    oracle = make("evolution", 0, max_trials=3000, space=space)
    runner = Runner(oracle)
    spent: list[float] = []
    for _ in range(1500):
        begun = time.process_time()
        trial = oracle.create_trial("a")
        spent.append(time.process_time() - begun)
        runner.end(trial)
    assert np.median(spent[-100:]) < 3.0 * np.median(spent[200:300])


def test_a_lucky_trial_has_offspring_only_while_it_is_young() -> None:
    space = HyperParameters()
    space.Float("x", 0.0, 1.0)
    space.Choice("mark", list(range(50)))
    oracle = EvolutionOracle(
        Objective("score", "min"), 400, population_size=10, tournament_size=10, hyperparameters=space, seed=0
    )

    def outcome(trial: Trial, attempt: int) -> tuple[str, float]:
        return TrialStatus.COMPLETED, -100.0 if trial.trial_id == "012" else trial.hyperparameters.values["x"]

    Runner(oracle, outcome=outcome).run()
    assert len(oracle._population()) == 10
    assert oracle.trials["012"] not in oracle._population()


def test_failures_have_no_offspring() -> None:
    oracle = make("evolution", 0, max_trials=60)
    oracle.max_consecutive_failed_trials = None
    Runner(oracle, outcome=lambda trial, _: (TrialStatus.FAILED, 0.0)).run()
    assert len(oracle.trials) == 60
    assert not EvolutionOracle._population(oracle)  # type: ignore[arg-type]


@pytest.mark.parametrize(("max_trials", "population"), [(10, 10), (240, 40), (10_000, 60), (None, 60)])
def test_the_population_follows_from_the_budget(max_trials: int | None, population: int) -> None:
    assert EvolutionOracle("loss", max_trials, hyperparameters=large_space()).population_size == population


def test_numbers_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="`population_size` must be at least 2, found 1"):
        EvolutionOracle("loss", population_size=1)
    with pytest.raises(ValueError, match="`tournament_size` must be between 1 and `population_size`, found 9"):
        EvolutionOracle("loss", population_size=8, tournament_size=9)
