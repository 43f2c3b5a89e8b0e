"""The part of the unit cube that proposals come from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_tuner.space import HyperParameter, HyperParameters, configurations
from tui_tuner.space.encoding import Axis, Encoded, SpaceEncoding
from tui_tuner.space.limits import Limit, left_of
from tui_tuner.space.numerical import Numerical

Array = NDArray[np.float64]


class Region:
    """What limits leave of an encoded space.

    The encoding stays that of the whole space, so that what was observed outside the limits is where it was.

    Args:
        encoding: The whole space.
        limits: By name of the hyperparameter.
    """

    def __init__(self, encoding: SpaceEncoding, limits: Mapping[str, Limit] | None = None) -> None:
        self.encoding = encoding
        self._limits = limits = dict(limits or {})
        self._definitions = tuple(left_of(hp, limits) for hp in encoding.definitions)
        self._parts: dict[int, _Interval | _Values] = {}
        for column, axis in enumerate(encoding.axes):
            left = left_of(axis.hyperparameter, limits)
            if left is not axis.hyperparameter:
                self._parts[column] = _part(axis, left)
        self._rounded = {axis.name for axis in encoding.axes if axis.n_values is None and axis.name in limits}

    def spread(self, points: Array) -> Array:
        """Points of the cube, shape `(points, axes)`, moved into the region such that evenly spread ones still are."""
        moved = points.copy()
        for column, part in self._parts.items():
            moved[:, column] = part.spread(points[:, column])
        return moved

    def canonical(self, points: Array) -> Encoded:
        """What points, shape `(points, axes)`, stand for; those outside the region are folded into it."""
        folded = points.copy()
        for column, part in self._parts.items():
            folded[:, column] = part.fold(points[:, column])
        return self.encoding.canonical(folded)

    def decode(self, point: Array) -> dict[str, Any]:
        """The configuration that a point of the region, shape `(axes,)`, stands for."""
        values = self.encoding.decode(point)
        for name in self._rounded & values.keys():
            values[name] = self._limits[name].nearest(values[name])
        return values

    @cached_property
    def size(self) -> int | None:
        """How many configurations there are; `None` if infinitely many."""
        return configurations.count(self._definitions)

    @cached_property
    def all_configurations(self) -> Encoded:
        """All configurations of a finite region."""
        return self.encoding.encode_all(list(configurations.iterate(self._definitions)))


class PresentRegion:
    """The region of a space that grows and of limits that people change, made anew only when that happens."""

    def __init__(self) -> None:
        self._region: Region | None = None
        self._made_of: tuple[HyperParameters, int, dict[str, Limit]] | None = None

    def of(self, space: HyperParameters, limits: Mapping[str, Limit]) -> Region:
        """What the limits leave of the space as it is now."""
        present = (space, len(space.space), dict(limits))  # a space only grows, or is replaced
        if self._region is None or self._made_of != present:
            before = self._made_of
            same_space = before is not None and before[:2] == present[:2]
            encoding = self._region.encoding if self._region is not None and same_space else SpaceEncoding(space)
            self._region, self._made_of = Region(encoding, limits), present
        return self._region


class _Interval:
    """What is between two coordinates of an axis."""

    def __init__(self, low: float, high: float) -> None:
        self._low, self._width = low, high - low

    def spread(self, coordinates: Array) -> Array:
        return self._low + coordinates * self._width

    def fold(self, coordinates: Array) -> Array:
        if self._width <= 0.0:
            return np.full_like(coordinates, self._low)
        beyond = np.abs(coordinates - self._low)
        inside = (coordinates >= self._low) & (beyond <= self._width)
        place = beyond % (2.0 * self._width)
        return np.where(inside, coordinates, self._low + np.minimum(place, 2.0 * self._width - place))


class _Values:
    """Some values of an axis."""

    def __init__(self, axis: Axis, coordinates: list[float]) -> None:
        self._axis = axis
        self._coordinates: Array = np.unique(np.array(coordinates, dtype=np.float64))

    def spread(self, coordinates: Array) -> Array:
        count = len(self._coordinates)
        return self._coordinates[np.clip((coordinates * count).astype(np.int64), 0, count - 1)]

    def fold(self, coordinates: Array) -> Array:
        """Values that are not among them become any of them, so that none is met more often than others."""
        snapped = self._axis.snap(coordinates)
        return np.where(np.isin(snapped, self._coordinates), snapped, self.spread(snapped))


def _part(axis: Axis, left: HyperParameter) -> _Interval | _Values:
    if isinstance(left, Numerical):
        ends = [axis.encode(left.min_value), axis.encode(left.max_value)]
        return _Interval(min(ends), max(ends))
    return _Values(axis, [axis.encode(value) for value in left.iter_values()])
