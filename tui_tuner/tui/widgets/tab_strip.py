"""One line that says which panes there are, where not all of them fit."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message

from tui_tuner.tui.look import style
from tui_tuner.tui.widgets.plain import Plain

_NAMES = {
    "leaderboard": "Leaderboard",
    "curves": "Curves",
    "space": "Space",
    "best": "Best model",
    "log": "Log",
    "facts": "Trial",
    "epochs": "Epochs",
    "message": "Message",
}


class TabStrip(Plain):
    """The panes that share one place; a click shows another."""

    @dataclass
    class Picked(Message):
        """The user clicked a tab."""

        pane: str

    def __init__(self) -> None:
        super().__init__("tabs")
        self._ends: list[tuple[int, str]] = []

    def show(self, panes: dict[str, int], active: str) -> None:
        """Draw the tabs.

        Args:
            panes: Pane ids with the number of their key.
            active: The one in sight.
        """
        content = Content("")
        self._ends = []
        for pane, number in panes.items():
            if pane == active:
                content = content.append(Content.styled(f" {number} {_NAMES[pane]} ", "bold reverse $key"))
            else:
                content = content.append(Content.styled(f" {number} {_NAMES[pane]} ", style("dim")))
            self._ends.append((content.cell_length, pane))
        self.put(content)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None:
            pane = next((pane for end, pane in self._ends if offset.x < end), None)
            if pane is not None:
                self.post_message(self.Picked(pane))
