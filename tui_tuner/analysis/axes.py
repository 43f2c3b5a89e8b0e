"""Where a value lies in the range of its hyperparameter, from 0 to 1: for strips, importances and plots."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tui_tuner.engine.view import HyperParameterView, Scalar
from tui_tuner.space.scales import Sampling, interpolate, locate


@dataclass(frozen=True)
class Axis:
    """The range of one hyperparameter.

    Args:
        values: All values where there are few and they are no range (choices, true and false); else empty.
        low: Lower end of the range.
        high: Upper end of the range.
        is_whole: Whether it is a range of whole numbers.
    """

    name: str
    values: tuple[Scalar, ...] = ()
    low: float = 0.0
    high: float = 1.0
    sampling: str = Sampling.LINEAR
    is_whole: bool = False

    @property
    def is_category(self) -> bool:
        """Whether the values are only equal or different."""
        return bool(self.values)

    def place(self, value: Scalar) -> float | None:
        """Where the value lies, from 0 to 1; the middle of its share for a category; `None` if it has no place."""
        if self.values:
            for index, own in enumerate(self.values):
                if own == value and isinstance(own, bool) == isinstance(value, bool):
                    return (index + 0.5) / len(self.values)
            return None
        if isinstance(value, str) or not math.isfinite(value):
            return None
        if self.sampling != Sampling.LINEAR and value <= 0:
            return None
        return locate(self.sampling, min(self.high, max(self.low, value)), self.low, self.high)

    def place_in(self, hyperparameters: Mapping[str, Scalar]) -> float | None:
        """Where the value of a configuration lies, as `place`; `None` also if it has no such hyperparameter."""
        value = hyperparameters.get(self.name)
        return None if value is None else self.place(value)

    def value_at(self, place: float) -> Scalar:
        """The value at a place from 0 to 1, the inverse of `place`; of a category the one whose share it lies in."""
        if self.values:
            return self.values[max(0, min(len(self.values) - 1, int(place * len(self.values))))]
        return interpolate(self.sampling, place, self.low, self.high)


def axes_of(space: Iterable[HyperParameterView]) -> list[Axis]:
    """The axes of a space, one for each name."""
    found: dict[str, Axis] = {}
    for hp in space:
        axis = axis_of(hp)
        if axis is not None:
            found.setdefault(hp.name, axis)
    return list(found.values())


def axis_of(hp: HyperParameterView) -> Axis | None:
    """The axis of a hyperparameter; `None` if it has only one value."""
    if hp.kind == "Fixed":
        return None
    if hp.values:
        return Axis(hp.name, hp.values) if len(hp.values) > 1 else None
    if hp.min_value is None or hp.max_value is None or hp.min_value == hp.max_value:
        return None
    low, high = float(hp.min_value), float(hp.max_value)
    return Axis(hp.name, (), low, high, hp.sampling or Sampling.LINEAR, hp.kind == "Int")
