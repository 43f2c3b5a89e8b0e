"""Mistakes in a config, told in a person's words: where, what was expected, what was found, the nearest valid name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tui_tuner.errors import ConfigError, visible

MAX_SHOWN = 5
"""How many mistakes of one config are listed."""


@dataclass(frozen=True)
class Place:
    """Where something was said: in a file, or on the command line.

    Args:
        source: The file as it was named, or the whole override, such as `--set search.max_trials=20`.
        line: Line in the file, from 1; `None` for an override.
        column: Column in the file, from 1.
    """

    source: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        source = printable(self.source)
        return f"{source}, line {self.line}" if self.line is not None else source


@dataclass(frozen=True)
class Problem:
    """One mistake.

    Args:
        key: The dotted key, or an empty string.
        text: What was expected and what was found.
        hint: What to do about it, or an empty string.
        valid: The names that are valid here, where it is about a name.
    """

    place: Place
    key: str
    text: str
    hint: str = ""
    valid: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = f"{self.text}, expected one of {listing(self.valid, 20)}" if self.valid else self.text
        return self._located(text)

    def on_one_line(self) -> str:
        """With the hint, and without the list of valid names where the hint has the right one."""
        return f"{self._located(self.text)}. {self.hint}" if self.hint else str(self)

    def _located(self, text: str) -> str:
        return f"{self.place}: {printable(self.key)}: {text}" if self.key else f"{self.place}: {text}"


def config_error(problems: Sequence[Problem]) -> ConfigError:
    """The one error that tells all of `problems`; at least one is needed."""
    if len(problems) == 1:
        return ConfigError(str(problems[0]), problems[0].hint)
    ordered = sorted(problems, key=lambda problem: problem.place.line or 0)
    lines = [f"  {problem.on_one_line()}" for problem in ordered[:MAX_SHOWN]]
    if len(ordered) > MAX_SHOWN:
        lines.append(f"  ... and {len(ordered) - MAX_SHOWN} more")
    return ConfigError("\n".join([f"The config has {len(ordered)} mistakes:", *lines]))


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """The valid name that `name` was probably meant to be, or `None`."""
    by_plain_form = {_plain(candidate): candidate for candidate in valid}
    found = difflib.get_close_matches(_plain(name), list(by_plain_form), n=1)
    return by_plain_form[found[0]] if found else None


def did_you_mean(name: str, valid: Iterable[str], *, otherwise: str = "") -> str:
    """A hint with the nearest valid name, or `otherwise`."""
    found = nearest(name, valid)
    return f"Did you mean {quoted(found)}?" if found is not None else otherwise


def listing(names: Iterable[str], limit: int = 12) -> str:
    """`a, b, c` of at most `limit` names."""
    shown = [printable(name) for name in names]
    return ", ".join(shown) if len(shown) <= limit else ", ".join([*shown[:limit], f"... ({len(shown)} in all)"])


def printable(text: str, limit: int = 200) -> str:
    """`text` on one line, without control characters, and not endless."""
    clean = visible(text)
    return clean if len(clean) <= limit else f"{clean[: limit - 3]}..."


def quoted(text: str, limit: int = 60) -> str:
    """`'text'`, printable and cut to a readable length."""
    return f"'{printable(text, limit)}'"


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")
