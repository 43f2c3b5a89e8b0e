"""Filters of trials: what they let through, what they say when they make no sense, what completes them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_tuner.analysis.fields import fields_of
from tui_tuner.analysis.filters import FilterError, completions, parse_filter
from tui_tuner.engine.view import EpochView, HyperParameterView, Scalar, SearchView, TrialState, TrialView


def trial(number: int, status: TrialState, score: float | None, **values: Scalar) -> TrialView:
    return TrialView(f"{number:02}", number, status, values, score=score)


TRIALS = (
    trial(0, TrialState.COMPLETED, 0.8, lr=1e-4, units=128, activation="relu", bias=True),
    trial(1, TrialState.COMPLETED, 0.7, lr=1e-3, units=256, activation="tanh", bias=False),
    trial(2, TrialState.FAILED, None, lr=1e-2, units=64, activation="relu", bias=True),
    trial(3, TrialState.STOPPED, math.nan, lr=1e-4, units=512),
)
SPACE = (HyperParameterView("activation", "Choice", ("relu", "tanh")), HyperParameterView("bias", "Boolean"))
VIEW = SearchView(Path(), trials={trial.trial_id: trial for trial in TRIALS}, space=SPACE)
FIELDS = fields_of(VIEW)


def found(text: str) -> list[int]:
    test = parse_filter(text, FIELDS)
    return [trial.number for trial in TRIALS if test(trial)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", [0, 1, 2, 3]),
        ("  ", [0, 1, 2, 3]),
        ("lr < 1e-3 and units >= 128 and status == completed", [0]),
        ("lr<1e-3", [0, 3]),
        ("status = COMPLETED", [0, 1]),
        ("status == 'completed' or status == failed", [0, 1, 2]),
        ("not status == completed", [2, 3]),
        ("not (status == completed or status == failed)", [3]),
        ("100 <= units < 300", [0, 1]),
        ("1e-3 == lr", [1]),
        ("lr == 0.001", [1]),
        ("activation == relu", [0, 2]),
        ("activation != relu", [1]),
        ("activation == none", [3]),
        ("activation != none", [0, 1, 2]),
        ("activation in [relu, gelu]", [0, 2]),
        ("activation not in [relu]", [1]),
        ("units in [64, 512]", [2, 3]),
        ("activation ~ AN", [1]),
        ("bias", [0, 2]),
        ("bias == true", [0, 2]),
        ("bias == 1", []),
        ("score > 0.75", [0]),
        ("score >= 0.7", [0, 1]),
        ("score < 1", [0, 1]),
        ("number > 1 and not bias", [3]),
        ("trial == 02", [2]),
        ("`units` > 300", [3]),
        ("units > lr", [0, 1, 2, 3]),
        ("activation < 5", []),
        ("origin == search", [0, 1, 2, 3]),
    ],
)
def test_lets_the_right_trials_through(text: str, numbers: list[int]) -> None:
    assert found(text) == numbers


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("units >", "expected a field or a value", 7),
        ("units > and", "expected a field or a value, not and", 8),
        ("unit", "there is no field unit; did you mean units?", 0),
        ("`no such` == 3", "there is no field no such", 0),
        ("units > 3 lr < 2", "expected and, or, or the end, not lr", 10),
        ("(units > 3", "expected )", 10),
        ("units in 3", "expected [, not 3", 9),
        ("units in [3", "expected ]", 11),
        ('activation == "relu', 'a text that begins with " must end with it too', 14),
        ("units ! 3", "! means nothing here", 6),
        ("and", "expected a field or a value, not and", 0),
        ("3", "there is no field 3", 0),
        ("unit > 3", "there is no field unit; did you mean units?", 0),
        ("unit in [3]", "there is no field unit; did you mean units?", 0),
        ("unit not in [3]", "there is no field unit; did you mean units?", 0),
    ],
)
def test_says_what_is_wrong_and_where(text: str, message: str, position: int) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text, FIELDS)
    assert caught.value.message == message
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("uni", ["units"]),
        ("activation == ", ["relu", "tanh"]),
        ("activation == t", ["tanh"]),
        ("status == comp", ["completed"]),
        ("units ", ["<", "<=", ">", ">=", "==", "=", "!=", "~", "in", "and", "or"]),
        ("not units i", ["in"]),
        ("units > 3 ", ["and", "or", "in"]),
        ("units > lr ", ["and", "or", "in"]),
        ("units > 3 a", ["and"]),
        ("units > 3 and l", ["lr"]),
    ],
)
def test_completes_what_was_begun(text: str, expected: list[str]) -> None:
    assert completions(text, len(text), FIELDS) == expected


def test_a_hyperparameter_takes_the_name_of_a_field() -> None:
    one = TrialView("00", 0, TrialState.COMPLETED, {"score": 3, "odd name": 1}, score=0.5)
    fields = fields_of(SearchView(Path(), trials={one.trial_id: one}))
    assert parse_filter("score == 3 and trial.score == 0.5", fields)(one)
    assert parse_filter("`odd name` == 1", fields)(one)
    assert "`odd name`" in completions("", 0, fields)


def test_a_running_trial_is_asked_for_what_it_has_so_far() -> None:
    running = TrialView(
        "00", 0, TrialState.RUNNING, {}, live_score=0.4, last_epoch=EpochView(0, 4, 0.0, 0.0, {"loss": 1.0})
    )
    fields = fields_of(SearchView(Path(), trials={"00": running}))
    assert parse_filter("epochs == 5 and score < 0.5 and status == running", fields)(running)


@given(st.text(max_size=40))
def test_any_text_is_a_filter_or_a_clear_mistake(text: str) -> None:
    completions(text, len(text), FIELDS)
    try:
        test = parse_filter(text, FIELDS)
    except FilterError as error:
        mistake = error
    else:
        assert {test(one) for one in TRIALS} <= {True, False}
        return
    assert 0 <= mistake.position <= len(text)
    assert mistake.message
