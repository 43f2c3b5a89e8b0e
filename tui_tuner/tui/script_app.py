"""The application around a script: its output, and each of its searches while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar, Protocol

from textual._path import CSSPathType
from textual.app import SystemCommand
from textual.screen import Screen
from textual.worker import Worker

from tui_tuner.engine.view import SearchSource, SearchState
from tui_tuner.errors import TunerError
from tui_tuner.interop.script_messages import Activity, ScriptMessage, SearchBegan, SearchEnded, SearchShared
from tui_tuner.system.gauges import GaugeReader
from tui_tuner.tui.actions import ACTIONS, availability
from tui_tuner.tui.choices import Choices
from tui_tuner.tui.driving import Drive, Driving
from tui_tuner.tui.memory import Memory
from tui_tuner.tui.notifying import NotifyingApp
from tui_tuner.tui.pace import EVERY_S
from tui_tuner.tui.screens.question import Answer, Question
from tui_tuner.tui.screens.script_output import Part, ScriptOutput, ScriptState
from tui_tuner.tui.screens.script_search import ScriptSearchScreen
from tui_tuner.tui.stacking import open_over
from tui_tuner.tui.state import Leave

_OUTPUT = "output"


class RunningScript(Protocol):
    """A script's process; `interop.script_process` has the real one."""

    started: float

    @property
    def exit_code(self) -> int | None: ...

    def messages(self) -> list[ScriptMessage]: ...

    def interrupt(self) -> None: ...

    def kill(self) -> None: ...

    def wait(self, released: Callable[[], bool]) -> None: ...


class ScriptApp(NotifyingApp):
    """Shows a script: what it prints, and the panes of each search that it makes while that runs.

    The script runs in a process of its own, which goes on when the app is left, unless the user stops it.

    Args:
        name: The script's file name.
        log: Where its output is kept.
        process: The script, already started.
        start_again: Starts it once more; may raise `TunerError`.
        open_source: Opens a search directory.
        gauges: Measures the devices of this machine; without it they are not shown.
        quiet: Send no notifications to the terminal.
    """

    CSS_PATH: ClassVar[CSSPathType | None] = [
        "styles/search.tcss",
        "styles/dialogs.tcss",
        "styles/trials.tcss",
        "styles/script.tcss",
    ]
    DEFAULT_MODE: ClassVar[str] = _OUTPUT

    def __init__(
        self,
        name: str,
        log: Path,
        process: RunningScript,
        start_again: Callable[[], RunningScript],
        open_source: Callable[[Path], SearchSource],
        gauges: GaugeReader | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        super().__init__(quiet=quiet)
        self._gauges = gauges
        self._script_name = name
        self._process = process
        self._start_again = start_again
        self._open_source = open_source
        self._driving = Driving(self, self._run_again)
        self.output = ScriptOutput(
            log,
            quit_script=self.ask_to_leave,
            detach=lambda: self.leave(Leave.HEADLESS),
            back=self._show_search,
            resume=self._driving.resume,
        )
        self.add_mode(_OUTPUT, lambda: self.output)
        self.search: ScriptSearchScreen | None = None
        self.sources: dict[Path, SearchSource] = {}
        """The searches that the script has begun, in order."""
        self._searches = 0
        self._searches_before = 0
        """How many of them earlier runs of the script have begun."""
        self._overwrite = False
        self._activity = ""
        self._part: Part | None = None
        self._stopping = False
        self._ended: float | None = None
        self._wanted_mode = ""
        self._search_modes: set[str] = set()

    @property
    def process(self) -> RunningScript:
        """The script's process; another one after the script was run again."""
        return self._process

    def worker_pids(self) -> Iterable[int]:
        return self.search.worker_pids if self.search is not None else ()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        if isinstance(screen, ScriptSearchScreen | ScriptOutput):
            for action in ACTIONS:
                run = action.command or action.id
                if availability(action.id, screen.situation) and hasattr(screen, f"action_{run.partition('(')[0]}"):
                    yield SystemCommand(
                        action.help.rstrip("."),
                        f"key {self.keymap.shown(action)}",
                        lambda run=run: screen.run_action(run),
                    )
        yield self.notifications_command()
        yield SystemCommand("Theme", "Choose other colours", self.action_change_theme)

    # The script

    def on_mount(self) -> None:
        # After the first frame: what the script says meanwhile is kept in the socket.
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._driving.start(self._process.wait)
        self._look()
        self.set_interval(EVERY_S, self._look)

    def _look(self) -> None:
        for message in self._process.messages():
            self._take(message)
        if self._wanted_mode and len(self.screen_stack) == 1:  # not while the user is asked something
            mode, self._wanted_mode = self._wanted_mode, ""
            if mode != self.current_mode:
                self.switch_mode(mode)
                self.type_ahead.closed()
            self._forget_earlier_searches(mode)
        if self.current_mode == _OUTPUT:
            self.output.show(self._state())

    def _forget_earlier_searches(self, current: str) -> None:
        """Take away the screens of searches before the last one: each would go on reading its search."""
        latest = _mode(self._searches)
        for mode in self._search_modes - {current, latest}:
            self._search_modes.discard(mode)
            self.remove_mode(mode)

    def _take(self, message: ScriptMessage) -> None:
        match message:
            case Activity():
                self._activity = message.text
            case SearchBegan():
                self._search_began(Path(message.root), message.overwrite)
            case SearchShared():
                self._part = Part.CHIEF if message.is_chief else Part.WORKER
            case SearchEnded():
                if self.search is not None:
                    self.search.poll()
                self._wanted_mode = _OUTPUT

    def _search_began(self, root: Path, overwrite: bool) -> None:
        try:
            source = self._open_source(root)
        except TunerError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if self.search is not None:
            self.search.remember()
        self._searches += 1
        self._overwrite = overwrite
        self.sources.pop(root, None)
        self.sources[root] = source
        self.search = screen = ScriptSearchScreen(
            source,
            self._driving,
            leave=self.leave,
            quit_script=self.ask_to_leave,
            show_output=self._show_output,
            memory=Memory(root, time.time),
            choices=Choices(root),
            herald=self.new_herald(),
            gauges=self._gauges,
        )
        self._wanted_mode = _mode(self._searches)
        self._search_modes.add(self._wanted_mode)
        self.add_mode(self._wanted_mode, lambda: screen)

    def _state(self) -> ScriptState:
        return ScriptState(
            name=self._script_name,
            activity=self._activity,
            elapsed_s=(self._ended or time.time()) - self._process.started,
            exit_code=self._process.exit_code,
            searches=self._searches - self._searches_before,
            search=self._search_state(),
            part=self._part,
            stopping=self._stopping,
        )

    def _search_state(self) -> SearchState | None:
        if self._searches == self._searches_before:
            return None
        try:
            return list(self.sources.values())[-1].poll().state
        except TunerError:
            return None

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if not self._driving.ended(event) or self._exit or not self.is_running:
            return
        self._ended = time.time()
        self._activity = ""
        self._wanted_mode = _OUTPUT
        self._look()
        if self.search is not None:
            self.search.loop_ended(event)
        if self._stopping:
            self.leave(Leave.STOPPED)

    def _run_again(self) -> Drive:
        """Start the script once more; it goes on with its searches where they were.

        Raises:
            TunerError: If it would delete them instead.
        """
        if self._overwrite:
            state = list(self.sources.values())[-1].poll()
            raise TunerError(
                f"{self._script_name} makes its tuner with overwrite=True: run again, it would delete the "
                f"{len(state.trials)} trials of {state.root} and begin anew.",
                "Take overwrite=True out of the script, then press r again.",
            )
        self._process = self._start_again()
        self._part = None
        self._searches_before = self._searches
        self._ended = None
        self._stopping = False
        self._wanted_mode = _OUTPUT
        return self._process.wait

    # What is shown

    def _show_search(self) -> None:
        if self.search is not None:
            self._wanted_mode = _mode(self._searches)
            self._look()

    def _show_output(self) -> None:
        self._wanted_mode = _OUTPUT
        self._look()

    # Leaving

    async def action_quit(self) -> None:
        self.ask_to_leave()

    def ask_to_leave(self) -> None:
        """Leave, or ask first what shall become of the script."""
        if not self._is_script_running():
            self.leave(Leave.FINISHED)
            return

        def answered(answer: str | None) -> None:
            if answer == _LEAVE_RUNNING.id:
                self.leave(Leave.HEADLESS)
            elif answer is not None and not self._is_script_running():
                self.leave(Leave.STOPPED)
            elif answer == _STOP.id:
                self._stopping = True
                self._process.interrupt()
                self._show_output()
            elif answer == _KILL.id:
                self._process.kill()

        answers = (_LEAVE_RUNNING, _KILL) if self._stopping else (_STOP, _LEAVE_RUNNING)
        open_over(self, Question("The script is running", answers, self._is_script_running), answered)

    def _is_script_running(self) -> bool:
        """As it is shown: the thread that waits for the script may hear of its end a moment later."""
        return self._driving.running and self._process.exit_code is None

    def let_go(self) -> None:
        self._driving.release()
        if self.search is not None:
            self.search.remember()


def _mode(search: int) -> str:
    """The mode that shows a search, counted from 1."""
    return f"search {search}"


_STOP = Answer(
    "stop", "s", "Stop it and quit", "Its search stops, then it gets a KeyboardInterrupt; run it again to go on."
)
_KILL = Answer("kill", "k", "Kill it", "It was asked to stop and goes on. Its search can be resumed.")
_LEAVE_RUNNING = Answer("headless", "h", "Leave it running", "It goes on without the screen; attach to its search.")
