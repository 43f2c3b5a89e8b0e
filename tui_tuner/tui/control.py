"""Turns what the user asks for into commands, and shows it as done until the engine answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tui_tuner.analysis.formatting import format_state
from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.view import SearchState, SearchView, TrialState

RESUMABLE = frozenset({SearchState.STOPPED, SearchState.INTERRUPTED, SearchState.FAILED})
_LIVE = frozenset(state for state in SearchState if state.is_live)


@dataclass(frozen=True)
class Echo:
    """A request that the engine has not answered yet.

    Args:
        word: What the header says meanwhile.
        means: The state that was asked for.
        unanswered: The states that the search is in as long as there is no answer.
    """

    word: str
    means: SearchState
    unanswered: frozenset[SearchState]


class Control:
    """The user's requests to one search.

    Args:
        send: Hands a command to the engine; may raise `TunerError`, then nothing is echoed.
    """

    def __init__(self, send: Callable[[Command], object]) -> None:
        self._send = send
        self._echo: Echo | None = None
        self.skipping: frozenset[str] = frozenset()

    @property
    def stopping_now(self) -> bool:
        """Whether the search was told to stop at once and has not yet."""
        return self._echo is not None and self._echo.unanswered == _LIVE

    def state(self, view: SearchView) -> SearchState:
        """The state as it is shown."""
        return self._echo.means if self._echo else view.state

    def word(self, view: SearchView) -> str:
        """The state in a word."""
        return self._echo.word if self._echo else format_state(view.state)

    def observe(self, view: SearchView) -> None:
        """Drop what the snapshot has answered."""
        if self._echo is not None and view.state not in self._echo.unanswered:
            self._echo = None
        self.skipping = frozenset(
            trial_id
            for trial_id in self.skipping
            if trial_id in view.trials and view.trials[trial_id].status is TrialState.RUNNING and view.state.is_live
        )

    def forget(self) -> None:
        """Expect no answer any more: the loop that would give it has ended."""
        self._echo = None
        self.skipping = frozenset()

    def pause(self) -> None:
        self._send(Command(CommandKind.PAUSE))
        self._echo = Echo("pausing", SearchState.PAUSED, frozenset({SearchState.STARTING, SearchState.RUNNING}))

    def go_on(self, view: SearchView) -> None:
        """End a pause, or take back a stop."""
        self._send(Command(CommandKind.RESUME))
        self._echo = Echo("continuing", SearchState.RUNNING, frozenset({SearchState.PAUSED, SearchState.STOPPING}))
        self.observe(view)

    def stop(self) -> None:
        """Stop after the running trials."""
        self._send(Command(CommandKind.STOP))
        self._echo = Echo("stopping", SearchState.STOPPING, _LIVE - {SearchState.STOPPING})

    def stop_now(self) -> None:
        self._send(Command(CommandKind.STOP_NOW))
        self._echo = Echo("stopping now", SearchState.STOPPING, _LIVE)

    def skip(self, trial_id: str) -> None:
        """End one running trial."""
        self._send(Command(CommandKind.SKIP, trial_id))
        self.skipping |= {trial_id}

    def starting(self) -> None:
        """A new loop was started for a search that had stopped."""
        self._echo = Echo("starting", SearchState.STARTING, RESUMABLE)
