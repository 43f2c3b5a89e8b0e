"""Rows of another file, prepared exactly as the rows that a search was trained on. Runs in workers: it loads pandas."""

from __future__ import annotations

from pathlib import Path

from tui_tuner.configs.arrays import Target, encode_target, fit_scaler
from tui_tuner.configs.data import load_npz, load_raw, raw_target, split
from tui_tuner.configs.dataset import Arrays, Dataset, map_leaves
from tui_tuner.configs.problems import listing, printable
from tui_tuner.configs.schema import TABLE_SOURCES, DataConfig
from tui_tuner.configs.table import load_new_table
from tui_tuner.errors import TunerError


def load_new_rows(data: DataConfig, seed: int | None, file: Path) -> tuple[Arrays, Arrays]:
    """Features and targets of another file.

    Categories, classes and scaling are those of the search's training rows.

    Args:
        data: The search's section.
        seed: The search's, for the split where the section itself has none.
        file: Of the kind that the section reads (CSV or Parquet); or a NumPy archive with `x` and `y`.

    Raises:
        TunerError: If it cannot be read, or does not fit.
    """
    used_seed = data.seed if data.seed is not None else seed or 0
    if data.source in TABLE_SOURCES:
        if file.suffix == ".npz":
            raise TunerError(
                f"{printable(file.name)} is a NumPy archive, and this search was trained on a table.",
                f"Give a {data.source} file with the same columns.",
            )
        return load_new_table(data, used_seed, file)
    if file.suffix != ".npz":
        raise TunerError(
            f"{printable(file.name)}: this search was trained on arrays, so new rows come as a NumPy archive.",
            "Save them with numpy.savez('rows.npz', x=x, y=y).",
        )
    new = load_npz(file)
    raw = load_raw(data, used_seed)
    target = raw_target(raw, data)
    trained = split(raw, target, data, used_seed)
    x, y = (new.x_train, new.y_train) if new.x_test is None else (new.x_test, new.y_test)
    _check_shapes(trained, x, file)
    if data.standardize:
        x = map_leaves(fit_scaler(trained.x_train), x)
    return x, _in_classes(raw, target, y, file)


def _in_classes(raw: Dataset, target: Target | None, y: Arrays, file: Path) -> Arrays:
    """The target in the class numbers that the search's own target has become, if it has."""
    import numpy as np

    if target is None or target.classes is None or not isinstance(y, np.ndarray):
        return y
    both = np.concatenate([raw.y_train.reshape(-1), y.reshape(-1)])
    found = encode_target(both, "classification")
    unknown = [name for name in found.classes or () if name not in target.classes]
    if unknown:
        raise TunerError(f"{printable(file.name)} has classes that the model does not know: {listing(unknown)}")
    return found.values[len(raw.y_train) :]


def _check_shapes(trained: Dataset, x: Arrays, file: Path) -> None:
    wanted = getattr(trained.x_train, "shape", None)
    given = getattr(x, "shape", None)
    if wanted is not None and given is not None and wanted[1:] != given[1:]:
        raise TunerError(f"{printable(file.name)}: rows of shape {given[1:]}, and the model takes {wanted[1:]}.")
