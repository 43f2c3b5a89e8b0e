"""The order in which a grid search goes through a space."""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from typing import Any

from tui_tuner.space import Float, HyperParameter, HyperParameters, Int
from tui_tuner.space.configurations import is_active, ordered_definitions
from tui_tuner.space.limits import Limit

Place = tuple[int, ...]
"""Where a configuration lies in the grid: the number of each axis' value, without zeros at the end.

Places compare as the grid goes. What is not active counts as 0, as does a value that a trial never asked for: with the
default it would have been the same trial. Axes that are added at the end leave places as they are.
"""


class Axis:
    """The values of one hyperparameter as a grid search takes them: the default, then the others in their order.

    Args:
        hp: The hyperparameter. A range of numbers without a step has the ten values of `HyperParameter.values`.
        limit: What may be proposed of it. A range without a step keeps those of its ten values that are within, or, if
            none is, has ten values within.

    Attributes:
        begins_with_default: Whether the default may be proposed.
    """

    def __init__(self, hp: HyperParameter, limit: Limit | None = None) -> None:
        self.hp = hp
        part = hp if limit is None else limit.of(hp) or hp
        self._part = part
        # Others are numbered and not listed: they may have millions of values.
        is_sampled = isinstance(part, Int | Float) and part.step is None
        self._samples: tuple[Any, ...] | None = None
        if is_sampled:
            within = hp.values if limit is None else [value for value in hp.values if limit.allows(value)]
            self._samples = tuple(within or part.values)
        self._listed = len(self._samples) if self._samples is not None else part.n_values or 0
        self.begins_with_default = part is hp or part.default == hp.default
        self._default = self._find(hp.default) if self.begins_with_default else None
        self._count = self._listed + (self.begins_with_default and self._default is None)

    def number(self, value: Any) -> int:
        """The number of a value, from 0; of a value that is not on the axis, the nearest one's."""
        if not self.begins_with_default:
            return self._nearest(value)
        if value == self.hp.default:
            return 0
        index = self._nearest(value)
        if index == self._default:
            return 0
        return index + 1 if self._default is None or index < self._default else index

    def has(self, value: Any) -> bool:
        """Whether the value is on the axis."""
        return bool(self.value(self.number(value)) == value)

    def value(self, number: int) -> Any:
        """The value with this number."""
        if self.begins_with_default:
            if number == 0:
                return self.hp.default
            if self._default is None or number <= self._default:
                number -= 1
        return self._listed_value(number)

    def after(self, value: Any) -> tuple[Any] | None:
        """The next value, in a tuple, or `None` if it is the last."""
        number = self.number(value) + 1
        return (self.value(number),) if number < self._count else None

    def _listed_value(self, index: int) -> Any:
        return self._part.value_at(index) if self._samples is None else self._samples[index]

    def _find(self, value: Any) -> int | None:
        index = self._nearest(value)
        return index if self._listed_value(index) == value else None

    def _nearest(self, value: Any) -> int:
        if self._samples is not None:
            return min(bisect.bisect_left(self._samples, value), self._listed - 1)
        try:
            return self._part.index_of(value)
        except ValueError:  # of another space: as if it were the last
            return self._listed - 1


class Grid:
    """All configurations of a space in order, the last hyperparameter changing fastest.

    Args:
        space: The search space; a later change of it needs a new object.
        limits: What the grid keeps to, by name of the hyperparameter.
    """

    def __init__(self, space: HyperParameters, limits: Mapping[str, Limit] | None = None) -> None:
        limits = limits or {}
        self._axes = [Axis(hp, limits.get(hp.name)) for hp in ordered_definitions(space)]

    def first(self) -> dict[str, Any]:
        """The configuration with all defaults, as far as they may be proposed."""
        return self._completed({}, 0, {})

    def after(self, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """The next configuration, or `None` after the last.

        Args:
            values: A configuration. Active hyperparameters that it lacks were unknown when it was tried, and it did
                not ask for them. What follows leaves them out as well: it asks for them if it needs them, gets their
                defaults, and is itself followed by their other values.
        """
        for position in reversed(range(len(self._axes))):
            axis = self._axes[position]
            if axis.hp.name not in values or not is_active(axis.hp, values):
                continue
            following = axis.after(values[axis.hp.name])
            if following is None:
                continue
            earlier = [each.hp for each in self._axes[:position] if is_active(each.hp, values)]
            head = {hp.name: values[hp.name] for hp in earlier if hp.name in values}
            if axis.hp.name in head:  # of two active definitions of a name the first counts
                continue
            return self._completed({**head, axis.hp.name: following[0]}, position + 1, values)
        return None

    def place(self, values: Mapping[str, Any]) -> Place:
        """Where a configuration lies in the grid."""
        numbers = [
            axis.number(values[axis.hp.name]) if axis.hp.name in values and is_active(axis.hp, values) else 0
            for axis in self._axes
        ]
        while numbers and not numbers[-1]:
            numbers.pop()
        return tuple(numbers)

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether a configuration is one of the grid's; what it lacks counts as the default."""
        looked_at: set[str] = set()
        for axis in self._axes:
            name = axis.hp.name
            if name in looked_at or not is_active(axis.hp, values):
                continue
            looked_at.add(name)
            if not (axis.has(values[name]) if name in values else axis.begins_with_default):
                return False
        return True

    def _completed(self, values: dict[str, Any], start: int, before: Mapping[str, Any]) -> dict[str, Any]:
        """`values` with the first values of the axes from `start`, without those the trial before did not ask for."""
        for axis in self._axes[start:]:
            name = axis.hp.name
            if name in values or not is_active(axis.hp, values):
                continue
            if name in before or not before or not is_active(axis.hp, before) or not axis.begins_with_default:
                values[name] = axis.value(0)
        return values
