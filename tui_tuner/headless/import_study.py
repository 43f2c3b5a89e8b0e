"""`tui-tuner import STORAGE`: a study of Optuna's as a search directory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tui_tuner.analysis.text import clean
from tui_tuner.errors import to_type


def import_command(
    storage: Annotated[str, typer.Argument(metavar="FILE|URL", help="The storage: a SQLite file, a journal, a URL.")],
    study: Annotated[str | None, typer.Option("--study", metavar="NAME", help="Which one, if it has several.")] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="The search directory. Default: searches/NAME.")
    ] = None,
) -> None:
    """Make a search directory of a study of Optuna's, to look at, to export and to begin from. Needs the extra optuna.

    Without a copy: attach, status and export take the file itself, if it holds one study. A directory of KerasTuner's
    needs no import: every command takes it as it is.
    """
    from tui_tuner.interop.optuna_import import import_study

    directory = import_study(storage, study, None if to is None else to.expanduser())
    print(clean(f"{directory}: look at it with: {to_type('attach', directory)}"))
