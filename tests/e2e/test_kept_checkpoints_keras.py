"""`run.keep_checkpoints: none` with real Keras: promotion and the evaluation of the best find what they need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from support.watching import Watched

MODEL = """
import keras


def net(hp):
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(hp.Int("units", 2, 9)), keras.layers.Dense(1, activation="sigmoid")]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"], run_eagerly=True)
    return model
"""


def test_only_what_is_needed_stays_and_the_space_is_told(tmp_path: Path) -> None:
    x = np.random.default_rng(1).normal(size=(32, 4)).astype("float32")
    np.savez(tmp_path / "data.npz", x_train=x, y_train=x[:, 0] > 0, x_test=x, y_test=x[:, 0] > 0)
    (tmp_path / "net.py").write_text(MODEL)
    sections = {
        "model": "net.py:net",
        "data": {"npz": "data.npz"},
        "search": {
            "tuner": "hyperband",
            "objective": "val_loss",
            "max_epochs": 2,
            "factor": 2,
            "directory": "searches",
        },
        "fit": {"batch_size": 24, "validation_split": 0.25},
        "run": {"workers": 1, "keep_checkpoints": "none"},
    }
    (tmp_path / "net.yaml").write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in sections.items()))
    command = [sys.executable, "-m", "tui_tuner.cli", "run", "net.yaml", "--headless"]
    done = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr

    watched = Watched(tmp_path / "searches" / "net")
    view = watched.view()
    promoted = [trial for trial in view.trials.values() if "tuner/trial_id" in trial.hyperparameters]
    assert promoted
    assert {trial.status.value for trial in view.trials.values()} == {"COMPLETED"}
    assert view.test_metrics
    assert (watched.directory.best / "model.keras").is_file()
    left = sorted(path.name for trial_id in view.trials for path in watched.directory.trial(trial_id).iterdir())
    assert set(left) == {"log.txt", "trial.json"}
    assert view.disk_bytes is not None
    size = sum(path.lstat().st_blocks * 512 for path in watched.root.rglob("*"))
    assert 0.5 * size < view.disk_bytes < 2 * size  # the database has been tidied since
