"""One line that says which plots there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message

from tui_tuner.analysis.text import truncate
from tui_tuner.tui.look import style
from tui_tuner.tui.widgets.plain import Plain

_SHORTEST = 2
_NUMBER_WIDTH = 3
"""Cells of a tab before its label."""


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
        width = self.size.width
        content = self._tabs(self._labels, " ")
        if content.cell_length > width:
            content = self._tabs(shortened(labels, active, width - _NUMBER_WIDTH * len(labels) - 1), "")
        room = width - content.cell_length - len(hint)
        self.put(content.append(" " * room).append(Content.styled(hint, style("dim"))) if room > 1 else content)

    def _tabs(self, labels: Sequence[str], end: str) -> Content:
        content = Content("")
        self._ends = []
        for place, label in enumerate(labels):
            look = "bold reverse $key" if place == self._active else style("dim")
            after = " " if place == self._active else end
            content = content.append(Content.styled(f" {(place + 1) % 10} {label}{after}", look))
            self._ends.append(content.cell_length)
        return content

    def on_resize(self) -> None:
        self.show(self._labels, self._active, self._hint)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        place = next((place for place, end in enumerate(self._ends) if offset is not None and offset.x < end), None)
        if place is not None:
            self.post_message(self.Picked(place))


def shortened(labels: Sequence[str], active: int, width: int) -> list[str]:
    """The labels cut so that they take so many cells together: the active one never, the longest ones first."""
    most = max(map(cell_len, labels), default=0)
    found = list(labels)
    while (room := width - sum(map(cell_len, found))) < 0 and most > _SHORTEST:
        most -= 1
        found = [label if place == active else truncate(label, most) for place, label in enumerate(labels)]
    # What is left over lets those be whole that lack least.
    for place in sorted(range(len(labels)), key=lambda place: cell_len(labels[place])):
        missing = cell_len(labels[place]) - cell_len(found[place])
        if 0 < missing <= room:
            found[place] = labels[place]
            room -= missing
    return found
