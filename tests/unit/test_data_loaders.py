"""Data from own loaders, NumPy archives and scikit-learn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tui_tuner.configs.data import data_shape, is_array_like, load_data
from tui_tuner.configs.dataset import Dataset
from tui_tuner.configs.schema import SKLEARN_DATA_SETS, DataConfig
from tui_tuner.errors import FatalError, TunerError
from tui_tuner.hypermodels.data_shape import DataShape, OutputKind

HEAD = """\
import numpy as np
import pandas as pd
x = np.arange(40.0).reshape(20, 2)
y = np.arange(20) % 2
class Stream:
    def __iter__(self): return iter([])
"""


def load(body: str, folder: Path, **settings: Any) -> Dataset:
    path = folder / "loader.py"
    path.write_text(f"{HEAD}def load(): return {body}\n")
    return load_data(DataConfig(loader=f"{path}:load", **({"seed": 1} | settings)))


def test_a_pair_is_split(tmp_path: Path) -> None:
    data = load("(x, y)", tmp_path)
    assert (data.train_rows, data.test_rows) == (16, 4)
    assert data.classes == ("0", "1")


def test_two_pairs_are_training_and_test(tmp_path: Path) -> None:
    data = load("((x, y), (x[:3], y[:3]))", tmp_path)
    assert (data.train_rows, data.test_rows, data.validation) == (20, 3, None)


def test_a_third_pair_is_for_validation(tmp_path: Path) -> None:
    data = load("((x, y), (x[:3], y[:3]), (x[3:5], y[3:5]))", tmp_path)
    assert data.validation is not None
    np.testing.assert_array_equal(data.validation[1], [1, 0])


def test_the_test_part_may_be_left_out(tmp_path: Path) -> None:
    data = load("((x, y), None, (x[3:5], y[3:5]))", tmp_path, test_size=0.0)
    assert (data.x_test, data.train_rows) == (None, 20)
    assert data.validation is not None


def test_tables_and_lists_become_arrays(tmp_path: Path) -> None:
    data = load("((pd.DataFrame(x), pd.Series(y)), (x[:3].tolist(), y[:3].tolist()))", tmp_path)
    assert is_array_like(data)
    assert data.x_test.shape == (3, 2)


@pytest.mark.parametrize("body", ["({'a': x, 'b': x[:, 0]}, y)", "([x, x[:, 0]], y)", "([(x, x[:, 0]), y])"])
def test_several_inputs_are_split_alike(body: str, tmp_path: Path) -> None:
    data = load(body, tmp_path)
    first, second = data.x_train.values() if isinstance(data.x_train, dict) else data.x_train
    np.testing.assert_array_equal(first[:, 0], second)
    assert len(first) == len(data.y_train) == 16


def test_lists_of_two_rows_are_a_table(tmp_path: Path) -> None:
    data = load("([[1, 2], [3, 4]], [[0, 1], [1, 0]])", tmp_path, test_size=0.0)
    assert data.x_train.shape == (2, 2)


def test_several_outputs_are_split_alike(tmp_path: Path) -> None:
    data = load("(x, {'a': y, 'b': x[:, 0]})", tmp_path)
    np.testing.assert_array_equal(data.x_train[:, 0], data.y_train["b"])


@pytest.mark.parametrize("body", ["Stream()", "(Stream(), Stream())", "(Stream(), None, Stream())"])
def test_what_is_no_array_is_kept_as_it_is(body: str, tmp_path: Path) -> None:
    data = load(body, tmp_path)
    assert type(data.x_train).__name__ == "Stream"
    assert data.y_train is None
    assert not is_array_like(data)
    assert data.summary().train_rows is None
    assert (data.validation is not None) == body.endswith("None, Stream())")


def test_the_seed_is_given_to_loaders_that_ask_for_it(tmp_path: Path) -> None:
    path = tmp_path / "loader.py"
    path.write_text(f"{HEAD}def load(seed, other=3): return (x + seed, y)\n")
    data = load_data(DataConfig(loader=f"{path}:load", test_size=0.0), seed=1000)
    assert data.x_train.min() == 1000


def test_scaling_of_given_parts_is_fitted_on_the_training_part(tmp_path: Path) -> None:
    data = load("((x, y), (x + 100, y), (x + 200, y))", tmp_path, standardize=True)
    np.testing.assert_allclose(data.x_train.mean(axis=0), 0, atol=1e-6)
    assert data.x_test.min() > 3
    assert data.validation is not None
    assert data.validation[0].min() > data.x_test.min()


def test_given_parts_are_not_changed(tmp_path: Path) -> None:
    data = load("((x, y), (x[:3], y[:3]))", tmp_path)
    assert (data.x_train.dtype, data.notes) == (np.float64, ())


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("None", "returned nothing"),
        ("x", "returned features without a target"),
        ("(x, y, x, y)", "returned a tuple of 4 parts"),
        ("(x, y, y)", "returned a tuple of 3 parts"),
        ("(x, y[:3])", r"training data of unequal lengths: \[3, 20\] rows"),
        ("((x, y), (x, y[:3]))", "test data of unequal lengths"),
        ("((x[:0], y[:0]), (x, y))", "training data without rows"),
        ("([[1, 2], [3]], [0, 1])", "no regular array"),
        ("1 / 0", r"failed: ZeroDivisionError.*\n.*loader.py, line 7, in load"),
    ],
)
def test_loaders_that_do_not_give_data(body: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(TunerError, match=says):
        load(body, tmp_path)


def test_a_loader_may_end_the_search(tmp_path: Path) -> None:
    path = tmp_path / "loader.py"
    path.write_text("from tui_tuner.errors import FatalError\ndef load(): raise FatalError('no')\n")
    with pytest.raises(FatalError):
        load_data(DataConfig(loader=f"{path}:load"))


def test_several_inputs_cannot_be_scaled(tmp_path: Path) -> None:
    with pytest.raises(TunerError, match="standardize needs one array"):
        load("({'a': x}, y)", tmp_path, standardize=True)


# NumPy archives


def archive(folder: Path, **arrays: Any) -> DataConfig:
    np.savez(folder / "data.npz", **arrays)
    return DataConfig(npz=folder / "data.npz", seed=1)


def test_an_archive_with_one_part_is_split(tmp_path: Path) -> None:
    data = load_data(archive(tmp_path, x=np.zeros((20, 8, 8)), y=np.arange(20) % 3))
    assert (data.train_rows, data.test_rows, data.x_train.dtype) == (16, 4, np.float32)
    assert data_shape(data) == DataShape((8, 8), OutputKind.CLASSES, 3)


def test_an_archive_with_all_parts(tmp_path: Path) -> None:
    x, y = np.zeros((20, 2)), np.zeros(20)
    data = load_data(archive(tmp_path, x_train=x, y_train=y, x_test=x[:3], y_test=y[:3], x_val=x[:2], y_val=y[:2]))
    assert (data.train_rows, data.test_rows) == (20, 3)
    assert data.validation is not None


def test_one_hot_targets_are_recognised(tmp_path: Path) -> None:
    data = load_data(archive(tmp_path, x=np.zeros((9, 2)), y=np.eye(3)[np.arange(9) % 3]))
    assert data_shape(data) == DataShape((2,), OutputKind.ONE_HOT, 3)


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"a": np.zeros(3)}, "neither x and y nor x_train and y_train; it holds a"),
        ({"x": np.zeros(3)}, "only one of x and y"),
        ({"x": np.zeros((3, 1)), "y": np.zeros(2)}, "x has 3 rows and y 2"),
        ({"x": np.zeros((0, 1)), "y": np.zeros(0)}, "there are no rows: target is empty"),
        ({"x": np.array([{}], dtype=object), "y": np.zeros(1)}, "cannot be read as a NumPy archive"),
    ],
)
def test_archives_that_cannot_be_used(arrays: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(TunerError, match=says):
        load_data(archive(tmp_path, **arrays))


# scikit-learn


@pytest.mark.parametrize("name", SKLEARN_DATA_SETS)
def test_scikit_learn_data_sets(name: str) -> None:
    data = load_data(DataConfig(sklearn=name, stratify=name != "diabetes", standardize=True))  # type: ignore[arg-type]
    shape = data_shape(data)
    expected = {"diabetes": OutputKind.NUMBERS, "breast_cancer": OutputKind.BINARY}.get(name, OutputKind.CLASSES)
    assert shape.output is expected
    assert shape.input_shape == data.x_train.shape[1:]
    assert (data.classes is None) == (name == "diabetes")
    if name == "iris":
        assert data.classes == ("setosa", "versicolor", "virginica")
