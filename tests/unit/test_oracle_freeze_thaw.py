"""Freeze and thaw: which training goes on, the end of a search, and the model of learning curves."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from support.oracle_runs import Runner, Values, continuous_space, finite_space

from tui_tuner.oracles import FreezeThawOracle, Objective, Trial, TrialStatus
from tui_tuner.oracles.curves import Curve, CurveModel, fit_curves
from tui_tuner.oracles.explanation import Reason
from tui_tuner.oracles.runs import Run, runs_of
from tui_tuner.oracles.stages import Stage, stage_of, without_stage
from tui_tuner.oracles.thawing import Scale, fitted_to
from tui_tuner.space import HyperParameters


def freeze_thaw(hp: HyperParameters | None = None, **kwargs: Any) -> FreezeThawOracle:
    arguments = {"max_epochs": 8, "max_trials": 60, "seed": 7, "max_consecutive_failed_trials": None, **kwargs}
    return FreezeThawOracle(objective=Objective("score", "min"), hyperparameters=hp or continuous_space(), **arguments)


def stage(trial: Trial) -> Stage:
    found = stage_of(trial.hyperparameters.values)
    assert found is not None
    return found


def final(values: Values) -> float:
    return float((values["dropout"] - 0.2) ** 2 + (0.3 if values["activation"] == "tanh" else 0.0))


def learning(trial: Trial, attempt: int = 0) -> tuple[str, float]:
    """More epochs are better, the same for all."""
    return TrialStatus.COMPLETED, final(trial.hyperparameters.values) + 1.0 / stage(trial).epochs


def failing(trial: Trial, attempt: int = 0) -> tuple[str, float]:
    """Those with much dropout fail."""
    if trial.hyperparameters.values["dropout"] > 0.4:
        return TrialStatus.FAILED, 0.0
    return learning(trial)


@pytest.mark.parametrize(
    ("settings", "first"), [({}, 1), ({"max_epochs": 50}, 3), ({"max_epochs": 100}, 5), ({"min_epochs": 4}, 4)]
)
def test_a_trial_has_a_twentieth_of_the_epochs_unless_it_is_said(settings: dict[str, Any], first: int) -> None:
    trial = freeze_thaw(**settings).create_trial("a")
    assert (stage(trial).initial_epoch, stage(trial).epochs) == (0, first)


@pytest.mark.parametrize("settings", [{"max_epochs": 0}, {"min_epochs": 0}, {"min_epochs": 9}])
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"`{next(iter(settings))}`"):
        freeze_thaw(**settings)


@pytest.mark.parametrize("parallel", [1, 4])
def test_each_training_goes_on_from_where_it_stood_and_only_once(parallel: int) -> None:
    oracle = freeze_thaw()
    Runner(oracle, learning, parallel).run()
    assert len(oracle.trials) == 60
    parents = [stage(trial).parent for trial in oracle.trials.values()]
    continued = [parent for parent in parents if parent is not None]
    assert len(continued) == len(set(continued)) >= 7
    assert len(continued) < 55  # new ones are begun, too
    for trial in oracle.trials.values():
        parent_id = stage(trial).parent
        if parent_id is not None:
            parent = oracle.trials[parent_id]
            assert stage(trial).initial_epoch == stage(parent).epochs
            assert without_stage(trial.hyperparameters.values) == without_stage(parent.hyperparameters.values)
            assert trial.why is not None
            assert trial.why.reason is Reason.PROMOTED


def test_epochs_go_to_those_that_come_to_something() -> None:
    oracle = freeze_thaw()
    Runner(oracle, learning).run()
    runs = runs_of(oracle.trials, "min", 8)
    goals = {run.trial_id: final(oracle.trials[run.trial_id].hyperparameters.values) for run in runs}
    whole = [run for run in runs if run.epochs[-1] == 8]
    assert 0 < len(whole) < len(runs) / 3
    assert max(goals[run.trial_id] for run in whole) < 0.01 < sorted(goals.values())[2 * len(goals) // 3]


@pytest.mark.parametrize("max_trials", [2, 3, 6, 12])
def test_a_search_of_few_trials_still_trains_one_to_its_end(max_trials: int) -> None:
    oracle = freeze_thaw(max_trials=max_trials)
    Runner(oracle, learning).run()
    assert len(oracle.trials) == max_trials
    assert max(stage(trial).epochs for trial in oracle.trials.values()) == 8


def test_a_finite_space_is_trained_to_its_end_and_then_the_search_is_over() -> None:
    oracle = freeze_thaw(finite_space(), max_trials=None, max_epochs=2)

    def outcome(trial: Trial, attempt: int) -> tuple[str, float]:
        return TrialStatus.COMPLETED, trial.hyperparameters.values["units"] / stage(trial).epochs

    Runner(oracle, outcome, 3).run()
    assert [stage(trial).epochs for trial in oracle.trials.values()].count(1) == 24
    assert [stage(trial).epochs for trial in oracle.trials.values()].count(2) == 24


def test_what_failed_does_not_go_on_and_its_region_is_left() -> None:
    oracle = freeze_thaw()
    Runner(oracle, failing).run()
    failed = [trial for trial in oracle.trials.values() if trial.status == TrialStatus.FAILED]
    parents = {stage(trial).parent for trial in oracle.trials.values()}
    assert not parents & {trial.trial_id for trial in failed}
    assert 0 < len(failed) < 15


@pytest.mark.parametrize("parallel", [1, 3])
def test_a_search_that_was_cut_off_goes_on_as_it_would_have(parallel: int) -> None:
    whole = Runner(freeze_thaw(max_trials=30), learning, parallel)
    whole.run()
    begun = Runner(freeze_thaw(max_trials=30), learning, parallel)
    events = begun.events()
    while len(begun.oracle.end_order) < 17:
        next(events)
    oracle = freeze_thaw(max_trials=30)
    running = [trial.trial_id for _, trial in begun.running]
    state = json.loads(json.dumps(begun.oracle.own_state()))
    oracle.restore(list(begun.oracle.trials.values()), state, running, begun.oracle.end_order)
    resumed = Runner(oracle, learning, parallel)
    resumed.run()
    assert resumed.proposals() == whole.proposals()


def test_a_search_that_goes_on_keeps_its_epochs_and_says_so() -> None:
    begun = freeze_thaw(max_trials=10)
    Runner(begun, learning).run()
    resumed = freeze_thaw(max_trials=12, max_epochs=30)
    with pytest.warns(UserWarning, match="max_epochs=8, min_epochs=1 and goes on with that"):
        resumed.restore(list(begun.trials.values()), json.loads(json.dumps(begun.own_state())))
    assert (resumed.max_epochs, resumed.min_epochs) == (8, 1)


def trials(*rows: tuple[Stage | None, str, float | None]) -> dict[str, Trial]:
    made = {}
    for number, (part, status, score) in enumerate(rows):
        hp = HyperParameters()
        hp.values = {} if part is None else part.values()
        trial = Trial(hp, trial_id=str(number), status=TrialStatus(status))
        trial.score = score
        made[trial.trial_id] = trial
    return made


def test_a_run_is_what_all_trials_of_a_training_came_to() -> None:
    made = trials(
        (Stage(2, 0, 3, 0), TrialStatus.COMPLETED, 3.0),
        (Stage(2, 0, 3, 0), TrialStatus.FAILED, None),
        (Stage(4, 2, 3, 1, "0"), TrialStatus.COMPLETED, 4.0),
        (None, TrialStatus.COMPLETED, 1.0),
        (Stage(6, 4, 3, 2, "2"), TrialStatus.RUNNING, None),
        (Stage(2, 0, 3, 0), TrialStatus.STOPPED, 0.5),
    )
    runs = runs_of(made, "min", 8)
    assert runs == [
        Run("2", [2, 4], [3.0, 3.0], running=True),  # the best of all epochs
        Run("1", failed=True, ended=True),
        Run("3", [8], [1.0], ended=True),
        Run("5", ended=True),
    ]
    assert [run.may_go_on for run in runs] == [False] * 4
    assert runs_of(made, "min", 8, {"0"})[0].may_go_on
    assert runs_of(made, "max", 8)[0].values == [-3.0, -4.0]


def test_a_curve_that_falls_faster_is_expected_to_come_farther() -> None:
    model = CurveModel.typical(2.0)
    epochs = (2, 4, 6)
    mean, variance = model.ahead(epochs, np.array([[1.0, 0.9, 0.8], [1.0, 0.5, 0.2]]), np.zeros(2), np.ones(2), 50)
    assert mean[1] < mean[0]
    longer, less = model.ahead((2, 4, 6, 20), np.array([[1.0, 0.9, 0.8, 0.7]]), np.zeros(1), np.ones(1), 50)
    assert less[0] < variance[0]
    assert abs(longer[0] - 0.7) < 0.5


def test_what_curves_tend_to_is_found_in_curves_that_were_made_so() -> None:
    rng = np.random.default_rng(1)
    tendencies = rng.normal(size=30)
    lengths = rng.integers(2, 20, size=30)
    curves = []
    for tendency, length in zip(tendencies, lengths, strict=True):
        at = np.arange(1, length + 1)
        curves.append(Curve(tuple(at.tolist()), tendency + 2.0 * 3.0 / (at + 3.0)))
    model = fit_curves(curves, 3.0)
    found = np.array([model.tendency(curve)[0] for curve in curves])
    assert np.abs(found - tendencies).mean() < 0.3
    assert model.fall == pytest.approx(2.0, rel=0.5)


def test_the_scale_stands_huge_and_equal_values() -> None:
    equal = Scale([Curve((1,), np.array([2.0])), Curve((1,), np.array([2.0]))])
    assert equal.seen.tolist() == [0.0, 0.0]
    huge = [Curve((1,), np.array([value])) for value in (-1.7e308, 0.0, 1.7e308)]
    assert np.isfinite(Scale(huge).seen).all()
    assert (np.diff(Scale(huge).seen) > 0).all()


def test_parameters_are_fitted_anew_when_there_are_a_tenth_more_results() -> None:
    counts = [fitted_to(results) for results in range(1, 400)]
    assert counts[:12] == list(range(1, 13))
    assert all(count <= results < 1.1 * count + 1 for results, count in enumerate(counts, 1))
