"""`tui-tuner export DIR`: a search for other tools, and for people who have none."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui_tuner.analysis.formatting import format_count
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
            place = to or _usual(directory, form)
            if form is Format.MLFLOW:
                print(_to_mlflow(reader, str(place)))
                return
            for path in export(reader, form, Path(place)):
                print(path)
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
    try:
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
    except OSError as error:
        raise TunerError(f"{folder}: could not be written ({error}).", "Give another folder with --to.") from error


def _usual(directory: Path, form: Format) -> Path | str:
    """Where a search is written if nobody says where."""
    if form is Format.MLFLOW and (uri := os.environ.get("MLFLOW_TRACKING_URI")):
        return uri
    folder = (directory if directory.is_dir() else Path()) / "exports"
    return folder / "keras_tuner" if form is Format.KERAS_TUNER else folder


def _to_mlflow(reader: SearchReader, to: str) -> str:
    from tui_tuner.interop.mlflow_export import log_search

    uri = to
    if "://" not in to and to != "databricks":
        Path(to).mkdir(parents=True, exist_ok=True)
        uri = f"sqlite:///{Path(to).absolute() / 'mlflow.db'}"
    count = log_search(reader, uri)
    print(
        f"{format_count(count, 'trial')} written; to look at them: mlflow ui --backend-store-uri {uri}",
        file=sys.stderr,
    )
    return uri
