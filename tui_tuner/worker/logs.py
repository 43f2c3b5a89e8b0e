"""What training reports, reduced to single numbers. Importing this loads no Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui_tuner.errors import FatalValueError


def numbers(logs: Mapping[str, Any]) -> dict[str, float]:
    """The single numbers among `logs`, as Python floats."""
    found = {}
    for name, value in logs.items():
        try:
            found[str(name)] = float(value)
        except (TypeError, ValueError):
            continue
    return found


def missing_objective(name: str, seen: Mapping[str, Any]) -> FatalValueError:
    """The error for an objective that training does not report."""
    there = ", ".join(seen) or "none"
    advice = ""
    if name.startswith("val_") and not any(metric.startswith("val_") for metric in seen):
        advice = "; there is no validation data"
    return FatalValueError(
        f"training does not report the specified objective, {name!r}; its metrics are: {there}{advice}"
    )
