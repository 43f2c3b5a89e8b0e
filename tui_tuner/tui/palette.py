"""What the command palette offers on the screen of a search and over it: every action that is possible, by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from textual.app import App, SystemCommand
from textual.dom import DOMNode
from textual.screen import Screen

from tui_tuner.tui.actions import SCOPES, Action, Situation, availability
from tui_tuner.tui.leavable import keymap_of
from tui_tuner.tui.screens.help import focused_scope
from tui_tuner.tui.screens.over_search import OverSearch

if TYPE_CHECKING:
    from tui_tuner.tui.screens.search import SearchScreen


def palette_commands(app: App[Any], screen: Screen[Any], search: SearchScreen) -> Iterator[SystemCommand]:
    """First the actions of the pane that has the focus, then those of the screen.

    Args:
        screen: The one that the palette was opened on.
    """
    focused = screen.focused
    scope = focused_scope(focused)
    if focused is not None and scope:
        yield from _commands(app, focused, SCOPES[scope], search.situation)
    if isinstance(screen, OverSearch):
        yield from _commands(app, screen, (*SCOPES[screen.scope], *SCOPES["over"]), screen.situation)
    else:
        yield from _commands(app, search, search.actions, search.situation)


def _commands(app: App[Any], node: DOMNode, actions: tuple[Action, ...], now: Situation) -> Iterator[SystemCommand]:
    for action in actions:
        run = action.command or action.id
        if availability(action.id, now):
            yield SystemCommand(
                action.help.rstrip("."),
                f"key {keymap_of(app).shown(action)}",
                lambda run=run: app.run_action(run, default_namespace=node),
            )
