"""What ties workers to the life of this process: a pipe into which nobody writes, and that closes with it."""

from __future__ import annotations

import contextlib
import os
import sys
import weakref

_LIFELINES: weakref.WeakSet[Lifeline] = weakref.WeakSet()
"""All of this process. A process that is forked from it must not keep the workers alive."""


class Lifeline:
    """A pipe whose writing end only this process has. Workers open the other one by its path, see `worker.lifeline`."""

    def __init__(self) -> None:
        self._ends: tuple[int, ...] = os.pipe() if sys.platform == "linux" else ()
        _LIFELINES.add(self)

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


def _let_go() -> None:
    for lifeline in tuple(_LIFELINES):
        lifeline.close()


os.register_at_fork(after_in_child=_let_go)
