"""How long a search has been active: neither paused nor blocked, over all runs of the engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

_JUMP_S = 2.0
"""A wall clock that is adjusted by less is not worth a word."""


class Stopwatch:
    """Counts on a clock that nobody sets back; viewers go on counting by the wall clock from `meta()`.

    Args:
        active_s: What was counted before.
        steady: Seconds that only grow.
        wall: Seconds since the epoch.
    """

    def __init__(
        self,
        active_s: float = 0.0,
        *,
        steady: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._before = active_s
        self._steady = steady
        self._wall = wall
        self._since: float | None = None
        self._since_wall: float | None = None

    @property
    def active_s(self) -> float:
        """Seconds so far."""
        return self._before + (0.0 if self._since is None else self._steady() - self._since)

    def run(self, active: bool) -> None:
        """Go on counting, or hold."""
        if active == (self._since is not None):
            return
        if active:
            self._since, self._since_wall = self._steady(), self._wall()
        else:
            self._before, self._since, self._since_wall = self.active_s, None, None

    def follow_wall(self) -> bool:
        """Take note of a wall clock that was set, which viewers go by; whether it was."""
        if self._since is None or self._since_wall is None:
            return False
        since_wall = self._wall() - (self._steady() - self._since)
        if abs(since_wall - self._since_wall) < _JUMP_S:
            return False
        self._since_wall = since_wall
        return True

    def meta(self) -> Mapping[str, Any]:
        """What viewers need to know, as keys of `meta`."""
        return {"active_s": self._before, "run_started": self._since_wall}
