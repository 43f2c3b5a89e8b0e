"""The application: one search on the screen, its loop in a thread, and an orderly way out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import ClassVar

from textual._path import CSSPathType
from textual.app import SystemCommand
from textual.screen import Screen
from textual.worker import Worker

from tui_tuner.engine.view import SearchSource
from tui_tuner.system.gauges import GaugeReader
from tui_tuner.tui.choices import Choices
from tui_tuner.tui.driving import Drive, Driving
from tui_tuner.tui.memory import Memory
from tui_tuner.tui.notifying import NotifyingApp
from tui_tuner.tui.palette import palette_commands
from tui_tuner.tui.screens.search import SearchScreen
from tui_tuner.tui.state import Leave

__all__ = ["Leave", "TunerApp"]


class TunerApp(NotifyingApp):
    """Shows a search and steers it. `run()` returns why it was left; `None` if the app itself failed.

    After `HEADLESS`, `HANGUP`, `TERMINATED` and a failure the search loop was released: it has returned, unfinished,
    and the caller may go on with it without a screen. After `HANGUP` the standard streams lead nowhere.

    Args:
        source: Where snapshots come from and commands go to. Used in the app's thread only.
        drive: The search loop, if it shall run here. It is called in a thread after the first frame, with a function
            that says whether the app lets go of it; then it returns within about 0.2 s.
        make_drive: Makes a loop that goes on with a stopped search, or `None` if that is not possible here. Called in
            the app's thread; may raise `TunerError`.
        read_only: Offer no command.
        attached: The search belongs to another process: leaving leaves it running.
        label: What the header says in place of `attached` or `read-only`.
        memory: Knows up to where the person has seen the search; without it nobody was ever away.
        choices: What the person has chosen for the view of this search; without it nothing is kept.
        quiet: Send no notifications to the terminal.
        gauges: Measures the devices of this machine; without it they are not shown.
        clock: Seconds since the epoch, for the elapsed time.
        screen: Shows the search.
    """

    CSS_PATH: ClassVar[CSSPathType | None] = ["styles/search.tcss", "styles/dialogs.tcss", "styles/trials.tcss"]

    def __init__(
        self,
        source: SearchSource,
        *,
        drive: Drive | None,
        make_drive: Callable[[], Drive] | None = None,
        read_only: bool = False,
        attached: bool = False,
        label: str = "",
        memory: Memory | None = None,
        choices: Choices | None = None,
        quiet: bool = False,
        gauges: GaugeReader | None = None,
        clock: Callable[[], float] = time.time,
        screen: type[SearchScreen] = SearchScreen,
    ) -> None:
        super().__init__(quiet=quiet)
        self._driving = Driving(self, make_drive)
        self.search = screen(
            source,
            self._driving,
            drive=drive,
            leave=self.leave,
            read_only=read_only,
            attached=attached,
            label=label,
            memory=memory,
            choices=choices,
            herald=self.herald,
            gauges=gauges,
            clock=clock,
        )

    @property
    def loop_error(self) -> BaseException | None:
        """What the search loop raised, if it did."""
        return self._driving.error

    def worker_pids(self) -> Iterable[int]:
        return self.search.worker_pids

    def get_default_screen(self) -> Screen[None]:
        return self.search

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        yield from palette_commands(self, screen, self.search)
        yield self.notifications_command()
        yield SystemCommand("Theme", "Choose other colours", self.action_change_theme)
        yield SystemCommand(
            "Screenshot", "Save the screen as SVG", lambda: self.set_timer(0.1, self.deliver_screenshot)
        )

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        self.search.loop_ended(event)

    async def action_quit(self) -> None:
        self.search.action_leave()

    def let_go(self) -> None:
        """Let go of the search loop."""
        self._driving.release()
        self.search.remember()
