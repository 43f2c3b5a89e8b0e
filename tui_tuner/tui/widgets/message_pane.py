"""Why a trial failed or was stopped: its message, with the traceback if there is one."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from tui_tuner.analysis.text import log_lines
from tui_tuner.engine.view import TrialState, TrialView
from tui_tuner.tui.look import pane_title, style
from tui_tuner.tui.widgets.plain import Plain

_LINES = 2000


class MessagePane(VerticalScroll, can_focus=True):
    """The message; its first line says it, the rest is where."""

    def __init__(self) -> None:
        super().__init__(id="message")
        self._text = Plain("message-text")

    def compose(self) -> ComposeResult:
        yield self._text

    def on_mount(self) -> None:
        self.border_title = pane_title(4, "Message")

    def show(self, trial: TrialView) -> None:
        """Draw what is new."""
        first, *rest = log_lines(trial.message.strip(), _LINES) or ["Nothing was said."]
        colour = style("failed") if trial.status is TrialState.FAILED else ""
        self._text.put(Content("\n").join([Content.styled(first, colour), *map(Content, rest)]))
