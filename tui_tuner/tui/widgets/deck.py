"""The panes below the header: which of them are in sight, and how one goes from one to another."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from tui_tuner.engine.view import SearchSource
from tui_tuner.tui.actions import PANES
from tui_tuner.tui.choices import Choices
from tui_tuner.tui.layout import Layout
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.best_model import BestModelPane
from tui_tuner.tui.widgets.curves import CurvesPane
from tui_tuner.tui.widgets.leaderboard import Leaderboard
from tui_tuner.tui.widgets.space import SpacePane
from tui_tuner.tui.widgets.tab_strip import TabStrip
from tui_tuner.tui.widgets.trial_log import LogPane

Pane = Leaderboard | CurvesPane | SpacePane | BestModelPane | LogPane


class PaneDeck(Container):
    """All panes. Those that are out of sight are not drawn, and catch up when they are shown.

    Args:
        source: Where panes read epochs, models and logs.
        guard: Runs what reads from the source, and takes care of its errors.
        choices: What the person has chosen for the view of this search.
    """

    def __init__(self, source: SearchSource, guard: Callable[[Callable[[], None]], None], choices: Choices) -> None:
        super().__init__(id="body")
        self._choices = choices
        self._guard = guard
        self._state: ScreenState | None = None
        self._tabbed: tuple[str, ...] = ()
        self._active = PANES[1]
        self._tabs = TabStrip()
        self.curves = CurvesPane(source)
        self.space = SpacePane()
        self._log = LogPane(source)
        panes: tuple[Pane, ...] = (Leaderboard(), self.curves, self.space, BestModelPane(source), self._log)
        self._panes = dict(zip(PANES, panes, strict=True))

    def compose(self) -> ComposeResult:
        yield self._tabs
        yield from self._panes.values()

    def show(self, state: ScreenState) -> None:
        """Draw what is new in `state`."""
        self._state = state
        for pane in self._panes.values():
            if pane.display:
                self._show_pane(pane)

    def _show_pane(self, pane: Pane) -> None:
        state = self._state
        if state is not None:
            self._guard(lambda: pane.show(state))

    def tick(self) -> None:
        """Look for what changes without a new snapshot: the log."""
        if self._log.display:
            self._log.tick()

    def lay_out(self, layout: Layout) -> None:
        """Give each pane the place that it has in `layout`."""
        self._tabbed = layout.tabbed
        if self._tabbed:
            if self._active not in self._tabbed:
                self._active = self._tabbed[0]
            # The strip stands above the panes that it is for.
            self.move_child(self._tabs, before=self._panes[self._tabbed[0]])
        self._tabs.display = bool(self._tabbed)
        self._show_active()

    def _show_active(self) -> None:
        self._tabs.show({pane: PANES.index(pane) + 1 for pane in self._tabbed}, self._active)
        for name, pane in self._panes.items():
            display = name not in self._tabbed or name == self._active
            appears = display and not pane.display
            pane.display = display
            if appears:
                self._show_pane(pane)

    def go_to(self, name: str) -> None:
        """Bring a pane into sight and focus it."""
        if name in self._tabbed and name != self._active:
            self._active = name
            self._show_active()
        self._panes[name].focus()

    def go_by(self, steps: int) -> None:
        """Go on by so many panes from the focused one, round and round."""
        focused: Widget | None = self.screen.focused
        here = next((index for index, name in enumerate(PANES) if self._panes[name] is focused), -1)
        self.go_to(PANES[(here + steps) % len(PANES)])

    def on_tab_strip_picked(self, message: TabStrip.Picked) -> None:
        self.go_to(message.pane)
