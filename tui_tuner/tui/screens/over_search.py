"""The base of the screens that show one search in another way: a trial, the analysis, the interventions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget

from tui_tuner.tui.actions import SCOPES, Availability, Situation, availability, bindings
from tui_tuner.tui.jumping import jump
from tui_tuner.tui.screens.help import HelpScreen, focused_scope
from tui_tuner.tui.screens.immediate import ImmediateScreen
from tui_tuner.tui.stacking import close, open_over
from tui_tuner.tui.state import ScreenState
from tui_tuner.tui.widgets.header import SearchHeader
from tui_tuner.tui.widgets.key_bar import KeyBar

if TYPE_CHECKING:
    from tui_tuner.tui.screens.search import SearchScreen


class OverSearch(ImmediateScreen):
    """Covers the search's screen, which keeps it up to date: header above, keys below, and what a subclass shows.

    A subclass names its `scope`, takes `bindings(scope)` into its `BINDINGS`, and says in `body` and `show` what is
    drawn. It never reads the search's clock itself.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("over")
    scope: ClassVar[str]
    """Name of its actions in `SCOPES`."""

    search: SearchScreen
    """The screen below."""

    def __init__(self) -> None:
        super().__init__()
        self._header = SearchHeader()
        self._keys = KeyBar((*SCOPES[self.scope], *SCOPES["over"]))

    def opened_from(self, search: SearchScreen) -> None:
        """Called before it is shown."""
        self.search = search

    @property
    def situation(self) -> Situation:
        """What decides which actions are possible here."""
        return self.search.situation

    def compose(self) -> ComposeResult:
        yield self._header
        yield from self.body()
        yield self._keys

    def body(self) -> Iterable[Widget]:
        """The widgets between the header and the keys."""
        raise NotImplementedError

    def show(self, state: ScreenState) -> None:
        """Draw what is new in `state`. Called whenever the search or the selection has changed."""
        raise NotImplementedError

    def show_state(self, state: ScreenState, now: float) -> None:
        """Draw all of it.

        Args:
            now: Seconds since the epoch.
        """
        self._header.show(state, now)
        self._keys.show(self.situation)
        self.show(state)

    def tick(self, now: float) -> None:
        """Nothing is new but the time; a subclass may look for what changes without a snapshot, such as a log."""
        self._header.tick(now)

    def action_help(self) -> None:
        actions = (*SCOPES[self.scope], *SCOPES["over"])
        open_over(self.app, HelpScreen(self.situation, actions, focused_scope(self.focused)))

    def action_jump(self) -> None:
        jump(self)

    def action_close(self) -> None:
        close(self)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> Availability:
        return availability(action, self.situation)

    async def on_key_bar_pressed(self, message: KeyBar.Pressed) -> None:
        await self.run_action(message.action.command or message.action.id)
