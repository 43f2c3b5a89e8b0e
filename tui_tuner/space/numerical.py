"""What integer and float ranges have in common."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from tui_tuner.space.conditions import Condition
from tui_tuner.space.hyperparameter import HyperParameter
from tui_tuner.space.scalars import Scalar
from tui_tuner.space.scales import Sampling, index_to_prob, interpolate, locate, prob_to_index

_SAMPLES = 10
"""How many values a range without a step shows to a grid search."""


class Numerical(HyperParameter):
    """A range of numbers, on a linear, logarithmic or reversed logarithmic scale, with or without a step.

    With a step, value `i` is `min + i * step` on the linear scale, `min * step**i` on the logarithmic one and
    `max + min - min * step**i` on the reversed one. How many there are follows KerasTuner's formulas, whose linear one
    is a floor division of floats: `Float("x", 0, 0.5, step=0.1)` ends at 0.4.

    Raises:
        ValueError: If the minimum exceeds the maximum, the sampling is unknown, a logarithmic scale starts at or below
            zero, or the step does not advance.
    """

    def __init__(
        self,
        name: str,
        min_value: float,
        max_value: float,
        step: float | None,
        sampling: str | None,
        default: float | None,
        conditions: Iterable[Condition] | None,
    ) -> None:
        super().__init__(name=name, default=default, conditions=conditions)
        self.min_value = min_value
        self.max_value = max_value
        self.step = step
        self.sampling = "linear" if sampling is None else str(sampling).lower()
        self._check()

    def _check(self) -> None:
        label = f"For HyperParameters.{type(self).__name__}(name='{self.name}'), "
        if not (math.isfinite(self.min_value) and math.isfinite(self.max_value)):
            raise ValueError(
                f"{label}min_value and max_value must be finite, found {self.min_value} and {self.max_value}."
            )
        if self.min_value > self.max_value:
            raise ValueError(f"{label}min_value {self.min_value} is greater than the max_value {self.max_value}.")
        known = [str(sampling) for sampling in Sampling]
        if self.sampling not in known:
            raise ValueError(f"{label}sampling must be one of {', '.join(known)}. Received: {self.sampling!r}.")
        if self.sampling != Sampling.LINEAR:
            if self.min_value <= 0:
                raise ValueError(
                    f"{label}sampling='{self.sampling}' does not support negative values, "
                    f"found min_value: {self.min_value}."
                )
            if self.step is not None and not self.step > 1:
                raise ValueError(
                    f"{label}expected step > 1 with sampling='{self.sampling}'. Received: step={self.step}."
                )
        elif self.step is not None and not self.step > 0:
            raise ValueError(f"{label}expected step > 0 with sampling='linear'. Received: step={self.step}.")

    @property
    def default(self) -> Any:
        return self.min_value if self._default is None else self._default

    @property
    def n_values(self) -> int | None:
        if self.step is None:
            return 1 if self.min_value == self.max_value else None
        if self.sampling == Sampling.LINEAR:
            return int((self.max_value - self.min_value) // self.step + 1)
        # The tolerance keeps the last value where the logarithm of an exact power comes out a little too small.
        return int(math.log(self.max_value / self.min_value, self.step) + 1e-8) + 1

    @property
    def values(self) -> Sequence[Scalar]:
        """All values with a step, by index; without one, ten from the middles of equal shares, ascending."""
        if self.step is not None:
            return tuple(self.iter_values())
        # Not `index_to_prob`, from whose sum KerasTuner's differs in the last bit.
        samples = {self.prob_to_value(0.5 / _SAMPLES + index * (1 / _SAMPLES)) for index in range(_SAMPLES)}
        return tuple(sorted(samples))

    def value_at(self, index: int) -> Any:
        step = self._stride()
        if self.sampling == Sampling.LOG:
            return self.min_value * step**index
        if self.sampling == Sampling.REVERSE_LOG:
            return self.max_value + self.min_value - self.min_value * step**index
        return self.min_value + index * step

    def index_of(self, value: Any) -> int:
        step = self._stride()
        if self.n_values == 1:
            return 0
        inside = self._clip(value)
        if self.sampling == Sampling.LOG:
            place = math.log(inside / self.min_value, step)
        elif self.sampling == Sampling.REVERSE_LOG:
            place = math.log((self.max_value + self.min_value - inside) / self.min_value, step)
        else:
            place = (inside - self.min_value) / step
        return min(max(round(place), 0), (self.n_values or 1) - 1)

    def contains(self, value: object) -> bool:
        if not isinstance(value, (int, float)) or not math.isfinite(value):
            return False
        if self.n_values is None:
            return self.min_value <= value <= self.max_value
        # Relative to the value on a logarithmic scale, whose last step may exceed the maximum in the last digits.
        tolerance = 1e-6 * self._stride() if self.sampling == Sampling.LINEAR else 1e-7 * value
        return bool(abs(value - self.value_at(self.index_of(value))) <= tolerance)

    def prob_to_value(self, prob: float) -> Any:
        if self.n_values is None:
            return self._clip(interpolate(self.sampling, prob, self.min_value, self.max_value))
        return self.value_at(prob_to_index(prob, self.n_values))

    def value_to_prob(self, value: Any) -> float:
        if self.n_values is None:
            return locate(self.sampling, self._clip(value), self.min_value, self.max_value)
        return index_to_prob(self.index_of(value), self.n_values)

    def _stride(self) -> float:
        """The step; any will do for the single value of an empty range."""
        if self.step is None and self.n_values is None:
            raise ValueError(f"{self.name} is continuous: its values have no numbers.")
        return 1 if self.step is None else self.step

    def _clip(self, value: float) -> float:
        return min(max(value, self.min_value), self.max_value)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "step": self.step,
            "sampling": self.sampling,
        }
