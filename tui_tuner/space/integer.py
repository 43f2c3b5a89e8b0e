"""Integer ranges."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from tui_tuner.space.conditions import Condition
from tui_tuner.space.numerical import Numerical
from tui_tuner.space.scalars import Scalar
from tui_tuner.space.scales import Sampling, interpolate, locate


class Int(Numerical):
    """A range of integers; both ends belong to it.

    Args:
        name: Full name, name scopes included.
        min_value: Smallest value.
        max_value: Largest value.
        step: Distance of neighbouring values on a linear scale (`None` means 1), their ratio on a logarithmic one
            (`None` means every integer).
        sampling: `"linear"`, `"log"` or `"reverse_log"`; `None` means linear.
        default: The value to start from; the smallest if `None`.
        conditions: All must hold for it to be active.

    Raises:
        ValueError: If a bound or the step is no integer, or the range, its sampling or its step makes no sense.
    """

    min_value: int
    max_value: int
    step: int | None

    def __init__(
        self,
        name: str,
        min_value: int,
        max_value: int,
        step: int | None = None,
        sampling: str | None = "linear",
        default: int | None = None,
        conditions: Iterable[Condition] | None = None,
    ) -> None:
        super().__init__(
            name=name,
            min_value=_integer(min_value, "min_value"),
            max_value=_integer(max_value, "max_value"),
            step=None if step is None else _integer(step, "step"),
            sampling=sampling,
            default=_plain_number(default),
            conditions=conditions,
        )
        if self.step is None and self.sampling == Sampling.LINEAR:
            self.step = 1

    @property
    def values(self) -> Sequence[Scalar]:
        if self.step is not None and self.sampling == Sampling.LINEAR:
            return range(self.min_value, self.max_value + 1, self.step)  # Not a tuple: seeds have billions of values.
        return super().values

    @property
    def n_values(self) -> int:
        return super().n_values or self.max_value - self.min_value + 1

    def value_at(self, index: int) -> int:
        return self.min_value + index if self.step is None else int(super().value_at(index))

    def index_of(self, value: Any) -> int:
        return round(self._clip(value)) - self.min_value if self.step is None else super().index_of(value)

    def contains(self, value: object) -> bool:
        if not isinstance(value, (int, float)) or not math.isfinite(value):
            return False
        return self.value_at(self.index_of(value)) == value

    def prob_to_value(self, prob: float) -> int:
        if self.step is not None:
            return int(super().prob_to_value(prob))
        # One more than the maximum, because the fraction is cut off; at a probability of 1 only the clipping holds.
        return int(self._clip(int(interpolate(self.sampling, prob, self.min_value, self.max_value + 1))))

    def value_to_prob(self, value: Any) -> float:
        if self.step is not None:
            return super().value_to_prob(value)
        middle = self._clip(value) + 0.5
        return locate(self.sampling, middle, self.min_value, self.max_value + 1)

    def __repr__(self) -> str:
        return (
            f"Int(name: '{self.name}', min_value: {self.min_value}, max_value: {self.max_value}, step: {self.step}, "
            f"sampling: {self.sampling}, default: {self.default})"
        )


def _integer(value: Any, argument: str) -> int:
    try:
        integer = int(value)
    except (TypeError, ValueError, OverflowError):
        integer = None
    if integer is None or integer != value:
        raise ValueError(f"{argument} must be an int, Received: {value} of type {type(value)}.")
    return integer


def _plain_number(value: Any) -> Any:
    """NumPy's integers and integral floats as `int`, because neither JSON nor Keras takes them everywhere."""
    try:
        return value if value is None or int(value) != value else int(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"default must be an int, Received: {value} of type {type(value)}.") from None
