"""The five kinds of hyperparameters: ranges, sampling, errors, JSON.

The recorded sequences were produced by KerasTuner 1.4.8.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_tuner.space import Boolean, Choice, Fixed, Float, HyperParameter, Int, Parent, deserialize, serialize

SEEDS = (0, 1, 7, 42, 1234)


@pytest.mark.parametrize(
    ("hp", "expected"),
    [
        (Choice("a", ["x", "y"]), ["y", "x", "x", "y", "y"]),
        (Int("a", 8, 64, step=8), [56, 16, 24, 48, 64]),
        (Choice("a", [1e-2, 1e-3, 1e-4]), [1e-4, 1e-2, 1e-2, 1e-3, 1e-4]),
        (
            Float("a", 1e-4, 1e-1, sampling="log"),
            [
                0.034140160192072944,
                0.00025298381201802614,
                0.0009364795422756949,
                0.008284768840933801,
                0.07931596401733061,
            ],
        ),
        (Int("a", 2, 200, sampling="log"), [98, 3, 8, 38, 172]),
        (Int("a", 1, 9, sampling="reverse_log"), [9, 3, 6, 8, 9]),
        (Float("a", 0, 0.5, step=0.1), [0.4, 0.0, 0.1, 0.30000000000000004, 0.4]),
        (Boolean("a"), [True, False, False, True, True]),
        (Fixed("a", "x"), ["x"] * 5),
    ],
)
def test_equal_seeds_draw_the_values_that_keras_tuner_draws(hp: HyperParameter, expected: list[Any]) -> None:
    assert [hp.random_sample(seed) for seed in SEEDS] == expected


def test_more_recorded_draws() -> None:
    def draws(hp: HyperParameter) -> list[Any]:
        return [hp.random_sample(seed) for seed in range(6)]

    assert draws(Int("a", 1, 10)) == [9, 2, 10, 3, 3, 7]
    assert draws(Int("a", 1, 10, step=4)) == [9, 1, 9, 1, 1, 5]
    assert draws(Int("a", 1, 100, step=10, sampling="log")) == [100, 1, 100, 1, 1, 10]
    assert draws(Int("a", 1, 100, step=10, sampling="reverse_log")) == [1, 100, 1, 100, 100, 91]
    assert draws(Float("a", 1, 10))[:2] == [8.599796663725433, 2.209278197011611]
    assert draws(Float("a", 1, 100, sampling="reverse_log"))[:2] == [98.95281874185694, 47.1393597324615]


def test_unseeded_draws_vary() -> None:
    assert len({Float("a", 0, 1).random_sample() for _ in range(20)}) > 1


@pytest.mark.parametrize(
    ("hp", "expected"),
    [
        (Float("a", 1, 10), [1.0, 5.5, 10.0]),
        (Float("a", 1, 100, sampling="log"), [1.0, 10.0, 100.0]),
        (Float("a", 1, 100, sampling="reverse_log"), [1.0, 91.0, 100.0]),
        (Int("a", 1, 10), [1, 6, 10]),
        (Int("a", 1, 100, sampling="log"), [1, 10, 100]),
        (Int("a", 1, 100, sampling="reverse_log"), [1, 91, 100]),
        (Choice("a", ["x", "y", "z"]), ["x", "y", "z"]),
        (Boolean("a"), [False, True, True]),
    ],
)
def test_probabilities_map_to_values(hp: HyperParameter, expected: list[Any]) -> None:
    values = [hp.prob_to_value(prob) for prob in (0.0, 0.5, 1.0)]

    assert values == pytest.approx(expected) if isinstance(expected[0], float) else values == expected


def test_values_map_to_probabilities() -> None:
    assert [Choice("a", ["x", "y", "z"]).value_to_prob(value) for value in "xyz"] == [
        0.16666666666666666,
        0.5,
        0.8333333333333333,
    ]
    assert (Boolean("a").value_to_prob(False), Boolean("a").value_to_prob(True)) == (0.25, 0.75)
    assert Fixed("a", 3).value_to_prob(3) == 0.5
    assert Int("a", 2, 200, sampling="log").value_to_prob(98) == 0.8452876447964942
    assert Int("a", 1, 9, sampling="reverse_log").value_to_prob(9) == pytest.approx(0.8239087409443188)
    assert Float("a", 1e-4, 1e-1, sampling="log").value_to_prob(0.00025298381201802614) == 0.13436424411240122


def test_values_beyond_a_range_or_its_steps_map_to_the_nearest_probability() -> None:
    assert Float("a", 0, 1).value_to_prob(2.0) == 1.0
    assert Int("a", 1, 10).value_to_prob(20) == 0.9500000000000001
    assert Int("a", 1, 10, step=4).value_to_prob(4) == 0.5
    assert Float("a", 0, 0.3, step=0.1).value_to_prob(0.30000000000000004) == 0.8333333333333333


def test_a_range_of_one_value_has_that_value() -> None:
    for hp in (Int("a", 5, 5), Int("a", 5, 5, sampling="log"), Float("a", 5, 5), Float("a", 5, 5, sampling="log")):
        assert tuple(hp.values) == (5,)
        assert hp.n_values == 1
        assert [hp.prob_to_value(prob) for prob in (0.0, 0.7, 1.0)] == [5, 5, 5]
        assert 0.0 < hp.value_to_prob(5) < 1.0


@pytest.mark.parametrize(
    ("hp", "expected"),
    [
        (Int("a", 1, 10, step=4), (1, 5, 9)),
        (Int("a", -5, -1, step=2), (-5, -3, -1)),
        (Int("a", 1, 16, step=2, sampling="log"), (1, 2, 4, 8, 16)),
        (Int("a", 1, 16, step=3, sampling="log"), (1, 3, 9)),
        (Int("a", 1, 16, step=2, sampling="reverse_log"), (16, 15, 13, 9, 1)),
        (Float("a", 1e-4, 1e-1, step=10, sampling="log"), (0.0001, 0.001, 0.01, 0.1)),
        (Float("a", 0, 1, step=0.3), (0.0, 0.3, 0.6, 0.8999999999999999)),
        (Float("a", 0, 0.5, step=0.1), (0.0, 0.1, 0.2, 0.30000000000000004, 0.4)),
        (Float("a", 0, 1, step=2), (0.0,)),
    ],
)
def test_steps_number_the_values(hp: Int | Float, expected: tuple[float, ...]) -> None:
    assert tuple(hp.values) == expected
    assert [type(value) for value in hp.values] == [type(hp.default)] * len(expected)
    assert hp.n_values == len(expected)
    assert [hp.index_of(value) for value in expected] == list(range(len(expected)))
    assert [hp.prob_to_value(hp.value_to_prob(value)) for value in expected] == list(expected)


def test_values_of_a_range_without_step_are_ten_and_ascend() -> None:
    assert Float("a", 0, 1).values == (
        0.05,
        0.15000000000000002,
        0.25,
        0.35000000000000003,
        0.45,
        0.55,
        0.6500000000000001,
        0.7500000000000001,
        0.8500000000000001,
        0.9500000000000001,
    )
    assert Int("a", 1, 100, sampling="log").values == (1, 3, 5, 7, 12, 20, 31, 50, 80)
    assert Int("a", 1, 100, sampling="reverse_log").values == (21, 51, 70, 81, 89, 94, 96, 98, 100)


def test_the_values_of_a_huge_range_cost_no_memory() -> None:
    values = Int("seed", 0, 2**40, step=2).values

    assert (len(values), values[-1]) == (2**39 + 1, 2**40)


def test_finite_sets_list_all_their_values() -> None:
    assert list(Int("a", 1, 20).iter_values()) == list(range(1, 21))
    assert list(Int("a", 3, 30, sampling="log").iter_values()) == list(range(3, 31))
    assert list(Choice("a", ["x", "y", "x"]).iter_values()) == ["x", "y"]
    assert list(Boolean("a").iter_values()) == [False, True]
    assert list(Fixed("a", 7).iter_values()) == [7]


def test_a_continuous_range_has_no_numbered_values() -> None:
    hp = Float("rate", 0, 1)

    assert hp.n_values is None
    for ask in (lambda: hp.value_at(0), lambda: hp.index_of(0.5), hp.iter_values):
        with pytest.raises(ValueError, match="rate is continuous"):
            ask()


def test_membership_forgives_rounding_and_nothing_else() -> None:
    stepped = Float("a", 0, 0.5, step=0.1)

    assert stepped.contains(0.3)
    assert not stepped.contains(0.35)
    assert not stepped.contains(0.5)
    assert Int("a", 1, 9, step=2).contains(7)
    assert not Int("a", 1, 9, step=2).contains(6)
    assert not Int("a", 1, 9).contains(2.5)
    assert not Int("a", 1, 9).contains("2")
    assert not Int("a", 1, 9).contains(math.inf)
    assert Float("a", 0, 1).contains(0.123)
    assert not Float("a", 0, 1).contains(math.nan)
    assert not Float("a", 1e-12, 1e3, step=10, sampling="log").contains(5e-8)
    assert Choice("a", ["x"]).contains("x")
    assert not Boolean("a").contains("x")
    assert not Fixed("a", 1).contains(2)


def test_defaults() -> None:
    assert Int("a", -5, 5).default == -5
    assert Int("a", -5, 5, default=0).default == 0
    assert Float("a", 1, 2).default == 1.0
    assert Int("a", 1, 10, default=20).default == 20
    assert Choice("a", ["x", "y"]).default == "x"
    assert Choice("a", ["", "y"], default="").default == ""
    assert Boolean("a").default is False
    assert Fixed("a", 1.5).default == 1.5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Int("a", 5, 1), r"Int\(name='a'\), min_value 5 is greater than the max_value 1"),
        (lambda: Float("a", 5, 1), r"Float\(name='a'\), min_value 5.0 is greater than the max_value 1.0"),
        (lambda: Float("a", 0, 1, sampling="log"), "sampling='log' does not support negative values"),
        (lambda: Int("a", 0, 1, sampling="log"), "does not support negative values, found min_value: 0"),
        (lambda: Float("a", -1, 1, sampling="reverse_log"), "sampling='reverse_log' does not support negative values"),
        (lambda: Int("a", 1, 9, step=1, sampling="log"), "expected step > 1 with sampling='log'. Received: step=1"),
        (lambda: Float("a", 1, 9, step=0.5, sampling="reverse_log"), "expected step > 1 with sampling='reverse_log'"),
        (lambda: Int("a", 1, 9, step=0), "expected step > 0 with sampling='linear'. Received: step=0"),
        (lambda: Float("a", 1, 9, step=-1), "expected step > 0"),
        (lambda: Int("a", 1, 9, sampling="cubic"), "sampling must be one of"),
        (lambda: Int("a", 1.5, 9), "min_value must be an int, Received: 1.5"),  # type: ignore[arg-type]
        (lambda: Int("a", 1, 9.5), "max_value must be an int, Received: 9.5"),  # type: ignore[arg-type]
        (lambda: Int("a", 1, 9, step=0.5), "step must be an int, Received: 0.5"),  # type: ignore[arg-type]
        (lambda: Int("a", "x", 9), "min_value must be an int, Received: x"),  # type: ignore[arg-type]
        (lambda: Int("a", 1, math.inf), "max_value must be an int, Received: inf"),  # type: ignore[arg-type]
        (lambda: Int("a", 1, 9, default="x"), "default must be an int, Received: x"),  # type: ignore[arg-type]
        (lambda: Float("a", 0, math.inf), "must be finite"),
        (lambda: Float("a", math.nan, 1), "must be finite"),
        (lambda: Choice("a", []), "`values` must be provided"),
        (lambda: Choice("a", None), "`values` must be provided"),  # type: ignore[arg-type]
        (lambda: Choice("a", ["x", "y"], ordered=True), "`ordered` must be `False` for non-numeric types"),
        (lambda: Choice("a", ["x", "y"], default="z"), "default value should be one of the choices"),
        (lambda: Boolean("a", default="x"), "`default` must be a Python boolean"),  # type: ignore[arg-type]
        (lambda: Fixed("a", None), "`Fixed` value must be an `int`, `float`, `str`, or `bool`, found None"),  # type: ignore[arg-type]
        (lambda: Fixed("a", [1]), "`Fixed` value must be"),  # type: ignore[arg-type]
    ],
)
def test_impossible_arguments_are_refused(make: Callable[[], HyperParameter], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("values", [[1, "a"], [1, 2.0], [1, True], [None, 1]])
def test_a_choice_refuses_values_of_several_types(values: list[Any]) -> None:
    with pytest.raises(TypeError, match="can contain only one type of value"):
        Choice("a", values)


@pytest.mark.parametrize("values", [[(1, 2)], [[1, 2]], [None], [np.int64(1)], [np.bool_(True)]])
def test_a_choice_refuses_other_types(values: list[Any]) -> None:
    with pytest.raises(TypeError, match="can contain only `int`, `float`, `str`, or `bool`"):
        Choice("a", values)


def test_an_ordered_choice_is_the_rule_for_numbers() -> None:
    assert Choice("a", [3, 1]).ordered
    assert Choice("a", [3.0, 1.0]).ordered
    assert Choice("a", [True, False]).ordered
    assert not Choice("a", ["x", "y"]).ordered
    assert not Choice("a", [3, 1], ordered=False).ordered


def test_numpy_numbers_become_python_numbers() -> None:
    assert [type(value) for value in Choice("a", [np.float64(1.5)]).values] == [float]
    assert type(Fixed("a", np.float64(1.5)).value) is float
    whole = Int("a", np.int64(1), np.int64(9), step=np.int64(2), default=np.int64(3))  # type: ignore[arg-type]
    assert {type(value) for value in (whole.min_value, whole.max_value, whole.step, whole.default)} == {int}
    real = Float("a", np.float32(1), 9, step=np.float32(2), default=np.float32(3))  # type: ignore[arg-type]
    assert {type(value) for value in (real.min_value, real.max_value, real.step, real.default)} == {float}


def test_sampling_names_are_forgiving() -> None:
    assert Int("a", 1, 9, sampling=None).sampling == "linear"
    assert Int("a", 1, 9, sampling="LOG").sampling == "log"


def test_the_base_class_leaves_the_set_of_values_open() -> None:
    hp = HyperParameter("a")

    assert hp.default is None
    assert hp.get_config() == {"name": "a", "default": None, "conditions": []}
    with pytest.raises(NotImplementedError):
        hp.random_sample()


@pytest.mark.parametrize(
    ("hp", "config"),
    [
        (
            Int("a", 1, 3),
            {"default": None, "min_value": 1, "max_value": 3, "step": 1, "sampling": "linear"},
        ),
        (
            Int("a", 1, 3, sampling="log", default=2),
            {"default": 2, "min_value": 1, "max_value": 3, "step": None, "sampling": "log"},
        ),
        (
            Float("a", 1, 10, step=2),
            {"default": 1.0, "min_value": 1.0, "max_value": 10.0, "step": 2.0, "sampling": "linear"},
        ),
        (Choice("a", ["x", "y"]), {"default": "x", "values": ["x", "y"], "ordered": False}),
        (Boolean("a", default=True), {"default": True}),
        (Fixed("a", "x"), {"value": "x"}),
    ],
)
def test_configs_have_keras_tuners_keys(hp: HyperParameter, config: dict[str, Any]) -> None:
    assert hp.get_config() == {"name": "a", "conditions": []} | config
    assert serialize(hp) == {"class_name": type(hp).__name__, "config": hp.get_config()}


def test_conditions_are_part_of_the_config() -> None:
    hp = Boolean("child", conditions=[Parent("a", ["x"])])

    config = serialize(hp)
    restored = deserialize(config)

    assert config["config"]["conditions"] == [{"class_name": "Parent", "config": {"name": "a", "values": ["x"]}}]
    assert restored.conditions == hp.conditions


def test_an_unknown_class_or_argument_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Unknown hyperparameter: 'Complex'\. Known are: Int, Float"):
        deserialize({"class_name": "Complex", "config": {}})
    with pytest.raises(TypeError, match="colour"):
        deserialize({"class_name": "Boolean", "config": {"name": "a", "colour": "red"}})


@pytest.mark.parametrize("config", [{}, {"class_name": "Int"}, {"config": {}}])
def test_what_describes_no_hyperparameter_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="described by `class_name` and `config`"):
        deserialize(config)


def test_they_print_as_keras_tuners_do() -> None:
    assert repr(Float("a", 0, 1)) == (
        "Float(name: 'a', min_value: '0.0', max_value: '1.0', step: 'None', sampling: 'linear', default: '0.0')"
    )
    assert repr(Int("a", 0, 1)) == ("Int(name: 'a', min_value: 0, max_value: 1, step: 1, sampling: linear, default: 0)")
    assert repr(Choice("a", [1, 2])) == "Choice(name: 'a', values: [1, 2], ordered: True, default: 1)"
    assert repr(Boolean("a")) == 'Boolean(name: "a", default: False)'
    assert repr(Fixed("a", 1)) == "Fixed(name: a, value: 1)"


@st.composite
def ranges(draw: st.DrawFn) -> Int | Float:
    sampling = draw(st.sampled_from(["linear", "log", "reverse_log"]))
    if draw(st.booleans()):
        low = draw(st.integers(-1000 if sampling == "linear" else 1, 1000))
        high = low + draw(st.integers(0, 5000))
        steps = st.none() | st.integers(1 if sampling == "linear" else 2, 50)
        return Int("a", low, high, draw(steps), sampling)
    bottom = draw(st.floats(1e-6, 1e3))
    top = bottom * draw(st.floats(1.0, 1e6))
    # A step at which the range has at most some thousand values that are told apart.
    width = draw(st.none() | st.floats(max((top - bottom) / 2000, bottom * 1e-3), top))
    ratio = draw(st.none() | st.floats(1.01, 100.0))
    return Float("a", bottom, top, width if sampling == "linear" else ratio, sampling)


@given(ranges(), st.floats(0, 1))
def test_a_value_leads_back_to_itself(hp: Int | Float, prob: float) -> None:
    value = hp.prob_to_value(prob)
    back = hp.prob_to_value(hp.value_to_prob(value))

    ends = (hp.min_value, hp.max_value)  # KerasTuner's arithmetic leads beyond them by a rounding
    assert ends[0] <= value <= ends[1] or any(math.isclose(value, end, rel_tol=1e-6) for end in ends)
    assert hp.contains(value)
    assert 0.0 <= hp.value_to_prob(value) <= 1.0
    assert back == value if hp.n_values is not None else math.isclose(back, value, rel_tol=1e-9)


@given(ranges(), st.lists(st.floats(0, 1), min_size=2, max_size=2))
def test_greater_probabilities_give_no_smaller_values(hp: Int | Float, probs: list[float]) -> None:
    low, high = (hp.prob_to_value(prob) for prob in sorted(probs))

    if hp.sampling == "reverse_log" and hp.step is not None:  # Its values are numbered downwards.
        low, high = high, low
    assert low <= high


@given(ranges())
def test_ranges_survive_json(hp: Int | Float) -> None:
    restored = deserialize(serialize(hp))

    assert restored.get_config() == hp.get_config()
    assert restored.values == hp.values


@given(st.lists(st.text(max_size=5), min_size=1, max_size=6), st.floats(0, 1))
def test_choices_lead_back_and_survive_json(values: list[str], prob: float) -> None:
    hp = Choice("a", values)
    value = hp.prob_to_value(prob)

    assert hp.prob_to_value(hp.value_to_prob(value)) == value
    assert hp.value_at(hp.index_of(value)) == value
    assert deserialize(serialize(hp)).get_config() == hp.get_config()
