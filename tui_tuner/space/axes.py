"""One axis of the unit cube: the values of one hyperparameter as coordinates between 0 and 1."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_tuner.space.boolean import Boolean
from tui_tuner.space.choice import Choice
from tui_tuner.space.hyperparameter import HyperParameter
from tui_tuner.space.integer import Int
from tui_tuner.space.numerical import Numerical
from tui_tuner.space.scales import Sampling

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class AxisKind(StrEnum):
    """What distances on an axis mean."""

    CONTINUOUS = "continuous"
    GRID = "grid"
    """Finitely many values in an order that means something: integers, steps, ordered choices."""
    CATEGORY = "category"
    """Finitely many values that are only equal or different."""


@dataclass(frozen=True)
class Axis:
    """The scale of one hyperparameter, mapped to [0, 1].

    Coordinates are the cumulative probabilities of `HyperParameter.value_to_prob`, so equal lengths are equally
    likely on each sampling scale. The values of a grid and of a category are numbered, and each owns an interval; its
    coordinate lies inside. Use `of` to make one.

    Attributes:
        hyperparameter: Whose values these are.
        kind: What distances on the axis mean.
        n_values: Number of values of a grid or a category; `None` on a continuous axis.
        anchors: Values of a continuous axis by their coordinate that are met exactly, without rounding.
    """

    hyperparameter: HyperParameter
    kind: AxisKind
    n_values: int | None
    anchors: Mapping[float, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, hyperparameter: HyperParameter, exact: Iterable[Any] = ()) -> Axis:
        """The axis of a hyperparameter.

        Args:
            hyperparameter: One with at least two values.
            exact: Values of a continuous one that matter exactly, beside its default and bounds.
        """
        n_values = hyperparameter.n_values
        if n_values is not None:
            is_category = isinstance(hyperparameter, Boolean) or (
                isinstance(hyperparameter, Choice) and not hyperparameter.ordered
            )
            return cls(hyperparameter, AxisKind.CATEGORY if is_category else AxisKind.GRID, n_values)
        candidates = [hyperparameter.default, *exact]
        if isinstance(hyperparameter, Numerical):
            candidates = [hyperparameter.min_value, hyperparameter.max_value, *candidates]
        anchors = {hyperparameter.value_to_prob(v): v for v in candidates if hyperparameter.contains(v)}
        return cls(hyperparameter, AxisKind.CONTINUOUS, None, anchors)

    @property
    def name(self) -> str:
        """Full name of the hyperparameter."""
        return self.hyperparameter.name

    @property
    def is_conditional(self) -> bool:
        """Whether the hyperparameter is active in some configurations only."""
        return bool(self.hyperparameter.conditions)

    def index(self, coordinates: FloatArray) -> IntArray:
        """The numbers of the values that own these coordinates, on a grid or a category."""
        n_values = self._finite()
        if (scale := self._uneven_scale()) is not None:
            low, high, is_reversed = scale
            power = low * (high / low) ** (1 - coordinates if is_reversed else coordinates)
            places = np.floor(high + low - power if is_reversed else power) - low
        else:
            places = np.floor(coordinates / (1 / n_values))
        indices: IntArray = np.clip(places, 0, n_values - 1).astype(np.int64)
        return indices

    def coordinate(self, indices: IntArray) -> FloatArray:
        """The coordinates of the values with these numbers, on a grid or a category."""
        n_values = self._finite()
        if (scale := self._uneven_scale()) is not None:
            low, high, is_reversed = scale
            # Ascending and contiguous, so that NumPy takes the same path for one value as for many.
            middles = np.ascontiguousarray(indices, dtype=np.float64) + (low + 0.5)
            if is_reversed:
                return np.asarray(1.0 - np.log((high + low - middles) / low) / np.log(high / low))
            return np.asarray(np.log(middles / low) / np.log(high / low))
        return np.asarray((indices + 0.5) * (1 / n_values))

    def snap(self, coordinates: FloatArray) -> FloatArray:
        """The coordinates of the values that these coordinates stand for; anything beyond [0, 1] is brought inside."""
        if self.n_values is None:
            return np.clip(coordinates, 0.0, 1.0)
        return self.coordinate(self.index(coordinates))

    def encode(self, value: Any) -> float:
        """The coordinate of a value, or of the nearest one where values have distances.

        Raises:
            ValueError: If the value is not in the set, and none is nearest.
        """
        if isinstance(self.hyperparameter, Numerical) and not isinstance(value, (int, float)):
            raise ValueError(f"{self.name} has no value {value!r}.")
        if self.n_values is None:
            if math.isnan(value):
                raise ValueError(f"{self.name} has no value {value!r}.")
            return min(max(self.hyperparameter.value_to_prob(value), 0.0), 1.0)
        return float(self.coordinate(np.array([self.hyperparameter.index_of(value)]))[0])

    def decode(self, coordinate: float) -> Any:
        """The value that a coordinate stands for."""
        if self.n_values is None:
            inside = min(max(float(coordinate), 0.0), 1.0)
            return self.anchors[inside] if inside in self.anchors else self.hyperparameter.prob_to_value(inside)
        return self.hyperparameter.value_at(int(self.index(np.array([coordinate]))[0]))

    def contains(self, value: Any) -> bool:
        """Whether exactly this value is on the axis, as conditions compare values."""
        return self.hyperparameter.contains(value) and bool(self.decode(self.encode(value)) == value)

    def _finite(self) -> int:
        if self.n_values is None:
            raise ValueError(f"{self.name} is continuous: its values have no numbers.")
        return self.n_values

    def _uneven_scale(self) -> tuple[int, int, bool] | None:
        """Of a logarithmic scale of integers: its lower end, its upper end, and whether it is reversed."""
        hp = self.hyperparameter
        if not isinstance(hp, Int) or hp.step is not None:
            return None
        return hp.min_value, hp.max_value + 1, hp.sampling == Sampling.REVERSE_LOG
