"""The log of the shown trial: the end of its file."""

from __future__ import annotations

from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import SearchSource
from tui_tuner.tui.look import pane_title
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.tail import TailPane


class LogPane(TailPane):
    """What the shown trial has printed."""

    def __init__(self, source: SearchSource) -> None:
        super().__init__("log")
        self._source = source
        self._state: ScreenState | None = None
        self._titled: str | None = None

    def on_mount(self) -> None:
        self._put_title("")

    def show(self, state: ScreenState) -> None:
        """Draw what is new in `state`."""
        before = self._state.shown if self._state else None
        self._state = state
        trial = state.shown
        if trial is not None and before is not None and trial.trial_id != before.trial_id:
            self.go_to_end()
        self._put_title(clean(trial.trial_id) if trial else "")
        self.tick()

    def tick(self) -> None:
        """Look whether the log has grown."""
        trial = self._state.shown if self._state else None
        if trial is None:
            self.show_file(None, "No trial yet.")
        else:
            self.show_file(self._source.log_path(trial.trial_id), "Nothing was printed yet.")

    def _put_title(self, trial_id: str) -> None:
        if trial_id != self._titled:
            self._titled = trial_id
            self.border_title = pane_title(5, "Log", f"trial {truncate(trial_id, 12)}" if trial_id else "")
