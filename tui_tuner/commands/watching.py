"""Opens the app on a search that is there already."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tui_tuner.commands.plans import reopen
from tui_tuner.errors import TunerError, to_type

if TYPE_CHECKING:
    from tui_tuner.system.foreground import Foreground
    from tui_tuner.tui.state import Leave


def watch(
    directory: Path, foreground: Foreground | None = None, *, read_only: bool, mouse: bool, quiet: bool = False
) -> tuple[int, Leave | None]:
    """Show the search until the person leaves it.

    Args:
        foreground: The place that is kept in the shell, if it is kept already.
        quiet: Send no notifications to the terminal.

    Returns:
        The exit code, and why the app was left.

    Raises:
        TunerError: If there is no search, or no terminal.
    """
    from tui_tuner.engine.schema import connect
    from tui_tuner.interop.keras_tuner_follow import following
    from tui_tuner.interop.keras_tuner_import import search_in
    from tui_tuner.system.foreground import keep_foreground

    go_on = None if read_only else lambda: reopen(directory)
    with search_in(directory) as found:
        connect(found.database).close()  # says what is wrong before the screen is taken
        if not sys.stdout.isatty():
            raise TunerError("attach needs a terminal.", f"Without one: {to_type('status', directory)}")
        place = foreground or keep_foreground()
        from tui_tuner.tui.session import AppSession

        session = AppSession(
            directory, None, go_on, place, read_only=read_only, mouse=mouse, quiet=quiet, database=found.database
        )
        with following(directory, found):
            return session.run(), session.left
