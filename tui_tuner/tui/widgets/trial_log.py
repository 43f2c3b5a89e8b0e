"""The log of the shown trial: the end of its file, as a terminal would show it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from textual.content import Content
from textual.widgets import Log

from tui_tuner.analysis.text import clean, log_lines, truncate
from tui_tuner.engine.view import SearchSource
from tui_tuner.tui.state import ScreenState

MAX_BYTES = 128 * 1024
MAX_LINES = 500

_Stamp = tuple[Path, int, int, int]


class LogPane(Log):
    """Reads the file only when its size or time has changed, and stays at the end unless the user scrolled up."""

    def __init__(self, source: SearchSource) -> None:
        super().__init__(id="log")
        self._source = source
        self._state: ScreenState | None = None
        self._stamp: _Stamp | None = None
        self._tail: list[str] = []
        self._placeholder = ""
        self._titled = ""

    def on_mount(self) -> None:
        self._put_title("")

    def show(self, state: ScreenState) -> None:
        """Draw what is new in `state`."""
        self._state = state
        trial = state.shown
        self._put_title(clean(trial.trial_id) if trial else "")
        self.tick()

    def tick(self) -> None:
        """Look whether the log has grown."""
        trial = self._state.shown if self._state else None
        if trial is None:
            self._put_lines([], "No trial yet.")
            return
        path = self._source.log_path(trial.trial_id)
        try:
            status = path.stat()
        except OSError:
            self._stamp = None
            self._put_lines([], "Nothing was printed yet.")
            return
        stamp = (path, status.st_ino, status.st_size, status.st_mtime_ns)
        if stamp == self._stamp:
            return
        try:
            lines = read_tail(path)
        except OSError as error:
            lines = [f"{error.strerror or error}: {path}"]
        self._stamp = stamp
        self._put_lines(lines, "Nothing was printed yet.")

    def _put_title(self, trial_id: str) -> None:
        if trial_id != self._titled or not self.border_title:
            self._titled = trial_id
            self.border_title = Content.assemble(
                ("5", "bold"), " Log", (f"  trial {truncate(trial_id, 12)}" if trial_id else "")
            )

    def _put_lines(self, lines: Sequence[str], placeholder: str) -> None:
        if list(lines) == self._tail and (lines or placeholder == self._placeholder):
            return
        at_end = self.is_vertical_scroll_end
        common = len(self._tail)
        if self._tail and self._tail == list(lines[:common]):
            self.write_lines(lines[common:], scroll_end=at_end)
        else:
            self.clear()
            self.write_lines(lines or [placeholder], scroll_end=at_end)
        self._tail = list(lines)
        self._placeholder = placeholder


def read_tail(path: Path) -> list[str]:
    """The last lines of a log file: at most `MAX_LINES`, from at most its last `MAX_BYTES`.

    Raises:
        OSError: If it cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - MAX_BYTES))
        text = file.read(MAX_BYTES).decode("utf-8", errors="replace")
    if size > MAX_BYTES:
        text = text.partition("\n")[2] or text
    return log_lines(text, MAX_LINES)
