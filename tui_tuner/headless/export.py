"""`tui-tuner export DIR`: the tables of a search as files."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tui_tuner.errors import TunerError

if TYPE_CHECKING:
    import pandas as pd

    from tui_tuner.engine.reader import SearchReader


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


def export_command(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The search directory.")],
    form: Annotated[Format, typer.Option("--format", help="Parquet needs the extra `parquet`.")] = Format.CSV,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="Where the files go. Default: exports/ in DIR.")
    ] = None,
) -> None:
    """Write the trials and the epochs of a search, running or over, as two tables, and print the files' names."""
    from tui_tuner.engine.reader import SearchReader

    reader = SearchReader(directory)
    try:
        for path in export(reader, form, to or directory / "exports"):
            print(path)
    finally:
        reader.close()


def export(reader: SearchReader, form: Format, folder: Path) -> tuple[Path, ...]:
    """Write `trials` and `epochs` of a search into `folder`, which is made; files that are there are replaced.

    Returns:
        The files, in that order.

    Raises:
        TunerError: If they cannot be written, or the format needs an extra that is not there.
    """
    from tui_tuner.analysis.frames import frames_of

    frames = frames_of(reader)
    written = []
    for name, frame in (("trials", frames.trials), ("epochs", frames.epochs)):
        path = folder / f"{name}.{form.value}"
        beside = path.with_name(f".{path.name}.new")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _WRITERS[form](frame, beside)
            beside.replace(path)
        except OSError as error:
            raise TunerError(f"{path}: could not be written ({error}).", "Give another folder with --to.") from error
        finally:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
        written.append(path)
    return tuple(written)


def _csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False)


def _jsonl(frame: pd.DataFrame, path: Path) -> None:
    frame.to_json(path, orient="records", lines=True, date_format="iso", double_precision=15)


def _parquet(frame: pd.DataFrame, path: Path) -> None:
    import pandas as pd

    mixed = {  # a column has one type there
        name: frame[name].map(lambda value: None if value is None else str(value))
        for name in frame.columns
        if frame[name].dtype == object and len(set(map(type, frame[name].dropna()))) > 1
    }
    try:
        pd.DataFrame(frame.assign(**mixed)).to_parquet(path, index=False)
    except ImportError as error:
        raise TunerError("Parquet needs an extra.", "pip install 'tui-tuner[parquet]'") from error


_WRITERS: Mapping[Format, Callable[[pd.DataFrame, Path], None]] = {
    Format.CSV: _csv,
    Format.JSONL: _jsonl,
    Format.PARQUET: _parquet,
}
