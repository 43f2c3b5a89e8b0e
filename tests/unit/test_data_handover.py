"""Handing data to workers: written once, mapped by each, and whole or not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tui_tuner.configs.data import Dataset, NotArraysError, is_array_like, open_arrays, save_arrays
from tui_tuner.configs.dataset import leaves
from tui_tuner.configs.handover import MANIFEST
from tui_tuner.errors import TunerError

X = np.arange(12, dtype=np.float32).reshape(6, 2)
Y = np.arange(6)


class Stream:
    """Stands for a `tf.data.Dataset`: it can be iterated over and is no array."""

    def __iter__(self) -> Any:
        return iter([])


@pytest.mark.parametrize(
    "dataset",
    [
        Dataset(X, Y),
        Dataset(X, Y, X[:2], Y[:2], (X[2:4], Y[2:4]), ("no", "yes"), ("a note",)),
        Dataset({"image": X, "../a/b": X + 1}, (Y, {"deep": Y + 1})),
        Dataset((X, X), Y, validation=((X, X), Y)),
        Dataset(np.array(["a", "bc"]), np.array([True, False])),
        Dataset(np.asfortranarray(X), Y),
    ],
    ids=["two", "all", "dict", "tuple", "text", "column-wise"],
)
def test_a_round_trip_gives_the_same_arrays_mapped_from_files(dataset: Dataset, tmp_path: Path) -> None:
    save_arrays(dataset, tmp_path / "arrays")
    opened = open_arrays(tmp_path / "arrays")
    assert (opened.classes, opened.notes) == (dataset.classes, dataset.notes)
    for name in ("x_train", "y_train", "x_test", "y_test", "validation"):
        before, after = getattr(dataset, name), getattr(opened, name)
        assert structure(before) == structure(after)
        if before is None:
            continue
        for written, read in zip(leaves(before), leaves(after), strict=True):
            assert isinstance(read, np.memmap)
            assert not read.flags.writeable
            assert read.flags.c_contiguous
            assert read.dtype == written.dtype
            np.testing.assert_array_equal(read, written)
    assert sorted(path.parent.name for path in tmp_path.rglob("*.npy"))[0] == "arrays"


def test_two_readers_share_the_same_pages(tmp_path: Path) -> None:
    save_arrays(Dataset(X, Y), tmp_path)
    first, second = open_arrays(tmp_path), open_arrays(tmp_path)
    assert first.x_train.filename == second.x_train.filename
    writable = np.load(tmp_path / "x_train.npy", mmap_mode="r+")
    writable[0, 0] = 77
    assert first.x_train[0, 0] == second.x_train[0, 0] == 77


@pytest.mark.parametrize(
    "dataset",
    [Dataset(Stream()), Dataset(X, Y, validation=(Stream(), None)), Dataset(np.array([{}, []], dtype=object), Y[:2])],
)
def test_what_is_no_array_is_not_written(dataset: Dataset, tmp_path: Path) -> None:
    assert not is_array_like(dataset)
    with pytest.raises(NotArraysError):
        save_arrays(dataset, tmp_path / "arrays")
    assert not (tmp_path / "arrays").exists()


def test_the_manifest_is_written_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_arrays(Dataset(X, Y), tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(OSError, match="no space"):
        save_arrays(Dataset(X, Y), tmp_path)
    assert not (tmp_path / MANIFEST).exists()
    with pytest.raises(TunerError, match="cannot be read"):
        open_arrays(tmp_path)


@pytest.mark.parametrize("content", ["", "{}", '{"format": 99}', "[1]"])
def test_a_damaged_manifest_is_told_as_one(content: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(TunerError, match="the prepared data in"):
        open_arrays(tmp_path)


def structure(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: structure(value) for key, value in part.items()}
    return tuple(structure(value) for value in part) if isinstance(part, tuple) else part is None
