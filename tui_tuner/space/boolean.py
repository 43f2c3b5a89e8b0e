"""A choice between true and false."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tui_tuner.space.conditions import Condition
from tui_tuner.space.hyperparameter import HyperParameter
from tui_tuner.space.scales import index_to_prob


class Boolean(HyperParameter):
    """True or false.

    Args:
        name: Full name, name scopes included.
        default: The value to start from.
        conditions: All must hold for it to be active.

    Raises:
        ValueError: If the default is neither true nor false.
    """

    def __init__(self, name: str, default: bool = False, conditions: Iterable[Condition] | None = None) -> None:
        if default not in (True, False):
            raise ValueError(f"`default` must be a Python boolean. You passed: default={default}")
        super().__init__(name=name, default=bool(default), conditions=conditions)

    @property
    def values(self) -> tuple[bool, ...]:
        return (True, False)

    @property
    def n_values(self) -> int:
        return 2

    def value_at(self, index: int) -> bool:
        return index == 1

    def index_of(self, value: Any) -> int:
        return (False, True).index(value)

    def contains(self, value: object) -> bool:
        return value in (True, False)

    def prob_to_value(self, prob: float) -> bool:
        return prob >= 0.5

    def value_to_prob(self, value: Any) -> float:
        return index_to_prob(1 if value else 0, 2)

    def __repr__(self) -> str:
        return f'Boolean(name: "{self.name}", default: {self.default})'
