"""One line that says where in its own time a replayed search is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message

from tui_tuner.analysis.formatting import format_count
from tui_tuner.engine.history import Mark, MarkKind
from tui_tuner.tui.look import Look, style
from tui_tuner.tui.widgets.plain import Plain

MARK_LOOKS: Mapping[MarkKind, Look] = {
    MarkKind.INTERVENTION: Look("✎", "running"),
    MarkKind.FAILED: Look("✗", "failed"),
    MarkKind.BEST: Look("★", "best"),
}
"""Where several share a cell, the last of them is drawn."""

_SMALLEST_BAR = 10
_DAY_S = 86_400.0


@dataclass(frozen=True)
class Moment:
    """What the bar shows.

    Args:
        position: How many events and epochs have happened, of `end`.
        time_s: The search's own time, in seconds since the epoch.
        lasted_s: From its first event to its last.
    """

    playing: bool
    speed: float
    position: int
    end: int
    time_s: float
    lasted_s: float


class ScrubBar(Plain):
    """`▶ 60x  22:14:03  ━━━★━━━●───✗──★──  12 of 480`. A click goes there.

    The bar counts events and not hours, so that a night in which nothing happened takes no room.

    Args:
        marks: The moments worth going to.
    """

    @dataclass
    class Sought(Message):
        """The person wants to go to where so many events and epochs have happened."""

        position: int

    def __init__(self, marks: tuple[Mark, ...]) -> None:
        super().__init__("scrub")
        self._marks = marks
        self._moment: Moment | None = None
        self._bar = (0, 0)

    def show(self, moment: Moment) -> None:
        """Draw where the replay is."""
        self._moment = moment
        sign = "▶" if moment.playing else "❚❚"
        colour = style("running" if moment.playing else "warning")
        pattern = "%b %d %H:%M:%S" if moment.lasted_s > _DAY_S else "%H:%M:%S"
        before = Content.assemble(
            (f"{sign:<3}", f"bold {colour}"),
            (f"{moment.speed:g}x".ljust(6), ""),
            (time.strftime(pattern, time.localtime(moment.time_s)), style("dim")),
            "  ",
        )
        after = Content.styled(f"  {moment.position:,} of {format_count(moment.end, 'event')}", style("dim"))
        width = self.size.width
        if before.cell_length + after.cell_length + _SMALLEST_BAR > width:
            after = Content("")
        room = max(0, width - before.cell_length - after.cell_length)
        self._bar = (before.cell_length, room)
        self.put(Content.assemble(before, self._line(moment, room), after))

    def _line(self, moment: Moment, room: int) -> Content:
        if room < 2:
            return Content("")
        here = _cell(moment.position, moment.end, room)
        cells = [("━", style("running")) if cell < here else ("─", style("track")) for cell in range(room)]
        for kind, look in MARK_LOOKS.items():
            for mark in self._marks:
                if mark.kind is kind:
                    cells[_cell(mark.position, moment.end, room)] = (look.symbol, style(look.colour))
        cells[here] = ("●", "bold $foreground")
        return Content.assemble(*cells)

    def on_resize(self) -> None:
        if self._moment is not None:
            self.show(self._moment)

    def on_click(self, event: events.Click) -> None:
        start, room = self._bar
        offset = event.get_content_offset(self)
        if offset is None or self._moment is None or room < 2 or not start <= offset.x < start + room:
            return
        self.post_message(self.Sought(1 + round((offset.x - start) * (self._moment.end - 1) / (room - 1))))


def _cell(position: int, end: int, room: int) -> int:
    return round((position - 1) * (room - 1) / max(1, end - 1))
