"""A choice among listed values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tui_tuner.space.conditions import Condition
from tui_tuner.space.hyperparameter import HyperParameter
from tui_tuner.space.scalars import Scalar, plain_scalar
from tui_tuner.space.scales import index_to_prob, prob_to_index


class Choice(HyperParameter):
    """One of several values, all of one type.

    Args:
        name: Full name, name scopes included.
        values: `int`, `float`, `str` or `bool` values.
        ordered: Whether the order of the values means something to a search. `None` means so for numbers, and not for
            strings, which cannot be ordered.
        default: The value to start from; the first if `None`.
        conditions: All must hold for it to be active.

    Raises:
        TypeError: If the values are of another type, or of several types.
        ValueError: If there are no values, strings are to be ordered, or the default is not among the values.
    """

    def __init__(
        self,
        name: str,
        values: Iterable[Scalar],
        ordered: bool | None = None,
        default: Scalar | None = None,
        conditions: Iterable[Condition] | None = None,
    ) -> None:
        given: list[Any] = [] if values is None else list(values)
        if not given:
            raise ValueError("`values` must be provided for `Choice`.")
        scalars = [plain_scalar(value) for value in given]
        types = {type(value if scalar is None else scalar) for value, scalar in zip(given, scalars, strict=True)}
        if len(types) > 1:
            raise TypeError(f"A `Choice` can contain only one type of value, found values: {given} with types {types}.")
        self._values: list[Scalar] = [scalar for scalar in scalars if scalar is not None]
        if not self._values:
            raise TypeError(
                "A `Choice` can contain only `int`, `float`, `str`, or `bool`, "
                f"found values: {given} with types: {types.pop()}"
            )
        # Without repeated values; NaN is unequal to itself, yet found by identity.
        self._distinct: list[Scalar] = list(dict.fromkeys(self._values))
        super().__init__(name=name, default=self._checked_default(default), conditions=conditions)
        is_text = isinstance(self._values[0], str)
        if ordered and is_text:
            raise ValueError("`ordered` must be `False` for non-numeric types.")
        self.ordered = not is_text if ordered is None else bool(ordered)

    def _checked_default(self, default: Any) -> Scalar:
        if default is None:
            return self._values[0]
        if default not in self._values:
            raise ValueError(
                f"The default value should be one of the choices. You passed: values={self._values}, default={default}"
            )
        # The listed value and not its equal of another type: 1 for 1.0.
        return self._values[self._values.index(default)]

    @property
    def values(self) -> list[Scalar]:
        return self._values

    @property
    def n_values(self) -> int:
        return len(self._distinct)

    def value_at(self, index: int) -> Scalar:
        return self._distinct[index]

    def index_of(self, value: Any) -> int:
        return self._distinct.index(value)

    def contains(self, value: object) -> bool:
        return value in self._values

    def prob_to_value(self, prob: float) -> Scalar:
        return self._values[prob_to_index(prob, len(self._values))]

    def value_to_prob(self, value: Any) -> float:
        return index_to_prob(self._values.index(value), len(self._values))

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"values": list(self._values), "ordered": self.ordered}

    def __repr__(self) -> str:
        return f"Choice(name: '{self.name}', values: {self._values}, ordered: {self.ordered}, default: {self.default})"
