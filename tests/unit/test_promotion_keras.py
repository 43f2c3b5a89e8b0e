"""A promoted trial goes on as if its training had never stopped: with real Keras, in this process."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.tasks import task_in

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.reader import SearchReader
from tui_tuner.space import HyperParameters
from tui_tuner.tuners import Asha, Hyperband, Tuner
from tui_tuner.worker.dispatch import run_job
from tui_tuner.worker.jobs import Task, TrialJob
from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.reports import EpochEnded, Outcome, Report, TrialEnded
from tui_tuner.worker.runner import KerasRunner
from tui_tuner.worker.seeds import execution_seed


class _Keras:
    """Keras, imported by the first test that runs and not when tests are collected."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module("keras"), name)


keras: Any = _Keras()

MODELS = '''
import keras


def net(hp):
    """All that has a state: an optimizer with momenta and a schedule, a moving average, random numbers."""
    layers = [keras.Input((4,))] if hp.Boolean("built") else []
    model = keras.Sequential(
        [
            *layers,
            keras.layers.Dense(8, activation="tanh"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    rate = keras.optimizers.schedules.ExponentialDecay(0.05, decay_steps=2, decay_rate=0.9)
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", run_eagerly=True)
    return model


class Called(keras.Model):
    """Is built by being called, as most subclassed models are."""

    def __init__(self):
        super().__init__()
        self.start = keras.layers.Dense(8, activation="tanh")
        self.end = keras.layers.Dense(1, activation="sigmoid")

    def call(self, x):
        return self.end(self.start(x))


def called(hp):
    model = Called()
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy", run_eagerly=True)
    return model
'''

FIT: dict[str, Any] = {"batch_size": 16, "validation_split": 0.25, "verbose": 0, "shuffle": False}


@pytest.fixture
def task(tmp_path: Path) -> Task:
    (tmp_path / "models.py").write_text(MODELS)
    rng = np.random.default_rng(3)
    x = rng.normal(size=(64, 4)).astype("float32")
    np.savez(tmp_path / "data.npz", x_train=x, y_train=(x[:, 0] > 0).astype("int64"), x_test=x, y_test=x[:, 0] > 0)
    return task_in(
        tmp_path / "search",
        model=f"{tmp_path / 'models.py'}:net",
        data={"npz": str(tmp_path / "data.npz")},
        fit={"epochs": 5, **FIT},
        executions_per_trial=2,
        seed=7,
    )


class Worker:
    """Runs trials of a task and keeps their epochs."""

    def __init__(self, task: Task) -> None:
        self._runner = KerasRunner(task)
        self._reports: list[Report] = []

    def run(self, job: TrialJob) -> TrialEnded:
        ended = run_job(self._runner, job, Reporter("w", self._reports.append))
        assert isinstance(ended, TrialEnded)
        return ended

    def losses(self, trial_id: str, execution: int) -> list[tuple[int, float]]:
        return [
            (report.epoch, report.metrics["val_loss"])
            for report in self._reports
            if isinstance(report, EpochEnded) and (report.trial_id, report.execution) == (trial_id, execution)
        ]


def uninterrupted(task: Task, seed: int, built: bool) -> list[tuple[int, float]]:
    from tui_tuner.configs.model_reference import resolve_model

    hp = HyperParameters()
    hp.values["built"] = built
    keras.utils.set_random_seed(seed)
    model = resolve_model(task.model)(hp)
    assert task.data is not None
    with np.load(task.data["npz"]) as data:
        history = model.fit(data["x_train"], data["y_train"], epochs=5, **FIT)
    return list(enumerate(history.history["val_loss"]))


@pytest.mark.parametrize(("model", "built"), [("net", True), ("net", False), ("called", False)])
def test_its_epochs_are_those_of_a_training_that_was_never_interrupted(task: Task, model: str, built: bool) -> None:
    task = replace(task, model=task.model.replace(":net", f":{model}"))
    worker = Worker(task)
    space = {"space": [], "values": {"built": built}}
    first = worker.run(TrialJob("0", 0, 0, space, epochs=2, may_be_continued=True))
    second = worker.run(TrialJob("9", 9, 0, space, epochs=5, initial_epoch=2, continues="0"))
    assert (first.outcome, second.outcome) == (Outcome.COMPLETED, Outcome.COMPLETED), second.message
    for execution in range(2):
        losses = worker.losses("0", execution) + worker.losses("9", execution)
        assert losses == uninterrupted(task, execution_seed(7, 0, execution), built)
    assert not (task.project_dir / "trial_9" / "resume").exists()  # nothing continues it


def test_early_stopping_that_restores_the_best_weights_does_not_change_what_is_continued(task: Task) -> None:
    callbacks = {"early_stopping": {"patience": 100, "restore_best_weights": True}}
    worker = Worker(replace(task, callbacks=callbacks, executions_per_trial=1))
    space = {"space": [], "values": {"built": True}}
    worker.run(TrialJob("0", 0, 0, space, epochs=2, may_be_continued=True))
    worker.run(TrialJob("9", 9, 0, space, epochs=5, initial_epoch=2, continues="0"))
    assert worker.losses("0", 0) + worker.losses("9", 0) == uninterrupted(task, execution_seed(7, 0, 0), True)


@pytest.mark.parametrize("model", ["net", "called"])
def test_without_a_state_it_goes_on_from_the_best_epoch_as_kerastuner_does(task: Task, model: str) -> None:
    worker = Worker(replace(task, model=task.model.replace(":net", f":{model}")))
    space = {"space": [], "values": {"built": False}}
    worker.run(TrialJob("0", 0, 0, space, epochs=2))
    assert not (task.project_dir / "trial_0" / "resume").exists()
    ended = worker.run(TrialJob("9", 9, 0, space, epochs=4, initial_epoch=2, continues="0"))
    assert ended.outcome is Outcome.COMPLETED
    assert min(loss for _, loss in worker.losses("9", 0)) < min(loss for _, loss in worker.losses("0", 0))


def test_with_nothing_to_go_on_from_it_fails_and_says_so(task: Task) -> None:
    worker = Worker(task)
    space = {"space": [], "values": {"built": True}}
    ended = worker.run(TrialJob("9", 9, 0, space, epochs=4, initial_epoch=2, continues="0"))
    assert ended.outcome is Outcome.FAILED
    assert "continues trial 0, whose weights are gone" in ended.message.splitlines()[0]


def build(hp: HyperParameters) -> Any:
    """The same weights each time; learns its input shape from the data."""
    units = hp.Choice("units", [2, 4, 6, 8, 10, 12])
    glorot = keras.initializers.GlorotUniform
    model = keras.Sequential(
        [
            keras.layers.Dense(units, activation="tanh", kernel_initializer=glorot(1)),
            keras.layers.Dense(1, kernel_initializer=glorot(2)),
        ]
    )
    model.compile(keras.optimizers.Adam(0.02), "mse", run_eagerly=True)
    return model


X = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
ARGUMENTS: dict[str, Any] = {"validation_data": (X, Y), "batch_size": 16, "verbose": 0, "shuffle": False}


def check_promoted(tuner: Tuner, root: Path) -> None:
    """Each promoted trial has the epochs of a training of its configuration that was never interrupted."""
    reader = SearchReader(root)
    view = reader.poll()
    assert view.max_trials == tuner.oracle.planned_trials
    trials = tuner.oracle.trials.values()
    promoted = [trial for trial in trials if "tuner/trial_id" in trial.hyperparameters.values]
    assert promoted
    for trial in promoted:
        values = trial.hyperparameters.values
        assert view.trials[trial.trial_id].planned_epochs == values["tuner/epochs"]
        whole = build(trial.hyperparameters).fit(X, Y, epochs=values["tuner/epochs"], **ARGUMENTS).history["val_loss"]
        epochs = reader.epochs(trial.trial_id)
        assert [each.epoch for each in epochs] == list(range(values["tuner/initial_epoch"], values["tuner/epochs"]))
        assert [each.metrics["val_loss"] for each in epochs] == whole[values["tuner/initial_epoch"] :]


def test_asha_in_a_script(tmp_path: Path) -> None:
    tuner = Asha(build, "val_loss", 9, 4, factor=2, seed=1, directory=tmp_path, project_name="asha")
    tuner.search(X, Y, epochs=1000, **ARGUMENTS)
    check_promoted(tuner, tmp_path / "asha")
    rounds = {trial.hyperparameters.values["tuner/round"] for trial in tuner.oracle.trials.values()}
    assert rounds == {0, 1, 2}


def test_hyperband_in_a_script(tmp_path: Path) -> None:
    tuner = Hyperband(build, "val_loss", max_epochs=4, factor=2, seed=1, directory=tmp_path, project_name="hyperband")
    tuner.search(X, Y, epochs=1000, **ARGUMENTS)
    check_promoted(tuner, tmp_path / "hyperband")
    best = tuner.get_best_models()[0]
    assert best.evaluate(X, Y, verbose=0) == pytest.approx(tuner.oracle.get_best_trials()[0].score)
    directory = SearchDirectory(tmp_path / "hyperband")
    for trial_id in tuner.oracle.trials:
        assert directory.checkpoint(trial_id).is_file()  # the best epoch's, which KerasTuner reads
    brackets = json.loads((tmp_path / "hyperband" / "oracle.json").read_text())["brackets"]
    assert brackets == tuner.oracle.get_state()["brackets"]
