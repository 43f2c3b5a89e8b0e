"""Lists of options through which one may page at any time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from textual.widgets import OptionList


def turn_page(turn: Callable[[], None]) -> None:
    """Turn a page of Textual's list of options, which fails before it is drawn, and where it has no room."""
    with suppress(KeyError, IndexError):
        turn()


class PagedOptions(OptionList):
    """A list of options."""

    def action_page_up(self) -> None:
        turn_page(super().action_page_up)

    def action_page_down(self) -> None:
        turn_page(super().action_page_down)
