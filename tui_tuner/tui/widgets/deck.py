"""The panes below the header: which of them are in sight, how one goes from one to another, and their places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, WidgetPlacement
from textual.layout import Layout as TextualLayout
from textual.widget import Widget

from tui_tuner.engine.view import SearchSource
from tui_tuner.tui.actions import BY_ID, PANES
from tui_tuner.tui.choices import Choices
from tui_tuner.tui.layout import Arrangement, Layout, places
from tui_tuner.tui.leavable import keymap_of
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.best_model import BestModelPane
from tui_tuner.tui.widgets.curves import CurvesPane
from tui_tuner.tui.widgets.leaderboard import Leaderboard
from tui_tuner.tui.widgets.space import SpacePane
from tui_tuner.tui.widgets.tab_strip import TabStrip
from tui_tuner.tui.widgets.trial_log import LogPane

Pane = Leaderboard | CurvesPane | SpacePane | BestModelPane | LogPane

_SECTION = "layout"


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
        self._base: Layout | None = None
        self._layout_now = Layout("", (PANES,), (), 0, 0)
        self._arrangement = Arrangement.from_json(choices.read(_SECTION))
        self._active = PANES[1]
        self._tabs = TabStrip()
        self.leaderboard = Leaderboard(source, choices)
        self.curves = CurvesPane(source, choices)
        self.space = SpacePane()
        self._log = LogPane(source)
        panes: tuple[Pane, ...] = (
            self.leaderboard,
            self.curves,
            self.space,
            BestModelPane(source),
            self._log,
        )
        self._panes = dict(zip(PANES, panes, strict=True))
        self._placing = _Places(lambda size: places(self._layout_now, self._arrangement, self._active, size))

    @property
    def layout(self) -> TextualLayout:
        """How Textual places the panes."""
        return self._placing

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

    def on_mount(self) -> None:
        self.curves.offer_room(keymap_of(self.app).shown(BY_ID["maximise"]))

    def tick(self) -> None:
        """Look for what changes without a new snapshot: the log."""
        if self._log.display:
            self._log.tick()

    def lay_out(self, layout: Layout) -> None:
        """Give each pane the place that it has in `layout`, as far as the person has not chosen another."""
        self._base = layout
        self._put(self._arrangement)

    def _put(self, arrangement: Arrangement) -> None:
        if self._base is None:
            return
        self._arrangement = arrangement
        self._layout_now = layout = arrangement.apply(self._base)
        if layout.tabbed and self._active not in layout.tabbed:
            self._active = layout.tabbed[0]
        self._tabs.display = bool(layout.tabbed)
        self._tabs.show({pane: PANES.index(pane) + 1 for pane in layout.tabbed}, self._active)
        in_sight = self.in_sight
        for name, pane in self._panes.items():
            appears = name in in_sight and not pane.display
            pane.display = name in in_sight
            if appears:
                self._show_pane(pane)
        # A container keeps the places of its children until one of these asks for another.
        self._tabs.refresh(layout=True)

    @property
    def in_sight(self) -> tuple[str, ...]:
        """The panes that are shown now."""
        layout = self._layout_now
        side_by_side = tuple(pane for row in layout.rows for pane in row)
        return (*side_by_side, self._active) if layout.tabbed else side_by_side

    @property
    def focused_pane(self) -> str | None:
        """The pane that has the focus, if one has it."""
        focused: Widget | None = self.screen.focused
        return next((name for name, pane in self._panes.items() if pane is focused), None)

    def go_to(self, name: str) -> None:
        """Bring a pane into sight, even a hidden one, and focus it."""
        if name in self._arrangement.hidden:
            self._choose(self._arrangement.reveal(name))
        if name in self._layout_now.tabbed and name != self._active:
            self._active = name
            self._put(self._arrangement)
        self._panes[name].focus()

    def go_by(self, steps: int) -> None:
        """Go on by so many panes from the focused one, round and round; those that are hidden are left out."""
        shown = [pane for pane in PANES if pane not in self._arrangement.hidden]
        here = self.focused_pane
        self.go_to(shown[((shown.index(here) if here in shown else -1) + steps) % len(shown)])

    def on_tab_strip_picked(self, message: TabStrip.Picked) -> None:
        self.go_to(message.pane)

    # What the person makes of the layout

    @property
    def arrangement(self) -> Arrangement:
        """What the person has made of the layouts."""
        return self._arrangement

    def _choose(self, arrangement: Arrangement) -> None:
        if arrangement != self._arrangement:
            self._put(arrangement)
            self._choices.keep(_SECTION, arrangement.to_json())

    def toggle_maximised(self) -> None:
        """Give the focused pane all the place, or bring the others back."""
        pane = self.focused_pane
        if pane is not None:
            self._active = pane
        self._choose(self._arrangement.maximise(not self._arrangement.maximised))

    def hide_pane(self) -> str | None:
        """Hide the focused pane, and focus another. Returns its name; `None` if it was the last one."""
        pane = self.focused_pane
        if pane is None or self._arrangement.hide(pane) is self._arrangement:
            return None
        self.go_by(1)
        self._choose(self._arrangement.hide(pane))
        return pane

    def widen(self, steps: int) -> None:
        """Make the focused pane wider, or narrower."""
        if (pane := self.focused_pane) is not None:
            self._choose(self._arrangement.widen(self._layout_now, pane, steps))

    def heighten(self, steps: int) -> None:
        """Make the focused pane higher, or lower."""
        if (pane := self.focused_pane) is not None:
            self._choose(self._arrangement.heighten(self._layout_now, pane, steps))

    def reset_layout(self) -> None:
        """Show all panes in their places again."""
        self._choose(Arrangement())


class _Places(TextualLayout):
    """Puts each child where it is told to by its id."""

    name: ClassVar[str] = "places"

    def __init__(self, find: Callable[[Size], Mapping[str, Region]]) -> None:
        self._find = find

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        found = self._find(size)
        return [
            WidgetPlacement(found[child.id], NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if child.id is not None and child.id in found
        ]
