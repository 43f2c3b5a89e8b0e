"""CSV and Parquet files to arrays: drop, dropna, one-hot, split, scale; everything fitted on the training rows only."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_tuner.configs.arrays import SCALED, Target, encode_target, fit_scaler, split_rows
from tui_tuner.configs.dataset import Dataset
from tui_tuner.configs.problems import did_you_mean, listing, printable
from tui_tuner.configs.schema import DataConfig
from tui_tuner.errors import TunerError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MOST_CATEGORIES = 10_000
"""A column with more categories identifies rows rather than describing them."""


def load_table(data: DataConfig, seed: int) -> Dataset:
    """Read and prepare a table.

    Raises:
        TunerError: If the file cannot be read, a column is missing, no rows are left, or features are missing, infinite
            or no numbers.
    """
    frame = read_frame(data)
    notes: list[str] = []
    if data.drop:
        frame = frame.drop(columns=list(data.drop))
        notes.append(f"left out the columns {listing(data.drop)}")
    frame = _without_missing(frame, data, notes)
    target = _target(frame, data)
    features = frame.drop(columns=[data.target])
    if not len(features.columns):
        raise TunerError(f"{_name(data)}: no column is left for the features")
    train, test = split_rows(len(frame), target, data, seed)
    encoded = _one_hot(features, data, train, notes)
    x = _numbers(encoded, data)
    notes.append(target.note)
    if data.standardize:
        x = fit_scaler(x[train])(x)
        notes.append(SCALED)
    x = x.astype("float32")
    has_test = len(test) > 0
    return Dataset(
        x[train],
        target.values[train],
        x[test] if has_test else None,
        target.values[test] if has_test else None,
        classes=target.classes,
        notes=tuple(notes),
        features=tuple(map(str, encoded.columns)),
    )


def load_new_table(data: DataConfig, seed: int, file: Path) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Features and target of another table, with the categories, classes and scaling of the training rows.

    Raises:
        TunerError: As `load_table`; also if it has a class that the training rows do not have.
    """
    import numpy as np
    import pandas as pd

    known = _without_missing(read_frame(data).drop(columns=list(data.drop)), data, [])
    other = data.model_copy(update={data.source: file, "drop": ()})
    texts = [name for name in known.columns if _is_text(known[name])]
    frame = read_frame(other, texts)
    lacking = [name for name in known.columns if name not in frame.columns]
    if lacking:
        raise TunerError(f"{_name(other)} lacks the columns {listing(lacking)}")
    new = _without_missing(frame[known.columns], other, [])
    _check_kinds(known, new, other)
    _check_target(new, other)
    target = _target(known, data)
    train, _ = split_rows(len(known), target, data, seed)
    both = pd.concat([known, new], ignore_index=True)
    rows = np.arange(len(known), len(both))
    found = _target(both, other.model_copy(update={"task": "classification" if target.classes else "regression"}))
    unknown = [name for name in found.classes or () if name not in (target.classes or ())]
    if unknown:
        raise TunerError(f"{_name(other)} has classes that the model does not know: {listing(unknown)}")
    x = _numbers(_one_hot(both.drop(columns=[data.target]), data, train, []), other)
    if data.standardize:
        x = fit_scaler(x[train])(x)
    return x.astype("float32")[rows], found.values[rows]


def read_frame(data: DataConfig, texts: Sequence[str] = ()) -> pd.DataFrame:
    """The whole file as a table with text as column names, which are checked against the config.

    Args:
        texts: Columns whose values are text, in a file that does not say so (`1`, `2` where there may be `3+`).

    Raises:
        TunerError: If it cannot be read or lacks a column.
    """
    import pandas as pd

    path = data.file
    assert path is not None  # the config was checked
    try:
        frame = _read_csv(path, texts) if data.source == "csv" else _read_parquet(path)
    except pd.errors.ParserWarning as error:
        raise TunerError(
            f"{printable(str(path))}: rows have more fields than the header has names",
            "Numbers with decimal commas, or a comma within a value, need quotes.",
        ) from error
    except OSError as error:
        raise TunerError(f"cannot read {printable(str(path))}: {error.strerror or error}") from error
    except (ValueError, pd.errors.ParserError) as error:
        raise TunerError(f"{printable(str(path))} is no table: {printable(str(error).strip())}") from error
    frame.columns = frame.columns.map(str)
    named = [data.target, *data.drop]
    for columns in (data.dropna, data.one_hot):
        named += columns if isinstance(columns, tuple) else ()
    for name in named:
        if name is not None and name not in frame.columns:
            raise TunerError(
                f"{_name(data)} has no column '{printable(name)}', expected one of {listing(frame.columns, 20)}",
                did_you_mean(name, frame.columns),
            )
    return frame


def _read_csv(path: Path, texts: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        # Surplus fields would else become names of the rows, and all columns shift.
        return pd.read_csv(path, low_memory=False, index_col=False, dtype=dict.fromkeys(texts, str))


def _read_parquet(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_parquet(path)
    except ImportError as error:
        raise TunerError(
            "Parquet files need the package pyarrow", "Install it with: pip install 'tui-tuner[parquet]'"
        ) from error


def _without_missing(frame: pd.DataFrame, data: DataConfig, notes: list[str]) -> pd.DataFrame:
    if data.dropna is False or data.dropna == ():
        return frame
    columns = list(data.dropna) if isinstance(data.dropna, tuple) else list(frame.columns)
    kept = frame.dropna(subset=columns)
    missing = frame[columns].isna().sum().sort_values(ascending=False)
    worst = ", ".join(f"{printable(str(name))} {count}" for name, count in missing.items() if count)
    if kept.empty:
        raise TunerError(
            f"{_name(data)}: dropna leaves no row; values are missing in {worst}",
            "Drop the columns with the most missing values: data.drop.",
        )
    if len(kept) < len(frame):
        notes.append(f"left out {len(frame) - len(kept)} of {len(frame)} rows with missing values ({worst})")
    return kept


def _is_text(column: pd.Series[Any]) -> bool:
    """Whether all values that there are are text."""
    values = column.dropna()
    return bool(len(values)) and all(isinstance(value, str) for value in values)


def _check_kinds(known: pd.DataFrame, new: pd.DataFrame, data: DataConfig) -> None:
    """Raise a `TunerError` if a column has text in one of the tables, and in the other something else."""
    for name in known.columns:
        filled = [column[name].notna().any() for column in (known, new)]
        if all(filled) and _is_text(known[name]) != _is_text(new[name]):
            there, here = ("text", "none") if _is_text(known[name]) else ("no text", "some")
            column = printable(str(name))
            raise TunerError(
                f"{_name(data)}: the column {column} has {there} in the rows of the search, and {here} here"
            )


def _check_target(frame: pd.DataFrame, data: DataConfig) -> None:
    missing = int(frame[data.target].isna().sum())
    if missing:
        raise TunerError(
            f"{_name(data)}: the target {printable(str(data.target))} is missing in {missing} of {len(frame)} rows",
            f"Leave these rows out: data.dropna: [{printable(str(data.target))}].",
        )


def _target(frame: pd.DataFrame, data: DataConfig) -> Target:
    _check_target(frame, data)
    return encode_target(frame[data.target].to_numpy(), data.task, printable(str(data.target)))


def _one_hot(features: pd.DataFrame, data: DataConfig, train: np.ndarray[Any, Any], notes: list[str]) -> pd.DataFrame:
    """As `pandas.get_dummies`, with the categories of the training rows; missing values become all zeros."""
    import pandas as pd

    if data.one_hot is False:
        return features
    if data.one_hot is True:
        encoded = [name for name in features.columns if _is_categorical(features[name])]
    else:
        encoded = [name for name in features.columns if name in data.one_hot]
    plain = [name for name in features.columns if name not in encoded]
    parts = [features[plain]]
    for name in encoded:
        column = features[name]
        try:
            categories = sorted(column.iloc[train].dropna().unique(), key=lambda value: (str(type(value)), value))
        except TypeError as error:
            raise TunerError(
                f"{_name(data)}: the values of the column {printable(name)} cannot be categories: {error}",
                "Leave it out with data.drop.",
            ) from error
        if len(categories) > MOST_CATEGORIES:
            raise TunerError(
                f"{_name(data)}: the column {printable(name)} has {len(categories)} categories",
                "It seems to identify the rows: leave it out with data.drop.",
            )
        parts.append(
            pd.DataFrame({f"{name}_{value}": column == value for value in categories}, index=features.index).fillna(
                value=False
            )
        )
    if encoded:
        made = sum(len(part.columns) for part in parts[1:])
        notes.append(f"{listing(encoded)} encoded as {made} columns of 0 and 1")
    return pd.concat(parts, axis="columns")


def _numbers(features: pd.DataFrame, data: DataConfig) -> np.ndarray[Any, Any]:
    """The features as float64; scaling comes before the rounding to float32.

    Raises:
        TunerError: Naming the columns that are no numbers, or have missing or infinite values.
    """
    import numpy as np
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    wrong = [
        name for name in features.columns if not is_numeric_dtype(features[name]) and not is_bool_dtype(features[name])
    ]
    if wrong:
        raise TunerError(
            f"{_name(data)}: no numbers in the columns {listing(wrong)}",
            "Encode them with data.one_hot, or leave them out with data.drop.",
        )
    missing = features.isna().sum()
    if missing.any():
        counts = listing(f"{name} ({count})" for name, count in missing.items() if count)
        raise TunerError(
            f"{_name(data)}: values are missing in {counts}",
            "Leave these rows out with data.dropna, or these columns with data.drop.",
        )
    values: np.ndarray[Any, Any] = features.to_numpy(dtype="float64")
    infinite = [
        name for name, finite in zip(features.columns, np.isfinite(values).all(axis=0), strict=True) if not finite
    ]
    if infinite:
        raise TunerError(f"{_name(data)}: infinite values in the columns {listing(infinite)}")
    return values


def _is_categorical(column: pd.Series[Any]) -> bool:
    from pandas.api.types import is_bool_dtype, is_object_dtype, is_string_dtype

    is_text = is_object_dtype(column.dtype) or is_string_dtype(column.dtype) or column.dtype.name == "category"
    return is_text and not is_bool_dtype(column.dtype)


def _name(data: DataConfig) -> str:
    return printable(data.file.name) if data.file is not None else data.source
