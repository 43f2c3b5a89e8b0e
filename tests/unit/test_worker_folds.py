"""Cross-validation: each training row is held out once, and nothing of it is seen before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.tasks import task_in

from tui_tuner.configs.dataset import Dataset
from tui_tuner.errors import TunerError
from tui_tuner.worker.folds import check_folds, data_fold
from tui_tuner.worker.jobs import Task
from tui_tuner.worker.training_data import TrainingData


def task(folds: int = 5, seed: int | None = 3, **data: Any) -> Task:
    return task_in(Path(), model="dense", data=data, seed=seed, folds=folds)


def numbered(rows: int, y: np.ndarray[Any, Any]) -> TrainingData:
    """Data whose feature is the row's number."""
    return TrainingData(Dataset(np.arange(rows, dtype=np.float32).reshape(-1, 1), y))


def rows_of(part: Any) -> list[int]:
    return [int(value) for value in part[:, 0]]


def test_each_row_is_held_out_exactly_once_and_trained_on_otherwise() -> None:
    data = numbered(23, np.linspace(0.0, 1.0, 23, dtype=np.float32))
    held_out: list[int] = []
    for fold in range(5):
        part = data_fold(data, fold, task()).dataset
        assert part.validation is not None
        rows = rows_of(part.validation[0])
        assert sorted(rows + rows_of(part.x_train)) == list(range(23))
        assert len(part.y_train) == len(part.x_train)
        held_out += rows
    assert sorted(held_out) == list(range(23))


def test_classes_keep_their_shares_in_every_fold() -> None:
    y = np.array([0] * 40 + [1] * 10)
    for fold in range(5):
        part = data_fold(numbered(50, y), fold, task()).dataset
        assert part.validation is not None
        assert np.bincount(part.validation[1]).tolist() == [8, 2]


def test_the_seed_decides_the_folds() -> None:
    data = numbered(20, np.linspace(0.0, 1.0, 20, dtype=np.float32))

    def first(seed: int | None) -> list[int]:
        part = data_fold(data, 0, task(seed=seed)).dataset
        assert part.validation is not None
        return rows_of(part.validation[0])

    assert first(1) == first(1)
    assert first(1) != first(2)
    assert first(None) == first(0)


def test_scaling_is_fitted_on_the_rows_that_the_fold_trains_on() -> None:
    rng = np.random.default_rng(0)
    raw = rng.normal(5.0, 3.0, (60, 2)).astype(np.float32)
    whole = (raw - raw.mean(0)) / raw.std(0)  # what the data room hands over
    data = TrainingData(Dataset(whole, np.arange(60, dtype=np.float32)))
    part = data_fold(data, 2, task(standardize=True)).dataset
    assert part.validation is not None
    train, held_out = part.y_train.astype(int), part.validation[1].astype(int)
    mean, deviation = raw[train].mean(0), raw[train].std(0)
    np.testing.assert_allclose(part.x_train, (raw[train] - mean) / deviation, atol=1e-4)
    np.testing.assert_allclose(part.validation[0], (raw[held_out] - mean) / deviation, atol=1e-4)


def test_several_inputs_are_folded_together() -> None:
    x = {"a": np.arange(10.0), "b": np.arange(20.0).reshape(10, 2)}
    data = TrainingData(Dataset(x, (np.arange(10.0), np.arange(10.0))))
    part = data_fold(data, 0, task()).dataset
    assert part.x_train["a"].tolist() == part.y_train[0].tolist() == part.y_train[1].tolist()
    assert part.x_train["b"][:, 0].tolist() == [2 * value for value in part.x_train["a"]]


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (Dataset(object()), "needs data made of arrays"),
        (
            Dataset(np.zeros((9, 1)), np.zeros(9), validation=(np.zeros((2, 1)), np.zeros(2))),
            "brings a validation part",
        ),
        (Dataset(np.zeros((3, 1)), np.zeros(3)), "3 training rows cannot be put in 5 folds"),
    ],
)
def test_data_that_cannot_be_folded_is_refused(dataset: Dataset, message: str) -> None:
    with pytest.raises(TunerError, match=message):
        check_folds(TrainingData(dataset), task())


def test_a_class_with_too_few_rows_is_named() -> None:
    with pytest.raises(TunerError, match="a class has 2 training rows, fewer than the 5 folds"):
        data_fold(numbered(20, np.array([0] * 18 + [1] * 2)), 0, task())
