"""Asynchronous successive halving: settings, promotions without waiting, the end of a search, and the model."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import pytest
from support.models import settings_of_models
from support.oracle_runs import Runner, Values, continuous_space, finite_space

from tui_tuner.oracles import AshaOracle, HyperbandOracle, Objective, Oracle, Trial, TrialStatus
from tui_tuner.oracles.stages import Stage, stage_of, without_stage
from tui_tuner.space import HyperParameters

TESTS = Path(__file__).parents[1]


def asha(hp: HyperParameters | None = None, **kwargs: Any) -> AshaOracle:
    arguments = {"max_epochs": 9, "max_trials": 40, "seed": 7, "max_consecutive_failed_trials": None, **kwargs}
    return AshaOracle(objective=Objective("score", "min"), hyperparameters=hp or continuous_space(), **arguments)


def final(values: Values) -> float:
    return float((values["dropout"] - 0.2) ** 2 + (0.3 if values["activation"] == "tanh" else 0.0))


def learning(trial: Trial, attempt: int = 0) -> tuple[str, float]:
    """More epochs are better, the same for all."""
    return TrialStatus.COMPLETED, final(trial.hyperparameters.values) + 1.0 / stage(trial).epochs


def misleading(trial: Trial, attempt: int = 0) -> tuple[str, float]:
    """After one epoch those look best that come out worst."""
    value = final(trial.hyperparameters.values)
    return TrialStatus.COMPLETED, value if stage(trial).epochs > 1 else 1.0 - value


def stage(trial: Trial) -> Stage:
    found = stage_of(trial.hyperparameters.values)
    assert found is not None
    return found


def rungs(oracle: Oracle) -> Counter[int]:
    return Counter(stage(trial).round for trial in oracle.trials.values())


@pytest.mark.parametrize(
    ("settings", "min_epochs"),
    [({}, 1), ({"max_epochs": 100}, 4), ({"max_epochs": 50, "factor": 2}, 7), ({"min_epochs": 3}, 3)],
)
def test_the_lowest_rung_follows_from_the_highest_unless_it_is_given(settings: dict[str, Any], min_epochs: int) -> None:
    oracle = asha(**settings)
    assert oracle.min_epochs == min_epochs
    oracle.create_trial("a")
    assert stage(oracle.trials[next(iter(oracle.trials))]).epochs == min_epochs


@pytest.mark.parametrize(
    "settings", [{"factor": 1}, {"max_epochs": 0}, {"min_epochs": 0}, {"min_epochs": 10}, {"proposals": "magic"}]
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"`{next(iter(settings))}`"):
        asha(**settings)


@pytest.mark.parametrize("parallel", [1, 4])
def test_the_best_third_of_each_rung_goes_on_and_continues_its_own_training(parallel: int) -> None:
    oracle = asha()
    Runner(oracle, learning, parallel).run()
    trials = oracle.trials
    assert len(trials) == 40
    counts = rungs(oracle)
    assert counts[0] >= 2 * counts[1] >= 4 * counts[2] > 0
    for trial in trials.values():
        parent_id = stage(trial).parent
        if parent_id is None:
            assert stage(trial) == Stage(1, 0, 2, 0)
            continue
        parent = trials[parent_id]
        assert stage(trial).initial_epoch == stage(parent).epochs
        assert without_stage(trial.hyperparameters.values) == without_stage(parent.hyperparameters.values)
    parents = [stage(trial).parent for trial in trials.values() if stage(trial).parent]
    assert len(parents) == len(set(parents))


def test_no_worker_waits_for_another() -> None:
    oracle = asha(max_trials=30)
    slow = oracle.create_trial("slow")
    for number in range(20):
        trial = oracle.create_trial(f"s{number}")
        assert trial.status == TrialStatus.RUNNING
        oracle.update_trial(trial.trial_id, {"score": learning(trial)[1]})
        trial.status = TrialStatus.COMPLETED
        oracle.end_trial(trial)
    assert slow.status == TrialStatus.RUNNING
    assert rungs(oracle)[2] > 0


@pytest.mark.parametrize("max_trials", range(3, 12))
@pytest.mark.parametrize("parallel", [1, 3])
def test_a_search_of_few_trials_still_trains_one_to_its_end(max_trials: int, parallel: int) -> None:
    oracle = asha(max_trials=max_trials)
    Runner(oracle, learning, parallel).run()
    assert len(oracle.trials) == max_trials
    assert rungs(oracle)[2] >= 1


def test_a_finite_space_is_exhausted_and_its_best_goes_all_the_way() -> None:
    oracle = asha(finite_space(), max_trials=None)

    def outcome(trial: Trial, attempt: int) -> tuple[str, float]:
        return TrialStatus.COMPLETED, trial.hyperparameters.values["units"] / stage(trial).epochs

    proposals = Runner(oracle, outcome, 3).run()
    assert rungs(oracle)[0] == 24
    assert min(proposals, key=lambda values: values["units"])["units"] == 8
    whole = [trial.hyperparameters.values["units"] for trial in oracle.trials.values() if stage(trial).epochs == 9]
    assert min(whole) == 8


@pytest.mark.parametrize("oracle_class", [AshaOracle, HyperbandOracle])
def test_a_model_of_all_trials_proposes_better_ones_than_chance(
    oracle_class: type[AshaOracle] | type[HyperbandOracle],
) -> None:
    def mean_of_later(proposals: Literal["model", "random"]) -> float:
        later: list[float] = []
        for seed in range(4):
            oracle = oracle_class(
                objective=Objective("score", "min"),
                max_epochs=9,
                hyperparameters=continuous_space(),
                seed=seed,
                proposals=proposals,
            )
            oracle.max_trials = 24
            Runner(oracle, learning).run()
            begun = [trial for trial in oracle.trials.values() if stage(trial).parent is None]
            later += [final(trial.hyperparameters.values) for trial in begun[6:]]
        return sum(later) / len(later)

    assert mean_of_later("model") < 0.6 * mean_of_later("random")


@pytest.mark.parametrize(("oracle_class", "doubts"), [(AshaOracle, True), (HyperbandOracle, False)])
def test_hyperband_alone_takes_its_model_at_its_word(
    oracle_class: type[AshaOracle] | type[HyperbandOracle], doubts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = settings_of_models(monkeypatch)
    oracle = oracle_class(
        objective=Objective("score", "min"), max_epochs=9, hyperparameters=continuous_space(), seed=0, proposals="model"
    )
    oracle.max_trials = 8
    Runner(oracle, learning).run()
    assert {each["doubts"] for each in given} == {doubts}


def test_where_early_epochs_mislead_configurations_begin_higher() -> None:
    oracle = asha(max_trials=60, proposals="random")
    Runner(oracle, misleading).run()
    begun = [stage(trial).round for trial in oracle.trials.values() if stage(trial).parent is None]
    assert begun[0] == 0
    assert begun[-1] > 0


def test_what_a_person_asks_for_trains_all_epochs_and_informs_the_model() -> None:
    oracle = asha()
    oracle.enqueue({"rate": 1e-2, "dropout": 0.1, "activation": "relu"})
    trial = oracle.create_trial("a")
    assert (stage(trial).epochs, stage(trial).initial_epoch, stage(trial).may_be_continued) == (9, 0, False)
    Runner(oracle, learning, running=[("a", trial)]).run()
    assert rungs(oracle)[2] >= 1


def test_a_search_that_goes_on_keeps_its_rungs_and_says_so() -> None:
    begun = asha()
    Runner(begun, learning, 2).run()
    state = json.loads(json.dumps(begun.own_state()))
    resumed = asha(max_epochs=27, factor=2, min_epochs=2, max_trials=50)
    with pytest.warns(UserWarning, match="max_epochs=9, factor=3, min_epochs=1 and goes on with that"):
        resumed.restore(list(begun.trials.values()), state)
    assert (resumed.max_epochs, resumed.factor, resumed.min_epochs) == (9, 3, 1)
    Runner(resumed, learning).run()
    assert {stage(trial).epochs for trial in resumed.trials.values()} == {1, 3, 9}


@pytest.mark.parametrize("name", ["asha", "bayesian"])
def test_after_a_warm_up_the_first_proposal_of_the_model_has_nothing_left_to_load(name: str) -> None:
    code = f"""
import sys
from support.models import settings_of_models
from support.oracle_runs import Runner, continuous_space
from tui_tuner.oracles import create_oracle, Objective

oracle = create_oracle({name!r}, objective=Objective("score", "max"), max_trials=20, seed=1)
oracle.update_space(continuous_space())
assert "scipy" not in sys.modules
oracle.warm_up()
loaded = len([name for name in sys.modules if name.startswith("scipy")])
assert loaded
runner = Runner(oracle)
for _ in runner.events():
    pass
assert len([name for name in sys.modules if name.startswith("scipy")]) == loaded, "more was loaded"
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=TESTS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
