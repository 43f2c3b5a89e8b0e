"""A cheap first look at data files: the column names of a table, the array names of an archive."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from tui_tuner.configs.problems import listing, printable
from tui_tuner.errors import ConfigError

_MAX_HEADER = 1 << 20
"""Bytes of a header line; longer ones are no header."""


def column_names(path: Path) -> list[str] | None:
    """The columns of a CSV file, from its first line; `None` where only reading the whole file would tell.

    Raises:
        ConfigError: If the file cannot be read, is empty or no text.
    """
    if path.suffix not in {".csv", ".gz", ".txt", ".tsv", ""}:
        return None
    try:
        with path.open("rb") as file:
            header = next(_lines(_unpacked(file) if path.suffix == ".gz" else file), [])
    except (EOFError, OSError, zlib.error) as error:
        raise ConfigError(f"{printable(path.name)} cannot be read: {printable(str(error))}") from None
    except (UnicodeDecodeError, csv.Error):
        raise ConfigError(f"{printable(path.name)} is no CSV text in UTF-8") from None
    if not header:
        raise ConfigError(f"{printable(path.name)} is empty")
    if len(header) == 1 and any(separator in header[0] for separator in ";\t"):
        raise ConfigError(
            f"{printable(path.name)} is not separated by commas: its first line is {printable(header[0], 80)}",
            "Save it with commas, or read it with data.loader.",
        )
    return header


def npz_names(path: Path) -> list[str]:
    """The names of the arrays in a NumPy archive.

    Raises:
        ConfigError: If it is none, or cannot be read.
    """
    import zipfile  # not at the top: the app waits for this module before it first draws

    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        raise ConfigError(f"{printable(path.name)} is no NumPy archive (.npz)") from None
    except OSError as error:
        raise ConfigError(f"{printable(path.name)} cannot be read: {printable(str(error))}") from None
    arrays = [name.removesuffix(".npy") for name in names if name.endswith(".npy")]
    if not arrays:
        raise ConfigError(f"{printable(path.name)} holds no arrays: {listing(names, 5)}")
    return arrays


def _unpacked(file: IO[bytes]) -> IO[bytes]:
    import gzip

    return cast("IO[bytes]", gzip.GzipFile(fileobj=file))


def _lines(file: IO[bytes]) -> Iterator[list[str]]:
    text = (line.decode("utf-8-sig") for line in iter(lambda: file.readline(_MAX_HEADER), b""))
    return (row for row in csv.reader(text) if row)
