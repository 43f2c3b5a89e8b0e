"""One search of a script, on the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from tui_tuner.engine.view import SearchSource
from tui_tuner.system.gauges import GaugeReader
from tui_tuner.tui.choices import Choices
from tui_tuner.tui.driving import Driving
from tui_tuner.tui.herald import Herald
from tui_tuner.tui.memory import Memory
from tui_tuner.tui.screens.search import SearchScreen
from tui_tuner.tui.state import Leave


class ScriptSearchScreen(SearchScreen):
    """The search runs in the script's process: leaving concerns the script, and beside the search there is its output.

    Args:
        driving: Waits for the script's process; its resume runs the script again.
        quit_script: Called when the user wants to leave.
        show_output: Called when the user wants to see what the script prints.
    """

    of_script: ClassVar[bool] = True

    def __init__(
        self,
        source: SearchSource,
        driving: Driving,
        *,
        leave: Callable[[Leave], None],
        quit_script: Callable[[], None],
        show_output: Callable[[], None],
        memory: Memory | None = None,
        choices: Choices | None = None,
        herald: Herald | None = None,
        gauges: GaugeReader | None = None,
    ) -> None:
        super().__init__(
            source,
            driving,
            drive=None,
            leave=leave,
            memory=memory,
            choices=choices,
            herald=herald,
            gauges=gauges,
        )
        self._quit_script = quit_script
        self._show_output = show_output

    def action_leave(self) -> None:
        self._quit_script()

    def action_output(self) -> None:
        self._show_output()
