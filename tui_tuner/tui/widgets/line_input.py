"""A line of text in which nothing that is typed, pasted or taken from a search is a command to the terminal."""

from __future__ import annotations

from rich.highlighter import Highlighter
from rich.text import Text
from textual.widgets import Input

from tui_tuner.analysis.text import show_hidden


class LineInput(Input):
    """Draws a sign in the place of each control character. The text itself stays as it is.

    Args:
        text: What it holds at first.
        select_on_focus: Whether all of it is selected when it gets the focus.
    """

    def __init__(self, text: str, *, select_on_focus: bool = True) -> None:
        super().__init__(text, highlighter=_Visible(), compact=True, select_on_focus=select_on_focus)


class _Visible(Highlighter):
    """Textual draws what this makes of the text; a cell for each character, so that the cursor is where it seems."""

    def highlight(self, text: Text) -> None:
        text.plain = show_hidden(text.plain)
