"""A value that is not tuned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tui_tuner.space.conditions import Condition
from tui_tuner.space.hyperparameter import HyperParameter
from tui_tuner.space.scalars import Scalar, plain_scalar


class Fixed(HyperParameter):
    """A single value, recorded with the others but never changed.

    Args:
        name: Full name, name scopes included.
        value: A `bool`, `int`, `float` or `str`.
        conditions: All must hold for it to be active.

    Raises:
        ValueError: If the value is of another type.
    """

    def __init__(self, name: str, value: Scalar, conditions: Iterable[Condition] | None = None) -> None:
        scalar = plain_scalar(value)
        if scalar is None:
            raise ValueError(f"`Fixed` value must be an `int`, `float`, `str`, or `bool`, found {value}")
        super().__init__(name=name, default=scalar, conditions=conditions)
        self.value: Scalar = scalar

    @property
    def values(self) -> tuple[Scalar, ...]:
        return (self.value,)

    @property
    def n_values(self) -> int:
        return 1

    def value_at(self, index: int) -> Scalar:
        return self.value

    def index_of(self, value: Any) -> int:
        return (self.value,).index(value)

    def contains(self, value: object) -> bool:
        return value == self.value

    def prob_to_value(self, prob: float) -> Scalar:
        return self.value

    def value_to_prob(self, value: Any) -> float:
        return 0.5

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["default"]
        return config | {"value": self.value}

    def __repr__(self) -> str:
        return f"Fixed(name: {self.name}, value: {self.value})"
