"""`tui-tuner export DIR`: a search for other tools, and for people who have none."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui_tuner.analysis.formatting import format_count
from tui_tuner.analysis.text import clean
from tui_tuner.errors import TunerError
from tui_tuner.headless.arguments import Directory

if TYPE_CHECKING:
    from tui_tuner.engine.reader import SearchReader


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    HTML = "html"
    MLFLOW = "mlflow"
    OPTUNA = "optuna"
    KERAS_TUNER = "keras-tuner"


_SUFFIXES = {
    Format.CSV: ".csv",
    Format.JSONL: ".jsonl",
    Format.PARQUET: ".parquet",
    Format.HTML: ".html",
    Format.MLFLOW: ".db",
    Format.OPTUNA: ".db",
    Format.KERAS_TUNER: ".json",
}
"""Of the files of a format."""


def export_command(
    directory: Directory,
    form: Annotated[
        Format, typer.Option("--format", help="Parquet, MLflow and Optuna need the extra of that name.")
    ] = Format.CSV,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="FOLDER", help="Where it goes; for MLflow also a URI. Default: exports/ in DIR."),
    ] = None,
) -> None:
    """Write a search, running or over, for other tools, and print what was written.

    The trials and the epochs as two tables (csv, jsonl, parquet); a report with plots to look at in a browser, in one
    file that can be mailed (html); an MLflow experiment; a study that Optuna's dashboard opens; a directory that
    KerasTuner loads.
    """
    from tui_tuner.engine.reader import SearchReader
    from tui_tuner.interop.keras_tuner_import import search_in

    with search_in(directory) as found:
        reader = SearchReader(directory, database=found.database)
        try:
            place = str(_usual(directory, form)) if to is None else to
            if form is Format.MLFLOW:
                _say(_to_mlflow(reader, place if _is_uri(place) else _database_in(_folder(place, form))))
                return
            for path in export(reader, form, _folder(place, form)):
                _say(str(path))
        finally:
            reader.close()


def export(reader: SearchReader, form: Format, folder: Path) -> tuple[Path, ...]:
    """Write a search in one of the formats that are files.

    Args:
        folder: Is made; files of the same names in it are replaced.

    Returns:
        What was written.

    Raises:
        TunerError: If it cannot be written, or the format needs an extra that is not there.
    """
    with _may_fail(folder):
        if form is Format.HTML:
            from tui_tuner.interop.html_report import write_report

            return (write_report(reader, folder),)
        if form is Format.OPTUNA:
            from tui_tuner.interop.optuna_export import write_study

            return (write_study(reader, folder),)
        if form is Format.KERAS_TUNER:
            from tui_tuner.interop.keras_tuner_export import write_project

            return (write_project(reader, folder),)
        from tui_tuner.interop.table_files import write_tables

        return write_tables(reader, form.value, folder)


@contextmanager
def _may_fail(folder: Path) -> Iterator[None]:
    """Says that nothing can be written into the folder."""
    try:
        yield
    except OSError as error:
        raise TunerError(
            f"{folder}: could not be written ({error.strerror or error}).", "Give another folder with --to."
        ) from error


def _usual(directory: Path, form: Format) -> Path | str:
    """Where a search is written if nobody says where."""
    if form is Format.MLFLOW and (uri := os.environ.get("MLFLOW_TRACKING_URI")):
        return uri
    folder = (directory if directory.is_dir() else Path()) / "exports"
    return folder / "keras_tuner" if form is Format.KERAS_TUNER else folder


def _is_uri(place: str) -> bool:
    return "://" in place or place == "databricks"


def _folder(place: str, form: Format) -> Path:
    """Where the files go. `~` is no business of the shell's in `--to=~/reports`.

    Raises:
        TunerError: If it is a URI, or most probably the file and not its folder.
    """
    if _is_uri(place):
        raise TunerError(
            f"--to {place}: {form.value} is written into a folder, not to a URI.", "Only mlflow takes one."
        )
    folder = Path(place).expanduser()
    if folder.suffix == _SUFFIXES[form] and not folder.is_dir():
        raise TunerError(
            f"--to {place}: this is the folder, and what is written into it has names of its own.",
            f"Such as --to {shlex.quote(str(folder.parent))}",
        )
    return folder


def _database_in(folder: Path) -> str:
    """The URI of MLflow's SQLite store in a folder, which is made."""
    with _may_fail(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder.absolute() / 'mlflow.db'}"


def _to_mlflow(reader: SearchReader, uri: str) -> str:
    from tui_tuner.interop.mlflow_export import log_search

    count = log_search(reader, uri)
    look = shlex.join(["mlflow", "ui", "--backend-store-uri", uri])
    # The extra is MLflow without its server.
    needs = "" if find_spec("flask") else " (after pip install mlflow)"
    print(clean(f"{format_count(count, 'trial')} written; to look at them{needs}: {look}"), file=sys.stderr)
    return uri


def _say(place: str) -> None:
    """Print what was written: as it is for programs, without control characters for people."""
    print(clean(place) if sys.stdout.isatty() else place)
