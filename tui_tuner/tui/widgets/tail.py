"""The end of a text file that grows, as a terminal would show it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui_tuner.analysis.text import log_lines

MAX_BYTES = 128 * 1024
MAX_LINES = 500

_Stamp = tuple[Path, int, int, int]


class TailPane(ScrollView, can_focus=True):
    """Reads the file only when its size or time has changed, and stays at the end unless the user scrolled up.

    Args:
        max_bytes: So much of the file's end is read.
        max_lines: So many lines of that are shown.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tail--placeholder", "tail--found"}

    def __init__(self, widget_id: str, *, max_bytes: int = MAX_BYTES, max_lines: int = MAX_LINES) -> None:
        super().__init__(id=widget_id)
        self._max_bytes = max_bytes
        self._max_lines = max_lines
        self._sought = ""
        self._stamp: _Stamp | None = None
        self._foot: Sequence[str] = ()
        self._lines: list[str] = []
        self._placeholder = ""
        self._at_end = True

    @property
    def lines(self) -> list[str]:
        """What is shown, without the placeholder for an empty file."""
        return self._lines

    def show_file(self, path: Path | None, placeholder: str, foot: Sequence[str] = ()) -> None:
        """Look whether the file has grown.

        Args:
            path: The file, which may not exist yet; `None` if it is not known.
            placeholder: What to show while there is nothing.
            foot: Lines that stand below the file's; clean text.
        """
        is_same, self._foot = foot == self._foot, foot
        if path is None:
            self._stamp = None
            self._put_lines([], placeholder)
            return
        try:
            status = path.stat()
            stamp = (path, status.st_ino, status.st_size, status.st_mtime_ns)
            if stamp == self._stamp and is_same:
                return
            lines = read_tail(path, self._max_bytes, self._max_lines)
        except (FileNotFoundError, NotADirectoryError):
            self._stamp = None
            self._put_lines([], placeholder)
        except OSError as error:
            self._stamp = None
            self._put_lines([], f"It cannot be read: {error.strerror or error}.")
        else:
            self._stamp = stamp
            self._put_lines(lines, placeholder)

    def go_to_end(self) -> None:
        """Follow the end again, at the next change."""
        self._at_end = True

    def _put_lines(self, lines: list[str], placeholder: str) -> None:
        lines = [*lines, *([""] if lines and self._foot else []), *self._foot]
        if lines == self._lines and (lines or placeholder == self._placeholder):
            return
        self._lines = lines
        self._placeholder = placeholder
        self.virtual_size = Size(max(map(cell_len, lines), default=0), len(lines))
        self.refresh()
        self._keep_at_end()

    def _keep_at_end(self) -> None:
        if self._at_end:
            self.scroll_to(y=max(0, len(self._lines) - self.size.height), animate=False, force=True)

    def on_resize(self) -> None:
        self._keep_at_end()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._at_end = round(new_value) >= len(self._lines) - self.size.height

    # Finding a text

    def find(self, text: str) -> list[int]:
        """The lines in which a text is found, whatever the case; it is shown in them until another is sought."""
        self._sought = text.casefold()
        self.refresh()
        return [index for index, line in enumerate(self._lines) if self._sought in line.casefold()] if text else []

    def show_line(self, index: int) -> None:
        """Bring a line into sight."""
        self.scroll_to(y=max(0, index - self.size.height // 2), animate=False, force=True)

    def _segments(self, text: str, style: Style) -> list[Segment]:
        """The line, with what is sought made plain."""
        folded = text.casefold()
        if not self._sought or self._sought not in folded or len(folded) != len(text):
            return [Segment(text, style)]
        found = style + self.get_component_rich_style("tail--found", partial=True)
        parts, start = [], 0
        while (place := folded.find(self._sought, start)) >= 0:
            end = place + len(self._sought)
            parts += [Segment(text[start:place], style), Segment(text[place:end], found)]
            start = end
        return [*parts, Segment(text[start:], style)]

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        style = self.rich_style
        index = self.scroll_offset.y + y
        if not self._lines and y == 0:
            style += self.get_component_rich_style("tail--placeholder", partial=True)
            text = self._placeholder
        else:
            text = self._lines[index] if index < len(self._lines) else ""
        left = self.scroll_offset.x
        return Strip(self._segments(text, style)).crop(left, left + width).adjust_cell_length(width, style)


def read_tail(path: Path, max_bytes: int = MAX_BYTES, max_lines: int = MAX_LINES) -> list[str]:
    """The last lines of a log file: at most `max_lines`, from at most its last `max_bytes`.

    Raises:
        OSError: If it cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - max_bytes))
        text = file.read(max_bytes).decode("utf-8", errors="replace")
    if size > max_bytes:
        text = text.partition("\n")[2] or text
    return log_lines(text, max_lines)
