from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.oracle_runs import line

from tui_tuner.oracles import BayesianOptimizationOracle, Objective, Oracle, RandomSearchOracle, TrialStatus
from tui_tuner.oracles.observations import OutcomeReader
from tui_tuner.oracles.output_warping import standardized
from tui_tuner.space import HyperParameters
from tui_tuner.space.encoding import SpaceEncoding

Values = dict[str, Any]


OPTIMIZERS = ["adam", "sgd", "rmsprop"]


def bowl_space() -> HyperParameters:
    hp = HyperParameters()
    hp.Float("rate", 1e-5, 1e-1, sampling="log")
    hp.Int("units", 8, 512, sampling="log")
    hp.Float("dropout", 0.0, 0.7)
    hp.Choice("optimizer", OPTIMIZERS)
    with hp.conditional_scope("optimizer", ["sgd"]):
        hp.Float("momentum", 0.0, 0.99)
    return hp


def bowl(values: Values) -> float:
    """Least, at 0, for adam with rate 1e-3, 64 units and dropout 0.2."""
    total = (math.log10(values["rate"]) + 3) ** 2 + 0.3 * math.log2(values["units"] / 64) ** 2
    total += 4 * (values["dropout"] - 0.2) ** 2 + {"adam": 0.0, "sgd": 0.3, "rmsprop": 0.6}[values["optimizer"]]
    return float(total + (values.get("momentum", 0.9) - 0.9) ** 2)


def make(space: HyperParameters, **kwargs: Any) -> BayesianOptimizationOracle:
    kwargs = {"max_trials": 40, "seed": 0, "max_consecutive_failed_trials": None, **kwargs}
    return BayesianOptimizationOracle(objective=Objective("score", "min"), hyperparameters=space, **kwargs)


def run(oracle: Oracle, score: Callable[[Values], float], count: int | None = None) -> list[Values]:
    proposals: list[Values] = []
    while count is None or len(proposals) < count:
        trial = oracle.create_trial("t")
        if trial.status != "RUNNING":
            break
        proposals.append(dict(trial.hyperparameters.values))
        oracle.update_trial(trial.trial_id, {"score": score(trial.hyperparameters.values)})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    return proposals


def test_it_beats_random_search_for_every_seed() -> None:
    for seed in range(4):
        random = RandomSearchOracle(
            objective=Objective("score", "min"), hyperparameters=bowl_space(), max_trials=100, seed=seed
        )
        by_chance = min(map(bowl, run(random, bowl)))
        modelled = min(map(bowl, run(make(bowl_space(), max_trials=30, seed=seed), bowl)))
        assert modelled < 0.3 * by_chance
        assert modelled < 0.05


def test_a_maximum_is_found_as_well_as_a_minimum() -> None:
    oracle = BayesianOptimizationOracle(
        objective=Objective("score", "max"), hyperparameters=bowl_space(), max_trials=30, seed=0
    )
    mirrored = run(oracle, lambda values: 10 - bowl(values))
    assert mirrored == run(make(bowl_space(), max_trials=30), lambda values: bowl(values) - 10)


def test_the_first_is_the_middle_or_the_defaults_and_the_next_are_spread() -> None:
    first, *others = run(make(bowl_space()), bowl, 5)
    assert first == {"rate": pytest.approx(1e-3), "units": 64, "dropout": pytest.approx(0.35), "optimizer": "adam"}
    quarters = sorted(int(values["dropout"] / 0.7 * 4) for values in others)
    assert quarters == [0, 1, 2, 3]


def test_the_number_of_initial_points_is_heeded() -> None:
    """Initial points do not depend on the scores, later ones do."""
    for initial in (3, 8):
        up = run(make(bowl_space(), num_initial_points=initial), bowl, initial + 3)
        down = run(make(bowl_space(), num_initial_points=initial), lambda values: -bowl(values), initial + 3)
        assert up[:initial] == down[:initial]
        assert up[initial:] != down[initial:]


def test_failures_are_avoided() -> None:
    """Half of the space fails, the half in which the best would lie."""

    def half(values: Values) -> float:
        return math.nan if values["rate"] < 3e-3 else bowl(values)

    searches = [run(make(bowl_space(), max_trials=30, seed=seed), half) for seed in range(8)]
    late = [values["rate"] < 3e-3 for proposals in searches for values in proposals[15:]]
    assert sum(late) < len(late) / 2  # as all promise more there, it would be nearly each without what failures tell
    best = [min(bowl(values) for values in proposals if values["rate"] >= 3e-3) for proposals in searches]
    assert np.median(best) < 0.4


def test_running_trials_are_accounted_for() -> None:
    """With four trials running, the four are apart although nothing was learnt in between."""
    oracle = make(bowl_space())
    run(oracle, bowl, 12)
    running = [oracle.create_trial(f"slot{number}").hyperparameters.values for number in range(4)]
    places = np.array(
        [
            [
                math.log10(values["rate"]),
                math.log2(values["units"]),
                values["dropout"],
                OPTIMIZERS.index(values["optimizer"]),
            ]
            for values in running
        ]
    )
    gaps = np.abs(places[:, None, :] - places[None, :, :]).max(axis=2)[np.triu_indices(4, 1)]
    assert gaps.min() > 0.02


def test_a_given_beta_decides_between_exploring_and_exploiting() -> None:
    def regret(beta: float) -> float:
        scores = [bowl(values) for values in run(make(bowl_space(), beta=beta, max_trials=25), bowl)]
        return float(np.mean(scores[10:]))

    assert regret(0.0) < regret(20.0)


def test_keras_tuners_arguments_are_readable() -> None:
    oracle = make(bowl_space())
    assert (oracle.beta, oracle.alpha, oracle.num_initial_points) == (2.6, 1e-4, None)
    assert make(bowl_space(), beta=1.0).beta == 1.0


def test_the_state_has_keras_tuners_keys_and_new_settings_win_on_reload(tmp_path: Path) -> None:
    first = make(bowl_space(), num_initial_points=4)
    first.set_project_dir(tmp_path, "p")
    run(first, bowl, 6)
    first.save()
    state = json.loads((tmp_path / "p" / "oracle.json").read_text())
    assert {key: state[key] for key in ("num_initial_points", "alpha", "beta")} == {
        "num_initial_points": 4,
        "alpha": 1e-4,
        "beta": 2.6,
    }
    second = make(bowl_space(), beta=9.9)
    second.set_project_dir(tmp_path, "p")
    second.reload()
    assert second.beta == 9.9
    assert len(second.trials) == 6


def test_the_files_of_a_random_search_are_refused(tmp_path: Path) -> None:
    random = RandomSearchOracle(objective="loss", hyperparameters=bowl_space())
    random.set_project_dir(tmp_path, "p")
    random.save()
    oracle = make(bowl_space())
    oracle.set_project_dir(tmp_path, "p")
    with pytest.raises(RuntimeError, match=r"alpha.*overwrite=True"):
        oracle.reload()


def test_a_large_finite_space_is_never_repeated() -> None:
    hp = HyperParameters()
    for name in "abcd":
        hp.Int(name, 1, 8)
    proposals = run(make(hp), lambda values: sum(values.values()))
    assert len({json.dumps(values) for values in proposals}) == 40
    assert {"a": 1, "b": 1, "c": 1, "d": 1} in proposals


def test_a_space_without_choices_has_one_trial() -> None:
    hp = HyperParameters()
    hp.Fixed("units", 3)
    assert run(make(hp), lambda values: 1.0) == [{"units": 3}]


def test_the_last_tenth_of_the_trials_polishes_the_best() -> None:
    def valley(values: Values) -> float:
        return float((values["x"] - 0.3) ** 2)

    def off(max_trials: int) -> list[float]:
        """How far from the best the last of 30 trials are, the 27 before which the search had settled."""
        return [abs(values["x"] - 0.3) for values in run(make(line(), max_trials=max_trials), valley, 30)]

    ending, exploring = off(30), off(300)
    assert ending[:27] == exploring[:27]
    assert max(ending[27:]) < 0.01 < 0.1 < max(exploring[27:])


def branch() -> HyperParameters:
    hp = HyperParameters()
    hp.Choice("kind", ["plain", "tuned"])
    with hp.conditional_scope("kind", ["tuned"]):
        for name in "abc":
            hp.Float(name, 0.0, 1.0)
    return hp


def tuned(values: Values) -> float:
    """Better than plain only in the middle of the scales."""
    return 0.3 if values["kind"] == "plain" else sum((values[name] - 0.45) ** 2 for name in "abc")


@pytest.mark.parametrize("seed", range(3))
def test_a_branch_is_not_explored_corner_by_corner(seed: int) -> None:
    proposals = [values for values in run(make(branch(), seed=seed), tuned, 16) if values["kind"] == "tuned"]
    ends = [sum(values[name] < 0.02 or values[name] > 0.98 for name in "abc") for values in proposals[4:]]
    assert np.mean(ends) < 0.2
    assert min(map(tuned, proposals)) < 0.05


def test_what_is_best_at_the_ends_of_conditional_scales_is_found() -> None:
    def at_the_ends(values: Values) -> float:
        return 4.0 if values["kind"] == "plain" else values["a"] + 1 - values["b"] + (values["c"] - 0.5) ** 2

    assert min(map(at_the_ends, run(make(branch()), at_the_ends, 30))) < 0.02


def test_where_all_failed_the_search_goes_far_away() -> None:
    oracle = make(line(), max_trials=6)
    proposals = run(oracle, lambda values: math.nan)
    assert min(abs(values["x"] - proposals[-1]["x"]) for values in proposals[:-1]) > 0.05


def bowl_ended(oracle: BayesianOptimizationOracle, count: int, fails: bool = False) -> None:
    """The first trials, one after another."""
    for _ in range(count):
        trial = oracle.create_trial("first")
        if fails:
            trial.status = TrialStatus.FAILED
        else:
            oracle.update_trial(trial.trial_id, {"score": bowl(trial.hyperparameters.values)})
            trial.status = TrialStatus.COMPLETED
        oracle.end_trial(trial)


@pytest.mark.parametrize("beta", [None, 2.6])
@pytest.mark.parametrize(("ended", "fails", "apart"), [(0, False, 0.1), (8, True, 0.1), (15, False, 0.01)])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_proposals_in_a_row_without_results_are_spread(
    beta: float | None, ended: int, fails: bool, apart: float, seed: int
) -> None:
    oracle = make(bowl_space(), max_trials=40, beta=beta, seed=seed)
    bowl_ended(oracle, ended, fails)
    encoding = SpaceEncoding(bowl_space())
    proposals = [oracle.create_trial(f"slot{number}").hyperparameters.values for number in range(10)]
    points = encoding.encode_all(proposals).points
    gaps = np.linalg.norm(points[:, None, :] - points[None, :, :], axis=2)[np.triu_indices(10, 1)]
    assert gaps.min() > apart


def test_a_limit_leaves_what_was_observed_beyond_it_where_it_was() -> None:
    """The best lies at 0.3; of what is left of the scale, that is nearest to the lower end."""
    oracle = make(line(), max_trials=30)
    run(oracle, lambda values: (values["x"] - 0.3) ** 2, 10)
    oracle.limit("x", min_value=0.5)
    proposals = run(oracle, lambda values: (values["x"] - 0.3) ** 2, 4)[-4:]
    assert all(0.5 <= values["x"] <= 1.0 for values in proposals)
    assert proposals[0]["x"] < 0.6


def test_the_initial_points_are_spread_over_what_limits_leave() -> None:
    oracle = make(line(), max_trials=5, num_initial_points=5)
    oracle.limit("x", min_value=0.9)
    places = sorted(values["x"] for values in run(oracle, lambda values: 1.0))
    assert places[0] >= 0.9
    assert places[-1] - places[0] > 0.05
    assert min(later - earlier for earlier, later in itertools.pairwise(places)) > 0.001


def test_repeated_trials_are_no_initial_points() -> None:
    oracle = make(line(), max_trials=12, num_initial_points=4)
    run(oracle, lambda values: values["x"], 2)
    for _ in range(3):
        oracle.enqueue({"x": 0.5}, origin="rerun", rerun_of="00")
    steered = run(oracle, lambda values: values["x"], 5)[-2:]
    undisturbed = run(make(line(), max_trials=12, num_initial_points=4), lambda values: values["x"], 4)[-2:]
    assert steered == undisturbed


def test_what_trials_tell_is_the_same_read_one_by_one_and_at_once(tmp_path: Path) -> None:
    oracle = make(bowl_space())
    oracle.set_project_dir(tmp_path, "p")
    reader = OutcomeReader("min")
    trials = [oracle.create_trial(f"slot{number}") for number in range(6)]
    for number in (4, 0, 2):
        oracle.update_trial(trials[number].trial_id, {"score": float(number)})
        trials[number].status = "FAILED" if number == 0 else "COMPLETED"
        oracle.end_trial(trials[number])
        assert repr(reader.read(oracle.trials)) == repr(OutcomeReader("min").read(oracle.trials))
    oracle.save()
    oracle.reload()  # other trials under the same ids
    oracle.end_trial(oracle.create_trial("again").trial_id, "FAILED")
    read = reader.read(oracle.trials)
    assert repr(read) == repr(OutcomeReader("min").read(oracle.trials))
    assert [outcome.value for outcome in read if outcome.value is None] == [None] * 2
    assert len(read) == 6


@pytest.mark.parametrize("direction", ["min", "max"])
def test_a_trial_that_was_ended_early_counts_as_no_worse_than_the_median_of_those_completed(direction: str) -> None:
    sign = 1.0 if direction == "min" else -1.0
    objective = Objective("score", direction)
    oracle = BayesianOptimizationOracle(objective, max_trials=10, hyperparameters=bowl_space(), seed=1)
    reader = OutcomeReader(direction)
    ends = [(9.0, "STOPPED"), (1.0, "COMPLETED"), (3.0, "COMPLETED"), (4.0, "COMPLETED"), (2.0, "STOPPED")]
    expected = [[9.0], [1.0, 1.0], [2.0, 1.0, 3.0], [3.0, 1.0, 3.0, 4.0], [3.0, 1.0, 3.0, 4.0, 2.0]]
    for (score, status), told in zip(ends, expected, strict=True):
        trial = oracle.create_trial("slot")
        oracle.update_trial(trial.trial_id, {"score": sign * score})
        oracle.end_trial(trial.trial_id, status)
        assert [outcome.value for outcome in reader.read(oracle.trials)] == told


def test_a_proposal_does_not_depend_on_when_the_space_was_learnt() -> None:
    """Trials from before a hyperparameter was known are of use after."""
    hp = HyperParameters()
    hp.Float("x", 0.0, 1.0)
    oracle = make(hp, max_trials=25)
    run(oracle, lambda values: (values["x"] - 0.3) ** 2, 8)
    more = HyperParameters()
    more.Float("y", 0.0, 1.0)
    oracle.update_space(more)
    proposals = run(oracle, lambda values: (values["x"] - 0.3) ** 2 + (values["y"] - 0.6) ** 2)
    best = min(proposals, key=lambda values: (values["x"] - 0.3) ** 2 + (values["y"] - 0.6) ** 2)
    assert best["x"] == pytest.approx(0.3, abs=0.05)
    assert best["y"] == pytest.approx(0.6, abs=0.05)


def test_the_warps_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[tuple[int, int]] = []

    def recording(number: int, results: int) -> Callable[[Any], Any]:
        def warp(values: Any) -> Any:
            used.append((number, results))
            return standardized(values)

        return warp

    monkeypatch.setattr("tui_tuner.oracles.model_proposals.warp_in_turn", recording)
    run(make(bowl_space()), bowl, 8)
    assert used == [(5, 5), (6, 6), (7, 7)]
