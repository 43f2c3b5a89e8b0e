"""What people type is read as the search space declares it."""

from __future__ import annotations

import re

import pytest
from support.answering_engine import SPACE as CONFIG

from tui_tuner.engine import hand_made, typed_values
from tui_tuner.engine.durations import parse_budget, parse_duration
from tui_tuner.engine.space_view import describe_space
from tui_tuner.engine.view import HyperParameterView, Scalar
from tui_tuner.errors import TunerError

SPACE = describe_space(CONFIG)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("units", "32", 32),
        ("units", " 32.0 ", 32),
        ("units", "3.2e1", 32),
        ("lr", "1e-3", 0.001),
        ("lr", "0.1", 0.1),
        ("activation", "relu", "relu"),
        ("activation", "1", "1"),
        ("norm", "true", True),
        ("norm", "No", False),
        ("norm", "1", True),
        ("layers", "2", 2),
        ("dropout", "-0.25", -0.25),
    ],
)
def test_a_text_becomes_a_value_of_the_declared_type(name: str, text: str, value: Scalar) -> None:
    read = typed_values.parse_value(SPACE, name, text)
    assert read == value
    assert type(read) is type(value)
    assert typed_values.parse_value(SPACE, name, typed_values.write_value(read)) == value


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("units", "33", r"units: 33 is not in the search space. It has: 8 … 64, step 8. The nearest is 32."),
        ("units", "72", r"It has: 8 … 64, step 8\.$"),
        ("units", "many", "many is not in"),
        ("units", "inf", "inf is not in"),
        ("units", "1e400", "is not in"),
        ("lr", "nan", "nan is not in"),
        ("lr", "0.2", "It has: 1e-4 … 0.1"),
        ("activation", "elu", "It has: relu, tanh, 1."),
        ("activation", "1.0", "is not in"),
        ("norm", "maybe", "It has: True, False."),
        ("layers", "3", "It has: 2."),
        ("unit", "32", "no such hyperparameter.\nDid you mean units?"),
        ("zzz", "32", "There are: units, lr"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_possible(name: str, text: str, says: str) -> None:
    with pytest.raises(TunerError) as caught:
        typed_values.parse_value(SPACE, name, text)

    assert re.search(says, str(caught.value).replace("\n", " ")) or says in str(caught.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-5, "1e-5"),
        (1e9, "1e9"),
        (0.001, "0.001"),
        (0.00012345678, "1.2345678e-4"),
        (123456.75, "123456.75"),
        (-2.5e-7, "-2.5e-7"),
        (1.0, "1"),
        (0.0, "0"),
        (5e-324, "5e-324"),
        (1000000, "1000000"),
        (True, "True"),
        ("true", "true"),
    ],
)
def test_values_are_written_as_the_app_shows_them_and_lose_nothing(value: Scalar, text: str) -> None:
    assert typed_values.write_value(value) == text
    assert isinstance(value, str) or (float(text) if isinstance(value, float) else eval(text)) == value


def test_the_sum_of_steps_is_written_as_it_is_meant_and_read_again() -> None:
    stepped = HyperParameterView("momentum", "Float", min_value=0.0, max_value=0.95, step=0.05, sampling="linear")
    listed = HyperParameterView("rate", "Choice", values=(0.1, 0.1 + 0.2))
    assert typed_values.write_value(7 * 0.05) == "0.35"
    assert typed_values.parse_value((stepped,), "momentum", "0.35") == 0.35
    assert typed_values.parse_value((listed,), "rate", typed_values.write_value(0.1 + 0.2)) == 0.1 + 0.2
    with pytest.raises(TunerError) as refused:
        typed_values.parse_value((stepped,), "momentum", "0.36")
    assert refused.value.hint.endswith("The nearest is 0.35.")


def test_a_range_is_described_as_the_app_shows_it() -> None:
    rate = HyperParameterView("rate", "Float", min_value=1e-5, max_value=0.1 + 0.2, sampling="log")
    assert typed_values.describe([rate]) == "1e-5 … 0.3"


def test_choices_of_numbers_take_any_way_to_write_them() -> None:
    space = (
        HyperParameterView("rate", "Choice", values=(1e-2, 1e-3)),
        HyperParameterView("n", "Choice", values=(1, 2)),
    )
    assert typed_values.parse_value(space, "rate", "1e-3") == 0.001
    assert typed_values.parse_value(space, "rate", ".01") == 0.01
    assert type(typed_values.parse_value(space, "n", "1.0")) is int
    with pytest.raises(TunerError):
        typed_values.parse_value(space, "n", "true")


def test_before_the_space_is_known_that_is_said() -> None:
    with pytest.raises(TunerError, match="not known yet"):
        typed_values.parse_value((), "units", "32")


def test_text_in_place_of_a_number_is_told_as_text() -> None:
    with pytest.raises(TunerError, match="units: '32' is not in the search space"):
        typed_values.check_value(SPACE, "units", "32")


def test_values_from_python_keep_their_meaning() -> None:
    assert hand_made.check_values(SPACE, {"units": 32, "norm": True, "lr": 0.01}) == {
        "units": 32,
        "norm": True,
        "lr": 0.01,
    }
    assert type(typed_values.check_value(SPACE, "units", 32.0)) is int
    for name, value in (("units", True), ("units", "32"), ("activation", 1), ("norm", 1), ("layers", True)):
        with pytest.raises(TunerError, match="is not in the search space"):
            typed_values.check_value(SPACE, name, value)


@pytest.mark.parametrize("assignments", [["units"], ["units=8", "units=16"], ["=8"], ["units="]])
def test_what_is_no_assignment_is_refused(assignments: list[str]) -> None:
    with pytest.raises(TunerError):
        hand_made.parse_values(SPACE, assignments)


def test_a_configuration_is_completed_and_holds_only_what_takes_part() -> None:
    assert hand_made.configuration(SPACE, {"units": 32}) == {
        "units": 32,
        "lr": 1e-4,
        "activation": "relu",
        "norm": False,
        "layers": 2,
    }
    base: dict[str, Scalar] = {"units": 56, "dropout": 0.3, "lr": 0.01, "activation": "tanh", "norm": True, "layers": 2}
    assert hand_made.configuration(SPACE, {}, base) == base
    assert "dropout" not in hand_made.configuration(SPACE, {"units": 8}, base)
    with pytest.raises(TunerError, match="dropout takes no part here: only if units is 56 or 64"):
        hand_made.configuration(SPACE, {"units": 8, "dropout": 0.2})


@pytest.mark.parametrize(
    ("name", "texts", "wanted"),
    [
        ("units", ["16", "32"], {"name": "units", "min_value": 16, "max_value": 32}),
        ("units", ["16,32"], {"name": "units", "min_value": 16, "max_value": 32}),
        ("dropout", ["-0.5", "0"], {"name": "dropout", "min_value": -0.5, "max_value": 0.0}),
        ("activation", ["relu,tanh"], {"name": "activation", "values": ["relu", "tanh"]}),
        ("activation", ["relu", "1", "relu"], {"name": "activation", "values": ["relu", "1"]}),
        ("norm", ["yes"], {"name": "norm", "values": [True]}),
    ],
)
def test_limits_are_two_ends_or_the_values_that_remain(name: str, texts: list[str], wanted: dict[str, object]) -> None:
    assert hand_made.parse_limits(SPACE, name, texts) == wanted


@pytest.mark.parametrize(
    ("name", "texts", "says"),
    [
        ("units", ["16"], "expected its new smallest and largest value"),
        ("units", ["32", "16"], "32 is greater than 16"),
        ("units", ["16", "33"], "33 is not in the search space"),
        ("activation", [], "expected the values that remain"),
        ("layers", ["2"], "fixed"),
    ],
)
def test_limits_that_make_no_sense_are_refused(name: str, texts: list[str], says: str) -> None:
    with pytest.raises(TunerError, match=says):
        hand_made.parse_limits(SPACE, name, texts)


def test_a_value_with_a_comma_is_one_value() -> None:
    space = (HyperParameterView("pair", "Choice", values=("a,b", "c")),)
    assert hand_made.parse_limits(space, "pair", ["a,b"])["values"] == ["a,b"]


def test_durations_have_units() -> None:
    assert [parse_duration(text) for text in ("90", "90s", "45m", "1.5h", "2d")] == [90, 90, 2700, 5400, 172800]
    assert parse_budget("8h") == 28800
    assert parse_budget("None") is None
    for text in ("0", "soon", "-3", ""):
        with pytest.raises(TunerError, match="no duration"):
            parse_budget(text)
