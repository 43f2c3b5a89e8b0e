"""The log of the shown trial: the end of its file. Before the first trial it is that of the worker that prepares the
search, and of a search that ended without a trial the engine's."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content

from tui_tuner.analysis.formatting import format_count
from tui_tuner.analysis.progress import preparing_worker
from tui_tuner.analysis.text import clean, truncate
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.view import SearchSource, SearchView
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
        worker = preparing_worker(state.view)
        about = clean(worker) if worker else ""
        self._put_title(f"trial {truncate(clean(trial.trial_id), 12)}" if trial else about)
        self.tick()

    def tick(self) -> None:
        """Look whether the log has grown."""
        path = self._path
        if path is None:
            self.show_file(None, "No trial yet.")
        elif self._state is not None and self._state.shown is None:
            view = self._state.view
            self.show_file(path, *(("No trial yet.",) if view.state.is_live else ("", self._said(view))))
        else:
            self.show_file(path, "Nothing was printed yet.")

    def on_resize(self) -> None:
        self.tick()

    @property
    def _path(self) -> Path | None:
        """The trial's file; where there is no trial yet that of the worker that prepares the search, and the engine's
        where the search has ended without one."""
        if self._state is None:
            return None
        trial, view = self._state.shown, self._state.view
        if trial is not None:
            return self._source.log_path(trial.trial_id)
        directory = SearchDirectory(view.root)
        if not view.state.is_live:
            return directory.engine_log
        worker = preparing_worker(view)
        return directory.worker_log(worker) if worker else None

    def _said(self, view: SearchView) -> list[str]:
        """How the search ended, whole: the header may lack the room."""
        width = self.scrollable_content_region.width
        return [line.plain for line in Content(clean(view.detail)).wrap(width)] if width and view.detail else []

    def _put_title(self, about: str) -> None:
        if about != self._titled:
            self._titled = about
            self.border_title = pane_title(5, "Log", about)

    def action_log_pager(self) -> None:
        """The whole of the file, in the person's own pager."""
        path = self._path
        if path is not None:
            page(self.app, path)

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
