"""Search spaces as KerasTuner's protocol buffers and back. Importing this loads protobuf."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui_tuner.protos import keras_tuner_pb2 as pb
from tui_tuner.space.scalars import Scalar

_KINDS = ("Fixed", "Float", "Int", "Choice", "Boolean")
"""In the order in which KerasTuner reads them."""

Configs = list[dict[str, Any]]


def value_message(value: Scalar) -> Any:
    """A value as a message."""
    if isinstance(value, bool):
        return pb.Value(boolean_value=value)
    if isinstance(value, int):
        return pb.Value(int_value=value)
    if isinstance(value, float):
        return pb.Value(float_value=value)
    return pb.Value(string_value=value)


def value_of(message: Any) -> Any:
    """The value that a message holds; `None` if it holds none."""
    kind = message.WhichOneof("kind")
    return None if kind is None else getattr(message, kind)


def condition_message(condition: Mapping[str, Any]) -> Any:
    """A serialized condition as a message."""
    config = condition["config"]
    values = [value_message(value) for value in config["values"]]
    return pb.Condition(parent=pb.Condition.Parent(name=config["name"], values=values))


def condition_config(message: Any) -> dict[str, Any]:
    """The serialized condition that a message holds.

    Raises:
        ValueError: If it holds none.
    """
    if message.WhichOneof("kind") != "parent":
        raise ValueError("A condition without a parent is unknown.")
    parent = message.parent
    return {
        "class_name": "Parent",
        "config": {"name": parent.name, "values": [value_of(each) for each in parent.values]},
    }


def hyperparameter_message(class_name: str, config: Mapping[str, Any], default: Any) -> Any:
    """A hyperparameter as a message.

    Args:
        class_name: One of the five kinds.
        config: Its `get_config()`.
        default: The value to start from.
    """
    fields: dict[str, Any] = {
        "name": config["name"],
        "conditions": [condition_message(condition) for condition in config["conditions"]],
    }
    if class_name == "Fixed":
        fields["value"] = value_message(config["value"])
    elif class_name == "Choice":
        fields["values"] = [value_message(value) for value in config["values"]]
        fields["ordered"] = config["ordered"]
        fields["default"] = value_message(default)
    else:
        fields["default"] = default
        if class_name != "Boolean":
            fields["min_value"], fields["max_value"] = config["min_value"], config["max_value"]
            fields["step"] = config["step"] or 0
            fields["sampling"] = pb.Sampling.Value(config["sampling"].upper())
    return getattr(pb, class_name)(**fields)


def hyperparameter_config(class_name: str, message: Any) -> dict[str, Any]:
    """The `get_config()` of the hyperparameter that a message holds."""
    config: dict[str, Any] = {
        "name": message.name,
        "conditions": [condition_config(condition) for condition in message.conditions],
    }
    if class_name == "Fixed":
        return config | {"value": value_of(message.value)}
    if class_name == "Choice":
        values = [value_of(value) for value in message.values]
        return config | {"values": values, "ordered": message.ordered, "default": value_of(message.default)}
    if class_name == "Boolean":
        return config | {"default": message.default}
    sampling = pb.Sampling.Name(message.sampling).lower()
    return config | {
        "default": message.default,
        "min_value": message.min_value,
        "max_value": message.max_value,
        "step": message.step or None,  # a message has no `None`
        "sampling": None if sampling == "none" else sampling,
    }


def space_message(entries: Configs, defaults: list[Any], values: Mapping[str, Any]) -> Any:
    """A search space and values as a message.

    Args:
        entries: The serialized hyperparameters in the order of their registration.
        defaults: The value that each starts from.
        values: By name; those that are `None` are left out.
    """
    lists: dict[str, list[Any]] = {kind: [] for kind in _KINDS}
    places: dict[str, list[int]] = {kind: [] for kind in _KINDS}
    for place, (entry, default) in enumerate(zip(entries, defaults, strict=True)):
        kind = entry["class_name"]
        lists[kind].append(hyperparameter_message(kind, entry["config"], default))
        places[kind].append(place)
    space = pb.HyperParameters.Space(
        **{f"{kind.lower()}_space": messages for kind, messages in lists.items()},
        order=[place for kind in _KINDS for place in places[kind]],
    )
    held = {name: value_message(value) for name, value in values.items() if value is not None}
    return pb.HyperParameters(space=space, values=pb.HyperParameters.Values(values=held))


def space_config(message: Any) -> dict[str, Any]:
    """The `get_config()` of the search space and values that a message holds.

    A message of values only becomes a space of fixed hyperparameters. KerasTuner's messages do not say in which order
    hyperparameters were registered: there it is by kind.
    """
    if message.DESCRIPTOR.name == "Values":
        values = {name: value_of(value) for name, value in message.values.items()}
        fixed = [{"class_name": "Fixed", "config": {"name": n, "value": v}} for n, v in values.items()]
        return {"space": fixed, "values": values}
    entries: Configs = []
    for kind in _KINDS:
        for each in getattr(message.space, f"{kind.lower()}_space"):
            entries.append({"class_name": kind, "config": hyperparameter_config(kind, each)})
    order = list(getattr(message.space, "order", ()))
    if sorted(order) == list(range(len(entries))):
        entries = [entry for _, entry in sorted(zip(order, entries, strict=True), key=lambda pair: pair[0])]
    values = {name: value_of(value) for name, value in message.values.values.items()}
    # A message's values have no order: that of the space.
    ordered = dict.fromkeys(entry["config"]["name"] for entry in entries if entry["config"]["name"] in values)
    return {"space": entries, "values": {**{name: values[name] for name in ordered}, **values}}
