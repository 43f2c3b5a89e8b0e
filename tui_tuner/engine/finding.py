"""Finds the searches below a folder, without going through all of a disk."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from tui_tuner.engine.directory import SearchDirectory

_DEPTH = 5
_FOLDERS = 4000
_SECONDS = 2.0
_NEVER = frozenset({"__pycache__", "node_modules", "site-packages", "venv"})


def find_searches(folder: Path, *, cancelled: Callable[[], bool] = lambda: False) -> list[Path]:
    """The search directories in a folder and those below it, near ones first.

    What is hidden, and what lies inside a search, is not looked at; nor are more than some thousand folders, or for
    longer than two seconds.

    Args:
        cancelled: Whether nobody wants to know any more.
    """
    found = []
    waiting = deque([(folder, 0)])
    seen = 0
    deadline = time.monotonic() + _SECONDS
    while waiting and seen < _FOLDERS and time.monotonic() < deadline and not cancelled():
        here, depth = waiting.popleft()
        seen += 1
        if SearchDirectory(here).exists():
            found.append(here)
            continue
        if depth < _DEPTH:
            waiting.extend((below, depth + 1) for below in _folders(here))
    return found


def _folders(here: Path) -> list[Path]:
    try:
        with os.scandir(here) as entries:
            return sorted(
                Path(entry.path)
                for entry in entries
                if not entry.name.startswith(".") and entry.name not in _NEVER and entry.is_dir(follow_symlinks=False)
            )
    except OSError:
        return []
