"""A real training, in a real worker process, that is killed, paused and killed again, ends as if it never had been."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from support.programs import started
from support.watching import Watched, until

from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.reader import SearchReader
from tui_tuner.engine.view import SearchState
from tui_tuner.worker.resume import PROGRESS
from tui_tuner.worker.seeds import execution_seed

MODEL = """
import keras


def net(hp):
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(hp.Choice("units", [16]), activation="tanh"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"], run_eagerly=True)
    return model
"""

EPOCHS = 80
FIT: dict[str, Any] = {"epochs": EPOCHS, "batch_size": 16, "validation_split": 0.25, "verbose": 0}
EARLY_STOPPING: dict[str, Any] = {"monitor": "val_loss", "patience": 60, "restore_best_weights": True}
REDUCE: dict[str, Any] = {"monitor": "val_loss", "patience": 4, "factor": 0.7}
SEED = 11


def data() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(48, 4)).astype("float32")
    return x, (x[:, 0] + rng.normal(size=48) > 0).astype("int64")


def config(folder: Path) -> Path:
    """The search: one trial."""
    x, y = data()
    np.savez(folder / "data.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    (folder / "net.py").write_text(MODEL)
    sections = {
        "model": "net.py:net",
        "data": {"npz": "data.npz"},
        "search": {"objective": "val_loss", "max_trials": 1, "seed": SEED, "directory": "searches"},
        "fit": FIT,
        "callbacks": {"early_stopping": EARLY_STOPPING, "reduce_lr": REDUCE},
        "run": {"workers": 1, "checkpoint_every_s": 0.3},
    }
    file = folder / "net.yaml"
    file.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in sections.items()))
    return file


def uninterrupted(folder: Path) -> tuple[dict[str, list[float]], int]:
    """The history of plain Keras, and its optimizer's steps."""
    import importlib.util

    import keras

    spec = importlib.util.spec_from_file_location("plain_net", folder / "net.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    from tui_tuner.space import HyperParameters

    keras.utils.set_random_seed(execution_seed(SEED, 0, 0))
    model = module.net(HyperParameters())
    callbacks = [keras.callbacks.EarlyStopping(**EARLY_STOPPING), keras.callbacks.ReduceLROnPlateau(**REDUCE)]
    history: dict[str, list[float]] = model.fit(*data(), callbacks=callbacks, **FIT).history
    return history, int(model.optimizer.iterations.numpy())


def engine(folder: Path, *arguments: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tui_tuner.cli", *arguments, "--headless"]
    return started(command, folder, folder / "output")


class Trial:
    """The one trial of the search, seen from outside."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    @property
    def saved(self) -> Path:
        return self._watched.directory.resume(self._watched.trials()[0].trial_id) / PROGRESS

    def until_saved_and_trained_on(self) -> None:
        """Wait until it has been saved in its present attempt, and has trained two epochs more."""
        self._watched.until_epoch()
        attempt = self._watched.events("trial_started")[-1]["attempt"]
        until(lambda: any(row.attempt == attempt for row in self._watched.epochs()))
        before = self._changed()
        until(lambda: self._changed() not in (before, 0), lambda: "it is never saved")
        after = len(self._watched.epochs())
        until(lambda: len(self._watched.epochs()) >= after + 2)

    def _changed(self) -> int:
        return self.saved.stat().st_mtime_ns if self.saved.exists() else 0

    def resumed_at(self) -> list[int]:
        return [event["epoch"] for event in self._watched.events("trial_resumed")]


def ask(watched: Watched, command: Command) -> None:
    reader = SearchReader(watched.root)
    reader.send(command)
    reader.close()


def test_a_training_that_is_killed_and_paused_ends_as_plain_keras_does(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "searches" / "net")
    trial = Trial(watched)
    with engine(tmp_path, "run", str(config(tmp_path))) as first:
        trial.until_saved_and_trained_on()
        os.kill(watched.worker_pids[-1], signal.SIGKILL)
        until(lambda: len(trial.resumed_at()) == 1)
        ask(watched, Command(CommandKind.PAUSE, who="test", arguments={"hard": True}))
        watched.until(lambda view: view.state is SearchState.PAUSED and not view.workers)
        ask(watched, Command(CommandKind.RESUME, who="test"))
        until(lambda: len(trial.resumed_at()) == 2)
        trial.until_saved_and_trained_on()
        first.kill()
        first.wait()
    with engine(tmp_path, "resume", str(watched.root)) as second:
        assert second.wait(120) == 0, (tmp_path / "output").read_text()

    history, steps = uninterrupted(tmp_path)
    reader = SearchReader(watched.root)
    (ended,) = reader.poll().trials.values()
    epochs = reader.epochs(ended.trial_id)
    reader.close()
    log = watched.directory.trial_log(ended.trial_id).read_text()
    resumed = trial.resumed_at()
    assert len(resumed) == 3, log
    assert 0 < resumed[0] <= resumed[1] < resumed[2]
    # No epoch was trained twice because of the pause, which saved the last one.
    attempts = [[row.epoch for row in watched.epochs() if row.attempt == attempt] for attempt in range(4)]
    assert resumed[1] == max([resumed[0] - 1, *attempts[1]]) + 1
    assert [each.epoch for each in epochs] == list(range(len(history["loss"])))
    for name, expected in history.items():
        np.testing.assert_allclose([each.metrics[name] for each in epochs], expected, rtol=1e-5, err_msg=name)
    best = int(np.argmin(history["val_loss"]))
    assert ended.best_epoch == best
    assert ended.score is not None
    np.testing.assert_allclose(ended.score, history["val_loss"][best], rtol=1e-5)
    assert not watched.directory.resume(ended.trial_id).exists()
    # The checkpoint has the best epoch's weights, and the optimizer as the training left it.
    assert optimizer_steps(watched.directory.checkpoint(ended.trial_id)) == steps


def optimizer_steps(checkpoint: Path) -> int:
    import h5py

    with h5py.File(checkpoint) as file:
        return int(file["optimizer/vars/0"][()])
