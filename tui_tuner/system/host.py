"""The processors and the main memory of this machine, or what our control group may take of it."""

from __future__ import annotations

from pathlib import Path

import psutil

from tui_tuner.system.gauges import Gauge, Measure

_GROUPS = Path("/sys/fs/cgroup")


def measure_host(groups: Path = _GROUPS) -> Measure:
    """What measures this machine.

    Args:
        groups: Where the control group of this container is seen; nothing is there outside of one.
    """
    psutil.cpu_percent(None)  # says what happened since it was asked last

    def measure() -> list[Gauge]:
        memory = psutil.virtual_memory()
        used, total = memory.total - memory.available, memory.total
        limit = _number(groups / "memory.max")
        taken = _number(groups / "memory.current")
        if limit is not None and taken is not None and limit < total:
            used, total = max(0, taken - _inactive_files(groups / "memory.stat")), limit
        return [Gauge("CPU", psutil.cpu_percent(None) / 100, used, total, processes=tuple(psutil.pids()))]

    return measure


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):  # no such file, or "max"
        return None


def _inactive_files(file: Path) -> int:
    """What the kernel takes back before anybody misses it."""
    try:
        lines = file.read_text().splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("inactive_file ")), 0)
    except (OSError, ValueError, IndexError):
        return 0
