"""The tables of a search as files: CSV, JSON Lines, Parquet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_tuner.analysis.frames import frames_of
from tui_tuner.engine import json_values
from tui_tuner.engine.reader import SearchReader
from tui_tuner.errors import TunerError
from tui_tuner.worker.atomic import replacing

if TYPE_CHECKING:
    import pandas as pd


def write_tables(reader: SearchReader, form: str, folder: Path) -> tuple[Path, ...]:
    """Write `trials` and `epochs`.

    Args:
        form: `csv`, `jsonl` or `parquet`.

    Returns:
        The files, in that order.

    Raises:
        TunerError: If the format needs an extra that is not there.
        OSError: If they cannot be written.
    """
    frames = frames_of(reader)
    written = []
    for name, frame in (("trials", frames.trials), ("epochs", frames.epochs)):
        path = folder / f"{name}.{form}"
        with replacing(path) as new:
            _WRITERS[form](frame, new)
        written.append(path)
    return tuple(written)


def _csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False)


def _jsonl(frame: pd.DataFrame, path: Path) -> None:
    # pandas rounds to 15 decimals, which leaves nothing of 1e-16, and little of a small learning rate.
    with path.open("w", encoding="utf-8") as file:
        for row in frame.astype(object).to_dict("records"):
            file.write(json_values.dump({str(name): _json_value(value) for name, value in row.items()}) + "\n")


def _json_value(value: Any) -> Any:
    """A cell as JSON has it: missing ones and NaN are null, times are ISO 8601 in UTC."""
    import pandas as pd

    if pd.isna(value):
        return None
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, pd.Timestamp) else value


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


_WRITERS: Mapping[str, Callable[[pd.DataFrame, Path], None]] = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet}
