"""Parts of a search space: a narrower range of a hyperparameter, or some of its values only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tui_tuner.space.choice import Choice
from tui_tuner.space.fixed import Fixed
from tui_tuner.space.floating import Float
from tui_tuner.space.given_values import check_name, described, own_value
from tui_tuner.space.hyperparameter import HyperParameter
from tui_tuner.space.hyperparameters import HyperParameters
from tui_tuner.space.integer import Int
from tui_tuner.space.numerical import Numerical
from tui_tuner.space.scalars import Scalar
from tui_tuner.space.scales import Sampling

_ROUNDING = 1e-9
"""Share of a value by which it may lie beyond a bound: 3 * 0.1 is not 0.3."""


@dataclass(frozen=True)
class Limit:
    """What a person allows of a hyperparameter.

    Args:
        min_value: The least number allowed; `None` for no bound.
        max_value: The greatest number allowed; `None` for no bound.
        values: The values allowed; `None` for all within the bounds.
    """

    min_value: float | None = None
    max_value: float | None = None
    values: tuple[Scalar, ...] | None = None

    @property
    def is_none(self) -> bool:
        """Whether it allows everything."""
        return self.min_value is None and self.max_value is None and self.values is None

    def checked(self, name: str, space: HyperParameters) -> Limit:
        """The same limit with values as the space has them.

        Raises:
            ValueError: If the space has no such hyperparameter, or one of that name that has no bounds, or does not
                have all of what the limit names, or nothing of which is left.
        """
        check_name(name, (hp.name for hp in space.space))
        definitions = [hp for hp in space.space if hp.name == name]
        self._check_bounds(definitions)
        values = self.values
        if values is not None:
            values = tuple(dict.fromkeys(_known_value(definitions, value) for value in values))
        checked = Limit(self.min_value, self.max_value, values)
        for hp in definitions:
            if checked.of(hp) is None:
                raise ValueError(f"Nothing would be left of {name}: {described(hp)}.")
        return checked

    def of(self, hp: HyperParameter) -> HyperParameter | None:
        """What is left of a hyperparameter: one of the same name and conditions; `None` if nothing is left."""
        if self.is_none:
            return hp
        if self.values is None and isinstance(hp, Numerical):
            if hp.n_values is None:
                return self._part_of_range(hp)
            if isinstance(hp, Int) and (hp.step is None or hp.sampling == Sampling.LINEAR):
                return self._part_of_integers(hp)
        return self._some_values(hp)

    def allows(self, value: Any) -> bool:
        """Whether a value of the hyperparameter is allowed."""
        if self.values is not None and value not in self.values:
            return False
        if self.min_value is None and self.max_value is None:
            return True
        if not isinstance(value, (int, float)):
            return False
        slack = _ROUNDING * abs(value)
        return (self.min_value is None or value >= self.min_value - slack) and (
            self.max_value is None or value <= self.max_value + slack
        )

    def nearest(self, number: float) -> float:
        """The allowed number that is nearest to one of a continuous range."""
        if self.values is not None:
            return min((float(value) for value in self.values), key=lambda value: abs(value - number))
        low = number if self.min_value is None else max(number, self.min_value)
        return low if self.max_value is None else min(low, self.max_value)

    def to_json(self) -> dict[str, Any]:
        """The limit as JSON values."""
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "values": None if self.values is None else list(self.values),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Limit:
        """The limit that `to_json` described."""
        values = stored.get("values")
        return cls(stored.get("min_value"), stored.get("max_value"), None if values is None else tuple(values))

    def _check_bounds(self, definitions: Sequence[HyperParameter]) -> None:
        name = definitions[0].name
        bounds = [bound for bound in (self.min_value, self.max_value) if bound is not None]
        for bound in bounds:
            if not _is_number(bound) or not math.isfinite(bound):
                raise ValueError(f"A bound of {name} must be a number, found {bound!r}.")
        ends = [_ends(hp) for hp in definitions] if bounds else []
        for bound in bounds:
            if not any(low <= bound <= high for low, high in ends):
                said = "; or ".join(described(hp) for hp in definitions)
                raise ValueError(f"{name} has nothing at {bound!r}: {said}.")
        if self.min_value is not None and self.max_value is not None and self.min_value > self.max_value:
            raise ValueError(f"The range of {name} is empty: {self.min_value!r} is more than {self.max_value!r}.")

    def _part_of_range(self, hp: Numerical) -> HyperParameter | None:
        low = hp.min_value if self.min_value is None else max(hp.min_value, self.min_value)
        high = hp.max_value if self.max_value is None else min(hp.max_value, self.max_value)
        if low > high:
            return None
        default = hp.default if low <= hp.default <= high else None
        return Float(hp.name, low, high, None, hp.sampling, default, hp.conditions)

    def _part_of_integers(self, hp: Int) -> HyperParameter | None:
        step = hp.step or 1
        first = 0 if self.min_value is None else max(0, math.ceil((self.min_value - hp.min_value) / step))
        last = hp.n_values - 1
        if self.max_value is not None:
            last = min(last, math.floor((self.max_value - hp.min_value) / step))
        if first > last:
            return None
        low, high = hp.min_value + first * step, hp.min_value + last * step
        default = hp.default if low <= hp.default <= high and hp.contains(hp.default) else None
        return Int(hp.name, low, high, hp.step, hp.sampling, default, hp.conditions)

    def _some_values(self, hp: HyperParameter) -> HyperParameter | None:
        left = [value for value in self._candidates(hp) if self.allows(value)]
        if not left:
            return None
        if len(set(left)) == hp.n_values:
            return hp
        if len(set(left)) == 1:
            return Fixed(hp.name, left[0], hp.conditions)
        default = hp.default if hp.default in left else None
        ordered = None if not isinstance(hp, Choice) else hp.ordered
        return Choice(hp.name, left, ordered, default, hp.conditions)

    def _candidates(self, hp: HyperParameter) -> list[Any]:
        """The values of the hyperparameter that may be allowed; a range need not be gone through for a few."""
        if isinstance(hp, Choice):
            return list(hp.values)  # a value listed twice is twice as likely
        if self.values is not None and isinstance(hp, Numerical):
            return [value for value in self.values if hp.contains(value)]
        return list(hp.iter_values())


def limited(space: HyperParameters, limits: Mapping[str, Limit]) -> HyperParameters:
    """The part of a space that limits leave; the space itself where there is none to heed."""
    if not any(hp.name in limits for hp in space.space):
        return space
    part = HyperParameters()
    part.merge(left_of(hp, limits) for hp in space.space)
    part.values = {}
    return part


def left_of(hp: HyperParameter, limits: Mapping[str, Limit]) -> HyperParameter:
    """What limits leave of a hyperparameter: one of the same name and conditions, or the same where none applies.

    One of which nothing would be left stays as it is: it was not known when the limit was set.
    """
    return limits[hp.name].of(hp) or hp if hp.name in limits else hp


def _known_value(definitions: list[HyperParameter], value: Any) -> Any:
    """The value as one of the definitions has it."""
    for hp in definitions[:-1]:
        try:
            return own_value(hp, value)
        except ValueError:
            continue
    return own_value(definitions[-1], value)


def _ends(hp: HyperParameter) -> tuple[float, float]:
    """The least and the greatest value.

    Raises:
        ValueError: If the values are no numbers.
    """
    if isinstance(hp, Numerical):
        return hp.min_value, hp.max_value
    values = list(hp.iter_values())
    if not all(map(_is_number, values)):
        raise ValueError(f"{hp.name} has no range: {described(hp)}. Name the values to keep.")
    return min(values), max(values)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
