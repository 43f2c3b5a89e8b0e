"""How much of the disk a search takes, measured beside the search and seldom enough to cost nothing."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable

from tui_tuner.engine.directory import SearchDirectory

EVERY_S = 30.0
"""Seconds between two measurements at least; a measurement that took long is followed by a longer pause."""

_SHARE = 0.01
"""The share of the time that measuring may take."""

_FIRST_S = 5.0
"""Seconds until the first measurement: a search that starts has better things to do."""

_FINAL_S = 0.5
"""How long the end of a search waits for the last measurement."""

_BLOCK_BYTES = 512
"""The unit of `st_blocks`."""


def disk_use(directory: SearchDirectory) -> int:
    """Bytes that a search directory and all in it take on the disk.

    A file with several names counts once; links to elsewhere, what vanishes meanwhile, and what is there only while
    the search runs (the ballast, SQLite's files beside the database), do not count.
    """
    total = 0
    seen: set[tuple[int, int]] = set()
    waiting = [os.fspath(directory.root)]
    database = os.fspath(directory.database)
    passing = {os.fspath(directory.ballast), f"{database}-wal", f"{database}-shm"}
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.path in passing:
                    continue
                with contextlib.suppress(OSError):
                    stat = entry.stat(follow_symlinks=False)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif stat.st_nlink > 1:
                        if (stat.st_dev, stat.st_ino) in seen:
                            continue
                        seen.add((stat.st_dev, stat.st_ino))
                    total += stat.st_blocks * _BLOCK_BYTES
    return total


class DiskUse:
    """Measures a search directory now and then, in a thread of its own.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, directory: SearchDirectory, clock: Callable[[], float] = time.monotonic) -> None:
        self._directory = directory
        self._clock = clock
        self._next = clock() + _FIRST_S
        self._thread: threading.Thread | None = None
        self._measured: int | None = None
        self._told: int | None = None

    def look(self) -> int | None:
        """The size in bytes, if a new one has been measured since the last look and it differs; begins to measure
        again when it is time."""
        if self._thread is not None:
            if self._thread.is_alive():
                return None
            self._thread = None
            if self._measured != self._told:
                self._told = self._measured
                return self._measured
        if self._clock() >= self._next:
            self._begin()
        return None

    def final(self) -> int | None:
        """The size at the end of the search; `None` if that is not known soon."""
        if self._thread is not None:
            self._thread.join(_FINAL_S)
            if self._thread.is_alive():
                return None
        self._begin().join(_FINAL_S)
        return self._measured

    def _begin(self) -> threading.Thread:
        self._thread = threading.Thread(target=self._measure, name="disk use", daemon=True)
        self._thread.start()
        return self._thread

    def _measure(self) -> None:
        began = self._clock()
        self._measured = disk_use(self._directory)
        ended = self._clock()
        self._next = ended + max(EVERY_S, (ended - began) / _SHARE)
