"""The log of the shown trial: the end of its file."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from tui_tuner.analysis.formatting import format_count
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.view import SearchSource
from tui_tuner.tui.actions import bindings
from tui_tuner.tui.look import pane_title
from tui_tuner.tui.pager import page
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.prompt_bar import PromptBar, Said, prompt
from tui_tuner.tui.widgets.tail import MAX_BYTES, MAX_LINES, TailPane


class LogPane(TailPane):
    """What the shown trial has printed."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("log")

    def __init__(self, source: SearchSource, *, max_bytes: int = MAX_BYTES, max_lines: int = MAX_LINES) -> None:
        super().__init__("log", max_bytes=max_bytes, max_lines=max_lines)
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

    def action_log_pager(self) -> None:
        """The whole of the file, in the person's own pager."""
        trial = self._state.shown if self._state else None
        if trial is not None:
            page(self.app, self._source.log_path(trial.trial_id))

    def action_log_find(self) -> None:
        """Go to the last line that holds a text; up and down go to the others."""
        at_end, top = self._at_end, self.scroll_offset.y
        found: list[int] = []
        sought, here = "", 0

        def look(text: str, cursor: int) -> Said:
            nonlocal found, sought, here
            if text != sought:
                sought, found = text, self.find(text)
                here = len(found) - 1
                if found:
                    self.show_line(found[here])
            if not text:
                return Said(f"in the last {format_count(len(self.lines), 'line')}")
            if not found:
                return Said(problem="not found")
            return Said(f"{here + 1:,} of {format_count(len(found), 'line')}")

        def step(by: int) -> None:
            nonlocal here
            if found:
                here = (here + by) % len(found)
                self.show_line(found[here])

        def done(text: str | None) -> None:
            if text is None:
                self.find("")
                self.scroll_to(y=top, animate=False, force=True)
                if at_end:
                    self.go_to_end()
            self.focus()

        prompt(self.screen, PromptBar("Find in the log", "", look, done, step))
