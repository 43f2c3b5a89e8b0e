"""Keeps up with a KerasTuner that is still at work in a directory, for as long as somebody looks at it."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tui_tuner.errors import TunerError
from tui_tuner.interop.keras_tuner_import import Found, refresh
from tui_tuner.interop.keras_tuner_project import is_project

EVERY_S = 2.0


@contextmanager
def following(root: Path, found: Found, every_s: float = EVERY_S) -> Iterator[None]:
    """Bring in what KerasTuner writes while the block runs; costs a look at one file's time where it writes nothing."""
    if not is_project(root):
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_follow, args=(root, found, every_s, over), name="keras tuner", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _follow(root: Path, found: Found, every_s: float, over: threading.Event) -> None:
    seen = _stamp(root)
    while not over.wait(every_s):
        now = _stamp(root)
        if now != seen:
            seen = now
            with contextlib.suppress(OSError, TunerError, sqlite3.Error):  # the next change is another chance
                refresh(root, found)


def _stamp(root: Path) -> tuple[int, int]:
    """What changes whenever KerasTuner saves."""
    try:
        stat = (root / "oracle.json").stat()
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_size
