"""Where a value lies in the range of its hyperparameter, from 0 to 1: for strips, importances and plots."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tui_tuner.engine.view import HyperParameterView, Scalar
from tui_tuner.space.scales import Sampling, interpolate, locate

FARTHEST = 1e150
"""As far as axes reach: between larger numbers differences and squares would be infinite."""


def within_reach(value: float) -> float:
    """The value, or the end of what axes can show."""
    return max(-FARTHEST, min(FARTHEST, value))


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
    return [axis for hps in definitions_of(space).values() if (axis := axis_of(*hps)) is not None]


def definitions_of(space: Iterable[HyperParameterView]) -> Mapping[str, Sequence[HyperParameterView]]:
    """By name, the definitions that a hyperparameter has: several if it is another one under other conditions."""
    found: dict[str, list[HyperParameterView]] = {}
    for hp in space:
        found.setdefault(hp.name, []).append(hp)
    return found


def axis_of(*definitions: HyperParameterView) -> Axis | None:
    """The axis of a hyperparameter; `None` if it has only one value.

    That of several definitions has the values of all of them: they are a range if all are numbers and one is a range,
    which is on their scale if that is the same for all, else linear.
    """
    first = definitions[0]
    values = {(type(value), value): value for hp in definitions for value in hp.values}
    ends = [float(end) for hp in definitions for end in (hp.min_value, hp.max_value) if end is not None]
    if not ends:
        return Axis(first.name, tuple(values.values())) if len(values) > 1 else None
    numbers = [float(value) for kind, value in values if kind in (int, float)]
    if len(numbers) < len(values):  # of a range and texts nothing can be made but one of both
        return axis_of(first) if len(definitions) > 1 else None
    low, high = within_reach(min(*ends, *numbers)), within_reach(max(*ends, *numbers))
    if low == high:
        return None
    scales = {hp.sampling or Sampling.LINEAR for hp in definitions if hp.min_value is not None}
    scale = next(iter(scales)) if len(scales) == 1 and low > 0 else Sampling.LINEAR  # others need positive numbers
    is_whole = all(hp.kind == "Int" or all(type(value) is int for value in hp.values or (0.5,)) for hp in definitions)
    return Axis(first.name, (), low, high, scale, is_whole)
