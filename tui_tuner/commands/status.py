"""`tui-tuner status DIR`: one look at a search."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from tui_tuner.headless.arguments import Directory


def status_command(
    directory: Directory,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as one JSON object.")] = False,
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, help="How many trials the table shows.")] = 10,
) -> None:
    """Print one table about a search, running or over, and exit."""
    from tui_tuner.engine.reader import SearchReader
    from tui_tuner.interop.keras_tuner_import import search_in

    with search_in(directory) as found:
        reader = SearchReader(directory, database=found.database)
        view = reader.poll()
        reader.close()
    from tui_tuner.headless.status import print_status, status_json

    if as_json:
        print(status_json(view))
    else:
        from rich.console import Console

        from tui_tuner.headless.ascii_text import to_ascii, wants_ascii
        from tui_tuner.headless.trial_tables import WIDE

        console = Console(highlight=False)
        if not console.is_terminal and "COLUMNS" not in os.environ:
            console.width = WIDE  # nothing needs to be folded
        with console.capture() as captured:
            print_status(view, console, top)
        print(to_ascii(captured.get()) if wants_ascii() else captured.get(), end="")
