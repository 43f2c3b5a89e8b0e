"""Lets the workers of a search stand back for as long as a person presses keys, which are answered soon then."""

from __future__ import annotations

import asyncio
import errno
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tui_tuner.worker.priority import wanted_steps_of_sessions

HOLD_S = 3.0
"""So long after the last key the workers have their share again."""

_AGAIN_S = 0.15
"""Whoever is not root is heard once in a tenth of a second."""

_MOST_TIMES = 50
"""So often the kernel is asked again before the app ends: enough for as many workers."""

_OF_A_WORKER = b"\0tui_tuner.worker\0"
_PROC = Path("/proc")


class KeysFirst:
    """Takes the workers of a search down in the order of sessions while keys are pressed, and up again afterwards.

    Linux may share the processor among sessions before it looks at their processes ("autogroup", see sched(7)). A
    worker leads a session of its own, so it has as much of a core as the whole app has; and what it does not get
    because it stands back goes to all other people's programs as well. Therefore it stands back for some seconds only.
    Where there is no such thing, nothing happens.

    Args:
        workers: The process ids of the workers now. What is no worker any more, or on another machine, is left alone.
        proc: Where the kernel tells of processes.
    """

    def __init__(self, workers: Callable[[], Iterable[int]], proc: Path = _PROC) -> None:
        self._workers = workers
        self._steps = wanted_steps_of_sessions()
        self._proc = proc
        self._behind: set[int] = set()
        self._others: set[int] = set()  # no workers here, as was seen since the first of these keys
        self._until = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    def pressed(self) -> None:
        """The person does something. Call it in the app's event loop."""
        if self._steps:
            now = time.monotonic()
            if now >= self._until:
                self._others.clear()
            self._until = now + HOLD_S
            self._look()

    def release(self) -> None:
        """Nobody looks any more: the workers have their share again when this returns."""
        self._until = float("-inf")
        if self._timer is not None:
            self._timer.cancel()
        for _ in range(_MOST_TIMES):
            if self._place():
                break
            time.sleep(_AGAIN_S)

    def _look(self) -> None:
        """Place the workers, and look again when that has to change."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        is_done = self._place()
        wait_s = max(0.0, self._until - time.monotonic()) if is_done else _AGAIN_S
        if self._behind or not is_done:
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._look)

    def _place(self) -> bool:
        """Whether each worker stands where it shall now."""
        if time.monotonic() < self._until:
            places = dict.fromkeys(set(self._workers()) - self._behind - self._others, self._steps)
        else:
            places = dict.fromkeys(self._behind, 0)
        done = [self._put(pid, steps) for pid, steps in places.items()]
        return all(done)

    def _put(self, pid: int, steps: int) -> bool:
        """Whether that is done with; `False` if the kernel wants to be asked again."""
        process = self._proc / str(pid)
        try:
            if _OF_A_WORKER not in (process / "cmdline").read_bytes():
                raise ProcessLookupError(pid)
            (process / "autogroup").write_text(str(steps), encoding="ascii")
        except OSError as error:
            if error.errno == errno.EAGAIN:
                return False
            self._behind.discard(pid)
            self._others.add(pid)
        else:
            (self._behind.add if steps else self._behind.discard)(pid)
        return True
