"""Remembers, for the person at this machine, up to where they have seen each search.

Nothing depends on it: where nothing can be read or written, nobody was ever away.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from tui_tuner.analysis.away import LastSeen
from tui_tuner.engine.view import SearchState, SearchView
from tui_tuner.system.user_state import user_state_folder

KEPT = 500
"""So many searches are remembered; what was not looked at for the longest time is forgotten."""

_EVERY_S = 10.0
"""How often it is written while somebody looks: an app that is killed forgets no more than that."""


class Memory:
    """One search's place in the memory.

    Args:
        root: The search directory.
        clock: Seconds since the epoch.
    """

    def __init__(self, root: Path, clock: Callable[[], float]) -> None:
        # The name says nothing; the directory is in the file for people who look.
        self._root = str(Path(os.path.abspath(root)))  # noqa: PTH100 - links are not followed: they may not resolve
        name = hashlib.sha256(os.fsencode(self._root)).hexdigest()[:32]
        self._file = user_state_folder() / "seen" / f"{name}.json"
        self._clock = clock
        self._written: tuple[int, float] = (-1, 0.0)

    def recall(self) -> LastSeen | None:
        """Up to where the search was seen; `None` if it was not, or nobody knows."""
        try:
            stored = json.loads(self._file.read_text(encoding="utf-8"))
            created = stored["created"]
            return LastSeen(
                int(stored["seq"]),
                float(stored["time"]),
                SearchState(stored["state"]),
                None if created is None else float(created),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def seen(self, view: SearchView, *, leaving: bool = False) -> None:
        """Somebody has this on the screen. Written now and then, and when they leave."""
        now = self._clock()
        seq, written = self._written
        if not leaving and (view.seq == seq or abs(now - written) < _EVERY_S):
            return
        self._written = (view.seq, now)
        with contextlib.suppress(OSError):
            self._write(LastSeen(view.seq, now, view.state, view.created))

    def _write(self, last: LastSeen) -> None:
        folder = self._file.parent
        is_new = not self._file.exists()
        folder.mkdir(parents=True, exist_ok=True)
        stored = {
            "directory": self._root,
            "seq": last.seq,
            "time": last.time,
            "state": last.state.value,
            "created": last.created,
        }
        descriptor, beside = tempfile.mkstemp(prefix=".", suffix=".new", dir=folder)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
                json.dump(stored, file)
            Path(beside).replace(self._file)
        except OSError:
            Path(beside).unlink(missing_ok=True)
            raise
        if is_new:
            _forget_oldest(folder)


def _forget_oldest(folder: Path) -> None:
    files = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime)
    for file in files[: max(0, len(files) - KEPT)]:
        file.unlink(missing_ok=True)
