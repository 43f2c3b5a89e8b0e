"""Every search algorithm keeps to the limits that people set while it searches."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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
)

from tui_tuner.oracles import Objective, Oracle, RandomSearchOracle, TrialStatus, create_oracle
from tui_tuner.space import HyperParameters


@pytest.fixture(params=ORACLES)
def make(request: pytest.FixtureRequest) -> Make:
    return Make(request.param)


EVERY = pytest.mark.parametrize("make", [*ORACLES, *PROMOTING], indirect=True)


class TestLimits:
    @pytest.mark.parametrize("parallel", [1, 3])
    def test_a_finite_space_is_exhausted_within_the_limits(self, make: Make, parallel: int) -> None:
        oracle = make(finite_space(), max_trials=None)
        oracle.limit("units", min_value=20, max_value=48)
        oracle.limit("learning_rate", values=[1e-4, 1e-2])
        proposals = Runner(oracle, parallel=parallel).run()
        assert len(proposals) == distinct(proposals) == 8
        assert {values["units"] for values in proposals} == {24, 32, 40, 48}
        assert {values["learning_rate"] for values in proposals} == {1e-2, 1e-4}

    def test_a_banned_choice_takes_what_depends_on_it_along(self, make: Make) -> None:
        oracle = make(conditional_space(), max_trials=None)
        oracle.limit("optimizer", values=["sgd", "plain"])
        oracle.limit("momentum", max_value=2)
        proposals = Runner(oracle).run()
        assert len(proposals) == distinct(proposals) == 2 * 2 + 1
        assert all("amsgrad" not in values for values in proposals)

    @pytest.mark.parametrize("limited_after", [0, 7])
    def test_what_was_left_out_comes_when_the_limit_is_lifted(self, make: Make, limited_after: int) -> None:
        oracle = make(finite_space(), max_trials=None)
        runner = Runner(oracle)
        events = runner.events()
        for _ in range(limited_after):
            next(events)
        oracle.limit("units", values=[64])
        for _ in events:
            pass
        assert len(oracle.trials) < 24
        oracle.limit("units")
        assert dict(oracle.limits) == {}
        assert len(runner.run()) == distinct(runner.proposals()) == 24

    def test_a_continuous_space_keeps_to_them(self, make: Make) -> None:
        oracle = make(continuous_space(), max_trials=18)
        runner = Runner(oracle)
        events = runner.events()
        for _ in range(12):
            next(events)
        known = len(oracle.trials)
        oracle.limit("rate", min_value=2e-3, max_value=7e-3)
        oracle.limit("dropout", values=[0.1, 0.3, 0.45])
        for _ in events:
            pass
        later = runner.proposals()[known:]
        assert len(later) == 12
        assert all(2e-3 <= values["rate"] <= 7e-3 for values in later)
        assert {values["dropout"] for values in later} <= {0.1, 0.3, 0.45}
        assert distinct(runner.proposals()) == 18
        assert len({values["rate"] for values in later}) > 1

    def test_the_stored_space_stays_what_the_build_function_declared(self, make: Make) -> None:
        oracle = make(finite_space())
        oracle.limit("units", max_value=16)
        assert oracle.get_space().get_config()["space"] == finite_space().get_config()["space"]
        trial = oracle.create_trial("a")
        assert trial.hyperparameters.get_config()["space"] == finite_space().get_config()["space"]

    def test_what_is_there_runs_as_it_is(self, make: Make) -> None:
        oracle = make(finite_space(), max_retries_per_trial=1)
        oracle.enqueue({"units": 64})
        oracle.limit("units", values=[8])
        trial = oracle.create_trial("a")
        trial.status = TrialStatus.INVALID
        oracle.end_trial(trial)
        assert oracle.create_trial("a") is trial
        assert trial.hyperparameters.values["units"] == 64
        assert oracle.create_trial("b").hyperparameters.values["units"] == 8

    def test_a_later_limit_replaces_an_earlier_one(self, make: Make) -> None:
        oracle = make(finite_space(), max_trials=None)
        oracle.limit("units", values=[8])
        oracle.limit("units", min_value=60)
        assert {values["units"] for values in Runner(oracle).run()} == {64}

    def test_the_configuration_that_is_left_is_proposed_once(self, make: Make) -> None:
        oracle = make(conditional_space(), max_trials=None)
        oracle.limit("optimizer", values=["adam"])
        oracle.limit("amsgrad", values=[True])
        assert Runner(oracle).run() == [{"note": "x", "optimizer": "adam", "amsgrad": True}]

    @pytest.mark.parametrize(
        ("name", "limit", "message"),
        [
            ("unit", {"max_value": 16}, "no hyperparameter 'unit'. Did you mean 'units'?"),
            ("units", {"max_value": 4}, "units has nothing at 4: it goes from 8 to 64 in steps of 8."),
            ("units", {"max_value": 100}, "units has nothing at 100: it goes from 8 to 64 in steps of 8."),
            ("units", {"min_value": 9, "max_value": 15}, "Nothing would be left of units"),
            ("units", {"min_value": 32, "max_value": 16}, "The range of units is empty: 32 is more than 16."),
            ("units", {"values": []}, "Nothing would be left of units"),
            ("units", {"values": [8, 9]}, "units cannot be 9"),
            ("units", {"min_value": "8"}, "A bound of units must be a number, found '8'."),
            ("units", {"min_value": math.nan}, "A bound of units must be a number, found nan."),
            ("learning_rate", {"values": [0.5]}, "learning_rate cannot be 0.5"),
            (
                "optimizer",
                {"min_value": 1},
                "optimizer has no range: it can be 'adam', 'sgd'. Name the values",
            ),
        ],
    )
    def test_what_makes_no_sense_is_refused_and_changes_nothing(
        self, make: Make, name: str, limit: dict[str, Any], message: str
    ) -> None:
        space = finite_space()
        space.Choice("optimizer", ["adam", "sgd"])
        oracle = make(space)
        oracle.limit("units", min_value=16)
        before = dict(oracle.limits)
        with pytest.raises(ValueError) as refused:
            oracle.limit(name, **limit)
        assert message in str(refused.value)
        assert oracle.limits == before

    def test_an_oracle_that_knows_nothing_of_limits_keeps_to_them(self) -> None:
        class Stubborn(RandomSearchOracle):
            def populate_space(self, trial_id: str) -> dict[str, Any]:
                number = len(self.trials)
                values = {"optimizer": "adam", "amsgrad": bool(number % 2), "note": "x"}
                return {"status": TrialStatus.RUNNING, "values": values}

        oracle = Stubborn(Objective("score", "max"), max_trials=6, hyperparameters=conditional_space(), seed=1)
        oracle.limit("optimizer", values=["sgd"])
        oracle.limit("momentum", min_value=2)
        for values in Runner(oracle).run():
            assert set(values) == {"note", "optimizer", "nesterov", "momentum"}
            assert values["optimizer"] == "sgd"
            assert values["momentum"] >= 2


class TestHyperbandsLimits:
    def test_promotions_go_on_outside_the_limits_and_new_configurations_do_not(self) -> None:
        oracle = create_oracle("hyperband", hyperparameters=finite_space(), max_epochs=9, seed=1)
        oracle.objective = Objective("score", "max")
        runner = Runner(oracle, outcome=lambda trial, _: (TrialStatus.COMPLETED, trial.hyperparameters.values["units"]))
        events = runner.events()
        for _ in range(14):
            next(events)
        known = set(oracle.trials)
        oracle.limit("units", max_value=16)
        for _ in events:
            pass
        later = [trial.hyperparameters.values for key, trial in oracle.trials.items() if key not in known]
        promoted = [values["units"] for values in later if "tuner/trial_id" in values]
        fresh = [values["units"] for values in later if "tuner/trial_id" not in values]
        assert max(promoted) > 16
        assert fresh
        assert max(fresh) <= 16


def allowed_part(draw: st.DrawFn, hp: Any) -> dict[str, Any]:
    """A limit of a finite hyperparameter, by two of its numbers or by some of its values."""
    values = list(hp.iter_values())
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values) and draw(st.booleans()):
        low, high = sorted((draw(st.sampled_from(values)), draw(st.sampled_from(values))))
        bounds = {"min_value": low, "max_value": high}
        return {name: bounds[name] for name in bounds if draw(st.booleans())}
    return {"values": draw(st.lists(st.sampled_from(values), min_size=1, unique=True))}


@st.composite
def steered_spaces(draw: st.DrawFn) -> tuple[HyperParameters, dict[str, dict[str, Any]]]:
    """A finite space with conditions, and limits of it."""
    hp = HyperParameters()
    hp.Choice("kind", ["a", "b", "c"][: draw(st.integers(2, 3))])
    hp.Int("units", 4, draw(st.sampled_from([9, 16])), step=draw(st.sampled_from([2, 3, 5])))
    with hp.conditional_scope("kind", draw(st.sampled_from([["a"], ["b"], ["a", "b"]]))):
        hp.Float("momentum", 0.0, 0.5, step=0.1)
        hp.Boolean("flag")
    hp.Int("power", 1, 8, step=2, sampling=draw(st.sampled_from(["log", "reverse_log"])))
    names = draw(st.lists(st.sampled_from(["kind", "units", "momentum", "flag", "power"]), unique=True, min_size=1))
    return hp, {name: allowed_part(draw, next(each for each in hp.space if each.name == name)) for name in names}


def is_allowed(values: Values, limits: dict[str, dict[str, Any]]) -> bool:
    for name, limit in limits.items():
        value = values.get(name)
        if value is None:
            continue
        if value not in limit.get("values", [value]):
            return False
        if not limit.get("min_value", value) <= value <= limit.get("max_value", value):
            return False
    return True


def within(values: list[Values], limits: dict[str, dict[str, Any]]) -> set[str]:
    return {json.dumps(each, sort_keys=True) for each in values if is_allowed(each, limits)}


@pytest.mark.parametrize("name", ["grid", "hyperband", "random"])
@given(case=steered_spaces(), after=st.integers(0, 8), parallel=st.sampled_from([1, 2]))
@settings(max_examples=15, deadline=None)
def test_any_limits_leave_exactly_what_they_allow(
    name: str, case: tuple[HyperParameters, dict[str, dict[str, Any]]], after: int, parallel: int
) -> None:
    space, limits = case
    everything = Runner(Make("grid")(space.copy(), max_trials=None)).run()
    oracle = Make(name)(space.copy(), max_trials=None)
    values, known = limited_run(oracle, limits, after, parallel)
    assert within(values, limits) == within(everything, limits)
    assert len(values) <= known + len(within(everything, limits))


@given(case=steered_spaces(), after=st.integers(0, 12), parallel=st.sampled_from([1, 2]))
@settings(max_examples=10, deadline=None)
def test_a_model_keeps_to_any_limits(
    case: tuple[HyperParameters, dict[str, dict[str, Any]]], after: int, parallel: int
) -> None:
    space, limits = case
    oracle = Make("bayesian")(space, max_trials=12)
    limited_run(oracle, limits, after, parallel)


def limited_run(
    oracle: Oracle, limits: dict[str, dict[str, Any]], after: int, parallel: int
) -> tuple[list[Values], int]:
    """A run that is limited after so many events: what was proposed, and how much of it before."""
    events = Runner(oracle, parallel=parallel).events()
    for _ in range(after):
        next(events)
    known = len(oracle.trials)
    for limited, limit in limits.items():
        oracle.limit(limited, **limit)
    for _ in events:
        pass
    values = proposed(oracle)
    assert all(is_allowed(each, limits) for each in values[known:])
    assert distinct(values) == len(values)
    return values, known
