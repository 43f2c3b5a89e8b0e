"""What the search is doing and what people have asked of it: the state that viewers see."""

from __future__ import annotations

from tui_tuner.engine import events
from tui_tuner.engine.stopwatch import Stopwatch
from tui_tuner.engine.store import Store
from tui_tuner.engine.view import SearchState

_COUNTED = (SearchState.STARTING, SearchState.RUNNING, SearchState.STOPPING)
"""The states in which a search is active."""


class Steering:
    """The state of a live search follows from a few facts; `say` shows it to viewers.

    Args:
        stopwatch: Counts the active time; it follows the state.

    Attributes:
        preparing: The workers start, the data is loaded.
        paused: A person wants nothing to go on.
        devices_free: With the pause: no worker keeps the memory of its device.
        stopping: A person wants it to end.
        blocked: What outside must be mended before it can go on; empty if nothing.
    """

    def __init__(self, store: Store, stopwatch: Stopwatch) -> None:
        self._store = store
        self._stopwatch = stopwatch
        self._shown: tuple[SearchState, str] | None = None
        self.preparing = True
        self.paused = False
        self.devices_free = False
        self.stopping = False
        self.blocked = ""

    @property
    def state(self) -> SearchState:
        if self.blocked:
            return SearchState.BLOCKED
        if self.stopping:
            return SearchState.STOPPING
        if self.paused:
            return SearchState.PAUSED
        return SearchState.STARTING if self.preparing else SearchState.RUNNING

    def pause(self, *, devices_free: bool) -> None:
        self.paused, self.devices_free, self.stopping = True, devices_free, False

    def go_on(self) -> None:
        self.paused = self.devices_free = self.stopping = False

    def stop(self) -> None:
        self.paused = self.devices_free = False
        self.stopping = True

    def say(self, detail: str = "") -> None:
        """Write the state and one line about it, inside a transaction; nothing if both are there already."""
        self._write(self.state, detail or self.blocked)

    def end(self, state: SearchState, detail: str) -> None:
        """Write the state in which the search ends, inside a transaction."""
        self._write(state, detail)

    def _write(self, state: SearchState, detail: str) -> None:
        if (state, detail) != self._shown:
            self._shown = (state, detail)
            self._stopwatch.run(state in _COUNTED)
            self._store.event(events.StateChanged(state, detail))
            self._store.set_meta(state=state.value, detail=detail, **self._stopwatch.meta())
