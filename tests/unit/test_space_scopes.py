"""`HyperParameters`: values by name, name scopes, conditional scopes, merging, JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_tuner.space import Choice, Condition, HyperParameters, Int, Parent
from tui_tuner.space.conditions import deserialize, serialize


@pytest.fixture
def hp() -> HyperParameters:
    return HyperParameters()


def names(hp: HyperParameters) -> list[str]:
    return [parameter.name for parameter in hp.space]


def test_the_first_request_defines_and_answers_with_the_default(hp: HyperParameters) -> None:
    answers = [
        hp.Int("i", 2, 8, step=2),
        hp.Float("f", 0.5, 1.0, default=0.75),
        hp.Choice("c", ["x", "y"], default="y"),
        hp.Boolean("b", default=True),
        hp.Fixed("k", 3),
    ]

    assert answers == [2, 0.75, "y", True, 3]
    assert hp.values == {"i": 2, "f": 0.75, "c": "y", "b": True, "k": 3}
    assert names(hp) == ["i", "f", "c", "b", "k"]


def test_later_requests_answer_with_the_present_value(hp: HyperParameters) -> None:
    hp.Int("units", 1, 5)
    hp.values["units"] = 4

    assert hp.Int("units", 10, 50) == 4
    assert hp.Float("units", 0, 1) == 4
    assert len(hp.space) == 1


def test_a_value_that_is_there_already_is_kept_on_definition(hp: HyperParameters) -> None:
    hp.values["units"] = 77

    assert hp.Int("units", 1, 5) == 77
    assert hp.Fixed("units", 3) == 77


def test_get_finds_active_values_only(hp: HyperParameters) -> None:
    hp.Choice("optimizer", ["adam", "sgd"])
    with hp.conditional_scope("optimizer", "sgd"):
        assert hp.Float("momentum", 0, 1) is None
    hp.values["tuner/epochs"] = 9

    assert hp.get("optimizer") == hp["optimizer"] == "adam"
    assert hp.get("tuner/epochs") == 9
    with pytest.raises(ValueError, match=r"momentum is currently inactive\."):
        hp.get("momentum")
    with pytest.raises(KeyError, match=r"depth does not exist\."):
        hp["depth"]
    assert [name in hp for name in ("optimizer", "momentum", "depth", "tuner/epochs")] == [True, False, False, True]


def test_a_value_left_over_from_another_configuration_is_inactive(hp: HyperParameters) -> None:
    hp.Choice("optimizer", ["adam", "sgd"], default="sgd")
    hp.Float("momentum", 0, 1, parent_name="optimizer", parent_values=["sgd"])
    hp.values["optimizer"] = "adam"

    assert "momentum" not in hp
    with pytest.raises(ValueError, match="inactive"):
        hp.get("momentum")


def test_an_active_hyperparameter_without_a_value_answers_with_its_default(hp: HyperParameters) -> None:
    hp.Choice("optimizer", ["adam", "sgd"])
    hp.Float("momentum", 0.5, 1, parent_name="optimizer", parent_values="sgd")
    hp.values["optimizer"] = "sgd"

    assert "momentum" not in hp
    assert hp.Float("momentum", 0.5, 1, parent_name="optimizer", parent_values="sgd") == 0.5
    assert hp.values["momentum"] == 0.5


def test_is_active_takes_names_and_hyperparameters(hp: HyperParameters) -> None:
    hp.Choice("optimizer", ["adam", "sgd"])
    with hp.conditional_scope("optimizer", ["sgd"]):
        hp.Float("momentum", 0, 1)

    assert hp.is_active("optimizer")
    assert hp.is_active(hp.space[0])
    assert not hp.is_active("momentum")
    assert not hp.is_active(hp.space[1])
    assert not hp.is_active("unknown")
    hp.values["optimizer"] = "sgd"
    assert hp.is_active("momentum")


def test_scopes_are_recorded_by_whether_they_were_active(hp: HyperParameters) -> None:
    hp.Choice("kind", ["a", "b"])
    with hp.conditional_scope("kind", ["a"]):
        hp.Choice("depth", [1, 2])
        with hp.conditional_scope("depth", 2):
            pass
    with hp.conditional_scope("kind", ["b"]):
        pass

    assert hp.active_scopes == [[Parent("kind", ["a"])]]
    assert hp.inactive_scopes == [[Parent("kind", ["a"]), Parent("depth", [2])], [Parent("kind", ["b"])]]


def test_conditions_pile_up_in_nested_scopes(hp: HyperParameters) -> None:
    hp.Choice("kind", ["a", "b"])
    with hp.conditional_scope("kind", ["a", "b"]):
        hp.Choice("depth", [1, 2])
        with hp.conditional_scope("depth", 1):
            assert hp.Int("units", 3, 9) == 3

    assert hp.space[-1].conditions == [Parent("kind", ["a", "b"]), Parent("depth", [1])]


def test_a_parent_must_be_defined_under_exactly_the_present_conditions(hp: HyperParameters) -> None:
    hp.Choice("p", [1, 2])
    hp.Choice("q", [1, 2])
    with hp.conditional_scope("p", 1):
        hp.Int("inner", 1, 3)
        with pytest.raises(ValueError, match=r"`HyperParameter` named: q not defined\."), hp.conditional_scope("q", 1):
            pass
    for name in ("inner", "unknown"):
        with pytest.raises(ValueError, match=f"named: {name} not defined"), hp.conditional_scope(name, 1):
            pass
    with pytest.raises(ValueError, match="named: unknown not defined"):
        hp.Int("x", 1, 3, parent_name="unknown", parent_values=[1])


def test_a_child_cannot_have_its_parents_name(hp: HyperParameters) -> None:
    hp.Choice("kind", ["a", "b"])
    with (
        hp.conditional_scope("kind", "a"),
        pytest.raises(
            ValueError,
            match=r"cannot have the same name as its parent\. Found: kind and parent_name: kind",
        ),
    ):
        hp.Int("kind", 1, 3)


def test_parent_values_are_one_or_several_scalars(hp: HyperParameters) -> None:
    hp.Choice("kind", ["a", "b"])

    assert hp.Int("x", 1, 3, parent_name="kind", parent_values="a") == 1
    assert hp.Int("y", 1, 3, parent_name="kind", parent_values=["b"]) is None
    assert hp.Int("z", 1, 3, parent_values=["b"]) == 1
    with pytest.raises(TypeError, match="Can contain only `int`, `float`, `str`, or `bool`"):
        hp.Int("v", 1, 3, parent_name="kind")


def test_an_error_in_a_scope_closes_it(hp: HyperParameters) -> None:
    hp.Boolean("b")
    with pytest.raises(RuntimeError), hp.name_scope("n"), hp.name_scope("m"):
        raise RuntimeError
    with pytest.raises(RuntimeError), hp.conditional_scope("b", True):
        raise RuntimeError

    hp.Int("x", 1, 3)
    assert names(hp) == ["b", "x"]
    assert hp.space[-1].conditions == []


def test_name_scopes_prefix_names_and_parents(hp: HyperParameters) -> None:
    with hp.name_scope("a"):
        with hp.name_scope("b"):
            hp.Choice("p", ["u", "v"])
            with hp.conditional_scope("p", "u"):
                hp.Float("y", 0, 1)
            assert hp.get("p") == "u"
        assert hp.get("b/p") == "u"
        assert "b/p" in hp

    assert hp.values == {"a/b/p": "u", "a/b/y": 0.0}
    assert hp.space[-1].conditions == [Parent("a/b/p", ["u"])]
    assert hp.is_active("a/b/p")
    assert "p" not in hp


def test_identity_is_name_and_conditions(hp: HyperParameters) -> None:
    hp.Choice("kind", ["a", "b"])
    with hp.conditional_scope("kind", "a"):
        assert hp.Choice("size", [1, 2]) == 1
    with hp.conditional_scope("kind", "b"):
        assert hp.Choice("size", [7, 8, 9]) is None
    hp.values["kind"] = "b"

    assert [parameter.values for parameter in hp.space[1:]] == [[1, 2], [7, 8, 9]]
    hp.ensure_active_values(seed=1)
    with hp.conditional_scope("kind", "b"):
        assert hp.Choice("size", [7, 8, 9]) in (7, 8, 9)


def test_ensure_active_values_keeps_what_is_valid(hp: HyperParameters) -> None:
    hp.Choice("kind", ["a", "b"])
    with hp.conditional_scope("kind", "a"):
        hp.Choice("size", [1, 2])
        hp.Int("only_a", 1, 3)
    with hp.conditional_scope("kind", "b"):
        hp.Choice("size", [7, 8, 9])
    hp.values |= {"kind": "b", "size": 8, "only_a": 2, "tuner/epochs": 3, "units": 4}
    hp.Int("units", 1, 3)

    hp.ensure_active_values(seed=0)

    assert hp.values == {"kind": "b", "size": 8, "tuner/epochs": 3, "units": 4}


def test_ensure_active_values_draws_the_same_for_the_same_seed(hp: HyperParameters) -> None:
    for number in range(5):
        hp.Float(f"x{number}", 0, 1)

    def drawn(seed: int | None) -> dict[str, Any]:
        empty = hp.copy()
        empty.values.clear()
        empty.ensure_active_values(seed)
        return empty.values

    assert drawn(0) == drawn(0)
    assert drawn(0) != drawn(1)
    assert drawn(None) != drawn(None)
    assert len(set(drawn(0).values())) == 5


def test_merge_defines_again_and_resets(hp: HyperParameters) -> None:
    hp.Int("x", 1, 5)
    hp.Choice("c", ["p", "q"])
    hp.values["x"] = 4
    other = HyperParameters()
    other.Int("x", 1, 9)
    other.Float("z", 0, 1)
    other.Boolean("b", default=True, parent_name="x", parent_values=1)
    other.values["z"] = 0.7

    kept = hp.copy()
    kept.merge(other, overwrite=False)
    hp.merge(other)

    assert names(hp) == ["x", "c", "x", "z", "b"]
    assert hp.values == {"x": 1, "c": "p", "z": 0.0, "b": True}
    assert names(kept) == ["x", "c", "z", "b"]
    assert kept.values == {"x": 4, "c": "p", "z": 0.0}


def test_merge_takes_lists_and_ignores_open_scopes(hp: HyperParameters) -> None:
    with hp.name_scope("outer"):
        hp.Choice("k", [1, 2])
        with hp.conditional_scope("k", 2):
            hp.merge([Int("x", 1, 5), Choice("c", ["p"])])

    assert hp.values == {"outer/k": 1, "x": 1, "c": "p"}
    assert hp.space[1].conditions == []


def test_a_copy_shares_nothing(hp: HyperParameters) -> None:
    hp.Choice("c", ["p", "q"])
    copy = hp.copy()
    copy.values["c"] = "q"
    copy.Int("new", 1, 2)

    assert hp.values == {"c": "p"}
    assert names(hp) == ["c"]
    assert copy.space[0] is not hp.space[0]


def test_a_copy_of_a_subclass_is_one(hp: HyperParameters) -> None:
    class Mine(HyperParameters):
        pass

    assert type(Mine().copy()) is Mine


def test_the_config_is_keras_tuners(hp: HyperParameters) -> None:
    hp.Choice("arch", ["small", "big"])
    hp.Int("units", 4, 16, step=4, parent_name="arch", parent_values=["big"])

    config = hp.get_config()

    assert json.loads(json.dumps(config)) == {
        "space": [
            {
                "class_name": "Choice",
                "config": {
                    "name": "arch",
                    "default": "small",
                    "conditions": [],
                    "values": ["small", "big"],
                    "ordered": False,
                },
            },
            {
                "class_name": "Int",
                "config": {
                    "name": "units",
                    "default": None,
                    "conditions": [{"class_name": "Parent", "config": {"name": "arch", "values": ["big"]}}],
                    "min_value": 4,
                    "max_value": 16,
                    "step": 4,
                    "sampling": "linear",
                },
            },
        ],
        "values": {"arch": "small"},
    }
    assert HyperParameters.from_config(config).get_config() == config


def test_the_names_that_subclasses_reach_for_exist(hp: HyperParameters) -> None:
    hp.Boolean("b")
    with hp.name_scope("n"):
        assert hp._name_scopes == ["n"]
    with hp.conditional_scope("b", True):
        assert hp._conditions == [Parent("b", [True])]
    assert hp._space is hp.space
    assert [parameter.name for parameter in hp._hps["b"]] == ["b"]


def test_conditions_compare_and_serialise() -> None:
    condition = Parent("a", [1, 2])

    assert condition == Parent("a", (1, 2))
    assert condition != Parent("a", [2, 1])
    assert condition != "a"
    assert len({condition, Parent("a", [1, 2])}) == 1
    assert condition.is_active({"a": 2})
    assert not condition.is_active({"a": 3})
    assert not condition.is_active({})
    assert serialize(condition) == {"class_name": "Parent", "config": {"name": "a", "values": [1, 2]}}
    assert deserialize(serialize(condition)) == condition
    assert isinstance(condition, Condition)


def test_condition_values_are_checked() -> None:
    assert Parent("a", "text").values == ["text"]
    assert Parent("a", [True]).values == [True]
    assert Parent("a", range(2)).values == [0, 1]
    assert Parent("a", [0, 0.5]).is_active({"a": 0.5})
    with pytest.raises(ValueError, match="must not be empty"):
        Parent("a", [])
    with pytest.raises(TypeError, match="Can contain only"):
        Parent("a", [{1: 2}])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="Unknown condition: 'Moon'"):
        deserialize({"class_name": "Moon", "config": {}})


@given(st.data())
def test_any_space_survives_json(data: st.DataObject) -> None:
    hp = HyperParameters()
    for number in range(data.draw(st.integers(0, 5))):
        name = f"p{number}"
        kind = data.draw(st.sampled_from(["Int", "Float", "Choice", "Boolean", "Fixed"]))
        parents = [parent for parent in hp.space if not parent.conditions and parent.n_values is not None]
        parent = data.draw(st.none() | st.sampled_from(parents)) if parents else None
        link = {"parent_name": parent.name, "parent_values": [parent.value_at(0)]} if parent is not None else {}
        arguments: dict[str, tuple[Any, ...]] = {
            "Int": (1, data.draw(st.integers(1, 99)), data.draw(st.none() | st.integers(2, 9)), "log"),
            "Float": (0, data.draw(st.floats(0, 1e9)), data.draw(st.none() | st.floats(0.1, 9))),
            "Choice": (data.draw(st.lists(st.integers(), min_size=1, max_size=4)),),
            "Boolean": (data.draw(st.booleans()),),
            "Fixed": (data.draw(st.text(max_size=4) | st.booleans() | st.integers()),),
        }
        getattr(hp, kind)(name, *arguments[kind], **link)

    config = hp.get_config()
    restored = HyperParameters.from_config(json.loads(json.dumps(config)))

    assert restored.get_config() == config
    assert [parameter.conditions for parameter in restored.space] == [parameter.conditions for parameter in hp.space]
