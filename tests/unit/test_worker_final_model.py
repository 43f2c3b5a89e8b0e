"""The parts of retraining that need Keras: all rows together, and when a script can do with Keras alone."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from tui_tuner.configs.dataset import Dataset
from tui_tuner.configs.model_reference import ModelBuilder
from tui_tuner.worker.final_model import all_rows
from tui_tuner.worker.final_script import why_no_script
from tui_tuner.worker.training_data import TrainingData

ARRAYS = Dataset(np.zeros((4, 2)), np.zeros(4))


@keras.saving.register_keras_serializable("ours")
class OwnLayer(keras.layers.Dense):  # type: ignore[misc]
    pass


def own_loss(y_true: Any, y_pred: Any) -> Any:
    return keras.ops.mean(keras.ops.abs(y_true - y_pred))


def model(layer: Any = None, loss: Any = "mse") -> Any:
    made = keras.Sequential([keras.Input((2,)), layer or keras.layers.Dense(1, activation="relu")])
    made.compile(keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(1e-2, 10, 0.9)), loss=loss)
    return made


def builder(fit: Any = None) -> ModelBuilder:
    return ModelBuilder(lambda hp: None, fit)


def test_validation_rows_come_after_the_training_rows() -> None:
    inputs = {"a": np.arange(3), "b": np.arange(3)}
    data = Dataset(inputs, np.arange(3), validation=({"a": np.array([9]), "b": np.array([8])}, np.array([7])))
    joined = all_rows(TrainingData(data)).data.dataset
    assert joined.x_train["a"].tolist() == [0, 1, 2, 9]
    assert joined.x_train["b"].tolist() == [0, 1, 2, 8]
    assert joined.y_train.tolist() == [0, 1, 2, 7]
    assert joined.validation is None


def test_batches_that_cannot_be_joined_are_told() -> None:
    rows = all_rows(TrainingData(Dataset([1], validation=([2], None))))
    assert rows.data.dataset.x_train == [1]
    assert "without the validation part" in rows.notes[0]


def test_a_model_of_keras_own_parts_has_a_script() -> None:
    assert why_no_script(model(), builder(), ARRAYS) == ""


def test_code_of_the_users_own_is_named() -> None:
    assert "OwnLayer" in why_no_script(model(OwnLayer(1)), builder(), ARRAYS)
    assert "own_loss" in why_no_script(model(loss=own_loss), builder(), ARRAYS)
    assert "`fit` of its own" in why_no_script(model(), builder(fit=print), ARRAYS)


def test_data_that_is_no_arrays_has_no_script() -> None:
    assert why_no_script(model(), builder(), Dataset([1])) == "the data is not made of arrays"
