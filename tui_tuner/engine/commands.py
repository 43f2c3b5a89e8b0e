"""What a person can ask of a running search. Viewers write commands into `search.db`; the engine answers in events."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CommandKind(StrEnum):
    PAUSE = "pause"
    """Start nothing new, and hold the running trials at the end of their epoch."""
    RESUME = "resume"
    """Go on after a pause, or take back a stop that has not happened yet."""
    STOP = "stop"
    """Stop after the running trials."""
    STOP_NOW = "stop_now"
    """Stop at once; interrupted trials are run again on resume."""
    SKIP = "skip"
    """End one running trial and keep what it has."""


@dataclass(frozen=True)
class Command:
    """One request.

    Args:
        who: Who asks, for the record: `app`, `attach pid 123 on host`.
    """

    kind: CommandKind
    trial_id: str | None = None
    who: str = ""
