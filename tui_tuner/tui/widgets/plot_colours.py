"""The colours of what plotext draws, which knows RGB only: the terminal's own sixteen come out as they went in."""

from __future__ import annotations

from functools import cache, lru_cache

from rich.color import Color as TerminalColor
from rich.style import Style
from textual.color import Color

Rgb = tuple[int, int, int]

_UNKNOWN: Rgb = (150, 150, 150)
_TERMINALS_OWN = -1
_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


def rgb(colour: str) -> Rgb:
    """A theme's colour as numbers. What the terminal calls its default is unknown: a grey shows on black and white."""
    parsed = Color.parse(colour)
    return _UNKNOWN if parsed.ansi == _TERMINALS_OWN else (parsed.r, parsed.g, parsed.b)


def faint(colour: Rgb, background: Rgb, *, ansi: bool) -> Rgb:
    """The colour of a line that stands back.

    Args:
        ansi: Whether it is one of the terminal's own, of which nothing but its grey stands back.
    """
    if ansi:
        return rgb("ansi_bright_black")
    return tuple((a + 2 * b) // 3 for a, b in zip(colour, background, strict=True))  # type: ignore[return-value]


@lru_cache(maxsize=64)
def style_of(code: str, *, ansi: bool) -> Style | None:
    """What the parameters of an escape sequence mean that begins a colour in RGB, or ends one.

    Args:
        ansi: Whether the colours are the terminal's own; then its default is no style, too.
    """
    if not code.startswith("38;2;"):
        return None
    red, green, blue = map(int, code.split(";")[2:5])
    if not ansi:
        return Style.from_color(TerminalColor.from_rgb(red, green, blue))
    number = _numbers().get((red, green, blue))
    return None if number is None else Style.from_color(TerminalColor.from_ansi(number))


@cache
def _numbers() -> dict[Rgb, int]:
    names = [*(f"ansi_{name}" for name in _NAMES), *(f"ansi_bright_{name}" for name in _NAMES)]
    return {rgb(name): number for number, name in enumerate(names)}
