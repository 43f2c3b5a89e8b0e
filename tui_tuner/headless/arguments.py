"""What the commands of the command line have in common: arguments, options, and how their help looks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tui_tuner.headless.completion import complete_search

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The search directory.", autocompletion=complete_search)]
Headless = Annotated[bool, typer.Option("--headless", help="Print progress lines, open no app.")]
NoMouse = Annotated[bool, typer.Option("--no-mouse", help="Leave the mouse to the terminal.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", help="Send the terminal no notifications of a new best trial, a failure, the end.")
]


def examples(*lines: str) -> str:
    """The end of a command's help: lines to copy. Each is without the program's name."""
    heading = "Example" if len(lines) == 1 else "Examples"
    return "\n".join(("\b", f"{heading}:", *(f"  tui-tuner {line}" for line in lines)))
