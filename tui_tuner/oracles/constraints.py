"""What a configuration must keep to, beside being good."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PARAMETERS, EPOCH_TIME, TRAINING_TIME = "parameters", "epoch_time", "training_time"
MEASURES = (PARAMETERS, EPOCH_TIME, TRAINING_TIME)
"""What is measured of a trial beside the metrics that training logs: how many parameters its model has, the median
seconds of an epoch, and the seconds of all its epochs."""

_FORM = re.compile(r"\s*(?P<name>\S+)\s*(?P<operator><=|>=)\s*(?P<limit>\S+)\s*")


@dataclass(frozen=True)
class Constraint:
    """A metric or measure and the limit that it must keep to.

    Args:
        name: As training logs it, or one of `MEASURES`.
        operator: `<=` or `>=`.
        limit: A finite number.
    """

    name: str
    operator: str
    limit: float

    @classmethod
    def parse(cls, text: str) -> Constraint:
        """From such as `parameters <= 2e6`.

        Raises:
            ValueError: If it is none.
        """
        found = _FORM.fullmatch(text)
        limit = math.nan
        if found is not None:
            try:
                limit = float(found["limit"])
            except ValueError:
                limit = math.nan
        if found is None or not math.isfinite(limit):
            raise ValueError("expected NAME <= NUMBER or NAME >= NUMBER")
        return cls(found["name"], found["operator"], limit)

    def slack(self, value: float) -> float:
        """How far a value is from violating the constraint; negative if it does, NaN if it is NaN."""
        return self.limit - value if self.operator == "<=" else value - self.limit

    def __str__(self) -> str:
        return f"{self.name} {self.operator} {self.limit:g}"


def violation(constraints: Iterable[Constraint], metrics: Mapping[str, float]) -> float:
    """By how much constraints are violated, relative to their limits and summed; 0 if all are kept to.

    What is NaN violates infinitely, and what is missing does not count.
    """
    total = 0.0
    for constraint in constraints:
        if constraint.name in metrics:
            slack = constraint.slack(metrics[constraint.name])
            excess = math.inf if math.isnan(slack) else max(0.0, -slack)
            total += excess / (abs(constraint.limit) or 1.0)
    return total
