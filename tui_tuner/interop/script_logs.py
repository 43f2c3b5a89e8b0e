"""Where the output of scripts is kept: `$XDG_STATE_HOME/tui-tuner/scripts`, by default in `~/.local/state`."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tui_tuner.errors import TunerError
from tui_tuner.system.user_state import user_state_folder

KEPT = 100
"""So many logs stay; older ones are deleted."""


def log_folder() -> Path:
    """The folder of all logs."""
    return user_state_folder() / "scripts"


def new_log(script: Path) -> Path:
    """A new, empty file for the output of one run of a script.

    Raises:
        TunerError: If it cannot be made.
    """
    folder = log_folder()
    name = f"{script.stem}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _delete_old(folder)
        for number in range(1000):
            log = folder / f"{name}{f'-{number}' if number else ''}.log"
            try:
                log.touch(0o600, exist_ok=False)
            except FileExistsError:
                continue
            return log
    except OSError as error:
        raise TunerError(
            f"{folder}: the script's output cannot be kept there ({error}).", "Set XDG_STATE_HOME to a folder of yours."
        ) from error
    raise TunerError(f"{folder}: too many logs with the name {name}.")


def _delete_old(folder: Path) -> None:
    logs = sorted(folder.glob("*.log"), key=lambda log: log.stat().st_mtime)
    for log in logs[: max(0, len(logs) - KEPT + 1)]:
        log.unlink(missing_ok=True)
