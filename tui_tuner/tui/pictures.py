"""What was drawn in characters, as a picture: SVG, or PNG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.color import Color, ColorType
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui_tuner.tui.widgets.plot_colours import Rgb

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

_CELL = 12, 24
"""Pixels of a cell."""

_BORDER = 12
_FONTS = ("DejaVuSansMono.ttf", "LiberationMono-Regular.ttf", "Menlo.ttc", "consola.ttf")
_BLOCKS = " ▁▂▃▄▅▆▇█"


def drawn(widget: Widget) -> list[Strip]:
    """A widget's content as it is on the screen."""
    return widget.render_lines(Region(0, 0, *widget.size))


def as_svg(lines: Sequence[Strip], title: str, foreground: Rgb, background: Rgb) -> str:
    """The lines as SVG.

    Args:
        title: Plain text.
        foreground: Where the lines say no colour.
        background: The same behind the characters.
    """
    width = max((line.cell_length for line in lines), default=1)
    console = Console(width=width, record=True, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    for line in lines:
        text = Text(no_wrap=True, end="\n")
        for segment in line:
            text.append(segment.text, segment.style)
        console.print(text, soft_wrap=True)
    theme = TerminalTheme(background, foreground, [(0, 0, 0)] * 8)
    return console.export_svg(title=title, theme=theme)


def as_png(lines: Sequence[Strip], foreground: Rgb, background: Rgb) -> bytes:
    """The lines as PNG. Dots, lines and blocks are drawn, so that only texts depend on the fonts of the machine."""
    # They take 50 ms, which only those wait for who want a picture.
    from PIL import Image, ImageDraw

    columns = max((line.cell_length for line in lines), default=1)
    size = columns * _CELL[0] + 2 * _BORDER, max(1, len(lines)) * _CELL[1] + 2 * _BORDER
    image = Image.new("RGB", size, background)
    pen = _Pen(ImageDraw.Draw(image), foreground, background)
    for row, line in enumerate(lines):
        column = 0
        for segment in line:
            column = pen.segment(segment, column, row)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


class _Pen:
    """Draws characters into cells."""

    def __init__(self, draw: ImageDraw, foreground: Rgb, background: Rgb) -> None:
        self._draw = draw
        self._foreground = foreground
        self._background = background
        self._font = _font()

    def segment(self, segment: Segment, column: int, row: int) -> int:
        """Draw a segment; returns the column after it."""
        style = segment.style or Style.null()
        ink = _rgb(style.color, self._foreground)
        paper = _rgb(style.bgcolor, self._background)
        if style.reverse:
            ink, paper = paper, ink
        if style.dim:
            ink = _mixed(ink, paper)
        for character in segment.text:
            cells = cell_len(character)
            if cells:
                self._character(character, column, row, cells, ink, paper)
            column += cells
        return column

    def _character(self, character: str, column: int, row: int, cells: int, ink: Rgb, paper: Rgb) -> None:
        width, height = _CELL
        left, top = _BORDER + column * width, _BORDER + row * height
        right, bottom = left + cells * width - 1, top + height - 1
        if paper != self._background:
            self._draw.rectangle((left, top, right, bottom), fill=paper)
        if character == " ":
            return
        if 0x2800 <= ord(character) <= 0x28FF:
            self._braille(ord(character) - 0x2800, left, top, ink)
        elif character in _BLOCKS:
            self._draw.rectangle((left, bottom - _BLOCKS.index(character) * height // 8 + 1, right, bottom), fill=ink)
        elif character == "▀":
            self._draw.rectangle((left, top, right, top + height // 2 - 1), fill=ink)
        elif character in _ARMS:
            self._lines(character, left, top, ink)
        else:
            middle = (left + right + 1) / 2, top + height / 2
            self._draw.text(middle, character, font=self._font, fill=ink, anchor="mm")

    def _braille(self, dots: int, left: int, top: int, ink: Rgb) -> None:
        width, height = _CELL
        radius = width / 6
        for bit, (dx, dy) in enumerate(BRAILLE_PLACES):
            if dots >> bit & 1:
                x, y = left + (dx + 0.5) * width / 2, top + (dy + 0.5) * height / 4
                self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)

    def _lines(self, character: str, left: int, top: int, ink: Rgb) -> None:
        width, height = _CELL
        x, y = left + width // 2, top + height // 2
        thick = 3 if character in "━╸╺┃" else 1
        ends = {"l": (left, y), "r": (left + width, y), "u": (x, top), "d": (x, top + height)}
        for arm in _ARMS[character]:
            self._draw.line(((x, y), ends[arm]), fill=ink, width=thick)


BRAILLE_PLACES = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
"""Column and row of the dots of a braille character, from the lowest bit."""

_ARMS = {
    "─": "lr",
    "━": "lr",
    "╸": "l",
    "╺": "r",
    "│": "ud",
    "┃": "ud",
    "┌": "rd",
    "┐": "ld",
    "└": "ru",
    "┘": "lu",
    "├": "udr",
    "┤": "udl",
    "┬": "lrd",
    "┴": "lru",
    "┼": "lrud",
    "╭": "rd",
    "╮": "ld",
    "╰": "ru",
    "╯": "lu",
}
"""Where the arms of a line's character lead."""


def _font() -> FreeTypeFont | ImageFont:
    """A font of the machine in which all characters are equally wide, else the one that Pillow brings."""
    from PIL import ImageFont

    size = _CELL[1] * 5 // 6
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:  # not here
            continue
    return ImageFont.load_default(size)


def _rgb(colour: Color | None, otherwise: Rgb) -> Rgb:
    if colour is None or colour.type is ColorType.DEFAULT:
        return otherwise
    triplet = colour.get_truecolor()
    return triplet.red, triplet.green, triplet.blue


def _mixed(one: Rgb, other: Rgb) -> Rgb:
    return (one[0] + other[0]) // 2, (one[1] + other[1]) // 2, (one[2] + other[2]) // 2
