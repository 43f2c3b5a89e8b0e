"""A training whose objective cannot become better ends, with the same score."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.tasks import task_in

from tui_tuner.worker.dispatch import run_job
from tui_tuner.worker.jobs import TrialJob
from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.reports import EpochEnded, Report, TrialEnded
from tui_tuner.worker.runner import KerasRunner

MODELS = """
import keras

def built(metrics):
    layers = [keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid", kernel_initializer="ones")]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.SGD(0.0), loss="binary_crossentropy", metrics=metrics, run_eagerly=True)
    return model

def always_right(hp):
    return built(["accuracy"])

def own_metric(hp):
    def accuracy(y_true, y_pred):  # a percentage, say: 1 is no limit
        return keras.ops.ones_like(y_pred)
    return built([accuracy])
"""


def train(folder: Path, model: str = "always_right", *, ends: bool = True, continued: bool = False) -> int:
    """The epochs that were trained, of four; every answer of the model is right from the first one on."""
    (folder / "models.py").write_text(MODELS)
    x, y = np.ones((20, 2), "float32"), np.ones(20, "int64")
    np.savez(folder / "data.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    task = task_in(
        folder,
        model=f"{folder / 'models.py'}:{model}",
        data={"npz": str(folder / "data.npz")},
        fit={"epochs": 4, "validation_split": 0.5, "verbose": 0},
        objective="val_accuracy",
        direction="max",
        seed=7,
        ends_at_optimum=ends,
    )
    reports: list[Report] = []
    job = TrialJob("t", 0, 0, {"space": [], "values": {}}, may_be_continued=continued)
    ended = run_job(KerasRunner(task), job, Reporter("w", reports.append))
    assert isinstance(ended, TrialEnded)
    assert ended.executions[0].metrics["val_accuracy"] == 1.0
    assert ended.executions[0].best_epoch == 0  # what comes after it changes nothing
    return sum(isinstance(report, EpochEnded) for report in reports)


def test_it_ends_when_an_accuracy_is_1_and_has_the_score_that_it_would_have_had(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(tmp_path) == 1
    assert "val_accuracy is 1 and cannot become better" in capsys.readouterr().out
    assert train(tmp_path, ends=False) == 4


def test_a_training_that_may_be_gone_on_with_has_all_its_epochs(tmp_path: Path) -> None:
    assert train(tmp_path, continued=True) == 4


def test_a_metric_of_the_users_own_may_have_no_such_limit(tmp_path: Path) -> None:
    assert train(tmp_path, "own_metric") == 4
