"""What the Sobol sequence promises beyond what every search algorithm does."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import qmc
from support.oracle_runs import Runner

from tui_tuner.oracles import Objective, Oracle, create_oracle
from tui_tuner.space import HyperParameters


def plane() -> HyperParameters:
    hp = HyperParameters()
    hp.Float("x", 0.0, 1.0)
    hp.Float("y", 1e-4, 1.0, sampling="log")
    return hp


def make(name: str, seed: int, max_trials: int) -> Oracle:
    return create_oracle(
        name, objective=Objective("score", "max"), hyperparameters=plane(), seed=seed, max_trials=max_trials
    )


def discrepancy(name: str, seed: int) -> float:
    values = Runner(make(name, seed, 64)).run()
    return float(qmc.discrepancy(np.array([[each["x"], 1.0 + np.log10(each["y"]) / 4.0] for each in values])))


def test_it_covers_a_space_more_evenly_than_chance_on_each_scale() -> None:
    for seed in range(5):
        assert discrepancy("sobol", seed) < 0.2 * discrepancy("random", seed)


def test_it_ends_where_it_would_have_ended_however_often_it_was_cut_off() -> None:
    whole = Runner(make("sobol", 7, 12)).run()
    oracle = make("sobol", 7, 12)
    for _ in range(12):
        Runner(oracle).end(oracle.create_trial("a"))
        again = make("sobol", 7, 12)
        again.restore(list(oracle.trials.values()), oracle.own_state())
        oracle = again
    assert [trial.hyperparameters.values for trial in oracle.trials.values()] == whole


def test_without_its_place_in_the_sequence_a_search_is_not_repeated() -> None:
    first = make("sobol", 7, 40)
    Runner(first).run()
    second = make("sobol", 7, 50)
    second.restore(list(first.trials.values()), {})
    values = Runner(second).run()
    assert len({(each["x"], each["y"]) for each in values}) == 50


def test_another_kind_of_search_is_refused() -> None:
    with pytest.raises(KeyError, match="sobol_position"):
        make("sobol", 7, 3).set_state(make("random", 7, 3).get_state())
