"""Going from pane to pane, and giving them their places."""

from __future__ import annotations

from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from tui_tuner.tui.actions import PANE_NAMES, PANES
from tui_tuner.tui.widgets.deck import PaneDeck


class PanedScreen(Screen[None]):
    """The part of a search's screen that moves its panes."""

    _deck: PaneDeck

    # Textual repaints the whole screen when the focus moves; the two panes concerned do that by themselves.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def action_pane(self, number: int) -> None:
        self._deck.go_to(PANES[number - 1])

    def action_next_pane(self) -> None:
        self._deck.go_by(1)

    def action_previous_pane(self) -> None:
        self._deck.go_by(-1)

    def action_maximise(self) -> None:
        self._deck.toggle_maximised()

    def action_hide_pane(self) -> None:
        hidden = self._deck.hide_pane()
        if hidden is None:
            self.notify("It is the last pane in sight.", severity="warning", markup=False)
        else:
            number = PANES.index(hidden)
            self.notify(f"{PANE_NAMES[number].capitalize()} is hidden; {number + 1} shows it again.", markup=False)

    def action_widen(self, steps: int) -> None:
        self._deck.widen(steps)

    def action_heighten(self, steps: int) -> None:
        self._deck.heighten(steps)

    def action_reset_layout(self) -> None:
        self._deck.reset_layout()
