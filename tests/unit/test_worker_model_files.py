"""A model that Keras cannot save whole is kept as its weights, and evaluated: with real Keras, in this process."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.tasks import task_in

from tui_tuner.worker.final_jobs import HYPERPARAMETERS, MODEL, WEIGHTS, EvaluateFileJob, RetrainJob
from tui_tuner.worker.jobs import Task
from tui_tuner.worker.model_files import write_model

MODELS = '''
import keras


class Net(keras.Model):
    """Its argument keeps Keras from making a config for it."""

    def __init__(self, units):
        super().__init__()
        self.start = keras.layers.Dense(units)
        self.end = keras.layers.Dense(1)

    def call(self, x):
        return self.end(self.start(x))


def net(hp):
    model = Net(hp.Int("units", 2, 8))
    model.compile("adam", "mse", run_eagerly=True)
    return model
'''

HYPERPARAMETERS_OF_THE_TRIAL: dict[str, Any] = {"space": [], "values": {"units": 5}}


@pytest.fixture
def task(tmp_path: Path) -> Task:
    (tmp_path / "models.py").write_text(MODELS)
    x = np.random.default_rng(3).normal(size=(32, 4)).astype("float32")
    y = x.sum(axis=1)
    np.savez(tmp_path / "data.npz", x_train=x[:24], y_train=y[:24], x_test=x[24:], y_test=y[24:])
    np.savez(tmp_path / "new.npz", x=x[24:], y=y[24:])
    return task_in(
        tmp_path / "search",
        model=f"{tmp_path / 'models.py'}:net",
        data={"npz": str(tmp_path / "data.npz")},
        fit={"batch_size": 8, "verbose": 0},
        objective="loss",
        seed=7,
    )


def whole() -> Any:
    keras: Any = importlib.import_module("keras")
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])


class Refuses:
    """A model that raises when it is saved whole."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def save(self, path: Path) -> None:
        path.write_text("half of it")
        raise self._error


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_retrained_model_that_cannot_be_saved_whole_is_kept_and_evaluated(task: Task, tmp_path: Path) -> None:
    from tui_tuner.worker.final_evaluation import evaluate_file
    from tui_tuner.worker.final_model import retrain

    folder = tmp_path / "final"
    final = retrain(task, RetrainJob(tmp_path, HYPERPARAMETERS_OF_THE_TRIAL, 2, (7,), folder), lambda _: None)
    assert final.file == WEIGHTS
    assert f"The model cannot be saved whole: Net has no get_config(). Its weights are in {WEIGHTS}." in final.notes
    assert names(folder) == [HYPERPARAMETERS, WEIGHTS]
    found = evaluate_file(task, EvaluateFileJob(tmp_path, tmp_path / "new.npz", folder / WEIGHTS))
    assert found.values == pytest.approx(dict(final.runs[0].test))


def test_a_whole_model_of_a_class_that_keras_does_not_know_is_evaluated(task: Task, tmp_path: Path) -> None:
    from tui_tuner.worker.final_evaluation import evaluate_file
    from tui_tuner.worker.final_model import retrain

    text = MODELS.replace("(self, units)", "(self)").replace("Dense(units)", "Dense(5)")
    (tmp_path / "models.py").write_text(text.replace('Net(hp.Int("units", 2, 8))', "Net()"))
    folder = tmp_path / "final"
    final = retrain(task, RetrainJob(tmp_path, HYPERPARAMETERS_OF_THE_TRIAL, 2, (7,), folder), lambda _: None)
    assert final.file == MODEL
    found = evaluate_file(task, EvaluateFileJob(tmp_path, tmp_path / "new.npz", folder / MODEL))
    assert found.values == pytest.approx(dict(final.runs[0].test))


def test_the_latest_model_is_the_only_one_in_its_folder(task: Task, tmp_path: Path) -> None:
    from tui_tuner.configs.model_reference import resolve_model
    from tui_tuner.space import HyperParameters

    folder = tmp_path / "best"
    assert write_model(whole(), folder, {"values": {}}) == ""
    assert names(folder) == [HYPERPARAMETERS, MODEL]
    own = resolve_model(task.model)(HyperParameters())
    own(np.zeros((1, 4)))
    assert write_model(own, folder, {"values": {}}) == "Net has no get_config()"
    assert names(folder) == [HYPERPARAMETERS, WEIGHTS]
    write_model(whole(), folder, {"values": {}})
    assert names(folder) == [HYPERPARAMETERS, MODEL]


def test_a_full_disk_is_no_reason_to_write_the_weights(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        write_model(Refuses(OSError(28, "No space left on device")), tmp_path, {})
    assert names(tmp_path) == []
