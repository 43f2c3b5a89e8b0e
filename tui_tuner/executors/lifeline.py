"""What ties workers to the life of this process: a pipe into which nobody writes, and that closes with it."""

from __future__ import annotations

import contextlib
import os
import sys

from tui_tuner.system.forks import let_go_in_forks


class Lifeline:
    """A pipe whose writing end only this process has. Workers open the other one by its path, see `worker.lifeline`."""

    def __init__(self) -> None:
        self._ends: tuple[int, ...] = os.pipe() if sys.platform == "linux" else ()
        let_go_in_forks(self, Lifeline.close)  # they must not keep the workers alive

    @property
    def path(self) -> str:
        """Where other processes find the reading end; empty where they cannot."""
        return f"/proc/{os.getpid()}/fd/{self._ends[0]}" if self._ends else ""

    def close(self) -> None:
        """Let go of it, which ends all who still hold it. May be called twice."""
        ends, self._ends = self._ends, ()
        for end in ends:
            with contextlib.suppress(OSError):
                os.close(end)
