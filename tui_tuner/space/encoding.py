"""Configurations as points of the unit cube, for search algorithms that model the space numerically.

Importing this module loads NumPy; the rest of `tui_tuner.space` does without.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tui_tuner.space import configurations
from tui_tuner.space.axes import Axis, AxisKind, FloatArray, IntArray
from tui_tuner.space.hyperparameter import HyperParameter
from tui_tuner.space.hyperparameters import HyperParameters

__all__ = ["Axis", "AxisKind", "BoolArray", "Encoded", "FloatArray", "IntArray", "SpaceEncoding"]

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Encoded:
    """One configuration, or several.

    Args:
        points: Coordinates in [0, 1], of shape (axes,) or (configurations, axes). Inactive ones hold the coordinate
            of the hyperparameter's default, so equal configurations are equal points.
        active: Of the same shape: which of them take part in the configuration.
    """

    points: FloatArray
    active: BoolArray


@dataclass(frozen=True)
class _Rule:
    """A condition in terms of axes: it holds if, for one of `options`, the definition is in force with such a value.

    Args:
        options: Position of a definition that the parent's name may stand for; the coordinates that fulfil the
            condition, or `None` if the definition has no axis and its only value does.
    """

    options: tuple[tuple[int, FloatArray | None], ...]


class SpaceEncoding:
    """The correspondence between configurations of a space and points of the unit cube.

    Each hyperparameter has one axis, except those that have only one value. Hyperparameters of one name that were
    defined under different conditions have an axis each; if the conditions of several hold at once, only the first one
    is active. The encoding does not follow later changes of the space: make a new one.

    Attributes:
        axes: In the order of the space; parents come before what depends on them.

    Raises:
        TypeError: If the space has conditions other than `Parent`.
    """

    def __init__(self, space: HyperParameters) -> None:
        self._definitions = configurations.ordered_definitions(space)
        self._axis_of: dict[int, int] = {}
        axes: list[Axis] = []
        for position, hp in enumerate(self._definitions):
            if hp.n_values != 1:
                self._axis_of[position] = len(axes)
                axes.append(Axis.of(hp, self._condition_values(hp)))
        self.axes: tuple[Axis, ...] = tuple(axes)
        self._neutral: FloatArray = np.array(
            [axis.encode(axis.hyperparameter.default) for axis in axes], dtype=np.float64
        )
        # Encoding goes through NumPy, which is slow for one value at a time.
        self._coordinates: tuple[dict[Any, float], ...] = tuple({} for _ in axes)
        self._deciding = {condition.name for hp in self._definitions for condition in configurations.parents(hp)}
        self._rules = tuple(self._rules_of(hp) for hp in self._definitions)
        self._rivals = tuple(self._rivals_of(position) for position in range(len(self._definitions)))

    @property
    def definitions(self) -> configurations.Definitions:
        """The hyperparameters, each after its parents; those without an axis are among them."""
        return self._definitions

    @property
    def dimension(self) -> int:
        """Number of axes."""
        return len(self.axes)

    def encode(self, values: Mapping[str, Any]) -> Encoded:
        """The point of a configuration, of shape (axes,).

        Numbers beyond a range or between the values of a grid stand for the nearest value. A hyperparameter that
        has no value, or one that is not among its categories, counts as inactive; so does all that depends on it.

        Args:
            values: By full name; names that the space does not have are ignored.
        """
        points, active = self._neutral.copy(), np.zeros(self.dimension, dtype=bool)
        known: dict[str, Any] = {}
        for position, hp in enumerate(self._definitions):
            if hp.name in known or hp.name not in values or not configurations.is_active(hp, known):
                continue
            column = self._axis_of.get(position)
            if column is None:
                known[hp.name] = hp.value_at(0)
                continue
            try:
                points[column] = self._coordinate(column, values[hp.name])
            except ValueError:
                continue
            active[column] = True
            known[hp.name] = self.axes[column].decode(points[column]) if hp.name in self._deciding else None
        return Encoded(points, active)

    def _coordinate(self, column: int, value: Any) -> float:
        axis = self.axes[column]
        if axis.n_values is None:
            return axis.encode(value)
        known = self._coordinates[column]
        if value not in known:
            known[value] = axis.encode(value)
        return known[value]

    def encode_all(self, many: Sequence[Mapping[str, Any]]) -> Encoded:
        """The points of several configurations, of shape (configurations, axes)."""
        encoded = [self.encode(values) for values in many]
        shape = (len(encoded), self.dimension)
        return Encoded(
            np.array([one.points for one in encoded], dtype=np.float64).reshape(shape),
            np.array([one.active for one in encoded], dtype=bool).reshape(shape),
        )

    def decode(self, point: FloatArray) -> dict[str, Any]:
        """The configuration that a point of shape (axes,) stands for: the values of all active hyperparameters."""
        values: dict[str, Any] = {}
        for position, hp in enumerate(self._definitions):
            if hp.name not in values and configurations.is_active(hp, values):
                column = self._axis_of.get(position)
                values[hp.name] = hp.value_at(0) if column is None else self.axes[column].decode(float(point[column]))
        return values

    def canonical(self, points: FloatArray) -> Encoded:
        """What arbitrary points stand for, of shape (points, axes).

        Two of them stand for the same configuration exactly if they come out equal.

        Args:
            points: Coordinates, of shape (points, axes); those beyond [0, 1] are brought inside.
        """
        snapped = np.empty(points.shape, dtype=np.float64)
        for column, axis in enumerate(self.axes):
            snapped[:, column] = axis.snap(points[:, column])
        active = self._activity(snapped)
        return Encoded(np.where(active, snapped, self._neutral), active)

    def size(self) -> int | None:
        """How many distinct configurations there are; `None` if infinitely many."""
        return self._size

    @cached_property
    def _size(self) -> int | None:
        return configurations.count(self._definitions)

    def configurations(self) -> Iterator[dict[str, Any]]:
        """All configurations of a finite space; the last hyperparameter varies fastest.

        Raises:
            ValueError: If there are infinitely many.
        """
        return configurations.iterate(self._definitions)

    def _activity(self, snapped: FloatArray) -> BoolArray:
        in_force: list[BoolArray] = []
        active = np.ones(snapped.shape, dtype=bool)
        everywhere = np.ones(len(snapped), dtype=bool)
        for position, rules in enumerate(self._rules):
            here = everywhere
            for rule in rules:
                here = here & self._holds(rule, snapped, in_force)
            for rival in self._rivals[position]:
                here = here & ~in_force[rival]
            in_force.append(here)
            if position in self._axis_of:
                active[:, self._axis_of[position]] = here
        return active

    def _holds(self, rule: _Rule, snapped: FloatArray, in_force: Sequence[BoolArray]) -> BoolArray:
        holds = np.zeros(len(snapped), dtype=bool)
        for position, coordinates in rule.options:
            fulfilled = in_force[position]
            if coordinates is not None:
                fulfilled = fulfilled & np.isin(snapped[:, self._axis_of[position]], coordinates)
            holds |= fulfilled
        return holds

    def _rules_of(self, hp: HyperParameter) -> tuple[_Rule, ...]:
        place = self._definitions.index(hp)
        rules = []
        for condition in configurations.parents(hp):
            options: list[tuple[int, FloatArray | None]] = []
            for position, parent in enumerate(self._definitions[:place]):
                if parent.name != condition.name:
                    continue
                column = self._axis_of.get(position)
                if column is not None:
                    axis = self.axes[column]
                    fulfilling = [axis.encode(value) for value in condition.values if axis.contains(value)]
                    options.append((position, np.array(fulfilling, dtype=np.float64)))
                elif parent.value_at(0) in condition.values:
                    options.append((position, None))
            rules.append(_Rule(tuple(options)))
        return tuple(rules)

    def _rivals_of(self, position: int) -> tuple[int, ...]:
        name = self._definitions[position].name
        return tuple(rival for rival in range(position) if self._definitions[rival].name == name)

    def _condition_values(self, hp: HyperParameter) -> list[Any]:
        """The values of a hyperparameter on which others depend."""
        return [
            value
            for other in self._definitions
            for condition in configurations.parents(other)
            if condition.name == hp.name
            for value in condition.values
        ]
