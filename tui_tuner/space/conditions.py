"""Conditions under which a hyperparameter takes part in a configuration."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from tui_tuner.space.scalars import Scalar, plain_scalar


class Condition(ABC):
    """Something that the values of a configuration fulfil or not."""

    @abstractmethod
    def is_active(self, values: Mapping[str, Any]) -> bool:
        """Whether the condition holds for these values, by hyperparameter name."""

    @abstractmethod
    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON values."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Condition:
        """The condition that `get_config` described."""
        return cls(**config)

    def to_proto(self) -> Any:
        """The condition as KerasTuner's message."""
        from tui_tuner.space.protobuf import condition_message

        return condition_message(serialize(self))

    @classmethod
    def from_proto(cls, proto: Any) -> Condition:
        """The condition that a message holds.

        Raises:
            ValueError: If it holds none that is known.
        """
        from tui_tuner.space.protobuf import condition_config

        return deserialize(condition_config(proto))


class Parent(Condition):
    """Holds while another hyperparameter has one of certain values.

    Args:
        name: Full name of the other hyperparameter, name scopes included.
        values: One value or several, each a `bool`, `int`, `float` or `str`.

    Raises:
        TypeError: If a value is of another type.
        ValueError: If there is no value.
    """

    def __init__(self, name: str, values: Scalar | Iterable[Scalar]) -> None:
        listed: list[Any] = [values] if isinstance(values, str) or not isinstance(values, Iterable) else list(values)
        scalars = [plain_scalar(value) for value in listed]
        for value, scalar in zip(listed, scalars, strict=True):
            if scalar is None:
                raise TypeError(
                    "Can contain only `int`, `float`, `str`, or `bool`, "
                    f"found values: {listed} with types: {type(value)}"
                )
        if not listed:
            raise ValueError(f"The values of the parent {name!r} must not be empty.")
        self.name = name
        self.values: list[Scalar] = [scalar for scalar in scalars if scalar is not None]

    def is_active(self, values: Mapping[str, Any]) -> bool:
        return self.name in values and values[self.name] in self.values

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "values": list(self.values)}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parent) and self.name == other.name and self.values == other.values

    def __hash__(self) -> int:
        return hash((self.name, tuple(self.values)))

    def __repr__(self) -> str:
        return f"Parent(name={self.name!r}, values={self.values!r})"


_CLASSES: dict[str, type[Condition]] = {"Parent": Parent}


def serialize(condition: Condition) -> dict[str, Any]:
    """The condition as `{"class_name": ..., "config": {...}}`."""
    return {"class_name": type(condition).__name__, "config": condition.get_config()}


def deserialize(config: Mapping[str, Any]) -> Condition:
    """The condition that `serialize` described.

    Raises:
        ValueError: If the class is unknown.
    """
    name = config["class_name"]
    if name not in _CLASSES:
        raise ValueError(f"Unknown condition: {name!r}. Known are: {', '.join(_CLASSES)}.")
    return _CLASSES[name].from_config(config["config"])
