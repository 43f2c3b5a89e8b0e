"""Turns what the user asks for into commands, and shows it as done until the engine answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tui_tuner.analysis.formatting import format_state
from tui_tuner.engine.commands import Answer, Command, CommandKind
from tui_tuner.engine.view import SearchState, SearchView, TrialState
from tui_tuner.errors import TunerError, to_type

RESUMABLE = frozenset({SearchState.STOPPED, SearchState.INTERRUPTED, SearchState.FAILED})
_LIVE = frozenset(state for state in SearchState if state.is_live)
_ECHOED = (CommandKind.PAUSE, CommandKind.RESUME, CommandKind.STOP, CommandKind.STOP_NOW)


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


@dataclass(frozen=True)
class Said:
    """What the engine said to a command."""

    command: Command
    answer: Answer


class Control:
    """The user's requests to one search.

    Args:
        send: Hands a command to the engine and returns the request's number; may raise `TunerError`, then nothing is
            echoed.
        answer: What the engine said to a request, by its number; `None` before it has.
    """

    def __init__(self, send: Callable[[Command], int], answer: Callable[[int], Answer | None]) -> None:
        self._send = send
        self._answer = answer
        self._asked: dict[int, Command] = {}
        self._echo: Echo | None = None
        self._wanted_workers: int | None = None
        self.skipping: frozenset[str] = frozenset()

    def ask(self, command: Command) -> None:
        """Ask the engine for something that the screen does not show as done before the answer."""
        self._asked[self._send(command)] = command

    def answers(self) -> list[Said]:
        """What the engine has said since the last call."""
        said = []
        for request, command in list(self._asked.items()):
            answer = self._answer(request)
            if answer is not None:
                del self._asked[request]
                said.append(Said(command, answer))
                self._take(command, answer)
        return said

    def _take(self, command: Command, answer: Answer) -> None:
        """A request that was refused is not shown as done any more."""
        if all(waiting.kind is not CommandKind.SET_WORKERS for waiting in self._asked.values()):
            self._wanted_workers = None
        if not answer.ok:
            if command.kind is CommandKind.SKIP:
                self.skipping -= {command.trial_id or ""}
            elif command.kind in _ECHOED:
                self._echo = None

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
        if not view.state.is_live:  # nobody is there to answer
            self._asked.clear()
            self._wanted_workers = None
        self.skipping = frozenset(
            trial_id
            for trial_id in self.skipping
            if trial_id in view.trials and view.trials[trial_id].status is TrialState.RUNNING and view.state.is_live
        )

    def forget(self) -> None:
        """Expect no answer any more: the loop that would give it has ended."""
        self._echo = None
        self._wanted_workers = None
        self._asked.clear()
        self.skipping = frozenset()

    def pause(self, view: SearchView, *, hard: bool = False) -> None:
        """Hold the search; a hard pause of one that is paused frees the devices too."""
        self.ask(Command(CommandKind.PAUSE, arguments={"hard": hard}))
        if self.state(view) is not SearchState.PAUSED:
            self._echo = Echo("pausing", SearchState.PAUSED, frozenset({SearchState.STARTING, SearchState.RUNNING}))

    def go_on(self, view: SearchView) -> None:
        """End a pause, or take back a stop."""
        self.ask(Command(CommandKind.RESUME))
        self._echo = Echo("continuing", SearchState.RUNNING, frozenset({SearchState.PAUSED, SearchState.STOPPING}))
        self.observe(view)

    def stop(self) -> None:
        """Stop after the running trials."""
        self.ask(Command(CommandKind.STOP))
        self._echo = Echo("stopping", SearchState.STOPPING, _LIVE - {SearchState.STOPPING})

    def stop_now(self) -> None:
        self.ask(Command(CommandKind.STOP_NOW))
        self._echo = Echo("stopping now", SearchState.STOPPING, _LIVE)

    def skip(self, trial_id: str) -> None:
        """End one running trial."""
        self.ask(Command(CommandKind.SKIP, trial_id))
        self.skipping |= {trial_id}

    def change_workers(self, view: SearchView, by: int) -> None:
        """More or fewer trials at once, at least one.

        Raises:
            TunerError: If there are no workers to count from, or the request could not be written.
        """
        now = self._wanted_workers or view.wanted_workers or len(view.workers)
        if not now:
            raise TunerError(
                "There are no workers now to add to or take from.",
                f"Say how many: {to_type('ctl', view.root, 'workers', 2)}",
            )
        wanted = max(1, now + by)
        self.ask(Command(CommandKind.SET_WORKERS, arguments={"workers": wanted}))
        self._wanted_workers = wanted

    def starting(self) -> None:
        """A new loop was started for a search that had stopped."""
        self._echo = Echo("starting", SearchState.STARTING, RESUMABLE)
