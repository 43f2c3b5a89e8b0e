"""Where a value lies in the range of its hyperparameter, from 0 to 1: for strips, importances and plots."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tui_tuner.engine.view import HyperParameterView, Scalar

_FEW = 12
"""A grid of at most so many values is treated value by value."""


@dataclass(frozen=True)
class Axis:
    """The range of one hyperparameter.

    Args:
        values: All values where there are few and they are no range (choices, true and false); else empty.
        low: Lower end of the range, on the scale of the search: its logarithm where the sampling is logarithmic.
        high: Upper end of the range.
    """

    name: str
    values: tuple[Scalar, ...] = ()
    low: float = 0.0
    high: float = 1.0
    sampling: str = "linear"

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
        if self.high == self.low:
            return 0.5
        if self.sampling != "linear" and value <= 0:
            return None
        scaled = value if self.sampling == "linear" else math.log(value)
        place = (scaled - self.low) / (self.high - self.low)
        if self.sampling == "reverse_log":
            top = math.exp(self.low) + math.exp(self.high) - value
            place = 1.0 - (math.log(top) - self.low) / (self.high - self.low) if top > 0 else 1.0
        return min(1.0, max(0.0, place))


def axis_of(hp: HyperParameterView) -> Axis | None:
    """The axis of a hyperparameter; `None` if it has only one value."""
    if hp.kind == "Fixed":
        return None
    if hp.values:
        return Axis(hp.name, hp.values) if len(hp.values) > 1 else None
    if hp.min_value is None or hp.max_value is None or hp.min_value == hp.max_value:
        return None
    sampling = hp.sampling or "linear"
    if sampling == "linear":
        return Axis(hp.name, (), float(hp.min_value), float(hp.max_value))
    return Axis(hp.name, (), math.log(hp.min_value), math.log(hp.max_value), sampling)
