"""Prepared data on disk, so that every worker memory-maps the same file pages instead of getting a copy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tui_tuner.configs.dataset import Arrays, Dataset, is_array_like
from tui_tuner.errors import TunerError

MANIFEST = "manifest.json"
"""Written last: where it is, the arrays are whole."""

FORMAT = 1


class NotArraysError(TypeError):
    """The data is not made of arrays, such as a `tf.data.Dataset`; each worker has to load it itself."""


def save_arrays(dataset: Dataset, folder: Path) -> None:
    """Write a data set into `folder`, each array as a `.npy` file.

    Raises:
        NotArraysError: If `is_array_like(dataset)` does not hold; nothing is written.
        OSError: If the folder cannot be written.
    """
    if not is_array_like(dataset):
        raise NotArraysError("only arrays can be handed over through files")
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / MANIFEST
    manifest.unlink(missing_ok=True)
    parts = {
        name: _save(getattr(dataset, name), folder, name)
        for name in ("x_train", "y_train", "x_test", "y_test", "validation")
    }
    facts = {name: getattr(dataset, name) for name in ("classes", "notes", "features")}
    content = {"format": FORMAT, **parts, **facts}
    draft = folder / f"{MANIFEST}.new"
    draft.write_text(json.dumps(content, indent=1), encoding="utf-8")
    draft.replace(manifest)


def open_arrays(folder: Path) -> Dataset:
    """The data set in `folder`; its arrays are read-only and mapped from the files.

    Raises:
        TunerError: If there is none, or if it is damaged.
    """
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']}")
        return Dataset(
            **{name: _open(content[name], folder) for name in ("x_train", "y_train", "x_test", "y_test", "validation")},
            classes=None if content["classes"] is None else tuple(content["classes"]),
            notes=tuple(content["notes"]),
            features=tuple(content["features"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TunerError(f"the prepared data in {folder} cannot be read: {error}", "Start the search again.") from error


def _save(arrays: Arrays, folder: Path, name: str) -> Any:
    """Write the arrays of a tree; returns the tree with file names in their place.

    Files are numbered, because the keys of a dict need not be good file names.
    """
    import numpy as np

    if arrays is None:
        return None
    if isinstance(arrays, Mapping):
        named = {str(key): _save(value, folder, f"{name}.{i}") for i, (key, value) in enumerate(arrays.items())}
        return {"dict": named}
    if isinstance(arrays, tuple):
        return {"tuple": [_save(value, folder, f"{name}.{i}") for i, value in enumerate(arrays)]}
    np.save(folder / f"{name}.npy", np.ascontiguousarray(arrays), allow_pickle=False)
    return f"{name}.npy"


def _open(part: Any, folder: Path) -> Arrays:
    import numpy as np

    if part is None:
        return None
    if isinstance(part, str):
        return np.load(folder / part, mmap_mode="r", allow_pickle=False)
    if "dict" in part:
        return {key: _open(value, folder) for key, value in part["dict"].items()}
    return tuple(_open(value, folder) for value in part["tuple"])
