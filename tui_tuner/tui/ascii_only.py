"""Characters of ASCII in place of all others, for terminals and fonts that have no more."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui_tuner.headless.ascii_text import to_ascii


class AsciiOnly(LineFilter):
    """Puts ASCII on the screen whatever is drawn: our widgets and Textual's, names and logs."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment if segment.control or segment.text.isascii() else Segment(to_ascii(segment.text), segment.style)
            for segment in segments
        ]
