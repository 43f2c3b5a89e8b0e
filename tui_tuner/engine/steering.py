"""What the search is doing and what people have asked of it: the state that viewers see."""

from __future__ import annotations

from tui_tuner.engine import events
from tui_tuner.engine.store import Store
from tui_tuner.engine.view import SearchState


class Steering:
    """The state of a live search follows from three facts; `say` shows it to viewers.

    Attributes:
        preparing: The workers start, the data is loaded.
        paused: A person wants nothing to go on.
        stopping: A person wants it to end.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._shown: tuple[SearchState, str] | None = None
        self.preparing = True
        self.paused = False
        self.stopping = False

    @property
    def state(self) -> SearchState:
        if self.stopping:
            return SearchState.STOPPING
        if self.paused:
            return SearchState.PAUSED
        return SearchState.STARTING if self.preparing else SearchState.RUNNING

    def say(self, detail: str = "") -> None:
        """Write the state and one line about it, inside a transaction; nothing if both are there already."""
        self._write(self.state, detail)

    def end(self, state: SearchState, detail: str) -> None:
        """Write the state in which the search ends, inside a transaction."""
        self._write(state, detail)

    def _write(self, state: SearchState, detail: str) -> None:
        if (state, detail) != self._shown:
            self._shown = (state, detail)
            self._store.event(events.StateChanged(state, detail))
            self._store.set_meta(state=state.value, detail=detail)
