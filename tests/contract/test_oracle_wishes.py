"""Every search algorithm runs what people ask for, and as many trials as they ask for."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from support.oracle_runs import (
    ORACLES,
    PROMOTING,
    Make,
    Runner,
    Values,
    conditional_space,
    continuous_space,
    distinct,
    finite_space,
    proposed,
    quality,
)

from tui_tuner.oracles import Objective, Oracle, Trial, TrialStatus, create_oracle
from tui_tuner.oracles.stages import stage_of, without_stage
from tui_tuner.space import HyperParameters
from tui_tuner.space.reserved import EPOCHS


@pytest.fixture(params=ORACLES)
def make(request: pytest.FixtureRequest) -> Make:
    return Make(request.param)


EVERY = pytest.mark.parametrize("make", [*ORACLES, *PROMOTING], indirect=True)


class TestEnqueue:
    @EVERY
    def test_it_is_run_next_with_what_is_missing_filled_in(self, make: Make) -> None:
        oracle = make(conditional_space())
        Runner(oracle).end(oracle.create_trial("a"))
        oracle.enqueue({"optimizer": "sgd", "momentum": 2})
        oracle.enqueue({"amsgrad": True}, origin="initial")
        oracle.enqueue({"optimizer": "plain"}, origin="rerun", rerun_of="00")
        first, second, third, fourth = (oracle.create_trial(slot) for slot in "abcd")
        assert without_stage(first.hyperparameters.values) == {
            "note": "x",
            "optimizer": "sgd",
            "nesterov": False,
            "momentum": 2,
        }
        assert without_stage(second.hyperparameters.values) == {"note": "x", "optimizer": "adam", "amsgrad": True}
        assert [each.origin for each in (first, second, third, fourth)] == ["by hand", "initial", "rerun", ""]
        assert [each.rerun_of for each in (first, second, third, fourth)] == [None, None, "00", None]
        assert [each.trial_id for each in (first, second, third, fourth)] == ["01", "02", "03", "04"]

    def test_values_of_inactive_hyperparameters_are_left_out(self, make: Make) -> None:
        oracle = make(conditional_space())
        oracle.enqueue({"optimizer": "plain", "momentum": 2, "amsgrad": True})
        assert without_stage(oracle.create_trial("a").hyperparameters.values) == {"note": "x", "optimizer": "plain"}

    def test_values_come_out_as_the_space_has_them(self, make: Make) -> None:
        oracle = make(finite_space())
        oracle.enqueue({"units": 24.0, "learning_rate": 0.001})
        value = oracle.create_trial("a").hyperparameters.values["units"]
        assert (value, type(value)) == (24, int)

    def test_a_repeated_trial_keeps_its_values_whatever_the_space_says(self, make: Make) -> None:
        oracle = make(finite_space(), tune_new_entries=False)
        oracle.enqueue({"units": 8, "of_the_build_function": 3}, origin="rerun", rerun_of="7")
        values = without_stage(oracle.create_trial("a").hyperparameters.values)
        assert values == {"units": 8, "of_the_build_function": 3}

    def test_interrupted_trials_and_retries_come_before(self, make: Make) -> None:
        first = make(finite_space(), max_retries_per_trial=1)
        first.enqueue({"units": 64})
        running, invalid = first.create_trial("a"), first.create_trial("b")
        first.enqueue({"units": 32})
        invalid.status = TrialStatus.INVALID
        first.end_trial(invalid)
        oracle = make(finite_space(), max_retries_per_trial=1)
        oracle.restore(list(first.trials.values()), json.loads(json.dumps(first.own_state())), [running.trial_id])
        order = [oracle.create_trial(slot) for slot in "abc"]
        assert [trial.trial_id for trial in order] == ["00", "01", "02"]
        assert order[2].hyperparameters.values["units"] == 32
        assert order[0].origin == order[2].origin == "by hand"

    @EVERY
    def test_it_is_run_though_the_search_has_had_all_its_trials(self, make: Make) -> None:
        oracle = make(continuous_space(), max_trials=3)
        Runner(oracle).run()
        oracle.enqueue({"dropout": 0.25})
        oracle.enqueue({"dropout": 0.125})
        assert oracle.remaining_trials() == 2
        assert len(Runner(oracle).run()) == 5
        assert oracle.remaining_trials() == 0

    def test_it_counts_among_the_trials_of_the_search(self, make: Make) -> None:
        oracle = make(continuous_space(), max_trials=3)
        oracle.enqueue({"dropout": 0.25})
        assert len(Runner(oracle).run()) == 3

    @pytest.mark.parametrize("parallel", [1, 3])
    def test_what_was_tried_may_be_asked_for_again_and_is_not_proposed_again(self, make: Make, parallel: int) -> None:
        oracle = make(finite_space(), max_trials=None)
        for _ in range(3):
            oracle.enqueue({"units": 40})
        runner = Runner(oracle, parallel=parallel)
        events = runner.events()
        for _ in range(20):
            next(events)
        oracle.enqueue({"units": 16, "learning_rate": 1e-4})
        oracle.enqueue({"units": 64, "learning_rate": 1e-4})
        for _ in events:
            pass
        asked_for = [t for t in oracle.trials.values() if t.origin]
        assert len(asked_for) == 5
        assert distinct(runner.proposals()) == 24
        assert distinct(proposed(oracle)) == len(proposed(oracle))
        repeated = [values for values in proposed(oracle) if values == {"units": 40, "learning_rate": 0.01}]
        assert not repeated

    @pytest.mark.parametrize("make", ["grid", "hyperband", "random", "sobol"], indirect=True)
    def test_proposals_that_do_not_depend_on_results_go_on_as_if_nothing_had_been_asked_for(self, make: Make) -> None:
        oracle = make(continuous_space(), max_trials=12)
        events = Runner(oracle).events()
        for number, _ in enumerate(events):
            if number == 5:
                oracle.enqueue({"rate": 0.0123, "dropout": 0.321})
        undisturbed = Runner(make(continuous_space(), max_trials=11)).run()
        assert proposed(oracle) == undisturbed

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ({"unit": 8}, "no hyperparameter 'unit'. Did you mean 'units'?"),
            ({"q": 8}, "no hyperparameter 'q'. It has 'units', 'learning_rate'."),
            ({"units": 9}, "units cannot be 9: it goes from 8 to 64 in steps of 8."),
            ({"units": 72}, "units cannot be 72: it goes from 8 to 64 in steps of 8."),
            ({"units": "8"}, "units cannot be '8'"),
            ({"units": True}, "units cannot be True"),
            ({"units": math.nan}, "units cannot be nan"),
            ({"learning_rate": 0.5}, "learning_rate cannot be 0.5: it can be 0.01, 0.001, 0.0001."),
        ],
    )
    def test_what_the_space_does_not_have_is_refused(self, make: Make, values: Values, message: str) -> None:
        oracle = make(finite_space())
        with pytest.raises(ValueError) as refused:
            oracle.enqueue(values)
        assert message in str(refused.value)
        assert oracle.wishes == ()

    def test_while_the_space_is_unknown_values_are_taken_as_they_are(self, make: Make) -> None:
        oracle = make(None)
        oracle.enqueue({"layers": 3})
        assert without_stage(oracle.create_trial("a").hyperparameters.values) == {"layers": 3}

    def test_they_are_checked_once_it_is_known(self, make: Make) -> None:
        oracle = make(None)
        oracle.enqueue({"units": 9})
        oracle.enqueue({"units": 16})
        oracle.update_space(finite_space())
        with pytest.raises(ValueError, match="units cannot be 9"):
            oracle.create_trial("a")
        values = without_stage(oracle.create_trial("a").hyperparameters.values)
        assert values == {"units": 16, "learning_rate": 1e-2}

    def test_hyperparameters_that_it_finds_are_tuned(self, make: Make) -> None:
        def discovering(trial: Trial, attempt: int) -> tuple[str, float]:
            if trial.hyperparameters.values["bias"]:
                trial.hyperparameters.Int("layers", 1, 3)
            return TrialStatus.COMPLETED, quality(trial.hyperparameters.values)

        space = HyperParameters()
        space.Boolean("bias")
        oracle = make(space, max_trials=None)
        oracle.enqueue({"bias": True})
        Runner(oracle, outcome=discovering).run()
        assert {trial.hyperparameters.values.get("layers") for trial in oracle.trials.values()} >= {1, 2, 3}


class TestHyperbandsWishes:
    def test_they_train_all_epochs_and_take_no_place_in_the_brackets(self) -> None:
        def fresh() -> Oracle:
            return create_oracle("hyperband", hyperparameters=continuous_space(), max_epochs=9, seed=1)

        undisturbed = fresh()
        undisturbed.objective = Objective("score", "max")
        whole = Runner(undisturbed).run()
        oracle = fresh()
        oracle.objective = Objective("score", "max")
        for number, _ in enumerate(Runner(oracle).events()):
            if number in (4, 11):
                oracle.enqueue({"rate": 0.05, "tuner/epochs": 1, "tuner/bracket": 2})
        asked_for = [trial for trial in oracle.trials.values() if trial.origin]
        assert [trial.hyperparameters.values[EPOCHS] for trial in asked_for] == [9, 9]
        stages = [stage_of(trial.hyperparameters.values) for trial in asked_for]
        assert all(stage is not None and not stage.may_be_continued and stage.parent is None for stage in stages)
        assert proposed(oracle) == whole
        assert oracle.planned_trials == undisturbed.planned_trials == len(whole)


class TestNumberOfTrials:
    @EVERY
    def test_more(self, make: Make) -> None:
        oracle = make(continuous_space(), max_trials=4)
        runner = Runner(oracle)
        runner.run()
        oracle.set_max_trials(11)
        assert oracle.remaining_trials() == 7
        assert len(runner.run()) == 11
        assert list(oracle.trials) == [str(number) for number in range(11)]  # their width does not change

    @EVERY
    def test_fewer(self, make: Make) -> None:
        oracle = make(continuous_space(), max_trials=12)
        runner = Runner(oracle)
        events = runner.events()
        for _ in range(9):
            next(events)
        oracle.set_max_trials(2)
        for _ in events:
            pass
        assert len(oracle.trials) == 5
        assert oracle.remaining_trials() == 0

    def test_a_search_without_a_limit_gets_one(self, make: Make) -> None:
        oracle = make(finite_space(), max_trials=None)
        oracle.set_max_trials(5)
        assert len(Runner(oracle).run()) == oracle.planned_trials == 5

    @pytest.mark.parametrize("number", [0, -3, 1.5, True, "7", None])
    def test_what_is_no_number_of_trials_is_refused(self, make: Make, number: Any) -> None:
        oracle = make(finite_space(), max_trials=7)
        with pytest.raises(ValueError, match="must be a whole number of at least 1"):
            oracle.set_max_trials(number)
        assert oracle.max_trials == 7

    def test_hyperband_can_be_given_fewer_and_not_more(self) -> None:
        oracle = create_oracle("hyperband", hyperparameters=continuous_space(), max_epochs=9, seed=1)
        assert oracle.planned_trials is not None
        with pytest.raises(ValueError, match=f"Hyperband runs {oracle.planned_trials} trials, as follows from"):
            oracle.set_max_trials(oracle.planned_trials + 1)
        oracle.set_max_trials(oracle.planned_trials - 1)
        oracle.set_max_trials(oracle.planned_trials + 1)

    def test_it_outlasts_a_resume_unless_the_search_is_resumed_with_another_number(self, make: Make) -> None:
        first = make(continuous_space(), max_trials=4)
        first.set_max_trials(6)
        Runner(first).run()
        stored = json.loads(json.dumps(first.own_state()))
        for given_number, holds in ((4, 6), (9, 9)):
            second = make(continuous_space(), max_trials=given_number)
            second.restore(list(first.trials.values()), stored)
            assert second.max_trials == holds
