"""The last line: the keys that do something now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from textual import events
from textual.app import App
from textual.content import Content
from textual.message import Message

from tui_tuner.tui.actions import ACTIONS, SCOPES, Action, Situation
from tui_tuner.tui.leavable import keymap_of
from tui_tuner.tui.look import style
from tui_tuner.tui.widgets.plain import Plain

_GAP = 2
_PALETTE = Action(
    "command_palette", "ctrl+p", "Palette", "Open the command palette.", "", lambda now: True, key_display="^p"
)


class KeyBar(Plain):
    """One line of text. Textual's own footer is a widget a key and is composed anew at every change of focus, which
    takes 50 ms.

    Args:
        actions: What may be offered here.
    """

    @dataclass
    class Pressed(Message):
        """The user clicked a key."""

        action: Action

    def __init__(self, actions: tuple[Action, ...] = ACTIONS) -> None:
        super().__init__("keys")
        self._actions = actions
        self._now: Situation | None = None
        self._ends: list[tuple[int, Action]] = []

    def show(self, now: Situation) -> None:
        """Draw the keys that are possible, or greyed, in this situation; as many as fit, and those that stay anyhow."""
        self._now = now
        offered = [
            action for action in (*self._actions, _PALETTE) if action.footer and action.available(now) is not False
        ]
        parts = [self._part(action, now) for action in offered]
        kept = sum(_GAP + part.cell_length for action, part in zip(offered, parts, strict=True) if action.stays)
        content = Content("")
        self._ends = []
        for action, part in zip(offered, parts, strict=True):
            gap = _GAP if self._ends else 0
            kept -= _GAP + part.cell_length if action.stays else 0
            if content.cell_length + gap + part.cell_length + kept <= self.size.width:
                content = Content.assemble(content, " " * gap, part)
                self._ends.append((content.cell_length, action))
        self.put(content)

    def _part(self, action: Action, now: Situation) -> Content:
        available = action.available(now)
        key_style = "bold $key" if available else style("track")
        label_style = "$foreground 80%" if available else style("track")
        key = keymap_of(self.app).shown(action).split(",")[0] or ","
        return Content.assemble((key, key_style), (f" {action.label}", label_style))

    def on_resize(self) -> None:
        if self._now is not None:
            self.show(self._now)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        action = next((action for end, action in self._ends if offset is not None and offset.x < end), None)
        if action is not None:
            self.post_message(self.Pressed(action))


def pane_keys(app: App[Any], scope: str, now: Situation, width: int) -> Content:
    """The keys of the pane that has the focus, for its lower edge: `enter Open  t Mark  …`, as many as fit."""
    content = Content("")
    for action in SCOPES[scope]:
        if not action.footer or not action.available(now):
            continue
        gap = " " * _GAP if content.plain else ""
        key = keymap_of(app).shown(action).split(",")[0]
        part = Content.assemble(gap, (key, "$key"), f" {action.label}")
        if content.cell_length + part.cell_length <= width:
            content = content.append(part)
    return content
