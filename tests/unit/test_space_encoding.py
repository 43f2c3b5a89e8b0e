"""Configurations as points of the unit cube, and counting them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_tuner.space import Condition, Fixed, HyperParameters, Int, Parent
from tui_tuner.space.encoding import Axis, AxisKind, SpaceEncoding

CORNERS = np.array([0.0, 1.0])


def conditional_space() -> HyperParameters:
    hp = HyperParameters()
    hp.Choice("optimizer", ["adam", "sgd", "adagrad"])
    hp.Fixed("version", 3)
    with hp.conditional_scope("optimizer", ["sgd", "adagrad"]):
        hp.Float("rate", 1e-4, 1e-1, sampling="log")
    with hp.conditional_scope("optimizer", "sgd"):
        hp.Boolean("nesterov")
        with hp.conditional_scope("nesterov", True):
            hp.Float("momentum", 0.5, 0.9, step=0.2)
    return hp


def test_axes_say_what_they_are() -> None:
    hp = HyperParameters()
    hp.Float("float", 0, 1)
    hp.Float("stepped", 0, 1, step=0.25)
    hp.Int("int", 1, 9)
    hp.Int("log", 1, 100, sampling="log")
    hp.Choice("text", ["x", "y", "y"])
    hp.Choice("number", [1, 2, 4])
    hp.Choice("unordered", [1, 2, 4], ordered=False)
    hp.Boolean("boolean")
    hp.Fixed("fixed", 1)
    hp.Int("single", 5, 5)
    hp.Float("point", 5, 5)
    with hp.conditional_scope("boolean", True):
        hp.Int("child", 1, 2)

    encoding = SpaceEncoding(hp)

    assert [(axis.name, axis.kind, axis.n_values) for axis in encoding.axes] == [
        ("float", AxisKind.CONTINUOUS, None),
        ("stepped", AxisKind.GRID, 5),
        ("int", AxisKind.GRID, 9),
        ("log", AxisKind.GRID, 100),
        ("text", AxisKind.CATEGORY, 2),
        ("number", AxisKind.GRID, 3),
        ("unordered", AxisKind.CATEGORY, 3),
        ("boolean", AxisKind.CATEGORY, 2),
        ("child", AxisKind.GRID, 2),
    ]
    assert encoding.dimension == 9
    assert [axis.name for axis in encoding.axes if axis.is_conditional] == ["child"]


def test_a_configuration_is_a_point_and_an_activity_mask() -> None:
    encoding = SpaceEncoding(conditional_space())

    adam = encoding.encode({"optimizer": "adam", "version": 3})
    sgd = encoding.encode({"optimizer": "sgd", "rate": 1e-1, "nesterov": True, "momentum": 0.7, "tuner/epochs": 4})

    assert adam.points == pytest.approx([1 / 6, 0.0, 0.25, 1 / 6])
    assert adam.active.tolist() == [True, False, False, False]
    assert sgd.points == pytest.approx([0.5, 1.0, 0.75, 0.5])
    assert sgd.active.tolist() == [True, True, True, True]


def test_a_point_is_a_configuration() -> None:
    encoding = SpaceEncoding(conditional_space())

    assert encoding.decode(np.array([0.1, 0.9, 0.9, 0.9])) == {"optimizer": "adam", "version": 3}
    assert encoding.decode(np.array([0.4, 1.0, 0.9, 0.1])) == {
        "optimizer": "sgd",
        "version": 3,
        "rate": 1e-1,
        "nesterov": True,
        "momentum": 0.5,
    }
    assert encoding.decode(np.array([1.0, 0.0, 0.9, 0.1])) == {"optimizer": "adagrad", "version": 3, "rate": 1e-4}


def test_defaults_and_bounds_of_a_continuous_range_come_back_without_rounding() -> None:
    hp = HyperParameters()
    hp.Float("rate", 1e-5, 3e-1, sampling="log", default=1e-3)
    hp.Float("late", 1e-5, 3e-1, sampling="reverse_log", default=2e-1)
    encoding = SpaceEncoding(hp)

    for values in ({"rate": 1e-3, "late": 2e-1}, {"rate": 1e-5, "late": 1e-5}, {"rate": 3e-1, "late": 3e-1}):
        assert encoding.decode(encoding.encode(values).points) == values


def test_a_condition_on_an_exact_float_survives() -> None:
    hp = HyperParameters()
    hp.Float("rate", 1e-5, 3e-1, sampling="log", default=1e-3)
    with hp.conditional_scope("rate", [0.0123]):
        hp.Boolean("exact")
    encoding = SpaceEncoding(hp)
    values = {"rate": 0.0123, "exact": True}

    encoded = encoding.encode(values)

    assert encoded.active.tolist() == [True, True]
    assert encoding.decode(encoded.points) == values
    assert encoding.canonical(encoded.points[None]).active.tolist() == [[True, True]]
    assert encoding.canonical(np.array([[0.5, 0.5]])).active.tolist() == [[True, False]]


def test_unknown_and_missing_values_count_as_inactive() -> None:
    encoding = SpaceEncoding(conditional_space())

    unknown = encoding.encode({"optimizer": "lion", "rate": 1e-2})
    missing = encoding.encode({"optimizer": "sgd", "nesterov": True, "momentum": 0.7})

    assert unknown.active.tolist() == [False, False, False, False]
    assert missing.active.tolist() == [True, False, True, True]
    assert np.all((missing.points >= 0) & (missing.points <= 1))


@pytest.mark.parametrize("value", ["text", None, math.nan])
def test_values_of_a_wrong_kind_count_as_inactive(value: Any) -> None:
    hp = HyperParameters()
    hp.Float("float", 0, 1)
    hp.Int("int", 0, 9)
    hp.Boolean("boolean")

    encoded = SpaceEncoding(hp).encode({"float": value, "int": value, "boolean": value})

    assert not encoded.active.any()


def test_values_beyond_the_range_or_off_the_grid_are_brought_to_the_nearest() -> None:
    hp = HyperParameters()
    hp.Float("float", 0, 1)
    hp.Int("int", 0, 10, step=5)
    hp.Int("log", 1, 100, sampling="log")
    encoding = SpaceEncoding(hp)

    assert encoding.decode(encoding.encode({"float": 7.0, "int": 6, "log": 1000}).points) == {
        "float": 1.0,
        "int": 5,
        "log": 100,
    }
    assert encoding.decode(encoding.encode({"float": -math.inf, "int": math.inf, "log": -3}).points) == {
        "float": 0.0,
        "int": 10,
        "log": 1,
    }


def test_points_beyond_the_cube_are_brought_inside() -> None:
    encoding = SpaceEncoding(conditional_space())

    canonical = encoding.canonical(np.array([[-0.3, 2.0, -1.0, 5.0], [1.5, 2.0, -1.0, 5.0]]))

    assert np.all((canonical.points >= 0) & (canonical.points <= 1))
    assert encoding.decode(np.array([-0.3, 2.0, -1.0, 5.0]))["optimizer"] == "adam"
    assert encoding.decode(np.array([1.5, 2.0, -1.0, 5.0]))["rate"] == 1e-1


def test_points_of_the_same_configuration_become_equal() -> None:
    encoding = SpaceEncoding(conditional_space())
    points = np.array([[0.1, 0.2, 0.3, 0.4], [0.2, 0.9, 0.8, 0.1], [0.5, 0.9, 0.8, 0.6]])

    canonical = encoding.canonical(points)

    assert (canonical.points[0] == canonical.points[1]).all()
    assert (canonical.points[0] == encoding.encode({"optimizer": "adam"}).points).all()
    assert canonical.active.tolist() == [[True, False, False, False], [True, False, False, False], [True] * 4]


def test_several_configurations_are_encoded_at_once() -> None:
    encoding = SpaceEncoding(conditional_space())

    encoded = encoding.encode_all([{"optimizer": "adam"}, {"optimizer": "sgd"}])

    assert encoded.points.shape == encoded.active.shape == (2, 4)
    assert encoding.encode_all([]).points.shape == (0, 4)


def test_an_empty_space_has_one_configuration() -> None:
    encoding = SpaceEncoding(HyperParameters())

    assert encoding.dimension == 0
    assert encoding.size() == 1
    assert list(encoding.configurations()) == [{}]
    assert encoding.decode(np.empty(0)) == {}
    assert encoding.canonical(np.empty((3, 0))).points.shape == (3, 0)


def test_definitions_of_one_name_have_an_axis_each() -> None:
    hp = HyperParameters()
    hp.Choice("kind", ["a", "b"])
    hp.Int("size", 1, 3, parent_name="kind", parent_values="a")
    hp.Int("size", 10, 50, parent_name="kind", parent_values="b")
    encoding = SpaceEncoding(hp)

    assert encoding.encode({"kind": "b", "size": 20}).active.tolist() == [True, False, True]
    assert encoding.decode(np.array([0.0, 0.9, 0.9])) == {"kind": "a", "size": 3}
    assert encoding.size() == 3 + 41


def test_of_definitions_that_hold_at_once_the_first_is_active() -> None:
    hp = HyperParameters()
    hp.Choice("kind", [1, 2, 3])
    hp.Int("size", 1, 2, parent_name="kind", parent_values=[1, 2])
    hp.Int("size", 7, 9, parent_name="kind", parent_values=[2, 3])
    encoding = SpaceEncoding(hp)

    assert encoding.canonical(np.array([[0.5, 0.5, 0.5]])).active.tolist() == [[True, True, False]]
    assert encoding.size() == 2 + 2 + 3
    assert len(list(encoding.configurations())) == 7


def test_the_order_of_the_space_is_kept_where_names_depend_on_each_other_both_ways() -> None:
    hp = HyperParameters()
    hp.Boolean("a")
    hp.Int("b", 1, 2, parent_name="a", parent_values=True)
    hp.Choice("b", [5, 6])
    hp.Choice("a", [7], parent_name="b", parent_values=5)
    encoding = SpaceEncoding(hp)

    assert [axis.name for axis in encoding.axes] == ["a", "b", "b"]
    assert list(encoding.configurations()) == [
        {"a": False, "b": 5},
        {"a": False, "b": 6},
        {"a": True, "b": 1},
        {"a": True, "b": 2},
    ]


def test_of_equal_definitions_the_last_counts() -> None:
    hp = HyperParameters()
    hp.Int("units", 1, 5)
    hp.merge([Int("units", 1, 50), Fixed("other", 1)])
    encoding = SpaceEncoding(hp)

    assert [axis.n_values for axis in encoding.axes] == [50]
    assert encoding.size() == 50


def test_parents_come_first_even_where_the_space_lists_them_last() -> None:
    ordered = conditional_space()
    config = ordered.get_config()
    config["space"].reverse()
    encoding = SpaceEncoding(HyperParameters.from_config(config))
    values = {"optimizer": "sgd", "version": 3, "rate": 1e-1, "nesterov": True, "momentum": 0.7}

    encoded = encoding.encode(values)

    assert encoded.active.all()
    assert encoding.decode(encoded.points) == values


def test_conditions_on_what_does_not_exist_never_hold() -> None:
    hp = HyperParameters()
    hp.merge([Int("a", 1, 3, conditions=[Parent("b", [1])]), Int("b", 1, 2, conditions=[Parent("a", [1])])])
    hp.merge([Int("c", 1, 3, conditions=[Parent("nobody", [1])]), Fixed("d", 1)])
    encoding = SpaceEncoding(hp)

    assert encoding.size() == 1
    assert list(encoding.configurations()) == [{"d": 1}]
    assert encoding.decode(np.full(3, 0.5)) == {"d": 1}
    assert not encoding.canonical(np.full((1, 3), 0.5)).active.any()


def test_other_conditions_are_refused() -> None:
    class Moon(Condition):
        def is_active(self, values: object) -> bool:
            return True

        def get_config(self) -> dict[str, Any]:
            return {}

    hp = HyperParameters()
    hp.merge([Int("a", 1, 3, conditions=[Moon()])])

    with pytest.raises(TypeError, match="a has a condition that is no `Parent`"):
        SpaceEncoding(hp)


def test_numbers_of_values_are_found_for_many_points() -> None:
    axis = Axis.of(Int("a", 1, 9, step=4))

    assert axis.index(np.array([0.0, 0.34, 0.7, 1.0])).tolist() == [0, 1, 2, 2]
    assert axis.coordinate(np.array([0, 1, 2])) == pytest.approx([1 / 6, 0.5, 5 / 6])
    with pytest.raises(ValueError, match="continuous"):
        SpaceEncoding(_floats(1)).axes[0].index(CORNERS)


def _floats(n: int) -> HyperParameters:
    hp = HyperParameters()
    for number in range(n):
        hp.Float(f"x{number}", 0, 1)
    return hp


def test_a_space_with_an_active_continuous_range_is_infinite() -> None:
    encoding = SpaceEncoding(conditional_space())

    assert encoding.size() is None
    with pytest.raises(ValueError, match="infinitely many"):
        encoding.configurations()


def test_a_continuous_range_that_is_never_active_leaves_the_space_finite() -> None:
    hp = HyperParameters()
    hp.Choice("kind", ["a", "b"])
    hp.Float("rate", 0, 1, parent_name="kind", parent_values="c")

    assert SpaceEncoding(hp).size() == 2


def test_counting_is_exact_and_quick_where_listing_is_out_of_the_question() -> None:
    hp = HyperParameters()
    for number in range(40):
        hp.Int(f"x{number}", 1, 10)
    hp.Int("layers", 1, 30)
    for number in range(1, 31):
        with hp.conditional_scope("layers", list(range(number, 31))):
            hp.Choice(f"kind_{number}", ["dense", "conv"])
            with hp.conditional_scope(f"kind_{number}", "conv"):
                hp.Choice(f"kernel_{number}", [3, 5, 7])

    assert SpaceEncoding(hp).size() == 10**40 * sum(4**layers for layers in range(1, 31))


def test_configurations_come_in_order_and_the_last_varies_fastest() -> None:
    hp = HyperParameters()
    hp.Choice("kind", ["a", "b"])
    hp.Fixed("version", 3)
    with hp.conditional_scope("kind", "b"):
        hp.Int("size", 1, 2)
    hp.Boolean("flag")

    assert list(SpaceEncoding(hp).configurations()) == [
        {"kind": "a", "version": 3, "flag": False},
        {"kind": "a", "version": 3, "flag": True},
        {"kind": "b", "version": 3, "size": 1, "flag": False},
        {"kind": "b", "version": 3, "size": 1, "flag": True},
        {"kind": "b", "version": 3, "size": 2, "flag": False},
        {"kind": "b", "version": 3, "size": 2, "flag": True},
    ]


@given(st.integers(1, 10**6), st.integers(1, 10**7), st.sampled_from(["linear", "log", "reverse_log"]), st.data())
def test_integers_have_one_coordinate_whether_alone_or_among_many(
    low: int, extent: int, sampling: str, data: st.DataObject
) -> None:
    axis = Axis.of(Int("a", low, low + extent, sampling=sampling))
    values = data.draw(st.lists(st.integers(low, low + extent), min_size=1, max_size=40))
    coordinates = np.array([axis.encode(value) for value in values])

    assert [axis.decode(coordinate) for coordinate in coordinates] == values
    assert (axis.coordinate(np.array(values) - low) == coordinates).all()
    matrix = np.stack([coordinates, coordinates], axis=1)
    assert (axis.snap(matrix[:, 0]) == coordinates).all()
    assert [axis.hyperparameter.prob_to_value(float(c)) for c in coordinates] == values
