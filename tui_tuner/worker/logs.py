"""What training reports, reduced to single numbers. Importing this loads no Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui_tuner.errors import FatalError, FatalTypeError, FatalValueError

UNNAMED_OBJECTIVE = "default_objective"
"""What `DefaultObjective` calls the number that a trial returns, where a script names no objective."""

_AVERAGE = 'a metric with a value for each class needs an average, such as F1Score(average="macro")'


def numbers(logs: Mapping[str, Any]) -> dict[str, float]:
    """The single numbers among `logs`, as Python floats.

    An array of one element is a number, too: Keras' `F1Score` has one for each output, of which there may be one.
    """
    found = {}
    for name, value in logs.items():
        number = _number(value)
        if number is not None:
            found[str(name)] = number
    return found


def missing_objective(name: str, seen: Mapping[str, Any]) -> FatalError | ValueError:
    """The error for an objective that training does not report.

    It ends the search, for other trials would not report it either; unless it is there and is no number.

    Args:
        name: Of the objective.
        seen: What training reported.
    """
    if name in seen:
        advice = f"; {_AVERAGE}" if _is_array(seen[name]) else ""
        return ValueError(f"the objective {name!r} is {seen[name]!r}, which is no number{advice}")
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


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        pass
    try:
        return float(value.item())
    except (AttributeError, TypeError, ValueError, RuntimeError):  # the last is PyTorch's for several elements
        return None


def _is_array(value: Any) -> bool:
    """Whether it is an array, or a list of arrays, as a `History` has it."""
    return hasattr(value[-1] if isinstance(value, list) and value else value, "shape")


def no_epoch(name: str) -> ValueError:
    """The error for a training of no epochs, as one trial may have it and the others not."""
    return ValueError(f"training ran no epoch, and so the objective {name!r} is not known")
