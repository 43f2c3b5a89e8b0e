"""Making text from outside safe to show: names, values, exception texts and logs may hold anything.

Nothing here knows about markup: what shows the text must draw it as plain text.
"""

from __future__ import annotations

import re
import unicodedata

from rich.cells import cell_len, set_cell_size

ELLIPSIS = "…"

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI: colours, cursor movements
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS and their like, with text
    r"|\x1b[ -/]*[0-~]?"  # any other escape
)
_SPACES = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_SELECTORS = re.compile("[\ufe00-\ufe0f]")  # variation selectors: terminals disagree about the width they make
_PLAIN = re.compile(r"[ -~]*")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf"})
"""Controls, and invisible marks: joiners, and the overrides that turn the direction of a whole line."""

_ERASE_TO_END = re.compile(r"(?:\x1b\[|\x9b)[02]?K")
_ERASE_MARK = "\x00"


def clean(text: str) -> str:
    """One line of visible characters: no escape sequences, no controls, no marks that reorder a line.

    Line breaks and tabs become one space. Lone surrogates, which cannot be written to a terminal, become U+FFFD.
    """
    if _PLAIN.fullmatch(text):
        return text
    text = _SPACES.sub(" ", _ESCAPES.sub("", text))
    return _SELECTORS.sub("", "".join(map(_visible, text)))


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    return "" if category in _HIDDEN_CATEGORIES else character


def show_hidden(text: str) -> str:
    """A text of the same length in which each control, and each invisible mark, is a visible character."""
    if _PLAIN.fullmatch(text):
        return text
    hidden = (*_HIDDEN_CATEGORIES, "Cs")
    return "".join("\ufffd" if unicodedata.category(character) in hidden else character for character in text)


def truncate(text: str, width: int) -> str:
    """`text` in at most `width` terminal cells, the cut marked by an ellipsis."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + ELLIPSIS


def log_lines(text: str, limit: int) -> list[str]:
    """The last `limit` lines of a log as a terminal would show them, at the end of its output.

    A carriage return or backspaces write over what the line held (progress bars), escape sequences are dropped.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [_settle(line) for line in lines[-limit:]] if limit > 0 else []


def _settle(line: str) -> str:
    """What remains visible of a line that was written over."""
    if "\r" not in line and "\b" not in line:
        return clean(line.expandtabs(8)).rstrip()
    line = _ESCAPES.sub("", _ERASE_TO_END.sub(_ERASE_MARK, line.replace(_ERASE_MARK, "")))
    shown: list[str] = []
    column = 0
    for part in re.split(r"(\r|\x08+|\x00)", line):
        if part == "\r":
            column = 0
        elif part == _ERASE_MARK:
            del shown[column:]
        elif part.startswith("\b"):
            column = max(0, column - len(part))
        else:
            shown[column : column + len(part)] = part
            column += len(part)
    return clean("".join(shown).expandtabs(8)).rstrip()
