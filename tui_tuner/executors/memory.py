"""Main memory: how much this machine lets us have, how much a process takes, and whether it ran out."""

from __future__ import annotations

import math
import os
import subprocess
import time
from pathlib import Path

MIB = 2**20

_SHARE_OF_MACHINE = 0.9
_LEAST_SHARE_BYTES = 1024 * MIB
"""What a worker with TensorFlow needs anyhow: to replace it for less would gain nothing."""

_PS_EVERY_S = 1.0
"""How often `ps` is asked at most: it takes milliseconds, /proc microseconds."""

_SAME_EVENT_S = 3.0


def machine_memory_bytes(proc: Path = Path("/proc"), groups: Path = Path("/sys/fs/cgroup")) -> int:
    """The memory of this machine, or the limit of our control group where that is lower."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([total, *_group_limits(proc, groups)])


def fair_share_bytes(workers: int) -> int:
    """What each of so many workers may take: its share of nine tenths of the memory."""
    return max(_LEAST_SHARE_BYTES, int(machine_memory_bytes() * _SHARE_OF_MACHINE / max(1, workers)))


def _group_limits(proc: Path, groups: Path) -> list[int]:
    """The memory limits of our control group and of those around it, of either version."""
    try:
        lines = (proc / "self/cgroup").read_text().splitlines()
    except OSError:
        return []
    limits = []
    for line in lines:
        number, controllers, path = line.split(":", 2)
        if number == "0":
            root, name = groups, "memory.max"
        elif "memory" in controllers.split(","):
            root, name = groups / "memory", "memory.limit_in_bytes"
        else:
            continue
        group = root / path.lstrip("/")
        # In a container the path may be the one outside: then only the root's file is there.
        for folder in (group, *group.parents):
            limits += _limit(folder / name)
            if folder == root:
                break
    return limits


def _limit(file: Path) -> list[int]:
    try:
        return [int(file.read_text())]
    except (OSError, ValueError):  # no such file, or "max"
        return []


class MemoryGauge:
    """How much memory a process has for itself.

    On Linux what it shares with others does not count, such as data that all workers map from one file; elsewhere
    (macOS) all of its resident memory does.
    """

    def __init__(self, pid: int, proc: Path = Path("/proc")) -> None:
        self._pid = pid
        self._statm = proc / str(pid) / "statm"
        self._has_proc = (proc / "self/statm").exists()
        self._asked_ps = -_PS_EVERY_S

    def read_bytes(self) -> int | None:
        """What it has now; `None` if it is gone, or if it was measured a moment ago and measuring is slow."""
        if self._has_proc:
            try:
                _, resident, shared, *_ = self._statm.read_text().split()
            except (OSError, ValueError):
                return None
            return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
        now = time.monotonic()
        if now - self._asked_ps < _PS_EVERY_S:
            return None
        self._asked_ps = now
        return _resident_by_ps(self._pid)


def _resident_by_ps(pid: int) -> int | None:
    try:
        asked = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(pid)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
        return int(asked.stdout) * 1024
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


class OutOfMemoryWatch:
    """Notices that the kernel of this machine has ended processes for want of memory."""

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._vmstat = proc / "vmstat"
        self._seen = self._count()
        self._noticed_at = -math.inf

    def noticed(self) -> bool:
        """Whether it did so since this was asked last, or so shortly before that it may have been the same event."""
        count = self._count()
        now = time.monotonic()
        if count > self._seen:
            self._seen, self._noticed_at = count, now
        return now - self._noticed_at < _SAME_EVENT_S

    def _count(self) -> int:
        """How many processes it has ended; 0 where it does not say."""
        try:
            lines = self._vmstat.read_text().splitlines()
            return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
        except (OSError, ValueError, IndexError):
            return 0
