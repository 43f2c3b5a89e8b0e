"""One line that says which plots there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message

from tui_tuner.analysis.text import truncate
from tui_tuner.tui.look import style
from tui_tuner.tui.widgets.plain import Plain

_SHORT = 4


class PlotTabs(Plain):
    """The plots with the numbers of their keys; a click shows another. Where they do not fit, they are shortened."""

    @dataclass
    class Picked(Message):
        """The user clicked a tab."""

        place: int

    def __init__(self) -> None:
        super().__init__("plot-tabs")
        self._labels: Sequence[str] = ()
        self._active = 0
        self._hint = ""
        self._ends: list[int] = []

    def show(self, labels: Sequence[str], active: int, hint: str) -> None:
        """Draw the tabs with this one in front, and at the right end, if it fits, a hint."""
        self._labels = labels
        self._active = active
        self._hint = hint
        content = self._tabs(self._labels)
        if content.cell_length > self.size.width:
            short = [label if place == active else truncate(label, _SHORT) for place, label in enumerate(self._labels)]
            content = self._tabs(short)
        room = self.size.width - content.cell_length - len(hint)
        self.put(content.append(" " * room).append(Content.styled(hint, style("dim"))) if room > 1 else content)

    def _tabs(self, labels: Sequence[str]) -> Content:
        content = Content("")
        self._ends = []
        for place, label in enumerate(labels):
            look = "bold reverse $primary" if place == self._active else style("dim")
            content = content.append(Content.styled(f" {(place + 1) % 10} {label} ", look))
            self._ends.append(content.cell_length)
        return content

    def on_resize(self) -> None:
        self.show(self._labels, self._active, self._hint)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        place = next((place for place, end in enumerate(self._ends) if offset is not None and offset.x < end), None)
        if place is not None:
            self.post_message(self.Picked(place))
