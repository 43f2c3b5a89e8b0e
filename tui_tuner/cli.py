"""The command line: what happens before it is known which command is meant, and how errors are told."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Any

from tui_tuner.commands.exit_codes import EXIT_BAD_INPUT
from tui_tuner.errors import TunerError, visible
from tui_tuner.system.collector import hold_collector, release_collector
from tui_tuner.system.foreground import drop_early_child, fork_early

_DRAWING = ("run", "resume", "demo")
_FOR_THE_APP = ("tui_tuner.tui.session", "tui_tuner.engine.loop", "tui_tuner.configs.plan")
_NOT_DRAWING = {"--headless", "--json", "--help"}


def __getattr__(name: str) -> Any:
    if name == "app":  # the table of commands is not loaded before it is needed
        from tui_tuner.commands.table import command_line

        return command_line()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def will_draw(arguments: Sequence[str]) -> bool:
    """Whether a command line most probably opens the app on a search of its own."""
    is_meant = bool(arguments) and arguments[0] in _DRAWING and _NOT_DRAWING.isdisjoint(arguments)
    is_script = any(argument.endswith(".py") for argument in arguments)
    return is_meant and not is_script and sys.stdin.isatty() and sys.stdout.isatty()


def main() -> None:
    """The `tui-tuner` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name that the terminal's encoding lacks is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    hold_collector()  # what draws or trains here releases it once it has started
    try:
        # Loading the app takes as long as reading the command line and checking a config: each has a process.
        foreground = fork_early() if will_draw(sys.argv[1:]) else None
        if foreground is not None:
            for module in _FOR_THE_APP:  # while the keeper works out what to show
                importlib.import_module(module)
            from tui_tuner.commands.sitting import sit

            sys.exit(sit(foreground.gift(), foreground))
        from tui_tuner.commands.table import command_line

        command_line(next(iter(sys.argv[1:]), None))(prog_name="tui-tuner")
    except TunerError as error:
        print(f"error: {_lines(error.message)}", file=sys.stderr)
        if error.hint:
            print(_lines(error.hint), file=sys.stderr)
        sys.exit(EXIT_BAD_INPUT)
    finally:
        drop_early_child()
        release_collector()


def _lines(text: str) -> str:
    return "\n".join(map(visible, text.split("\n")))


if __name__ == "__main__":
    main()
