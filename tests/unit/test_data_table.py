"""Tables to arrays: each step, and that nothing is learnt from the test rows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

from tui_tuner.configs.data import Dataset, data_shape, load_data
from tui_tuner.configs.schema import DataConfig
from tui_tuner.errors import TunerError
from tui_tuner.hypermodels.data_shape import DataShape, OutputKind

TITANIC = Path(__file__).parents[2] / "sample_configs" / "data" / "titanic.csv"


def load(frame: pd.DataFrame, folder: Path, **settings: Any) -> Dataset:
    path = folder / "rows.csv"
    frame.to_csv(path, index=False)
    return load_data(DataConfig.model_validate({"csv": path, "target": "y", "seed": 1} | settings))


def numbers(rows: int = 50) -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {"a": random.normal(5, 3, rows), "b": random.integers(0, 9, rows), "y": np.arange(rows) % 2, "row": range(rows)}
    )


def test_the_split_is_that_of_the_seed(tmp_path: Path) -> None:
    first, again, other = (load(numbers(), tmp_path, seed=seed) for seed in (1, 1, 2))
    assert (first.train_rows, first.test_rows) == (40, 10)
    np.testing.assert_array_equal(first.x_train, again.x_train)
    assert not np.array_equal(first.x_train, other.x_train)
    expected, _ = train_test_split(np.arange(50), test_size=0.2, random_state=1)
    np.testing.assert_array_equal(first.x_train[:, 2], expected)


def test_rows_keep_their_targets_and_each_row_is_in_one_part(tmp_path: Path) -> None:
    data = load(numbers(), tmp_path)
    rows = np.concatenate([data.x_train[:, 2], data.x_test[:, 2]])
    assert sorted(rows) == list(range(50))
    np.testing.assert_array_equal(np.concatenate([data.y_train, data.y_test]), rows % 2)


def test_the_arrays_are_float32_and_class_numbers(tmp_path: Path) -> None:
    data = load(numbers(), tmp_path)
    assert (data.x_train.dtype, data.x_test.dtype, data.y_train.dtype) == (np.float32, np.float32, np.int64)


def test_scaling_is_fitted_on_the_training_rows_only(tmp_path: Path) -> None:
    plain = load(numbers(), tmp_path)
    scaled = load(numbers(), tmp_path, standardize=True)
    mean, deviation = plain.x_train.astype(float).mean(axis=0), plain.x_train.astype(float).std(axis=0)
    np.testing.assert_allclose(scaled.x_train, (plain.x_train - mean) / deviation, atol=1e-4)
    np.testing.assert_allclose(scaled.x_test, (plain.x_test - mean) / deviation, atol=1e-4)
    assert abs(scaled.x_test.mean(axis=0)).max() > 1e-3


def test_what_the_test_rows_hold_does_not_change_the_training_part(tmp_path: Path) -> None:
    frame = numbers().assign(colour=["red", "blue"] * 25)
    before = load(frame, tmp_path, standardize=True, one_hot=True)
    test_rows = load(frame, tmp_path, one_hot=True).x_test[:, 2].astype(int)
    frame.loc[test_rows, "a"] = 1e6
    frame.loc[test_rows, "colour"] = "unseen"
    after = load(frame, tmp_path, standardize=True, one_hot=True)
    np.testing.assert_array_equal(before.x_train, after.x_train)


def test_categories_that_training_has_not_seen_become_zeros(tmp_path: Path) -> None:
    frame = numbers()
    test_rows = load(frame, tmp_path).x_test[:, 2].astype(int)
    frame["colour"] = ["red", "blue"] * 25
    frame.loc[test_rows[0], "colour"] = "unseen"
    data = load(frame, tmp_path, one_hot=True)
    assert data.x_train.shape[1] == 5
    np.testing.assert_array_equal(data.x_test[0, 3:], [0, 0])
    np.testing.assert_array_equal(data.x_train[:, 3:].sum(axis=1), np.ones(40))


def test_encoding_gives_the_columns_of_get_dummies(tmp_path: Path) -> None:
    frame = pd.read_csv(TITANIC).drop(columns="deck").dropna()
    expected = pd.get_dummies(frame.drop(columns="survived")).to_numpy(dtype="float32")
    data = load(frame, tmp_path, target="survived", one_hot=True, test_size=0.0)
    np.testing.assert_array_equal(data.x_train, expected)
    assert data.x_test is None
    assert data.y_test is None


def test_only_the_listed_columns_are_encoded_also_numbers(tmp_path: Path) -> None:
    data = load(numbers().drop(columns="row"), tmp_path, one_hot=["b"])
    assert data.x_train.shape[1] == 1 + 9


def test_a_missing_category_is_none_of_them(tmp_path: Path) -> None:
    frame = numbers().assign(colour=np.array(["red", None] * 25, dtype=object))
    data = load(frame, tmp_path, one_hot=True)
    np.testing.assert_array_equal(data.x_train[:, 3], data.x_train[:, 2] % 2 == 0)


def test_booleans_become_0_and_1(tmp_path: Path) -> None:
    data = load(numbers().assign(flag=[True, False] * 25), tmp_path)
    np.testing.assert_array_equal(data.x_train[:, 3], data.x_train[:, 2] % 2 == 0)


def test_rows_with_missing_values_can_be_left_out(tmp_path: Path) -> None:
    frame = numbers()
    frame.loc[:4, "a"] = None
    frame.loc[5:6, "b"] = None
    everything = load(frame, tmp_path, dropna=True)
    assert (everything.train_rows, everything.test_rows) == (34, 9)
    assert "left out 7 of 50 rows with missing values (a 5, b 2)" in everything.notes
    with pytest.raises(TunerError, match=r"rows.csv: values are missing in b \(2\)"):
        load(frame, tmp_path, dropna=["a"])


def test_dropped_columns_do_not_cost_rows(tmp_path: Path) -> None:
    frame = numbers().assign(empty=None)
    data = load(frame, tmp_path, drop=["empty"], dropna=True)
    assert data.x_train.shape == (40, 3)


@pytest.mark.parametrize(
    ("labels", "classes", "kind", "outputs"),
    [
        (["no", "yes"], ("no", "yes"), OutputKind.BINARY, 1),
        ([True, False], ("False", "True"), OutputKind.BINARY, 1),
        ([0, 1], ("0", "1"), OutputKind.BINARY, 1),
        ([0.0, 1.0], ("0", "1"), OutputKind.BINARY, 1),
        (["c", "a", "b"], ("a", "b", "c"), OutputKind.CLASSES, 3),
        ([2, 0, 1], ("0", "1", "2"), OutputKind.CLASSES, 3),
        ([10, 20], None, OutputKind.NUMBERS, 1),
        ([0.5, 1.5], None, OutputKind.NUMBERS, 1),
    ],
)
def test_targets(
    labels: list[Any], classes: tuple[str, ...] | None, kind: OutputKind, outputs: int, tmp_path: Path
) -> None:
    frame = numbers(60).assign(y=labels * (60 // len(labels)))
    data = load(frame, tmp_path)
    assert data.classes == classes
    assert data_shape(data) == DataShape((3,), kind, outputs)
    given = [labels[int(row) % len(labels)] for row in data.x_train[:, 2]]
    if classes is None:
        np.testing.assert_array_equal(data.y_train, given)
    else:
        assert [classes[number] for number in data.y_train] == [str(label).removesuffix(".0") for label in given]


def test_the_task_can_be_told(tmp_path: Path) -> None:
    frame = numbers().assign(y=[10, 20] * 25)
    assert load(frame, tmp_path, task="classification").classes == ("10", "20")
    assert load(numbers(), tmp_path, task="regression").y_train.dtype == np.float32


def test_stratified_parts_have_the_shares_of_the_whole(tmp_path: Path) -> None:
    frame = numbers().assign(y=["rare"] * 10 + ["common"] * 40)
    data = load(frame, tmp_path, stratify=True)
    assert ((data.y_train == 1).sum(), (data.y_test == 1).sum()) == (8, 2)


def test_constant_columns_do_not_divide_by_zero(tmp_path: Path) -> None:
    data = load(numbers().assign(same=7), tmp_path, standardize=True)
    assert np.isfinite(data.x_train).all()
    np.testing.assert_array_equal(data.x_train[:, 3], np.zeros(40))


@pytest.mark.parametrize(
    ("change", "settings", "says"),
    [
        ({"colour": "red", "shape": "round"}, {}, "no numbers in the columns colour, shape"),
        ({"a": [None] + [1.0] * 49}, {}, r"values are missing in a \(1\)"),
        ({"a": [np.inf] + [1.0] * 49}, {}, "infinite values in the columns a"),
        ({"y": [None] + [1] * 49}, {}, "target y is missing in 1 of 50 rows"),
        ({"a": None}, {"dropna": True}, "dropna leaves no row; values are missing in a 50"),
        ({"y": 1}, {}, "y has only one value"),
        ({"y": ["b"] + ["a"] * 49}, {"stratify": True}, "50 rows cannot be split"),
        ({"y": [0.5] * 49 + [1.5]}, {"stratify": True}, "stratify needs classes"),
        ({"y": ["a", "b"] * 25}, {"task": "regression"}, "text cannot be predicted"),
        ({}, {"drop": ["a", "b", "row"]}, "no column is left"),
        ({}, {"drop": ["c"]}, "has no column 'c', expected one of a, b, y, row"),
        ({}, {"test_size": 0.999}, "cannot be split"),
    ],
)
def test_data_that_cannot_be_used(change: dict[str, Any], settings: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(TunerError, match=says) as caught:
        load(numbers().assign(**change), tmp_path, **settings)
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("content", ["", "a,y\n1,2\n1,2,3,4\n", "\x00\x01"])
def test_files_that_are_no_tables(content: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(content)
    with pytest.raises(TunerError, match=r"rows\.csv") as told:
        load_data(DataConfig(csv=path, target="y"))
    assert "\\n" not in told.value.message


def test_rows_with_more_fields_than_the_header_are_refused(tmp_path: Path) -> None:
    """Pandas would take the first ones for names of the rows, and shift all columns."""
    path = tmp_path / "rows.csv"
    path.write_text("a,b,y\n1,5,2,5,0\n3,1,4,1,1\n")  # decimal commas
    with pytest.raises(TunerError, match="more fields than the header has names"):
        load_data(DataConfig(csv=path, target="y"))


def test_a_missing_file_is_told_as_one(tmp_path: Path) -> None:
    with pytest.raises(TunerError, match="cannot read"):
        load_data(DataConfig(csv=tmp_path / "no.csv", target="y"))


def test_parquet_is_prepared_like_csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = numbers().assign(
        colour=pd.Categorical(["red", "blue"] * 25), y=pd.array([True, False] * 25, dtype="boolean")
    )
    monkeypatch.setattr(pd, "read_parquet", lambda path: frame)  # the package that reads it is an extra
    data = load_data(DataConfig(parquet=tmp_path / "rows.parquet", target="y", one_hot=True, seed=1))
    assert data.x_train.shape == (40, 5)
    assert data.classes == ("False", "True")


def test_lists_in_a_column_cannot_be_categories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = numbers().assign(tags=pd.Series([["red"], ["blue", "red"]] * 25))
    monkeypatch.setattr(pd, "read_parquet", lambda path: frame)
    with pytest.raises(TunerError, match="the values of the column tags cannot be categories"):
        load_data(DataConfig(parquet=tmp_path / "rows.parquet", target="y", one_hot=True, seed=1))


def test_parquet_without_its_package_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rows.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "fastparquet", None)
    with pytest.raises(TunerError) as caught:
        load_data(DataConfig(parquet=tmp_path / "rows.parquet", target="y"))
    assert "tui-tuner[parquet]" in caught.value.hint


def test_titanic_as_the_sample_prepares_it() -> None:
    data = load_data(
        DataConfig(
            csv=TITANIC,
            target="survived",
            drop=("alive", "deck", "class", "embark_town", "adult_male"),
            dropna=True,
            one_hot=True,
            standardize=True,
            stratify=True,
            seed=42,
        )
    )
    summary = data.summary()
    assert (summary.train_rows, summary.test_rows, summary.input_shape) == (569, 143, "(14,)")
    assert "survived: 2 classes: 0 (424), 1 (288)" in summary.notes
