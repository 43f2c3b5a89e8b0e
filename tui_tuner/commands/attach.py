"""`tui-tuner attach DIR`: the app on a search that another process runs, or that is over."""

from __future__ import annotations

from typing import Annotated

import typer

from tui_tuner.commands.watching import watch
from tui_tuner.headless.arguments import Directory, NoMouse, Quiet


def attach(
    directory: Directory,
    read_only: Annotated[bool, typer.Option("--read-only", help="Watch only.")] = False,
    no_mouse: NoMouse = False,
    quiet: Quiet = False,
) -> None:
    """Open the app on a search that another process runs, or that is over."""
    raise typer.Exit(watch(directory, read_only=read_only, mouse=not no_mouse, quiet=quiet)[0])
