"""Jump mode: letters beside the panes and the rows in sight; the letter's key goes there."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Size
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

from tui_tuner.tui.stacking import close, open_over, vanish
from tui_tuner.tui.widgets.cursor_table import CursorTable

_LETTERS = "asdfghjklqwertyuiopzxcvbnm" + string.ascii_uppercase


@dataclass(frozen=True)
class Target:
    """Where one can go.

    Args:
        letter: The key.
        offset: Where the letter stands on the screen.
        go: Goes there.
    """

    letter: str
    offset: Offset
    go: Callable[[], object]


def targets(screen: Screen[Any]) -> list[Target]:
    """The panes of a screen, and the rows of the table that has the focus; as many as there are letters."""
    panes = [pane for pane in screen.query("*").results(Widget) if _is_pane(pane)]
    places: list[tuple[Offset, Callable[[], object]]] = [
        (pane.region.offset + Offset(1, 0), pane.focus) for pane in panes
    ]
    if isinstance(screen.focused, CursorTable):
        places += _rows(screen.focused)
    return [Target(letter, offset, go) for letter, (offset, go) in zip(_LETTERS, places, strict=False)]


def _is_pane(widget: Widget) -> bool:
    return widget.can_focus and widget.id is not None and bool(widget.region) and widget.styles.border_top[0] != ""


def _rows(table: CursorTable) -> Iterator[tuple[Offset, Callable[[], object]]]:
    corner = table.content_region.offset
    for line, key in enumerate(table.lines_of(table.keys), start=1):
        yield corner + Offset(-1, line), partial(table.go_to, key)


class JumpScreen(ModalScreen[Target | None]):
    """The letters; gives back where the person goes. Any other key changes nothing, nor does another size.

    Args:
        found: Where one can go.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss_none", "Cancel")]

    def __init__(self, found: list[Target]) -> None:
        super().__init__()
        self._targets = {target.letter: target for target in found}
        self._drawn_for: Size | None = None

    def compose(self) -> ComposeResult:
        for target in self._targets.values():
            label = Static(target.letter, classes="jump", markup=False)
            label.absolute_offset = target.offset
            yield label

    @property
    def letters(self) -> dict[str, Target]:
        """Where each letter goes."""
        return self._targets

    def on_resize(self, event: events.Resize) -> None:
        if self._drawn_for not in (None, event.size):  # what the letters stand beside is elsewhere now
            vanish(self)
        self._drawn_for = event.size

    def on_key(self, event: events.Key) -> None:
        event.stop()
        target = self._targets.get(event.character or "")
        close(self, target)

    def action_dismiss_none(self) -> None:
        close(self)


def jump(screen: Screen[Any]) -> None:
    """Show the letters of a screen."""
    found = targets(screen)
    if found:
        open_over(screen.app, JumpScreen(found), _go)


def _go(target: Target | None) -> None:
    if target is not None:
        target.go()
