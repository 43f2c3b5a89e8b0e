from __future__ import annotations

import math

import pytest

from tui_tuner.errors import TunerError
from tui_tuner.oracles import (
    DefaultObjective,
    MultiObjective,
    Objective,
    RandomSearchOracle,
    UnknownDirectionError,
    create_objective,
)


def test_an_objective_reads_its_value_from_the_logs() -> None:
    objective = Objective("val_loss", "min")
    assert objective.has_value({"val_loss": 1, "loss": 2})
    assert not objective.has_value({"loss": 2})
    assert objective.get_value({"val_loss": 1, "loss": 2}) == 1.0


@pytest.mark.parametrize(("direction", "better", "worse"), [("min", 1.0, 2.0), ("max", 2.0, 1.0)])
def test_better_is_strict_and_nan_never_is(direction: str, better: float, worse: float) -> None:
    objective = Objective("x", direction)
    assert objective.better_than(better, worse)
    assert not objective.better_than(worse, better)
    assert not objective.better_than(better, better)
    assert objective.better_than(worse, math.nan)
    assert not objective.better_than(math.nan, worse)
    assert not objective.better_than(math.nan, math.nan)


def test_equality_and_printed_form() -> None:
    assert Objective("x", "min") == Objective("x", "min") != Objective("x", "max")
    assert Objective("x", "min") != "x"
    assert len({Objective("x", "min"), Objective("x", "min")}) == 1
    assert str(Objective("x", "min")) == 'Objective(name="x", direction="min")'


def test_a_direction_must_be_one_of_two() -> None:
    with pytest.raises(ValueError, match='"min" or "max", found: \'maximise\''):
        Objective("x", "maximise")


def test_made_from_names_lists_and_nothing() -> None:
    assert create_objective("val_accuracy") == Objective("val_accuracy", "max")
    assert create_objective(Objective("x", "max")) == Objective("x", "max")
    default = create_objective(None)
    assert isinstance(default, DefaultObjective)
    assert default == Objective("default_objective", "min")
    assert create_objective(["loss", Objective("speed", "max")]) == MultiObjective(
        [Objective("loss", "min"), Objective("speed", "max")]
    )


def test_an_unknown_metric_asks_for_its_direction() -> None:
    with pytest.raises(ValueError, match="Could not infer optimization direction") as caught:
        create_objective("score")
    assert isinstance(caught.value, UnknownDirectionError)
    assert isinstance(caught.value, TunerError)
    assert 'Objective("score", direction="max")' in caught.value.hint


def test_something_else_is_no_objective() -> None:
    with pytest.raises(TypeError, match="`objective` not understood: 3"):
        create_objective(3)  # type: ignore[arg-type]


def test_several_objectives_are_summed_with_their_signs() -> None:
    objective = MultiObjective([Objective("loss", "min"), Objective("auc", "max")])
    assert objective.has_value({"loss": 1, "auc": 1})
    assert not objective.has_value({"loss": 1})
    assert objective.get_value({"loss": 3.0, "auc": 0.5}) == 2.5
    assert (objective.name, objective.direction) == ("multi_objective", "min")
    assert objective.name_to_direction == {"loss": "min", "auc": "max"}
    assert objective == MultiObjective([Objective("auc", "max"), Objective("loss", "min")])
    assert objective != MultiObjective([Objective("loss", "min")])
    assert objective != Objective("multi_objective", "min")
    assert Objective("multi_objective", "min") != objective


def test_an_oracle_of_several_objectives_takes_plain_metrics() -> None:
    """KerasTuner refuses a dictionary of metrics that lacks `multi_objective`."""
    oracle = RandomSearchOracle(objective=["loss", "auc"], max_trials=2)
    trial = oracle.create_trial("a")
    oracle.update_trial(trial.trial_id, {"loss": 3.0, "auc": 0.5, "speed": 1.0})
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    assert trial.score == 2.5
    directions = {name: trial.metrics.get_direction(name) for name in trial.metrics.metrics}
    assert directions == {"loss": "min", "auc": "max", "speed": "min", "multi_objective": "min"}
