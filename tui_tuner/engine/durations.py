"""Spans of time as people write them."""

from __future__ import annotations

import re

from tui_tuner.errors import TunerError

EXAMPLES = "90s, 45m, 8h or 2d"

_PATTERN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([smhd]?)\s*")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: str) -> float:
    """Seconds from text such as `90s`, `45m`, `1.5h`, `2d`; a number alone is seconds.

    Raises:
        ValueError: If the text is no duration.
    """
    found = _PATTERN.fullmatch(text)
    if found is None:
        raise ValueError(f"expected a duration such as {EXAMPLES}, not {text!r}")
    return float(found[1]) * _UNITS[found[2]]


def parse_budget(text: str) -> float | None:
    """A time budget in seconds: a duration above zero; `None` from `none`.

    Raises:
        TunerError: If the text is neither.
    """
    if text.strip().lower() == "none":
        return None
    try:
        seconds = parse_duration(text)
    except ValueError:
        seconds = 0.0
    if seconds <= 0:
        raise TunerError(f"{text}: no duration.", f"Such as {EXAMPLES}, or none.")
    return seconds


def write_duration(seconds: float) -> str:
    """A duration in its largest whole unit, as `parse_duration` takes it: `8h`, `90m`, `1.5s`."""
    for unit in "dhm":
        if seconds % _UNITS[unit] == 0:
            return f"{seconds / _UNITS[unit]:g}{unit}"
    return f"{seconds:.10g}s"
