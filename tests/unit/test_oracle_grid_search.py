"""Grid search: its order, what is found on the way, and going on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tui_tuner.oracles import GridSearchOracle, Objective, Oracle, Trial, TrialStatus
from tui_tuner.space import HyperParameters

Values = dict[str, Any]
Build = Callable[[HyperParameters], object]


def grid(space: HyperParameters | None = None, **kwargs: Any) -> GridSearchOracle:
    return GridSearchOracle(objective=Objective("score", "max"), hyperparameters=space, **kwargs)


def begin(oracle: Oracle, slots: int, running: list[Trial]) -> None:
    """Ask for trials for all free slots."""
    while len(running) < slots:
        taken = {name for name, trial in oracle.ongoing_trials.items()}
        trial = oracle.create_trial(next(f"slot{n}" for n in range(slots) if f"slot{n}" not in taken))
        if trial.status != TrialStatus.RUNNING:
            return
        running.append(trial)


def end(oracle: Oracle, trial: Trial, build: Build | None = None) -> None:
    if build is not None:
        build(trial.hyperparameters)
    oracle.update_trial(trial.trial_id, {"score": 1.0})
    trial.status = TrialStatus.COMPLETED
    oracle.end_trial(trial)


def run(oracle: Oracle, build: Build | None = None, slots: int = 1, limit: int = 10**6) -> list[Values]:
    """What was proposed, in the order of creation, as it was proposed."""
    proposals: list[Values] = []
    running: list[Trial] = []
    while True:
        known = len(running)
        begin(oracle, slots, running)
        proposals += [dict(trial.hyperparameters.values) for trial in running[known:]]
        if not running or len(proposals) >= limit:
            return proposals
        end(oracle, running.pop(0), build)


def finals(oracle: Oracle) -> list[str]:
    return sorted(json.dumps(t.hyperparameters.values, sort_keys=True) for t in oracle.trials.values())


def conditional_space() -> HyperParameters:
    hp = HyperParameters()
    hp.Choice("optimizer", ["adam", "sgd", "plain"], default="sgd")
    with hp.conditional_scope("optimizer", ["adam"]):
        hp.Boolean("amsgrad")
    with hp.conditional_scope("optimizer", ["sgd"]):
        hp.Boolean("nesterov", default=True)
        hp.Int("momentum", 1, 3, default=2)
    hp.Fixed("note", "x")
    hp.Boolean("last")
    return hp


def nested(hp: HyperParameters) -> None:
    """A build function that asks for more, the deeper it is."""
    layers = hp.Int("layers", 1, 3)
    for index in range(layers):
        hp.Choice(f"units_{index}", [4, 8])
    if layers == 2:
        hp.Boolean("skip")


class TestOrder:
    def test_it_is_kerastuners_with_conditions_and_defaults_in_the_middle(self) -> None:
        """Recorded from KerasTuner 1.4.8."""
        sgd = [
            {"optimizer": "sgd", "nesterov": nesterov, "momentum": momentum, "note": "x", "last": last}
            for nesterov in (True, False)
            for momentum in (2, 1, 3)
            for last in (False, True)
        ]
        adam = [
            {"optimizer": "adam", "amsgrad": amsgrad, "note": "x", "last": last}
            for amsgrad in (False, True)
            for last in (False, True)
        ]
        plain = [{"optimizer": "plain", "note": "x", "last": last} for last in (False, True)]
        assert run(grid(conditional_space())) == sgd + adam + plain

    def test_it_is_kerastuners_with_hyperparameters_found_on_the_way(self) -> None:
        """Recorded from KerasTuner 1.4.8, which also tries what the build function never asks for (`skip`)."""
        two = [
            {"layers": 2, "units_0": first, "units_1": second, "skip": skip}
            for first in (4, 8)
            for second in (4, 8)
            for skip in (False, True)
        ]
        three = [
            {"layers": 3, "units_0": first, "units_1": second, "skip": skip, "units_2": third}
            for first in (4, 8)
            for second in (4, 8)
            for skip in (False, True)
            for third in (4, 8)
        ]
        proposals = run(grid(), nested)
        assert proposals[:3] == [{}, {"layers": 1, "units_0": 8}, {"layers": 2, "units_0": 4}]
        assert proposals[3:11] == [*two[1:], {k: v for k, v in three[0].items() if k != "units_2"}]
        assert proposals[11:] == three[1:]

    def test_a_range_without_a_step_has_its_default_and_ten_values(self) -> None:
        space = HyperParameters()
        space.Float("rate", 0.0, 1.0, default=0.3)
        rates = [values["rate"] for values in run(grid(space))]
        assert rates == [0.3, *(pytest.approx(0.05 + 0.1 * index) for index in range(10))]

    def test_a_logarithmic_integer_is_sampled_too(self) -> None:
        space = HyperParameters()
        space.Int("units", 1, 100, sampling="log")
        assert [values["units"] for values in run(grid(space))] == [1, 3, 5, 7, 12, 20, 31, 50, 80]

    def test_a_default_between_the_steps_comes_first(self) -> None:
        space = HyperParameters()
        space.Float("dropout", 0.0, 0.5, step=0.25, default=0.1)
        assert [values["dropout"] for values in run(grid(space))] == [0.1, 0.0, 0.25, 0.5]

    def test_a_repeated_choice_is_tried_once(self) -> None:
        space = HyperParameters()
        space.Choice("units", [8, 16, 8, 4], default=16)
        assert [values["units"] for values in run(grid(space))] == [16, 8, 4]

    def test_a_huge_range_is_not_listed(self) -> None:
        space = HyperParameters()
        space.Int("seed", 0, 2**62, default=5)
        assert [values["seed"] for values in run(grid(space, max_trials=8))] == [5, 0, 1, 2, 3, 4, 6, 7]


class TestAtOnce:
    def test_all_slots_are_filled_from_the_start(self) -> None:
        oracle, running = grid(conditional_space()), list[Trial]()
        begin(oracle, 7, running)
        assert len(running) == 7

    @pytest.mark.parametrize("slots", [2, 3, 5])
    def test_what_is_found_on_the_way_is_tried_completely_and_nothing_twice(self, slots: int) -> None:
        oracle = grid()
        run(oracle, nested, slots)
        used = [
            {name: value for name, value in trial.hyperparameters.values.items() if name != "skip"}
            for trial in oracle.trials.values()
            if trial.hyperparameters.values["layers"] == 3
        ]
        assert len({json.dumps(values, sort_keys=True) for values in used}) == 8
        assert len(set(finals(oracle))) == len(oracle.trials)
        alone = grid()
        run(alone, nested)
        assert len(oracle.trials) <= len(alone.trials)

    def test_the_end_is_waited_for_because_a_running_trial_may_find_more(self) -> None:
        space = HyperParameters()
        space.Boolean("bias")
        oracle, running = grid(space), list[Trial]()
        begin(oracle, 2, running)
        assert oracle.create_trial("another").status == TrialStatus.IDLE
        end(oracle, running[0], lambda hp: hp.Boolean("more"))
        assert oracle.create_trial("another").hyperparameters.values == {"bias": False, "more": True}


class TestGoingOn:
    def test_more_trials_on_resume_go_on_where_the_grid_was_left(self) -> None:
        whole = run(grid(conditional_space()))
        first = grid(conditional_space(), max_trials=5)
        run(first)
        second = grid(conditional_space())
        second.restore(list(first.trials.values()), first.own_state())
        run(second)
        assert [trial.hyperparameters.values for trial in second.trials.values()] == whole

    @pytest.mark.parametrize("cut", range(1, 26))
    def test_kerastuners_files_which_hold_nothing_of_the_grid_are_gone_on_from(self, cut: int) -> None:
        """KerasTuner's defect 4: its own resume raises a KeyError, or ends at once."""
        first = grid()
        run(first, nested, limit=cut)
        state = {key: value for key, value in first.get_state().items() if key != "populate_next"}
        second = grid()
        second.trials = {trial.trial_id: Trial.from_state(trial.get_state()) for trial in first.trials.values()}
        second.set_state(json.loads(json.dumps(state)))
        run(second, nested)
        whole = grid()
        run(whole, nested)
        assert finals(second) == finals(whole)


def three_by_four() -> HyperParameters:
    hp = HyperParameters()
    hp.Choice("row", ["a", "b", "c"])
    hp.Int("column", 1, 4)
    return hp


@pytest.mark.parametrize("slots", [1, 3])
def test_what_people_enqueue_does_not_change_the_order(slots: int) -> None:
    undisturbed = run(grid(three_by_four()))
    oracle = grid(three_by_four())
    asked_for: list[Values] = [{"row": "b", "column": 3}, {"row": "a", "column": 1}, {"row": "b", "column": 4}]
    for values in asked_for:
        oracle.enqueue(values)
    assert run(oracle, slots=slots) == asked_for + [values for values in undisturbed if values not in asked_for]


def test_a_limit_leaves_the_order_of_what_is_left() -> None:
    undisturbed = run(grid(three_by_four()))
    oracle = grid(three_by_four())
    first = run(oracle, limit=5)
    oracle.limit("column", min_value=2, max_value=3)
    oracle.limit("row", values=["c", "b"])
    left = [values for values in undisturbed if values["column"] in (2, 3) and values["row"] != "a"]
    running = list(oracle.ongoing_trials.values())
    for trial in running:
        end(oracle, trial)
    assert run(oracle) == [values for values in left if values not in first]


def test_a_range_without_a_step_keeps_those_of_its_samples_that_are_within_or_gets_others() -> None:
    def limited(low: float, high: float) -> list[float]:
        space = HyperParameters()
        space.Float("rate", 0.0, 1.0)
        oracle = grid(space)
        oracle.limit("rate", min_value=low, max_value=high)
        return [values["rate"] for values in run(oracle)]

    assert limited(0.0, 0.3) == pytest.approx([0.0, 0.05, 0.15, 0.25])
    assert limited(0.5, 0.8) == pytest.approx([0.55, 0.65, 0.75])
    assert limited(0.5, 0.52) == pytest.approx([0.501 + 0.002 * number for number in range(10)])
