"""Remembers, for the person at this machine, up to where they have seen each search."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tui_tuner.analysis.away import LastSeen
from tui_tuner.engine.view import SearchState, SearchView
from tui_tuner.system.person_file import PersonFile

_EVERY_S = 10.0
"""How often it is written while somebody looks: an app that is killed forgets no more than that."""


class Memory:
    """One search's place in the memory.

    Args:
        root: The search directory.
        clock: Seconds since the epoch.
    """

    def __init__(self, root: Path, clock: Callable[[], float]) -> None:
        self._file = PersonFile(root, "seen")
        self._clock = clock
        self._written: tuple[int, float] = (-1, 0.0)

    def recall(self) -> LastSeen | None:
        """Up to where the search was seen; `None` if it was not, or nobody knows."""
        stored = self._file.read()
        try:
            created = stored["created"]
            return LastSeen(
                int(stored["seq"]),
                float(stored["time"]),
                SearchState(stored["state"]),
                None if created is None else float(created),
            )
        except (ValueError, KeyError, TypeError):
            return None

    def seen(self, view: SearchView, *, leaving: bool = False) -> None:
        """Somebody has this on the screen. Written now and then, and when they leave."""
        now = self._clock()
        seq, written = self._written
        if not leaving and (view.seq == seq or abs(now - written) < _EVERY_S):
            return
        self._written = (view.seq, now)
        self._file.write({"seq": view.seq, "time": now, "state": view.state.value, "created": view.created})
