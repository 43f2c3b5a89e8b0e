"""A widget that is painted on a canvas."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tui_tuner.tui.widgets.canvas import Canvas

Paint = Callable[[Canvas], None]

_DARK_RAMP = ("#5b4b8a", "#44709c", "#2a9d8f", "#8bc34a", "#fde725")
_LIGHT_RAMP = ("#b9a7d6", "#7f9cc4", "#2a8f86", "#4a7a1e", "#5c4a00")
"""From bad to good, in steps that are told apart without red and green."""

_DARK_ANSI = ("ansi_blue", "ansi_bright_blue", "ansi_cyan", "ansi_bright_green", "ansi_bright_yellow")
_LIGHT_ANSI = ("ansi_cyan", "ansi_bright_blue", "ansi_blue", "ansi_black")
"""Of the terminal's sixteen, which cannot be mixed: ever lighter, or ever darker."""

_SHADES = 33


class Painted(Widget):
    """Shows what a function paints. It is painted again when the function is another one, or the size or the theme."""

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._paint: Paint | None = None
        self._strips: tuple[tuple[object, ...], list[Strip]] | None = None

    def set_paint(self, paint: Paint) -> None:
        """Paint this from now on. Lines are drawn again only if they look different."""
        self._paint = paint
        before = self._strips
        self._strips = None
        if before is None or before[0] != self._key or self._painted() != before[1]:
            self.refresh()

    @property
    def _key(self) -> tuple[object, ...]:
        return self.size, self.app.theme

    def _painted(self) -> list[Strip]:
        if self._strips is None or self._strips[0] != self._key:
            canvas = Canvas(*self.size)
            if self._paint is not None:
                self._paint(canvas)
            self._strips = (self._key, canvas.strips(self._style_of))
        return self._strips[1]

    def render_line(self, y: int) -> Strip:
        strips = self._painted()
        return strips[y] if y < len(strips) else Strip.blank(self.size.width, self.rich_style)

    def _style_of(self, colour: str, background: str) -> Style:
        base = self.rich_style
        return base + _style(self._named(colour), self._named(background)) if colour or background else base

    def _named(self, colour: str) -> str:
        return self.app.theme_variables.get(colour, colour)


@lru_cache(maxsize=4096)
def _style(colour: str, background: str) -> Style:
    from textual.color import Color

    ink = Color.parse(colour).rich_color if colour else None
    paper = Color.parse(background).rich_color if background else None
    return Style(color=ink, bgcolor=paper)


def shade(goodness: float, *, dark: bool, ansi: bool = False) -> str:
    """The colour of a score: 0 for the worst to 1 for the best.

    Args:
        dark: Whether the theme is dark.
        ansi: Whether it takes the terminal's own sixteen colours.
    """
    if ansi:
        ramp = _DARK_ANSI if dark else _LIGHT_ANSI
        return ramp[max(0, min(len(ramp) - 1, int(goodness * len(ramp))))]
    return _shades(dark)[round(max(0.0, min(1.0, goodness)) * (_SHADES - 1))]


@lru_cache
def _shades(dark: bool) -> tuple[str, ...]:
    from textual.color import Color

    ramp = [Color.parse(colour) for colour in (_DARK_RAMP if dark else _LIGHT_RAMP)]
    found = []
    for number in range(_SHADES):
        place = number / (_SHADES - 1) * (len(ramp) - 1)
        index = min(int(place), len(ramp) - 2)
        found.append(ramp[index].blend(ramp[index + 1], place - index).hex)
    return tuple(found)
