"""What training reports, reduced to single numbers. Importing this loads no Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui_tuner.errors import FatalError, FatalTypeError, FatalValueError

UNNAMED_OBJECTIVE = "default_objective"
"""What `DefaultObjective` calls the number that a trial returns, where a script names no objective."""


def numbers(logs: Mapping[str, Any]) -> dict[str, float]:
    """The single numbers among `logs`, as Python floats."""
    found = {}
    for name, value in logs.items():
        try:
            found[str(name)] = float(value)
        except (TypeError, ValueError):
            continue
    return found


def missing_objective(name: str, seen: Mapping[str, Any]) -> FatalError | ValueError:
    """The error for an objective that training does not report.

    It ends the search, for other trials would not report it either; unless it is there and is no number.

    Args:
        name: Of the objective.
        seen: What training reported.
    """
    if name in seen:
        return ValueError(f"the objective {name!r} is {seen[name]!r}, which is no number")
    there = ", ".join(seen) or "none"
    if name == UNNAMED_OBJECTIVE:
        return FatalTypeError(
            "`objective` is left unspecified, and so a trial must return a single number, but it has metrics "
            f"({there}): say which of them is the objective"
        )
    advice = ""
    if name.startswith("val_") and not any(metric.startswith("val_") for metric in seen):
        advice = "; there is no validation data, or validation_freq leaves out every epoch"
    return FatalValueError(
        f"training does not report the specified objective, {name!r}; its metrics are: {there}{advice}"
    )


def no_epoch(name: str) -> ValueError:
    """The error for a training of no epochs, as one trial may have it and the others not."""
    return ValueError(f"training ran no epoch, and so the objective {name!r} is not known")
