"""All keys, from the list of actions."""

from __future__ import annotations

from itertools import groupby
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui_tuner.tui.actions import ACTIONS, Action, Situation
from tui_tuner.tui.look import style

_KEY_WIDTH = 12
_MORE = (
    ("↑ ↓", "Go to another trial, or scroll."),
    ("← →", "Scroll sideways."),
    ("ctrl+p", "Open the command palette: every action by name, themes, a screenshot."),
)


class HelpScreen(ModalScreen[None]):
    """Keys and what they do; those that are not possible now are dim.

    Args:
        now: What is possible now.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark", "dismiss_none", "Close")]

    def __init__(self, now: Situation) -> None:
        super().__init__()
        self._now = now

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog help") as dialog:
            dialog.border_title = Content("Keys")
            dialog.border_subtitle = Content("esc closes")
            yield Static(self._text())

    def action_dismiss_none(self) -> None:
        self.dismiss(None)

    def _text(self) -> Content:
        lines: list[Content] = []
        in_groups = sorted(ACTIONS, key=lambda action: [known.group for known in ACTIONS].index(action.group))
        for group, actions in groupby(in_groups, key=lambda action: action.group):
            lines += [Content.styled(group, "bold"), *map(self._line, actions), Content("")]
        lines.append(Content.styled("Everywhere", "bold"))
        lines += [Content.assemble((f"  {keys:<{_KEY_WIDTH}}", "$primary"), text) for keys, text in _MORE]
        return Content("\n").join(lines)

    def _line(self, action: Action) -> Content:
        possible = action.available(self._now)
        return Content.assemble(
            (f"  {action.shown_keys:<{_KEY_WIDTH}}", "$primary" if possible else style("dim")),
            (action.help, "" if possible else style("dim")),
        )
