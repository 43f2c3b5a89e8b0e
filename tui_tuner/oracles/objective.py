"""What a search optimises: one metric, or several summed into one number."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tui_tuner.errors import TunerError
from tui_tuner.oracles.directions import infer_metric_direction


class UnknownDirectionError(TunerError, ValueError):
    """A metric's name does not tell whether small or large is good."""


class Objective:
    """A metric and the direction in which it is optimised.

    Args:
        name: The metric's name as it stands in the logs, such as `val_accuracy`.
        direction: `"min"` or `"max"`.

    Raises:
        ValueError: If the direction is neither.
    """

    def __init__(self, name: str, direction: str) -> None:
        if direction not in ("min", "max"):
            raise ValueError(f'`direction` of objective {name!r} must be "min" or "max", found: {direction!r}')
        self.name = name
        self.direction = direction

    def has_value(self, logs: Mapping[str, Any]) -> bool:
        """Whether `logs` holds what the objective needs."""
        return self.name in logs

    def missing_in(self, logs: Mapping[str, Any]) -> list[str]:
        """The metrics that the objective needs and `logs` does not hold."""
        return [] if self.has_value(logs) else [self.name]

    def get_value(self, logs: Mapping[str, Any]) -> float:
        """The objective's value in `logs`; `KeyError` where it is missing."""
        return float(logs[self.name])

    def better_than(self, a: float, b: float) -> bool:
        """Whether `a` is strictly better than `b`. NaN is never better, and any number is better than NaN."""
        if math.isnan(a) or math.isnan(b):
            return not math.isnan(a) and math.isnan(b)
        return a < b if self.direction == "min" else a > b

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Objective):
            return NotImplemented
        return self.name == other.name and self.direction == other.direction

    def __hash__(self) -> int:
        return hash((self.name, self.direction))

    def __str__(self) -> str:
        return f'Objective(name="{self.name}", direction="{self.direction}")'

    __repr__ = __str__


class DefaultObjective(Objective):
    """Stands in when no objective is given: the number that a trial returns, minimised."""

    def __init__(self) -> None:
        super().__init__("default_objective", "min")


class MultiObjective(Objective):
    """Several objectives as one number: the sum of the minimised ones less the sum of the maximised ones.

    Args:
        objectives: The objectives; each keeps its own direction.
    """

    def __init__(self, objectives: Sequence[Objective]) -> None:
        super().__init__("multi_objective", "min")
        self.objectives = list(objectives)
        self.name_to_direction = {objective.name: objective.direction for objective in self.objectives}

    def has_value(self, logs: Mapping[str, Any]) -> bool:
        return all(objective.has_value(logs) for objective in self.objectives)

    def missing_in(self, logs: Mapping[str, Any]) -> list[str]:
        return [name for objective in self.objectives for name in objective.missing_in(logs)]

    def get_value(self, logs: Mapping[str, Any]) -> float:
        signs = {"min": 1.0, "max": -1.0}
        return sum(signs[objective.direction] * objective.get_value(logs) for objective in self.objectives)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Objective):
            return NotImplemented
        return isinstance(other, MultiObjective) and self.name_to_direction == other.name_to_direction

    def __hash__(self) -> int:
        return hash(frozenset(self.name_to_direction.items()))

    def __str__(self) -> str:
        return f"Multi{super().__str__()}: [{', '.join(str(objective) for objective in self.objectives)}]"

    __repr__ = __str__


def create_objective(objective: str | Objective | Sequence[str | Objective] | None) -> Objective:
    """Make an objective from what a user gave.

    Args:
        objective: An objective, the name of a metric, a list of either for several at once, or `None` for whatever
            number a trial returns.

    Raises:
        UnknownDirectionError: A `ValueError`, if a name does not tell its direction.
        TypeError: If it is none of these.
    """
    if objective is None:
        return DefaultObjective()
    if isinstance(objective, Objective):
        return objective
    if isinstance(objective, str):
        direction = infer_metric_direction(objective)
        if direction is None:
            raise UnknownDirectionError(
                f'Could not infer optimization direction ("min" or "max") for unknown metric "{objective}".',
                f'Say which is better: Objective("{objective}", direction="max"), or direction="min".',
            )
        return Objective(objective, direction)
    if isinstance(objective, (list, tuple)):
        return MultiObjective([create_objective(each) for each in objective])
    raise TypeError(
        f"`objective` not understood: {objective!r}. Give the name of a metric, an `Objective`, or a list of these."
    )
