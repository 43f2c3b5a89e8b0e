"""Screens over others. Keys may come in one piece, as over a slow link: when the second one is handled, the first has
opened or closed a screen already. It must not do so again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from textual.app import App
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, OptionList

from tui_tuner.tui.type_ahead import type_ahead_of
from tui_tuner.tui.widgets.pages import turn_page

Result = TypeVar("Result")


def open_over(app: App[Any], screen: Screen[Result], closed: Callable[[Result | None], None] | None = None) -> None:
    """Show a screen on top, unless something is asked there already.

    Args:
        closed: Gets what the screen gives back.
    """
    if not isinstance(app.screen, ModalScreen):
        app.push_screen(screen, closed)


def close(screen: Screen[Result], result: Result | None = None) -> None:
    """Take a screen away and give back what it came to, unless it is not on top any more."""
    if screen.is_active:
        screen.dismiss(result)


def vanish(screen: Screen[Any]) -> None:
    """Take a screen away that there is no use for any more, though nobody has asked for it."""
    if screen.is_active:
        keys = type_ahead_of(screen.app)
        screen.dismiss()
        if keys is not None:
            keys.closed(by_itself=True)


class Palette(CommandPalette):
    """Textual's palette, which would run a command again and close what is below it at a second Enter."""

    def on_input_submitted(self, message: Input.Submitted) -> None:
        self._take_once(message)

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        self._take_once(message)

    def dismiss(self, result: None = None) -> AwaitComplete:
        return super().dismiss(result) if self.is_active else AwaitComplete()  # as after a double click beside it

    def _action_command_list(self, action: str) -> None:
        turn_page(lambda: super(Palette, self)._action_command_list(action))

    def _take_once(self, message: Input.Submitted | OptionList.OptionSelected) -> None:
        if not self.is_active:
            message.stop()
            message.prevent_default()
