"""Trials side by side."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fake_source import make_epochs, make_trial, make_view

from tui_tuner.analysis.comparison import Difference, Kind, Line, best_metrics, compare, difference
from tui_tuner.analysis.fields import Value
from tui_tuner.engine.view import EpochView, Objective, TrialState


def test_every_value_and_metric_has_a_line_in_the_order_of_the_space() -> None:
    trials = [make_trial(0, score=0.5), make_trial(5, score=0.75), make_trial(1, TrialState.RUNNING, done=2)]
    view = make_view(trials)
    lines = compare(view, trials, {trial.trial_id: make_epochs(trial.number) for trial in trials[:2]})
    assert [line.name for line in lines] == [
        *("val_accuracy", "status", "best epoch", "duration"),
        *("units", "learning_rate", "dropout", "batch_norm"),
        *("accuracy", "loss", "val_loss"),
    ]
    by_name = {line.name: line for line in lines}
    assert by_name["val_accuracy"].values[:2] == (0.5, 0.75)
    assert by_name["dropout"].values[0] is None
    assert by_name["loss"].values[2] is None
    assert by_name["units"].differs


def test_metrics_of_several_executions_are_those_of_which_the_score_is_the_mean() -> None:
    def epoch(execution: int, number: int, accuracy: float, loss: float) -> EpochView:
        return EpochView(execution, number, 0.0, 1.0, {"val_accuracy": accuracy, "val_loss": loss})

    epochs = [epoch(0, 0, 0.5, 4.0), epoch(0, 1, 0.9, 1.0), epoch(0, 2, math.nan, 0.0), epoch(0, 3, 0.9, 9.0)]
    epochs += [epoch(1, 0, 0.7, 2.0), epoch(1, 1, 0.6, 8.0)]
    trial = replace(make_trial(0, score=0.8), best_epoch=0, executions=2, execution_scores=(0.9, 0.7))
    assert best_metrics(trial, epochs, Objective("val_accuracy", "max")) == {"val_accuracy": 0.8, "val_loss": 1.5}
    running = replace(trial, status=TrialState.RUNNING, score=None, best_epoch=None)
    assert best_metrics(running, epochs, Objective("val_accuracy", "max")) == {"val_accuracy": 0.6, "val_loss": 8.0}


def test_what_is_the_same_does_not_differ() -> None:
    assert not Line("a", Kind.METRIC, (math.nan, math.nan)).differs
    assert not Line("a", Kind.HYPERPARAMETER, (1, 1.0)).differs
    assert Line("a", Kind.HYPERPARAMETER, (1, True)).differs
    assert Line("a", Kind.HYPERPARAMETER, (None, 0)).differs
    assert not Line("a", Kind.FACT, ("x",)).differs


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (2.0, 3, Difference(1.0, 1.5)),
        (0, 3, Difference(3.0, None)),
        (-1.0, 1.0, Difference(2.0, None)),
        (-2.0, -1.0, Difference(1.0, 0.5)),
        (None, 1.0, None),
        ("a", 1.0, None),
        (True, 1.0, None),
        (math.nan, 1.0, None),
        (1.0, math.inf, None),
        (-1e308, 1e308, None),
    ],
)
def test_numbers_differ_by_an_amount_and_a_factor(first: Value, second: Value, expected: Difference | None) -> None:
    assert difference(first, second) == expected


@given(st.floats(), st.floats())
def test_a_difference_is_finite(first: float, second: float) -> None:
    found = difference(first, second)
    if found is not None:
        assert math.isfinite(found.absolute)
        assert found.ratio is None or math.isfinite(found.ratio)
