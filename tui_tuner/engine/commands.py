"""What a person can ask of a running search. Viewers write commands into `search.db`; the engine answers in events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class CommandKind(StrEnum):
    PAUSE = "pause"
    """Start nothing new, and hold the running trials at the end of their epoch. With `hard`, save where they are, end
    the workers and free the memory of their devices; the trials go on from there after `RESUME`."""
    RESUME = "resume"
    """Go on after a pause, or take back a stop that has not happened yet."""
    STOP = "stop"
    """Stop after the running trials."""
    STOP_NOW = "stop_now"
    """Stop at once; interrupted trials go on from their last saved epoch on resume."""
    SKIP = "skip"
    """End one running trial and keep what it has."""
    ENQUEUE = "enqueue"
    """Run this configuration next: `values` by name; what is missing gets its default."""
    RERUN = "rerun"
    """Run a trial, or the best `best` trials, `times` more times with other seeds."""
    LIMIT = "limit"
    """Propose hyperparameter `name` only from `min_value` to `max_value`, or among `values`, from now on; with none of
    them, as the search space has it."""
    SET_MAX_TRIALS = "set_max_trials"
    """Change how many trials the search runs in all: `max_trials`."""
    SET_MAX_TIME = "set_max_time"
    """Change the time budget: `max_time` in seconds of active search, or null for none."""
    SET_WORKERS = "set_workers"
    """Change how many trials run at once: `workers`."""


@dataclass(frozen=True)
class Command:
    """One request.

    Args:
        who: Who asks, for the record: `app`, `attach pid 123 on host`.
        arguments: JSON values by the names that the kind's docstring gives.
    """

    kind: CommandKind
    trial_id: str | None = None
    who: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What the engine says to a request: that it was carried out, or why it was refused."""

    ok: bool
    text: str
