"""What a trial may return, and which epoch of it counts."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tui_tuner.errors import FatalError, FatalTypeError, FatalValueError
from tui_tuner.oracles import DefaultObjective, MultiObjective, Objective
from tui_tuner.tuners.results import execution_results
from tui_tuner.worker.reports import ExecutionResult

ACCURACY = Objective("val_accuracy", "max")


def results(returned: Any, objective: Objective = ACCURACY) -> list[ExecutionResult]:
    return execution_results(returned, objective, "Tuner.run_trial()")


def history(epochs: list[int] | None = None, **metrics: list[Any]) -> Any:
    return SimpleNamespace(history=metrics, epoch=epochs)


@pytest.mark.parametrize("number", [0.5, 1, np.float32(0.5), np.int64(3), np.array(0.25)])
def test_a_number_is_the_objective(number: Any) -> None:
    [result] = results(number)
    assert result == ExecutionResult({"val_accuracy": float(number)}, 0)
    assert type(result.metrics["val_accuracy"]) is float


def test_a_dict_holds_the_metrics() -> None:
    assert results({"val_accuracy": np.float64(0.5), "loss": 1}) == [
        ExecutionResult({"val_accuracy": 0.5, "loss": 1.0}, 0)
    ]


def test_of_a_history_the_best_epoch_counts_with_all_its_metrics() -> None:
    given = history([0, 1, 2], loss=[3.0, 2.0, 1.0], val_accuracy=[0.1, 0.9, 0.5])
    assert results(given) == [ExecutionResult({"loss": 2.0, "val_accuracy": 0.9}, 1)]


def test_of_equal_epochs_the_earliest_counts() -> None:
    assert results(history(val_accuracy=[0.5, 0.9, 0.9]))[0].best_epoch == 1


def test_epochs_keep_their_numbers_when_training_goes_on() -> None:
    assert results(history([5, 6, 7], val_accuracy=[0.1, 0.2, 0.9]))[0].best_epoch == 7


def test_nan_epochs_do_not_count_beside_others() -> None:
    assert results(history(val_accuracy=[math.nan, 0.5, math.nan]))[0].metrics == {"val_accuracy": 0.5}
    assert math.isnan(results(history(val_accuracy=[math.nan]))[0].metrics["val_accuracy"])


def test_metrics_that_come_every_other_epoch_belong_to_those_epochs() -> None:
    given = history(loss=[4.0, 3.0, 2.0, 1.0], val_accuracy=[0.9, 0.5])
    assert results(given) == [ExecutionResult({"loss": 3.0, "val_accuracy": 0.9}, 1)]


def test_values_that_are_no_single_numbers_are_left_out() -> None:
    given = history(val_accuracy=[0.5], per_class=[np.array([0.1, 0.9])])
    assert results(given)[0].metrics == {"val_accuracy": 0.5}


def test_an_array_of_one_element_is_a_number() -> None:
    given = history(val_accuracy=[np.array([0.5], np.float32), np.array([0.75], np.float32)])
    assert results(given) == [ExecutionResult({"val_accuracy": 0.75}, 1)]
    assert results(np.array([[0.25]])) == results({"val_accuracy": np.array([0.25])}) == results(0.25)


def test_a_list_has_one_result_for_each_execution() -> None:
    given = [0.5, {"val_accuracy": 0.6}, history(val_accuracy=[0.7])]
    assert [result.metrics["val_accuracy"] for result in results(given)] == [0.5, 0.6, 0.7]


def test_several_objectives_are_summed_in_each_epoch() -> None:
    objective = MultiObjective([Objective("loss", "min"), ACCURACY])
    [result] = results(history(loss=[1.0, 0.5], val_accuracy=[0.9, 0.1]), objective)
    assert result.best_epoch == 0
    assert result.metrics["multi_objective"] == pytest.approx(0.1)
    assert results({"loss": 1.0, "val_accuracy": 0.5}, objective)[0].metrics["multi_objective"] == 0.5


@pytest.mark.parametrize("returned", [None, "0.5", object(), np.array([1.0, 2.0]), [[0.5]]])
def test_anything_else_is_a_mistake(returned: Any) -> None:
    with pytest.raises(FatalTypeError, match=r"Tuner.run_trial\(\)"):
        results(returned)


@pytest.mark.parametrize("returned", [{"loss": 1.0}, history(loss=[1.0])])
def test_a_result_without_the_objective_is_a_mistake_that_names_what_is_there(returned: Any) -> None:
    with pytest.raises(FatalValueError, match="does not report the specified objective, 'val_accuracy'"):
        results(returned)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ([], "empty list"),
        (history(), "ran no epoch"),
        ({"val_accuracy": "high"}, "'val_accuracy' is 'high', which is no number"),
        ({"val_accuracy": None}, "'val_accuracy' is None, which is no number"),
        (history(val_accuracy=[None]), "no number$"),
        (history(val_accuracy=[np.array([0.1, 0.9])]), "no number; .*average"),
    ],
)
def test_a_result_that_other_trials_need_not_have_is_a_failure_of_this_one(returned: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        results(returned)
    assert not isinstance(raised.value, FatalError)


@pytest.mark.parametrize("returned", [{"loss": 1.0}, history(loss=[1.0])])
def test_metrics_say_nothing_where_no_objective_is_named(returned: Any) -> None:
    with pytest.raises(FatalTypeError, match=r"`objective` is left unspecified.*metrics \(loss\)"):
        results(returned, DefaultObjective())


@pytest.mark.parametrize("returned", [{"loss": 1.0}, history(loss=[1.0])])
def test_of_several_objectives_the_missing_one_is_named(returned: Any) -> None:
    with pytest.raises(FatalValueError, match="specified objective, 'val_accuracy'; its metrics are: loss"):
        results(returned, MultiObjective([Objective("loss", "min"), ACCURACY]))


def test_one_number_is_not_enough_for_several_objectives() -> None:
    objective = MultiObjective([Objective("loss", "min"), ACCURACY])
    with pytest.raises(FatalTypeError, match="loss, val_accuracy by name"):
        results(0.5, objective)
