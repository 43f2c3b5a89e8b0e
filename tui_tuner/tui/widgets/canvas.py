"""A canvas of characters: texts, blocks and braille dots, each with a colour."""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_tuner.analysis.text import truncate

BRAILLE = 0x2800
DOTS_ACROSS, DOTS_DOWN = 2, 4
"""Braille dots in a cell."""

_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""By column and row of a dot in its cell."""

_EMPTY = ("", "", "")


class Canvas:
    """`width` times `height` cells. What lies outside is left out, so that nobody has to check.

    Colours are names of theme variables, or `#rrggbb`; empty for the usual one.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width = max(0, width)
        self.height = max(0, height)
        self._cells: list[list[tuple[str, str, str]]] = [[_EMPTY] * self.width for _ in range(self.height)]
        self._dots: dict[tuple[int, int], tuple[int, str]] = {}

    def text(self, x: int, y: int, text: str, colour: str = "", background: str = "", width: int | None = None) -> None:
        """Write clean text.

        Args:
            width: Cells that it may take, by default all that are left.
        """
        if not 0 <= y < self.height or x >= self.width:
            return
        room = self.width - x if width is None else min(width, self.width - x)
        row = self._cells[y]
        for character in truncate(text, room):
            cells = cell_len(character)
            if cells == 0 and x > 0:
                row[x - 1] = (row[x - 1][0] + character, *row[x - 1][1:])
            elif cells and x >= 0 and x + cells <= self.width:
                row[x] = (character, colour, background)
                row[x + 1 : x + cells] = [("\0", colour, background)] * (cells - 1)
                self._dots.pop((x, y), None)
            x += cells

    def right(self, end: int, y: int, text: str, colour: str = "", width: int | None = None) -> None:
        """Write clean text that ends before the column `end`."""
        shown = truncate(text, end if width is None else width)
        self.text(end - cell_len(shown), y, shown, colour)

    def fill(self, x: int, y: int, character: str, colour: str = "", background: str = "", *, count: int = 1) -> None:
        """The same character in so many cells of a line."""
        if 0 <= y < self.height:
            for column in range(max(0, x), min(self.width, x + count)):
                self._cells[y][column] = (character, colour, background)

    def dot(self, x: int, y: int, colour: str) -> None:
        """A braille dot, in dots from the upper left corner. The last colour counts for all dots of a cell."""
        column, row = x // DOTS_ACROSS, y // DOTS_DOWN
        if 0 <= column < self.width and 0 <= row < self.height:
            bits, _ = self._dots.get((column, row), (0, ""))
            self._dots[column, row] = (bits | _BITS[x % DOTS_ACROSS][y % DOTS_DOWN], colour)

    def line(self, x: int, y: int, to_x: int, to_y: int, colour: str) -> None:
        """A line of braille dots."""
        steps = max(abs(to_x - x), abs(to_y - y))
        for step in range(steps + 1):
            share = step / steps if steps else 0.0
            self.dot(round(x + share * (to_x - x)), round(y + share * (to_y - y)), colour)

    def strips(self, style_of: Callable[[str, str], Style]) -> list[Strip]:
        """The lines to show.

        Args:
            style_of: The style for a colour and a background.
        """
        strips = []
        for y, row in enumerate(self._cells):
            cells = list(row)
            for x in range(self.width):
                dots = self._dots.get((x, y))
                if dots is not None and cells[x][0] in ("", " "):
                    cells[x] = (chr(BRAILLE + dots[0]), dots[1], cells[x][2])
            strips.append(Strip(_segments(cells, style_of), self.width))
        return strips


def _segments(cells: list[tuple[str, str, str]], style_of: Callable[[str, str], Style]) -> list[Segment]:
    """Neighbours of the same colours together."""
    segments: list[Segment] = []
    text: list[str] = []
    last = cells[0][1:] if cells else ("", "")
    for character, *colours in cells:
        if tuple(colours) != last and text:
            segments.append(Segment("".join(text), style_of(*last)))
            text = []
        last = (colours[0], colours[1])
        if character != "\0":  # the right half of a wide character
            text.append(character or " ")
    if text:
        segments.append(Segment("".join(text), style_of(*last)))
    return segments
