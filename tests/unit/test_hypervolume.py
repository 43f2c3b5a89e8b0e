"""Several objectives: fronts, what adds to the volume that they dominate, and proposals by that."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tui_tuner.oracles import Objective, Oracle, TrialStatus, create_oracle
from tui_tuner.oracles.hypervolume import Improvement, nondominated
from tui_tuner.space import HyperParameters

Array = NDArray[np.float64]


def test_what_no_other_dominates() -> None:
    points = np.array([[1.0, 5.0], [2.0, 3.0], [2.0, 4.0], [3.0, 3.0], [4.0, 1.0], [4.0, 1.0]])
    assert nondominated(points).tolist() == [True, True, False, False, True, True]


def dominated(front: Array, points: Array) -> NDArray[np.bool_]:
    return np.asarray((front[:, None, :] <= points[None, :, :]).all(axis=2).any(axis=0))


@pytest.mark.parametrize("objectives", [1, 2, 3])
def test_what_a_point_adds_is_the_volume_that_only_it_dominates(objectives: int) -> None:
    rng = np.random.default_rng(objectives)
    front = rng.random((12, objectives))
    improvement = Improvement.over(front, np.ones(objectives))
    samples = rng.random((200_000, objectives))
    taken = dominated(front, samples)
    for point in rng.random((6, objectives)) * 0.7:
        volume = float((dominated(point[None, :], samples) & ~taken).mean())
        assert improvement.of(point[None, :])[0] == pytest.approx(volume, abs=3e-3)
    assert improvement.of(front).max() == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("objectives", [1, 2, 3])
@pytest.mark.parametrize("size", [0, 5])
def test_the_expected_improvement_is_the_mean_of_improvements(objectives: int, size: int) -> None:
    rng = np.random.default_rng(7)
    improvement = Improvement.over(rng.random((size, objectives)), np.ones(objectives))
    mean, deviation = rng.random((3, objectives)), 0.05 + 0.3 * rng.random((3, objectives))
    draws = mean[:, None, :] + deviation[:, None, :] * rng.standard_normal((3, 100_000, objectives))
    expected = [improvement.of(each).mean() for each in draws]
    assert improvement.expected(mean, deviation) == pytest.approx(np.array(expected), rel=0.03, abs=1e-4)


def make(name: str, seed: int) -> Oracle:
    hp = HyperParameters()
    hp.Float("x", 0.0, 1.0)
    hp.Float("y", 0.0, 1.0)
    hp.Choice("kind", ["a", "b", "c"])
    oracle = create_oracle(name, objective=Objective("error", "min"), hyperparameters=hp, seed=seed, max_trials=100)
    oracle.other_objectives = (Objective("speed", "max"),)
    return oracle


def run(oracle: Oracle, trials: int) -> Array:
    """Errors and slowness: the front is where y is 0.3 and the kind is b, for all x."""
    found = []
    for _ in range(trials):
        trial = oracle.create_trial("a")
        x, y, kind = (trial.hyperparameters.values[name] for name in ("x", "y", "kind"))
        loss = abs(y - 0.3) + {"a": 0.2, "b": 0.0, "c": 0.1}[kind]
        metrics = {"error": x + loss, "speed": -((1.0 - x) ** 2) - loss}
        oracle.update_trial(trial.trial_id, metrics)
        trial.status = TrialStatus.COMPLETED
        oracle.end_trial(trial)
        found.append([metrics["error"], -metrics["speed"]])
    return np.array(found)


def volume(points: Array) -> float:
    whole = Improvement.over(np.zeros((0, 2)), np.array([1.5, 1.5])).of(np.zeros((1, 2)))[0]
    return float(whole - Improvement.over(points, np.array([1.5, 1.5])).of(np.zeros((1, 2)))[0])


def test_proposals_widen_the_front_far_faster_than_chance() -> None:
    best = volume(np.array([[x, (1.0 - x) ** 2] for x in np.linspace(0.0, 1.0, 2000)]))
    for seed in (1, 2):
        gap, gap_of_chance = (best - volume(run(make(name, seed), 30)) for name in ("bayesian", "random"))
        assert gap < 0.4 * gap_of_chance


def test_a_search_for_a_front_goes_on_as_if_nothing_had_happened() -> None:
    whole = make("bayesian", 1)
    run(whole, 14)
    first = make("bayesian", 1)
    run(first, 9)
    second = make("bayesian", 1)
    second.restore(list(first.trials.values()), first.own_state())
    run(second, 5)
    values = [[trial.hyperparameters.values for trial in oracle.trials.values()] for oracle in (whole, second)]
    assert values[0] == values[1]


def test_running_trials_are_not_proposed_again_next_to_each_other() -> None:
    oracle = make("bayesian", 1)
    run(oracle, 12)
    running = [oracle.create_trial(f"w{number}").hyperparameters.values for number in range(4)]
    xs = sorted(values["x"] for values in running)
    assert max(np.diff(xs)) > 0.05


def test_failures_do_no_harm() -> None:
    oracle = make("bayesian", 1)
    oracle.max_consecutive_failed_trials = None
    for number in range(12):
        trial = oracle.create_trial("a")
        if number % 3:
            oracle.update_trial(trial.trial_id, {"error": float(number), "speed": float("nan") if number == 4 else 1.0})
        trial.status = TrialStatus.COMPLETED if number % 3 else TrialStatus.FAILED
        oracle.end_trial(trial)
    assert len(oracle.trials) == 12
