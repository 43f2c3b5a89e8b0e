"""`tui-tuner replay DIR`: a search as it was, at the speed that one likes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui_tuner.errors import TunerError, to_type
from tui_tuner.headless.arguments import Directory, NoMouse

if TYPE_CHECKING:
    from tui_tuner.tui.state import Leave


def replay(
    directory: Directory,
    speed: Annotated[
        float,
        typer.Option("--speed", metavar="SECONDS", min=1, max=1000, help="Of the search, in one second of the replay."),
    ] = 60.0,
    no_mouse: NoMouse = False,
) -> None:
    """Open the app on a search as it was, and go back and forth in its time. Times of rest are skipped."""
    raise typer.Exit(show_replay(directory, speed=speed, mouse=not no_mouse)[0])


def show_replay(directory: Path, *, speed: float = 60.0, mouse: bool) -> tuple[int, Leave | None]:
    """Show it until the person leaves it; returns the exit code and why the app was left.

    Raises:
        TunerError: If there is no search, nothing has happened in it yet, or there is no terminal.
    """
    from tui_tuner.engine.replay import ReplaySource
    from tui_tuner.interop.keras_tuner_import import search_in

    with search_in(directory) as found:
        source = ReplaySource(directory, found.database, speed=speed)
        if not sys.stdout.isatty():
            raise TunerError("replay needs a terminal.", f"Without one: {to_type('status', directory)}")
        from tui_tuner.tui.app import TunerApp
        from tui_tuner.tui.choices import Choices
        from tui_tuner.tui.screens.replay import ReplayScreen

        try:
            source.play(True)
            left = TunerApp(
                source,
                drive=None,
                read_only=True,
                label="replay",
                choices=Choices(directory),
                clock=source.now,
                screen=ReplayScreen,
            ).run(mouse=mouse)
        finally:
            source.close()
    return (1 if left is None else 0), left
