"""How workers stand back on a busy machine, so that the app answers keys while all cores train."""

from __future__ import annotations

import contextlib
import os

VARIABLE = "TUI_TUNER_WORKER_NICE"
"""Environment variable: by how much workers stand back, see `nice(2)`."""

BEHIND_THE_APP = 5
"""A quarter of a core beside a process of the same group that does not stand back; all of it where nobody wants it."""

_LOWEST = 19
_AS_SESSIONS = 2
"""How much farther workers stand back as sessions, which they do for some seconds only."""


def let_workers_stand_back() -> None:
    """The workers that this process starts from now on stand back, unless the person has said something about it."""
    os.environ.setdefault(VARIABLE, str(BEHIND_THE_APP))


def wanted_steps(otherwise: int = 0) -> int:
    """What the environment says; 0 for what cannot be understood.

    Args:
        otherwise: What holds where it says nothing.
    """
    text = os.environ.get(VARIABLE, str(otherwise)).strip()
    return min(_LOWEST, int(text)) if text.isascii() and text.isdigit() else 0


def wanted_steps_of_sessions() -> int:
    """By how much the sessions of workers stand back while keys are pressed."""
    return min(_LOWEST, _AS_SESSIONS * wanted_steps(BEHIND_THE_APP))


def stand_back() -> None:
    """Take this process, and what it will start, down in the order of processes. Call it while there is one thread.

    The kernel may share the processor among groups of processes first, such as sessions or logins: then only those of
    the same group come before it.
    """
    if steps := wanted_steps():
        with contextlib.suppress(OSError):
            os.nice(steps)
