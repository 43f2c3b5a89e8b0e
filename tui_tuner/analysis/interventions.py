"""What people have asked of a search, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui_tuner.analysis.formatting import format_duration, format_value
from tui_tuner.analysis.text import clean
from tui_tuner.engine.commands import CommandKind
from tui_tuner.engine.view import Intervention

_WORDS: Mapping[str, str] = {
    CommandKind.PAUSE: "pause",
    CommandKind.RESUME: "go on",
    CommandKind.STOP: "stop after the running trials",
    CommandKind.STOP_NOW: "stop now",
    CommandKind.SKIP: "skip",
    CommandKind.ENQUEUE: "run",
    CommandKind.RERUN: "run again",
    CommandKind.LIMIT: "narrow",
    CommandKind.SET_MAX_TRIALS: "trials in all:",
    CommandKind.SET_MAX_TIME: "time budget:",
    CommandKind.SET_WORKERS: "trials at once:",
}


def asked(intervention: Intervention) -> str:
    """What was asked for: `narrow units to 8 … 32`, `skip trial 07`."""
    arguments = intervention.arguments
    parts = [_WORDS.get(intervention.kind, clean(intervention.kind))]
    match intervention.kind:
        case CommandKind.PAUSE if arguments.get("hard"):
            parts.append("and free the devices")
        case CommandKind.ENQUEUE:
            parts.append(_values(arguments.get("values")))
        case CommandKind.RERUN:
            if "best" in arguments:
                parts.append(f"the best {arguments['best']}")
        case CommandKind.LIMIT:
            parts.append(_limit(arguments))
        case CommandKind.SET_MAX_TRIALS:
            parts.append(str(arguments.get("max_trials")))
        case CommandKind.SET_MAX_TIME:
            seconds = arguments.get("max_time")
            parts.append("none" if seconds is None else format_duration(float(seconds)))
        case CommandKind.SET_WORKERS:
            parts.append(str(arguments.get("workers")))
    if intervention.trial_id is not None:
        parts.append(f"trial {clean(intervention.trial_id)}")
    if intervention.kind == CommandKind.RERUN and arguments.get("times", 1) != 1:
        parts.append(f"{arguments['times']} times")
    return clean(" ".join(filter(None, parts)))


def _values(values: Any) -> str:
    if not isinstance(values, Mapping):
        return ""
    return " ".join(f"{clean(str(name))}={format_value(value)}" for name, value in values.items())


def _limit(arguments: Mapping[str, Any]) -> str:
    name = clean(str(arguments.get("name", "")))
    values = arguments.get("values")
    low, high = arguments.get("min_value"), arguments.get("max_value")
    if values is not None:
        return f"{name} to {', '.join(format_value(value) for value in values)}"
    if low is None and high is None:
        return f"{name} no more"
    return (
        f"{name} to {format_value(low) if low is not None else ''} … {format_value(high) if high is not None else ''}"
    )
