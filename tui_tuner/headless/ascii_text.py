"""Text in ASCII, for terminals and fonts that have no more: what stands for each other character, and when."""

# ruff: noqa: RUF001 - characters that look like others are what this is about

from __future__ import annotations

import os
import sys
import unicodedata
from functools import lru_cache

from rich.cells import cell_len

VARIABLE = "TUI_TUNER_ASCII"
"""Environment variable: anything but empty and `0` asks for ASCII, `0` for all characters."""

_ALIKE = str.maketrans(
    {
        **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼┏┓┗┛╔╗╚╝╠╣╦╩╬", "+"),
        **dict.fromkeys("─▔╌┄┈╴╶╼╾‐‑‒–—―", "-"),
        **dict.fromkeys("━╸╺═╍┅", "="),
        **dict.fromkeys("│┃║╎┆┊╵╷▏▎▍▕❚¦", "|"),
        **dict.fromkeys("▪■▮█▉▊▋▌▐▀▙▛▜▟", "#"),
        **dict.fromkeys("●★☆◆◇•∙⬤", "*"),
        **dict.fromkeys("○◌◍◯", "o"),
        **dict.fromkeys("↻↺", "r"),
        **dict.fromkeys("→▸▶►›»⟩", ">"),
        **dict.fromkeys("←◂◀◄‹«⟨", "<"),
        **dict.fromkeys("↑▲△⌃", "^"),
        **dict.fromkeys("↓▼▽⌄✓✔", "v"),
        **dict.fromkeys("✗✘×✕", "x"),
        **dict.fromkeys("“”„", '"'),
        **dict.fromkeys("‘’‚", "'"),
        **dict.fromkeys("…±≈", "~"),
        "▁": "_",
        "▂": ".",
        "▃": "-",
        "▄": "=",
        "▅": "+",
        "▆": "*",
        "▇": "%",
        "░": ".",
        "▒": ":",
        "▓": "#",
        "·": ".",
        "°": "o",
        "✎": "e",
        "²": "2",
        "⚠": "!",
        "µ": "u",
        "\u00a0": " ",
    }
)
"""Each of one cell, like its stand-in."""

_BRAILLE = range(0x2800, 0x2900)
_UPPER_DOTS = 0b0001_1011
"""Of a braille character, the dots in the first two of its four rows."""


def to_ascii(text: str) -> str:
    """The text in ASCII, of the same width in cells."""
    return text if text.isascii() else "".join(map(_one, text.translate(_ALIKE)))


@lru_cache(4096)
def _one(char: str) -> str:
    if char.isascii():
        return char
    if ord(char) in _BRAILLE:
        dots = ord(char) - _BRAILLE.start
        return " '.:"[bool(dots & _UPPER_DOTS) + 2 * bool(dots & ~_UPPER_DOTS)]
    width = cell_len(char)
    plain = "".join(part for part in unicodedata.normalize("NFKD", char) if part.isascii())
    return plain if plain.isprintable() and len(plain) == width else "?" * width


def wants_ascii() -> bool:
    """Whether the person asks for it, or the terminal's encoding has no more."""
    asked = os.environ.get(VARIABLE, "")
    if asked:
        return asked != "0"
    if os.environ.get("LC_ALL", "") in ("C", "POSIX"):
        return True  # Python speaks UTF-8 then all the same
    stream = sys.__stdout__
    encoding = (stream.encoding or "") if stream is not None else ""
    return bool(encoding) and encoding.lower().replace("-", "").replace("_", "") != "utf8"
