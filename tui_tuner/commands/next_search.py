"""`tui-tuner next DIR`: prints the config of the search that should come after this one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tui_tuner.errors import TunerError
from tui_tuner.headless.arguments import Directory


def next_command(
    directory: Directory,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Write it into a new file. Default: print it.")
    ] = None,
) -> None:
    """Print the config for the next search: what this one has taught, as comments and as settings.

    The best configuration is tried first, ranges are narrowed to where the best trials are (search.limits), fit.epochs
    is raised or lowered. Ranges that should be wider are in your build_model: the comments say which.
    """
    from tui_tuner.commands.demo import stored_demo
    from tui_tuner.commands.next_config import comments, next_config
    from tui_tuner.configs.assemble import stored_config, stored_values
    from tui_tuner.engine.reader import SearchReader
    from tui_tuner.interop.keras_tuner_import import search_in

    with search_in(directory) as found:
        reader = SearchReader(directory, database=found.database)
        view = reader.poll()
        reader.close()
        if stored_demo(directory, found.database) is not None:
            text = "\n".join([*comments(view), "# A demo: it has no config.", ""])
        elif stored_values(directory, found.database) is None:
            text = "\n".join([*comments(view), "# A script began this search: change it there.", ""])
        else:
            text = next_config(view, stored_config(directory, found.database))
    if to is None:
        print(text, end="")
        return
    to = to.expanduser()
    try:
        with to.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise TunerError(f"{to} is there already.", "Give another --to.") from None
    except OSError as error:
        raise TunerError(f"{to} cannot be written ({error.strerror or error}).") from error
    print(to)
