"""The limit of open files, which many workers meet: each has a socket, and for a moment a log."""

from __future__ import annotations

import contextlib
import resource

_BESIDE_WORKERS = 256
"""What the engine and the app have open themselves, generously."""


def allow_open_files(workers: int) -> None:
    """Raise this process's own limit of open files, where so many workers need it and the system allows it."""
    needed = 2 * workers + _BESIDE_WORKERS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    wanted = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    with contextlib.suppress(OSError, ValueError):  # macOS has limits beyond the one that it tells
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
