"""The colours of every theme: what states, curves, marked trials, keys and the pane with the focus look like in it.

Textual brings themes; here are two more, which people with any kind of colour vision can read, and for all of them the
variables that style sheets and `look.style` name.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

DARK = {
    "key": "#0178d4",
    "status-running": "#58a6ff",
    "status-completed": "#6fbf73",
    "status-failed": "#f2726f",
    "status-warning": "#e3b341",
    "status-best": "#ffd866",
    "status-dim": "#8b949e",
    "status-track": "#33393f",
    "cursor": "#21262d",
    "cursor-focused": "#1f3a5f",
    "curve-train": "#58a6ff",
    "curve-validation": "#ff9e64",
    "trial-1": "#56b4e9",
    "trial-2": "#e69f00",
    "trial-3": "#3fb68b",
    "trial-4": "#f0e442",
    "trial-5": "#cc79a7",
    "trial-6": "#d55e00",
    "trial-7": "#b39ddb",
    "trial-8": "#9ccc65",
}
LIGHT = {
    "key": "#004578",
    "status-running": "#0550ae",
    "status-completed": "#1a7f37",
    "status-failed": "#b42318",
    "status-warning": "#8a5a00",
    "status-best": "#7a4f00",
    "status-dim": "#656d76",
    "status-track": "#b6bec7",
    "cursor": "#e7ebef",
    "cursor-focused": "#cfe3ff",
    "curve-train": "#0550ae",
    "curve-validation": "#b54708",
    "trial-1": "#0072b2",
    "trial-2": "#b36b00",
    "trial-3": "#00785a",
    "trial-4": "#7d7100",
    "trial-5": "#a03d7a",
    "trial-6": "#b34700",
    "trial-7": "#5e35b1",
    "trial-8": "#4a7a1e",
}
# From the colours of Okabe and Ito (2008, "Color Universal Design"), moved until they can be read on their background
# and differ for eyes without one kind of cones; a test computes what these see.
COLOUR_BLIND_DARK = {
    **DARK,
    "key": "#3f8fd9",
    "status-running": "#5396e0",
    "status-completed": "#00bb76",
    "status-failed": "#ff6a1f",
    "status-warning": "#d9a7c7",
    "status-best": "#f0e442",
    "curve-train": "#56b4e9",
    "curve-validation": "#e69f00",
    "trial-1": "#56b4e9",
    "trial-2": "#e69f00",
    "trial-3": "#009e73",
    "trial-4": "#f0e442",
    "trial-5": "#cc79a7",
    "trial-6": "#d55e00",
    "trial-7": "#3f7fd9",
    "trial-8": "#dddddd",
}
COLOUR_BLIND_LIGHT = {
    **LIGHT,
    "key": "#0072b2",
    "status-running": "#0072b2",
    "status-completed": "#025836",
    "status-failed": "#da0e10",
    "status-warning": "#934976",
    "status-best": "#527418",
    "cursor": "#dce1e6",
    "cursor-focused": "#bdd9fb",
    "curve-train": "#0072b2",
    "curve-validation": "#b36b00",
    "trial-1": "#2f8fc4",
    "trial-2": "#f44c11",
    "trial-3": "#007a58",
    "trial-4": "#739517",
    "trial-5": "#b0568a",
    "trial-6": "#a02d00",
    "trial-7": "#123f8c",
    "trial-8": "#444444",
}
ANSI = {
    "key": "ansi_bright_blue",
    "status-running": "ansi_cyan",
    "status-completed": "ansi_green",
    "status-failed": "ansi_red",
    "status-warning": "ansi_yellow",
    "status-best": "ansi_bright_yellow",
    "status-dim": "ansi_bright_black",
    "status-track": "ansi_bright_black",
    "cursor": "ansi_default",
    "cursor-focused": "ansi_blue",
    "curve-train": "ansi_cyan",
    "curve-validation": "ansi_yellow",
    "trial-1": "ansi_bright_blue",
    "trial-2": "ansi_yellow",
    "trial-3": "ansi_green",
    "trial-4": "ansi_bright_yellow",
    "trial-5": "ansi_magenta",
    "trial-6": "ansi_red",
    "trial-7": "ansi_bright_magenta",
    "trial-8": "ansi_bright_green",
}
ANSI_LIGHT = {
    **ANSI,
    "key": "ansi_blue",
    "status-running": "ansi_blue",
    "status-best": "ansi_magenta",
    "curve-train": "ansi_blue",
}

THEMES = (
    Theme(
        "colour-blind-dark",
        primary=COLOUR_BLIND_DARK["key"],
        secondary="#56b4e9",
        accent="#e69f00",
        warning="#e69f00",
        error="#ff6a1f",
        success="#00bb76",
        variables=COLOUR_BLIND_DARK,
    ),
    Theme(
        "colour-blind-light",
        primary=COLOUR_BLIND_LIGHT["key"],
        secondary="#2f8fc4",
        accent="#b36b00",
        warning="#b36b00",
        error="#da0e10",
        success="#025836",
        dark=False,
        variables=COLOUR_BLIND_LIGHT,
    ),
)
"""Those that Textual does not bring."""

FOR_16_COLOURS = "ansi-dark"
"""The theme for terminals that have no more: it takes the terminal's own colours."""


TEXT_CONTRAST, LINE_CONTRAST, TRACK_CONTRAST = 3.5, 3.0, 1.4
"""What the grounds leave at least of keys and words about states, of curves and trials, and of borders and tracks."""

CURSOR_CONTRAST = {"cursor": 1.2, "cursor-focused": 1.3}
"""How far the selected row is from the other ones at least, without and with the focus."""

_STEP = 0.05


def variables_of(theme: Theme) -> Mapping[str, str]:
    """What stands for our variables in a theme that does not define them itself."""
    if theme.ansi:
        return ANSI if theme.dark else ANSI_LIGHT
    if theme.name in BUILTIN_THEMES:
        return _fitted(theme.name)
    return DARK if theme.dark else LIGHT


@cache
def _fitted(name: str) -> Mapping[str, str]:
    """The colours for one of Textual's themes, whose grounds are of many a lightness: moved away from them where they
    could not be told from them."""
    theme = BUILTIN_THEMES[name]
    colours = DARK if theme.dark else LIGHT
    away = Color.parse("white" if theme.dark else "black")
    generated = theme.to_color_system().generate()
    grounds = [Color.parse(generated[ground]) for ground in ("background", "surface")]
    cursors = {cursor: _apart(colours[cursor], grounds[:1], least, away) for cursor, least in CURSOR_CONTRAST.items()}
    fitted = {cursor: colour.hex for cursor, colour in cursors.items()}
    for variable, colour in colours.items():
        if variable == "key":
            fitted[variable] = _apart(theme.primary, grounds, TEXT_CONTRAST, away).hex
        elif variable == "status-track":
            fitted[variable] = _apart(colour, grounds, TRACK_CONTRAST, away).hex
        elif variable.startswith("status-"):
            fitted[variable] = _apart(colour, [*grounds, *cursors.values()], TEXT_CONTRAST, away).hex
        elif variable not in cursors:
            fitted[variable] = _apart(colour, grounds, LINE_CONTRAST, away).hex
    return fitted


def _apart(colour: str, grounds: list[Color], least: float, away: Color) -> Color:
    """The colour, blended with `away` until its contrast with each of the grounds is at least `least`, or all is."""
    given = found = Color.parse(colour)
    share = 0.0
    while share < 1.0 and any(contrast(found, ground) < least for ground in grounds):
        share += _STEP
        found = given.blend(away, min(1.0, share))
    return found


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio of two colours, from 1 to 21 (W3C, "Web Content Accessibility Guidelines 2.2", 1.4.3)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
