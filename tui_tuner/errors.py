"""Errors: what a person can cause and mend, and the error classes that KerasTuner's users catch."""

from __future__ import annotations

import shlex


class TunerError(Exception):
    """Something a person can mend: says what is wrong and where, and what to do about it.

    Commands print `message` and `hint` and never a traceback.

    Args:
        message: What is wrong, with the file, line and key where these are known.
        hint: What to do about it, or an empty string.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message}\n{hint}" if hint else message)
        self.message = message
        self.hint = hint


def visible(text: str) -> str:
    """`text` with its controls as escapes: a name in it may be anybody's, and a terminal obeys what it is sent."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def to_type(*words: object) -> str:
    """`tui-tuner` and these words as a shell takes them, for a hint to copy: paths with spaces are in quotes."""
    return shlex.join(["tui-tuner", *map(str, words)])


class ConfigError(TunerError):
    """A config file or an option is wrong."""


class DirectoryInUseError(TunerError):
    """Another engine holds the search directory."""


class NoEngineError(TunerError):
    """Nobody runs the search: there is no one to ask."""


class CommandRefusedError(TunerError):
    """The engine has refused a request; `message` is its answer."""


class FailedTrialError(Exception):
    """Raised by a user's code to mark the running trial as failed, without a retry."""


class FatalError(Exception):
    """A user's mistake that ends the whole search."""


class FatalValueError(FatalError, ValueError):
    """A fatal `ValueError`."""


class FatalTypeError(FatalError, TypeError):
    """A fatal `TypeError`."""


class FatalRuntimeError(FatalError, RuntimeError):
    """A fatal `RuntimeError`."""
