"""What the base class does for those who subclass it and for those who call it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tui_tuner.oracles import Objective, Oracle, RandomSearchOracle, Trial, TrialStatus
from tui_tuner.space import HyperParameters


class Counting(Oracle):
    """As KerasTuner's users write them: a state of its own, a score of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.next_units = 0

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        self.next_units += 1
        return {"status": TrialStatus.RUNNING, "values": {"units": self.next_units}}

    def score_trial(self, trial: Trial) -> None:
        trial.score = 100.0 - trial.hyperparameters.get("units")
        trial.best_step = 9

    def get_state(self) -> dict[str, Any]:
        return super().get_state() | {"next_units": self.next_units}

    def set_state(self, state: Mapping[str, Any]) -> None:
        super().set_state(state)
        self.next_units = state["next_units"]


def space() -> HyperParameters:
    hp = HyperParameters()
    hp.Int("units", 1, 50)
    return hp


def complete(oracle: Oracle, score: float, tuner_id: str = "t") -> Trial:
    trial = oracle.create_trial(tuner_id)
    oracle.update_trial(trial.trial_id, {oracle.objective.name: score})
    trial.status = TrialStatus.COMPLETED
    oracle.end_trial(trial)
    return trial


def test_a_subclass_chooses_and_scores() -> None:
    oracle = Counting(objective="val_loss", hyperparameters=space(), max_trials=3)
    trial = complete(oracle, 5.0)
    assert (trial.hyperparameters.values, trial.score, trial.best_step) == ({"units": 1}, 99.0, 9)


def test_a_subclass_keeps_its_state_in_the_engines_form_too() -> None:
    first = Counting(objective="val_loss", hyperparameters=space(), max_trials=9)
    for score in (1.0, 2.0, 3.0):
        complete(first, score)
    second = Counting(objective="val_loss", hyperparameters=space(), max_trials=9)
    second.restore(list(first.trials.values()), json.loads(json.dumps(first.own_state())))
    assert second.create_trial("t").hyperparameters.values == {"units": 4}


def test_the_base_class_chooses_nothing() -> None:
    with pytest.raises(NotImplementedError, match="populate_space"):
        Oracle(objective="loss", hyperparameters=space()).create_trial("t")


def test_the_old_names_warn_and_work() -> None:
    oracle = Counting(objective="val_loss", hyperparameters=space(), max_trials=3)
    with pytest.warns(DeprecationWarning, match="populate_space"):
        assert oracle._populate_space("0")["values"] == {"units": 1}
    trial = Trial(space(), trial_id="0")
    with pytest.warns(DeprecationWarning, match="score_trial"):
        oracle._score_trial(trial)
    assert trial.score == 99.0


def test_an_idle_answer_is_recorded_nowhere() -> None:
    class Waiting(Counting):
        def populate_space(self, trial_id: str) -> dict[str, Any]:
            return {"status": "IDLE"}

    oracle = Waiting(objective="val_loss", hyperparameters=space())
    trial = oracle.create_trial("t")
    assert trial.status == TrialStatus.IDLE
    assert not oracle.trials
    assert not oracle.ongoing_trials
    assert oracle.tuner_ids == {"t"}


def test_a_tuner_that_was_told_to_stop_is_forgotten() -> None:
    oracle = RandomSearchOracle(objective="loss", hyperparameters=space(), max_trials=1)
    oracle.create_trial("a")
    assert oracle.create_trial("b").status == TrialStatus.STOPPED
    assert oracle.tuner_ids == {"a"}


def test_metrics_without_the_objective_are_refused_and_change_nothing() -> None:
    oracle = RandomSearchOracle(objective="val_loss", hyperparameters=space())
    trial = oracle.create_trial("t")
    with pytest.raises(ValueError, match="Objective value missing"):
        oracle.update_trial(trial.trial_id, {"loss": 1.0})
    assert not trial.metrics.metrics


def test_of_several_objectives_the_oracle_names_those_that_are_missing() -> None:
    several = [Objective("loss", "min"), Objective("accuracy", "max"), Objective("auc", "max")]
    oracle = RandomSearchOracle(objective=several, hyperparameters=space())
    with pytest.raises(ValueError, match=r"\['accuracy', 'auc'\] are not among \['loss'\]"):
        oracle.update_trial(oracle.create_trial("t").trial_id, {"loss": 1.0})


def test_the_objective_has_its_own_direction_whatever_its_name_says() -> None:
    oracle = RandomSearchOracle(objective=Objective("val_loss", "max"), hyperparameters=space())
    trial = oracle.create_trial("t")
    for step, value in enumerate([1.0, 3.0, 2.0]):
        assert oracle.update_trial(trial.trial_id, {"val_loss": value, "accuracy": -value}, step=step) is trial
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    assert (trial.score, trial.best_step) == (3.0, 1)
    assert trial.metrics.get_best_value("accuracy") == -1.0


def test_a_copy_of_the_trial_may_end_it() -> None:
    """As it comes from a worker: another object, with what the build added."""
    oracle = RandomSearchOracle(objective="loss", hyperparameters=space())
    trial = oracle.create_trial("t")
    oracle.update_trial(trial.trial_id, {"loss": 1.0})
    copied = Trial.from_state(json.loads(json.dumps(trial.get_state())))
    copied.hyperparameters.Boolean("bias")
    copied.status, copied.message = "COMPLETED", "a remark"
    oracle.end_trial(copied)
    own = oracle.get_trial(trial.trial_id)
    assert own is trial
    assert (own.status, own.score, own.message) == ("COMPLETED", 1.0, "a remark")
    assert "bias" in oracle.create_trial("t").hyperparameters.values


def test_the_old_way_to_end_a_trial_works() -> None:
    oracle = RandomSearchOracle(objective="loss", hyperparameters=space())
    first, second = oracle.create_trial("a"), oracle.create_trial("b")
    oracle.update_trial(first.trial_id, {"loss": 1.0})
    oracle.end_trial(first.trial_id)
    oracle.end_trial(second.trial_id, "FAILED")
    assert [trial.status for trial in oracle.trials.values()] == ["COMPLETED", "FAILED"]


@pytest.mark.parametrize("status", ["RUNNING", "IDLE", "DONE"])
def test_a_trial_does_not_end_as_anything(status: str) -> None:
    oracle = RandomSearchOracle(objective="loss", hyperparameters=space())
    trial = oracle.create_trial("t")
    trial.status = status
    with pytest.raises(ValueError, match=status):
        oracle.end_trial(trial)
    assert oracle.ongoing_trials == {"t": trial}


def test_a_completed_trial_must_have_a_score() -> None:
    oracle = RandomSearchOracle(objective="loss", hyperparameters=space())
    trial = oracle.create_trial("t")
    trial.status = "COMPLETED"
    with pytest.raises(ValueError, match="Unknown metric: loss"):
        oracle.end_trial(trial)


@pytest.mark.parametrize(("direction", "order"), [("max", [1, 3, 0, 2]), ("min", [2, 0, 3, 1])])
def test_the_best_come_first_equal_ones_by_age_and_the_unfit_last(direction: str, order: list[int]) -> None:
    oracle = RandomSearchOracle(
        objective=Objective("score", direction), hyperparameters=space(), max_consecutive_failed_trials=None
    )
    for score in (1.0, math.inf, -math.inf, 2.0, math.nan, 2.0):
        complete(oracle, score)
    running = oracle.create_trial("t")
    expected = [oracle.trials[f"{number:02d}"] for number in order]
    twin = oracle.trials["05"]
    expected.insert(expected.index(oracle.trials["03"]) + 1, twin)
    assert oracle.get_best_trials(5) == expected
    assert oracle.get_best_trials(2) == expected[:2]
    assert oracle.get_best_trials(100) == [*expected, oracle.trials["04"], running]
    assert oracle.get_best_trials(0) == []


def test_the_space_is_handed_out_as_a_copy() -> None:
    oracle = RandomSearchOracle(objective="loss", hyperparameters=space())
    oracle.get_space().Boolean("bias")
    assert len(oracle.get_space().space) == 1


def test_the_same_name_under_other_conditions_is_another_hyperparameter() -> None:
    oracle = RandomSearchOracle(objective="loss", hyperparameters=space())
    more = space()
    with more.conditional_scope("units", [1]):
        more.Int("rate", 1, 2)
    with more.conditional_scope("units", [2]):
        more.Int("rate", 3, 4)
    oracle.update_space(more)
    oracle.update_space(more)
    assert [hp.name for hp in oracle.get_space().space] == ["units", "rate", "rate"]


def test_seed_zero_is_a_seed() -> None:
    """KerasTuner's defect 15."""
    assert RandomSearchOracle(objective="loss", seed=0).seed == 0


def test_verbose_is_kept_for_scripts_that_set_it() -> None:
    oracle = RandomSearchOracle(objective="loss")
    for given, read in (("auto", 1), (0, 0), (2, 2)):
        oracle.verbose = given
        assert oracle.verbose == read


def test_without_a_project_directory_nothing_can_be_saved() -> None:
    with pytest.raises(ValueError, match="set_project_dir"):
        RandomSearchOracle(objective="loss").save()


def test_a_project_of_another_kind_is_refused(tmp_path: Path) -> None:
    oracle = RandomSearchOracle(objective="loss", hyperparameters=space())
    oracle.set_project_dir(tmp_path, "p")
    oracle.save()
    other = Counting(objective="loss", hyperparameters=space())
    other._set_project_dir(tmp_path, "p")
    with pytest.raises(RuntimeError, match=r"'next_units'.*overwrite=True"):
        other.reload()


def test_a_reloaded_search_hands_out_what_was_running(tmp_path: Path) -> None:
    first = RandomSearchOracle(objective="loss", hyperparameters=space(), seed=1)
    first.set_project_dir(tmp_path, "p")
    complete(first, 1.0)
    started = [first.create_trial(tuner) for tuner in "ab"]
    first.save()
    second = RandomSearchOracle(objective="loss", hyperparameters=space(), seed=2)
    second.set_project_dir(tmp_path, "p")
    second.reload()
    assert second.seed == 1
    assert [second.create_trial(tuner).trial_id for tuner in "xy"] == [trial.trial_id for trial in started]
    assert second.create_trial("z").hyperparameters.values == first.create_trial("c").hyperparameters.values


def test_a_reloaded_search_that_is_saved_before_it_goes_on_loses_nothing(tmp_path: Path) -> None:
    oracle = RandomSearchOracle(objective="loss", hyperparameters=space(), seed=1)
    oracle.set_project_dir(tmp_path, "p")
    started = [oracle.create_trial(tuner).trial_id for tuner in "abc"]
    oracle.save()
    for _ in range(2):
        oracle = RandomSearchOracle(objective="loss", hyperparameters=space(), seed=1)
        oracle.set_project_dir(tmp_path, "p")
        oracle.reload()
        oracle.save()
    assert json.loads((tmp_path / "p" / "oracle.json").read_text())["retry_queue"] == started[::-1]
    assert [oracle.create_trial(tuner).trial_id for tuner in "xyz"] == started
