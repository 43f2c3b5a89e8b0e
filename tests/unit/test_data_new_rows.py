"""Rows of another file, prepared as those that a search was trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tui_tuner.configs.data import load_data
from tui_tuner.configs.new_rows import load_new_rows
from tui_tuner.configs.schema import DataConfig
from tui_tuner.errors import TunerError


def table(rows: int = 40) -> pd.DataFrame:
    random = np.random.default_rng(0)
    kinds = [("a", "b", "c")[number % 3] for number in range(rows)]
    target = ["yes" if number % 4 else "no" for number in range(rows)]
    return pd.DataFrame({"size": random.normal(100, 20, rows), "kind": kinds, "id": range(rows), "y": target})


def config(frame: pd.DataFrame, folder: Path, **settings: Any) -> DataConfig:
    path = folder / "trained.csv"
    frame.to_csv(path, index=False)
    usual = {"csv": path, "target": "y", "drop": ("id",), "one_hot": True, "standardize": True, "seed": 3}
    return DataConfig.model_validate(usual | settings)


def written(frame: pd.DataFrame, folder: Path) -> Path:
    path = folder / "new.csv"
    frame.to_csv(path, index=False)
    return path


def test_the_rows_of_the_search_come_out_as_they_were_trained_on(tmp_path: Path) -> None:
    data = config(table(), tmp_path)
    known = load_data(data)
    x, y = load_new_rows(data, None, written(table(), tmp_path))
    rows = {tuple(row): target for row, target in zip(x, y, strict=True)}
    parts = ((known.x_train, known.y_train), (known.x_test, known.y_test))
    for features, targets in parts:
        assert all(rows[tuple(row)] == target for row, target in zip(features, targets, strict=True))


def test_a_few_rows_of_one_class_keep_categories_classes_and_scale(tmp_path: Path) -> None:
    data = config(table(), tmp_path)
    everything, _ = load_new_rows(data, None, written(table(), tmp_path))
    few = table().iloc[[1, 2]].drop(columns="id")  # one class, two of three categories, no column that is left out
    x, y = load_new_rows(data, None, written(few, tmp_path))
    np.testing.assert_array_equal(x, everything[[1, 2]])
    assert y.tolist() == [1, 1]


def test_a_number_to_be_predicted_stays_one_when_all_new_rows_have_the_same(tmp_path: Path) -> None:
    frame = table().assign(y=np.linspace(0.5, 9, 40))
    _, y = load_new_rows(config(frame, tmp_path), None, written(frame.iloc[[3, 3]], tmp_path))
    np.testing.assert_allclose(y, frame["y"].iloc[[3, 3]], rtol=1e-6)


def test_a_class_that_the_model_does_not_know_is_named(tmp_path: Path) -> None:
    data = config(table(), tmp_path)
    with pytest.raises(TunerError, match="classes that the model does not know: perhaps"):
        load_new_rows(data, None, written(table().iloc[:3].assign(y="perhaps"), tmp_path))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    data = config(table(), tmp_path)
    with pytest.raises(TunerError, match=r"new\.csv lacks the columns kind"):
        load_new_rows(data, None, written(table().drop(columns="kind"), tmp_path))


@pytest.mark.parametrize("values", [("1", "2", "3+"), ("True", "False", "unknown")])
def test_categories_stay_text_where_the_new_rows_could_be_taken_for_numbers(
    values: tuple[str, ...], tmp_path: Path
) -> None:
    frame = table().assign(kind=[values[number % 3] for number in range(40)])
    data = config(frame, tmp_path)
    everything, _ = load_new_rows(data, None, written(frame, tmp_path))
    few = frame[frame["kind"] != values[2]]
    x, _ = load_new_rows(data, None, written(few, tmp_path))
    np.testing.assert_array_equal(x, everything[few.index])


def test_a_column_of_numbers_that_has_text_now_is_named(tmp_path: Path) -> None:
    data = config(table(), tmp_path)
    frame = table().astype({"size": object})
    frame.loc[3, "size"] = "large"
    with pytest.raises(TunerError, match=r"new\.csv: the column size has no text in the rows of the search, and some"):
        load_new_rows(data, None, written(frame, tmp_path))


def test_missing_targets_are_counted_among_the_new_rows(tmp_path: Path) -> None:
    frame = table()
    frame.loc[2, "y"] = None
    with pytest.raises(TunerError, match="the target y is missing in 1 of 40 rows"):
        load_new_rows(config(table(), tmp_path), None, written(frame, tmp_path))


def test_arrays_are_scaled_as_the_search_scaled_them(tmp_path: Path) -> None:
    data = DataConfig.model_validate({"sklearn": "iris", "standardize": True})
    known = load_data(data, 5)
    raw = load_data(data.model_copy(update={"standardize": False}), 5)
    np.savez(tmp_path / "rows.npz", x=raw.x_test, y=raw.y_test)
    x, y = load_new_rows(data, 5, tmp_path / "rows.npz")
    np.testing.assert_allclose(x, known.x_test, atol=1e-6)
    np.testing.assert_array_equal(y, known.y_test)


@pytest.mark.parametrize("names", [(1, 3, 7), ("no", "perhaps", "yes")])
def test_the_classes_of_arrays_have_the_numbers_that_they_had_in_the_search(
    names: tuple[int | str, ...], tmp_path: Path
) -> None:
    x = np.arange(60, dtype="float32").reshape(30, 2)
    y = np.array([names[number % 3] for number in range(30)])
    np.savez(tmp_path / "trained.npz", x=x, y=y)
    data = DataConfig.model_validate({"npz": tmp_path / "trained.npz", "task": "classification"})
    np.savez(tmp_path / "new.npz", x=x[1:3], y=y[1:3])
    assert load_new_rows(data, None, tmp_path / "new.npz")[1].tolist() == [1, 2]
    np.savez(tmp_path / "new.npz", x=x[:2], y=y[[2, 2]])
    assert load_new_rows(data, None, tmp_path / "new.npz")[1].tolist() == [2, 2]
    np.savez(tmp_path / "new.npz", x=x[:1], y=np.array([9 if isinstance(names[0], int) else "never"]))
    with pytest.raises(TunerError, match=r"has classes that the model does not know: (9|never)"):
        load_new_rows(data, None, tmp_path / "new.npz")


def test_arrays_that_came_in_parts_and_numbers_are_left_as_they_are(tmp_path: Path) -> None:
    x, y = np.zeros((30, 2), "float32"), np.arange(30) % 3 + 1
    np.savez(tmp_path / "parts.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    np.savez(tmp_path / "numbers.npz", x=x, y=y)
    for name, task in (("parts", "classification"), ("numbers", "regression")):
        data = DataConfig.model_validate({"npz": tmp_path / f"{name}.npz", "task": task})
        assert load_new_rows(data, None, tmp_path / "numbers.npz")[1].tolist() == y.tolist()


def test_arrays_of_another_shape_do_not_fit(tmp_path: Path) -> None:
    np.savez(tmp_path / "rows.npz", x=np.zeros((3, 5)), y=np.zeros(3))
    with pytest.raises(TunerError, match=r"rows of shape \(5,\), and the model takes \(4,\)"):
        load_new_rows(DataConfig.model_validate({"sklearn": "iris"}), 0, tmp_path / "rows.npz")


def test_a_file_of_another_kind_is_refused_with_what_to_give(tmp_path: Path) -> None:
    np.savez(tmp_path / "rows.npz", x=np.zeros((3, 5)), y=np.zeros(3))
    with pytest.raises(TunerError, match="this search was trained on a table"):
        load_new_rows(config(table(), tmp_path), 0, tmp_path / "rows.npz")
    with pytest.raises(TunerError, match="new rows come as a NumPy archive"):
        load_new_rows(DataConfig.model_validate({"sklearn": "iris"}), 0, written(table(), tmp_path))
