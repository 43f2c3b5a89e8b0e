"""`load_data`: from a config's data section to a prepared `Dataset`. Runs in workers: it loads pandas, scikit-learn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tui_tuner.configs.arrays import SCALED, Target, encode_target, fit_scaler, split_rows
from tui_tuner.configs.dataset import Arrays, Dataset, data_shape, is_array_like, map_leaves, row_count
from tui_tuner.configs.handover import NotArraysError, open_arrays, save_arrays
from tui_tuner.configs.own_loader import call_loader
from tui_tuner.configs.problems import listing, printable
from tui_tuner.configs.schema import TABLE_SOURCES, DataConfig
from tui_tuner.configs.table import load_table
from tui_tuner.errors import TunerError

__all__ = [
    "Dataset",
    "NotArraysError",
    "data_shape",
    "is_array_like",
    "load_data",
    "open_arrays",
    "save_arrays",
]


def load_data(data: DataConfig, seed: int | None = None) -> Dataset:
    """Load, split and prepare the data.

    Args:
        seed: For the split where the section itself has none.

    Raises:
        TunerError: If the data cannot be loaded or prepared; it says why and what to do.
    """
    used_seed = data.seed if data.seed is not None else seed or 0
    if data.source in TABLE_SOURCES:
        return load_table(data, used_seed)
    loaded = load_unscaled(data, used_seed)
    return _scaled(loaded) if data.standardize else loaded


def load_unscaled(data: DataConfig, seed: int) -> Dataset:
    """What comes from a loader, an archive or scikit-learn, split but not scaled.

    Raises:
        TunerError: If it cannot be loaded.
    """
    raw = load_raw(data, seed)
    return split(raw, raw_target(raw, data), data, seed)


def load_raw(data: DataConfig, seed: int) -> Dataset:
    """What comes from a loader, an archive or scikit-learn, as it comes.

    Raises:
        TunerError: If it cannot be loaded.
    """
    if data.loader is not None:
        return call_loader(data.loader, seed)
    return load_npz(data.npz) if data.npz is not None else _load_sklearn(str(data.sklearn))


def load_npz(path: Path) -> Dataset:
    """The arrays `x` and `y`, or `x_train`, `y_train` and their kin, of a NumPy archive.

    Raises:
        TunerError: If it cannot be read, or lacks them.
    """
    import numpy as np

    name = printable(path.name)
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {key: _compact(archive[key]) for key in archive.files}
    except (OSError, ValueError) as error:
        raise TunerError(f"{name} cannot be read as a NumPy archive: {printable(str(error))}") from error

    def pair(suffix: str) -> tuple[Arrays, Arrays]:
        x, y = arrays.get(f"x{suffix}"), arrays.get(f"y{suffix}")
        if (x is None) != (y is None):
            raise TunerError(f"{name} has only one of x{suffix} and y{suffix}; it holds {listing(arrays)}")
        if x is not None and y is not None and row_count(x) != row_count(y):
            raise TunerError(f"{name}: x{suffix} has {row_count(x)} rows and y{suffix} {row_count(y)}")
        return x, y

    train = pair("_train")
    if train[0] is None:
        train = pair("")
    if train[0] is None:
        raise TunerError(f"{name} has neither x and y nor x_train and y_train; it holds {listing(arrays)}")
    validation = pair("_val")
    return Dataset(*train, *pair("_test"), validation if validation[0] is not None else None)


def _load_sklearn(name: str) -> Dataset:
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    classes = bunch.get("target_names")
    return Dataset(
        _compact(bunch.data),
        bunch.target,
        classes=None if classes is None else tuple(map(str, classes)),
        notes=(f"scikit-learn's data set {name}",),
        features=tuple(map(str, bunch.get("feature_names", ()))),
    )


def raw_target(loaded: Dataset, data: DataConfig) -> Target | None:
    """The target of data that came in one part: if it is one array, in numbers; `None` where the data is left as it is.

    Raises:
        TunerError: If it cannot be predicted.
    """
    import numpy as np

    if loaded.x_test is not None or loaded.y_train is None or row_count(loaded.x_train) is None:
        return None
    y = loaded.y_train
    return encode_target(y, data.task) if isinstance(y, np.ndarray) else Target(y, None, "")


def split(loaded: Dataset, target: Target | None, data: DataConfig, seed: int) -> Dataset:
    """Hold out test rows of data that came in one part.

    Args:
        target: What `raw_target` made of it.

    Raises:
        TunerError: If that cannot be done.
    """
    rows = row_count(loaded.x_train)
    if rows is None or target is None:
        return loaded
    train, test = split_rows(rows, target, data, seed)

    def part(arrays: Arrays, chosen: Any) -> Arrays:
        return map_leaves(lambda leaf: leaf[chosen], arrays) if len(chosen) else None

    return replace(
        loaded,
        x_train=part(loaded.x_train, train),
        y_train=part(target.values, train),
        x_test=part(loaded.x_train, test),
        y_test=part(target.values, test),
        classes=loaded.classes or target.classes,
        notes=(*loaded.notes, target.note) if target.note else loaded.notes,
    )


def _scaled(dataset: Dataset) -> Dataset:
    import numpy as np

    if not isinstance(dataset.x_train, np.ndarray) or dataset.x_train.dtype.kind not in "biuf":
        raise TunerError(
            "data.standardize needs one array of numbers as the features",
            "Scale in the loader, or with a Normalization layer in the model.",
        )
    scale = fit_scaler(dataset.x_train)
    return replace(
        dataset,
        x_train=scale(dataset.x_train),
        x_test=None if dataset.x_test is None else scale(dataset.x_test),
        validation=None if dataset.validation is None else (scale(dataset.validation[0]), dataset.validation[1]),
        notes=(*dataset.notes, SCALED),
    )


def _compact(array: Any) -> Any:
    """Features as float32: what Keras computes with, in half the memory."""
    return array.astype("float32") if array.dtype.kind == "f" else array
