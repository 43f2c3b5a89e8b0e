"""The quick checks on real data and models: what a search's first worker finds before the first trial."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from support.tasks import task_in

from tui_tuner.configs.data import load_data
from tui_tuner.configs.schema import DataConfig
from tui_tuner.space import HyperParameters
from tui_tuner.worker.first_look import first_look
from tui_tuner.worker.jobs import Finding
from tui_tuner.worker.training_data import TrainingData

SAMPLES = Path(__file__).parents[2] / "sample_configs"

LOADER = """
import numpy as np, pandas as pd
from sklearn.preprocessing import StandardScaler

def load():
    frame = pd.DataFrame({"x": np.arange(60.0) % 7, "tells": np.arange(60) % 2, "y": np.arange(60) % 2})
    return StandardScaler().fit_transform(frame[["x", "tells"]]), frame["y"]
"""


def look(
    folder: Path, data: dict[str, Any], model: Any = None, *, own_fit: bool = False, **fit: Any
) -> dict[str, Finding]:
    """The findings by topic."""
    config = DataConfig.model_validate(data)
    task = task_in(
        folder,
        model="dense",
        data=config.model_dump(mode="json"),
        fit={"validation_split": 0.2, **fit},
        objective="val_accuracy",
        direction="max",
    )
    space = HyperParameters()
    space.Choice("units", [1, 2])
    found = first_look(task, TrainingData(load_data(config, 1)), model, space, 2, own_fit=own_fit)
    assert len({finding.topic for finding in found}) == len(found)
    return {finding.topic: finding for finding in found}


def titanic(**settings: Any) -> dict[str, Any]:
    usual = {"csv": SAMPLES / "data" / "titanic.csv", "target": "survived", "dropna": True, "one_hot": True}
    return {**usual, "drop": ("alive", "deck"), "standardize": True, "stratify": True, **settings}


def classifier(activation: str | None, from_logits: bool) -> Any:
    model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1, activation=activation)])
    model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=from_logits))
    return model


def test_a_sound_search_has_no_warning(tmp_path: Path) -> None:
    assert look(tmp_path, titanic(), classifier("sigmoid", False)) == {}
    assert look(tmp_path, titanic(), classifier(None, True)) == {}


def test_the_column_that_gives_the_answer_away_is_named(tmp_path: Path) -> None:
    found = look(tmp_path, titanic(drop=("deck",)))
    assert found["leak"].text.startswith("the column alive alone")
    assert found["leak"].fix == "Leave it out: data.drop: [alive]."


def test_the_column_of_a_loader_that_scales_is_named_too(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(LOADER)
    found = look(tmp_path, {"loader": f"{tmp_path / 'own.py'}:load"})
    assert found["leak"].text.startswith("the column tells alone")


@pytest.mark.parametrize("made", ["sequential", "functional"])
def test_logits_are_told_of_models_with_and_without_their_shapes(made: str, tmp_path: Path) -> None:
    model = classifier("sigmoid", True)
    if made == "functional":
        inputs = keras.Input((14,))
        model = keras.Model(inputs, {"out": keras.layers.Dense(1, activation="sigmoid")(inputs)})
        model.compile(loss={"out": keras.losses.BinaryCrossentropy(from_logits=True)})
    assert "the last layer is a sigmoid" in look(tmp_path, titanic(), model)["from_logits"].text


def test_large_features_are_told_unless_the_model_scales_them(tmp_path: Path) -> None:
    raw = titanic(standardize=False)
    assert "the column fare reaches" in look(tmp_path, raw, classifier("sigmoid", False))["scale"].text
    scaling = keras.Sequential([keras.layers.Rescaling(0.01), keras.layers.Dense(1, activation="sigmoid")])
    assert "scale" not in look(tmp_path, raw, scaling)


def test_rows_in_the_order_of_their_classes_leave_a_part_without_some(tmp_path: Path) -> None:
    y = np.repeat([0, 1, 2], 100)
    np.savez(tmp_path / "rows.npz", x_train=np.zeros((300, 2)), y_train=y, x_test=np.zeros((3, 2)), y_test=[0, 1, 2])
    found = look(tmp_path, {"npz": tmp_path / "rows.npz"}, validation_split=0.4)
    assert found["classes"].text == "the training rows have none of class 2; the validation rows have none of class 0"
    assert "takes the last training rows as they come" in found["classes"].fix


def test_few_rows_to_judge_by_are_told(tmp_path: Path) -> None:
    iris = {"sklearn": "iris", "stratify": True}
    assert "24 validation rows" in look(tmp_path, iris)["validation"].text
    assert "validation" not in look(tmp_path, iris, own_fit=True)  # it holds out what it likes


def test_a_model_file_that_sets_the_backend_too_late_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "backend" not in look(tmp_path, titanic())
    monkeypatch.setenv("KERAS_BACKEND", "jax")  # as its first line does, in this process that has loaded TensorFlow
    assert "Keras was loaded with tensorflow" in look(tmp_path, titanic())["backend"].text
