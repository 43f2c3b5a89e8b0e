"""Tells what to type instead: of a file or a search without a command, and of options that `tui-tuner run` does not
have, which are a script's own or keys of a config."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from typer.core import TyperCommand, TyperGroup

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.errors import TunerError, to_type

_RUN = (".yaml", ".yml", ".py")


class Commands(TyperGroup):
    """The commands of `tui-tuner`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As in the base class.

        Raises:
            TunerError: If it is no command but a file or a directory that one takes.
        """
        word = args[0]
        if word not in self.list_commands(ctx) and not ctx.resilient_parsing:  # that is completion
            path = Path(word)
            if path.is_file() and path.suffix in _RUN:
                raise TunerError(f"{word} is no command.", f"To run it: {to_type('run', *args)}")
            if SearchDirectory(path).exists():
                raise TunerError(f"{word} is no command.", f"To look at the search in it: {to_type('attach', *args)}")
        return super().resolve_command(ctx, args)


class RunCommand(TyperCommand):
    """`tui-tuner run`, whose script may have options of its own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As in the base class.

        Raises:
            TunerError: If an option is none of `run`.
        """
        if not ctx.resilient_parsing:
            options = [each for each in self.get_params(ctx) if each.param_type_name == "option"]
            flags = {name for each in options if getattr(each, "is_flag", False) for name in each.opts}
            with_value = {name for each in options for name in each.opts} - flags
            refuse_others(args, flags, with_value)
        return super().parse_args(ctx, args)


def refuse_others(arguments: Sequence[str], flags: Collection[str], with_value: Collection[str]) -> None:
    """See that options after the path of a script or config are those of `run`, up to `--`.

    Args:
        arguments: What follows `tui-tuner run`.
        flags: Options of `run` that take no value.
        with_value: Those that take one.

    Raises:
        TunerError: If one is not, with what to type instead.
    """
    ours: list[str] = []
    its_own: list[str] = []
    path = unknown = ""
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            its_own += waiting
            break
        name = word.partition("=")[0]
        if name in flags or name in with_value:
            ours.append(word)
            if name == word and word in with_value and waiting:
                ours.append(waiting.pop(0))
        elif not path and not word.startswith("-"):
            path = word
        elif not path:
            return  # a mistake before anything was named
        else:
            unknown = unknown or (name if word.startswith("-") and word != "-" else "")
            its_own.append(word)
    if not unknown or difflib.get_close_matches(unknown, [*flags, *with_value], n=1):
        return
    if not path.endswith(".py"):
        raise TunerError(
            f"tui-tuner run has no option {unknown}.",
            f"Keys of a config are set by their whole name: {to_type('run', path)} --set search.max_trials=20",
        )
    raise TunerError(
        f"tui-tuner run has no option {unknown}. What is the script's own comes after --.",
        f"Type: {to_type('run', path)} {shlex.join([*ours, '--', *its_own])}",
    )
