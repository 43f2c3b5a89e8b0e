"""`tui-tuner replay DIR`: a search as it was, at the speed that one likes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tui_tuner.errors import TunerError


def replay(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The search directory.")],
    speed: Annotated[
        float, typer.Option("--speed", min=1, max=1000, help="Seconds of the search in one of the replay.")
    ] = 60.0,
    no_mouse: Annotated[bool, typer.Option("--no-mouse", help="Leave the mouse to the terminal.")] = False,
) -> None:
    """Open the app on a search as it was, and go back and forth in its time. Times of rest are skipped."""
    from tui_tuner.engine.replay import ReplaySource
    from tui_tuner.interop.keras_tuner_import import search_in

    with search_in(directory) as found:
        source = ReplaySource(directory, found.database, speed=speed)
        if not sys.stdout.isatty():
            raise TunerError("replay needs a terminal.", f"Without one: tui-tuner status {directory}")
        from tui_tuner.tui.app import TunerApp
        from tui_tuner.tui.choices import Choices
        from tui_tuner.tui.screens.replay import ReplayScreen

        try:
            source.play(True)
            TunerApp(
                source,
                drive=None,
                read_only=True,
                label="replay",
                choices=Choices(directory),
                clock=source.now,
                screen=ReplayScreen,
            ).run(mouse=not no_mouse)
        finally:
            source.close()
