"""A file in the person's own pager, which has the terminal meanwhile."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from tui_tuner.analysis.text import clean


def pager() -> list[str]:
    """The command: `$PAGER`, else `less`, else `more`; empty if there is none."""
    try:
        wanted = shlex.split(os.environ.get("PAGER", ""))
    except ValueError:
        wanted = []
    for command in (wanted, ["less"], ["more"]):
        if command and shutil.which(command[0]):
            return command
    return []


def page(app: App[Any], path: Path) -> None:
    """Show a file until the person leaves the pager; the search goes on meanwhile."""
    command = pager()
    problem = ""
    if not path.is_file():
        problem = "There is no log yet."
    elif not command:
        problem = "There is no pager: set PAGER to one, such as less."
    if not problem:
        try:
            with app.suspend():
                subprocess.run([*command, str(path)], check=False)
        except SuspendNotSupported:
            problem = "The terminal cannot be given to a pager here."
        except OSError as error:
            problem = f"{command[0]} could not be started: {error.strerror or error}."
    if problem:
        app.notify(clean(problem), severity="warning", markup=False)
