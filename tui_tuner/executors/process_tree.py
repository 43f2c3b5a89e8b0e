"""The processes that a process has started, and those that these have started, also where they left its group."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path


def descendants(roots: Iterable[int], proc: Path = Path("/proc")) -> tuple[int, ...]:
    """The ids of all that descend from `roots`, without these, from one look at all processes of this machine."""
    children: dict[int, list[int]] = {}
    for pid, parent in _parents(proc):
        children.setdefault(parent, []).append(pid)
    found: list[int] = []
    waiting = list(roots)
    while waiting:
        born = children.pop(waiting.pop(), [])
        found += born
        waiting += born
    return tuple(found)


def _parents(proc: Path) -> Iterable[tuple[int, int]]:
    """Each process with its parent."""
    if (proc / "self/stat").exists():
        for name in os.listdir(proc):  # noqa: PTH208 - a thousand paths made for nothing
            if name.isdigit():
                with contextlib.suppress(OSError, ValueError, IndexError):  # it has ended meanwhile
                    stat = (proc / name / "stat").read_text(errors="replace")
                    # The name, in parentheses, may hold anything.
                    yield int(name), int(stat.rpartition(")")[2].split()[1])
        return
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        listed = subprocess.run(
            ["ps", "-axo", "pid=,ppid="],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
        for line in listed.stdout.splitlines():
            pid, _, parent = line.strip().partition(" ")
            if pid.isdigit() and parent.strip().isdigit():
                yield int(pid), int(parent)
