"""A script's output on the screen: before its first search, between searches, and after the last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen

from tui_tuner.analysis.formatting import format_duration
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import SearchState
from tui_tuner.errors import TunerError
from tui_tuner.tui.actions import BY_ID, Availability, Situation, availability
from tui_tuner.tui.look import style
from tui_tuner.tui.screens.help import HelpScreen
from tui_tuner.tui.stacking import open_over
from tui_tuner.tui.widgets.key_bar import KeyBar
from tui_tuner.tui.widgets.plain import Plain
from tui_tuner.tui.widgets.tail import TailPane

_ACTIONS = tuple(BY_ID[name] for name in ("back", "resume", "detach", "leave", "help"))
_NAME_WIDTH = 32


class Part(StrEnum):
    """What a script is in a search of several processes, of which it shows nothing but what it prints."""

    CHIEF = "the chief of a search, whose workers run the trials"
    WORKER = "a worker of a search, whose chief has the results"


@dataclass(frozen=True)
class ScriptState:
    """How a script stands.

    Args:
        name: Its file name.
        activity: What it is busy with, if that is known.
        elapsed_s: Seconds since it was started.
        exit_code: As a shell has it; `None` while it runs.
        searches: How many searches it has begun.
        search: The state of the last search; `None` before the first.
        part: What it is in a search of several processes, once it has begun to be that; `None` otherwise.
        stopping: Whether it was told to stop.
    """

    name: str
    activity: str
    elapsed_s: float
    exit_code: int | None
    searches: int
    search: SearchState | None
    part: Part | None = None
    stopping: bool = False


class ScriptOutput(Screen[None]):
    """The end of what a script has printed, and how it stands.

    Args:
        log: Where its output is kept.
        quit_script: Called when the user wants to leave.
        detach: Called when the user wants to leave the script running.
        back: Called when the user wants to see the last search.
        resume: Runs the script again; may raise `TunerError`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in _ACTIONS]
    AUTO_FOCUS = "#output"

    def __init__(
        self,
        log: Path,
        *,
        quit_script: Callable[[], None],
        detach: Callable[[], None],
        back: Callable[[], None],
        resume: Callable[[], None],
    ) -> None:
        super().__init__()
        self._log = log
        self._quit_script = quit_script
        self._detach_script = detach
        self._back = back
        self._resume = resume
        self._situation = Situation(driving=True, script="output")
        self._title = Plain("title")
        self._clock = Plain("clock")
        self._output = TailPane("output")
        self._keys = KeyBar(_ACTIONS)

    def compose(self) -> ComposeResult:
        with Vertical(id="header"), Horizontal():
            yield self._title
            yield self._clock
        yield self._output
        yield self._keys

    def on_mount(self) -> None:
        self._output.border_title = Content("Output")
        self._output.border_subtitle = Content(clean(str(self._log)))

    def show(self, state: ScriptState) -> None:
        """Draw what is new in `state` and in the output."""
        self._title.put(_title(state))
        self._clock.put(Content.assemble(("elapsed ", style("dim")), format_duration(state.elapsed_s)))
        self._output.show_file(self._log, "Nothing was printed yet.")
        situation = Situation(
            state=_as_search_state(state),
            driving=state.exit_code is None,
            script="output" if state.searches else "",
        )
        if situation != self._situation:
            self._situation = situation
            self._keys.show(situation)

    @property
    def text(self) -> str:
        """What is said about the script."""
        return self._title.shown.plain

    @property
    def lines(self) -> list[str]:
        """The lines of the output that are at hand."""
        return self._output.lines

    @property
    def situation(self) -> Situation:
        """What decides which actions are possible now."""
        return self._situation

    def check_action(self, action: str, parameters: tuple[object, ...]) -> Availability:
        return availability(action, self._situation)

    async def on_key_bar_pressed(self, message: KeyBar.Pressed) -> None:
        await self.run_action(message.action.command or message.action.id)

    def action_back(self) -> None:
        self._back()

    def action_resume(self) -> None:
        try:
            self._resume()
        except TunerError as error:
            self.app.notify(clean(str(error)), severity="error", markup=False)

    def action_detach(self) -> None:
        self._detach_script()

    def action_leave(self) -> None:
        self._quit_script()

    def action_help(self) -> None:
        open_over(self.app, HelpScreen(self._situation))


def _title(state: ScriptState) -> Content:
    if state.exit_code is None:
        symbol, colour = ("◍", "warning") if state.stopping else ("●", "running")
        word = "stopping" if state.stopping else "running"
        detail = state.activity or _part(state) or ("before its first search" if not state.searches else "")
    else:
        symbol, colour = ("✓", "completed") if state.exit_code == 0 else ("✗", "failed")
        word = "ended" if state.exit_code == 0 else f"ended with exit code {state.exit_code}"
        detail = _part(state) or ("it made no search" if not state.searches else "")
    parts: list[tuple[str, str]] = [
        (truncate(clean(state.name), _NAME_WIDTH), "bold $foreground"),
        ("   ", ""),
        (f"{symbol} {word}", style(colour) + " bold"),
    ]
    if detail:
        parts += [("   ", ""), (clean(detail), style("dim"))]
    if state.search is not None:
        number = f"search {state.searches} " if state.searches > 1 else "search "
        parts += [("   ", ""), (f"{number}{state.search.value}", style("dim"))]
    return Content.assemble(*parts)


def _part(state: ScriptState) -> str:
    if state.part is None:
        return ""
    return f"it {'is' if state.exit_code is None else 'was'} {state.part.value}"


def _as_search_state(state: ScriptState) -> SearchState:
    """What `r` can mean here: a script that failed can be run again, as can one whose search was stopped."""
    if state.exit_code is None:
        return SearchState.RUNNING
    return state.search or (SearchState.COMPLETED if state.exit_code == 0 else SearchState.FAILED)
