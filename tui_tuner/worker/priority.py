"""How workers stand back on a busy machine, so that the app answers keys while all cores train."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

VARIABLE = "TUI_TUNER_WORKER_NICE"
"""Environment variable: by how much the workers stand back; not at all where it is not set."""

BEHIND_THE_APP = 10
"""A tenth of a core beside somebody who does not stand back; all of it where nobody else wants it."""

_LOWEST = 19
_SESSION = Path("/proc/self/autogroup")
_is_behind = False


def let_workers_stand_back() -> None:
    """The workers that this process starts from now on stand back, unless the person has said something about it."""
    os.environ.setdefault(VARIABLE, str(BEHIND_THE_APP))


def wanted_steps() -> int:
    """What the environment says; 0 for what cannot be understood."""
    text = os.environ.get(VARIABLE, "").strip()
    return min(_LOWEST, int(text)) if text.isascii() and text.isdigit() else 0


def stand_back() -> None:
    """Take this process, and what it will start, down in the order of processes. Call it while there is one thread.

    Linux may share the processor among sessions before it looks at their processes ("autogroup", see sched(7)), and a
    worker leads a session of its own: it has to stand back as a session too. Where that cannot be, nothing happens.
    """
    global _is_behind
    steps = wanted_steps()
    if steps:
        if not _is_behind:  # a fork of a process that stands back does so already, but its session is new
            _is_behind = True
            with contextlib.suppress(OSError):
                os.nice(steps)
        with contextlib.suppress(OSError):
            _SESSION.write_text(str(steps), encoding="ascii")
