"""Unmodified KerasTuner scripts with real Keras: in the app, and with trials in worker processes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from support.scripts import Script
from support.terminal import Terminal
from support.watching import Watched

from tui_tuner.engine.view import SearchState

REGRESSION = """\
import sys
import numpy as np
import keras
import keras_tuner as kt

x = np.linspace(-1, 1, 64, dtype="float32").reshape(-1, 1)
y = 2 * x + 1


def build(hp):
    first, second = keras.initializers.GlorotUniform(1), keras.initializers.GlorotUniform(2)
    model = keras.Sequential([keras.Input(shape=x.shape[1:])])
    model.add(keras.layers.Dense(hp.Int("units", 2, 8, step=2), kernel_initializer=first))
    model.add(keras.layers.Dense(1, kernel_initializer=second))
    model.compile(keras.optimizers.SGD(hp.Float("lr", 1e-3, 1e-1, sampling="log")), "mse")
    print("built", sorted(hp.values))
    return model


tuner = kt.RandomSearch(
    build, objective="val_loss", max_trials=3, executions_per_trial=2, seed=5,
    directory="out", project_name=sys.argv[1], overwrite=True,
)
tuner.search(
    x, y, epochs=EPOCHS, validation_data=(x, y), shuffle=False, verbose=2,
    callbacks=[keras.callbacks.EarlyStopping("val_loss", patience=2)],
)
for trial in sorted(tuner.oracle.trials.values(), key=lambda trial: trial.trial_id):
    print("RESULT", trial.trial_id, trial.hyperparameters.values, trial.score, trial.best_step, trial.status)
print("RESULT", tuner.get_best_models()[0].evaluate(x, y, verbose=0))
"""

QUIET = {"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3", "TERM": "xterm-256color"}


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path, extra=QUIET)


def imports_tensorflow(pid: int) -> bool:
    """Whether the process has mapped TensorFlow's libraries, as far as the system tells."""
    maps = Path(f"/proc/{pid}/maps")
    return maps.exists() and "tensorflow" in maps.read_text()


def test_a_script_in_the_app_from_the_import_to_the_summary(script: Script) -> None:
    script.write(REGRESSION.replace("EPOCHS", "12"), searches=False)
    watched = Watched(script.folder / "out" / "real")
    with Terminal(script.command(arguments=("real",)), cwd=script.folder, env=script.environment) as terminal:
        terminal.until("script.py   ● running")
        terminal.until(re.compile("importing (keras|tensorflow)").search)  # type: ignore[arg-type]
        watched.until_epoch()
        terminal.until("1 Leaderboard")
        terminal.press("space")
        watched.until_state(SearchState.PAUSED)
        terminal.until("❚❚ paused")
        terminal.until(lambda text: "/12" in text and "learning" not in text and "units" in text)
        terminal.until(lambda text: "Epoch 1/12" in text.partition("5 Log")[2] or "/12" in text.partition("5 Log")[2])
        assert not imports_tensorflow(terminal.pid)
        if Path("/proc/self/maps").exists():
            assert imports_tensorflow(watched.engine_pid)
        terminal.press("space")
        terminal.until("search completed", deadline_s=120)
        terminal.until("RESULT 2 {")
        terminal.until("script.py   ✓ ended", deadline_s=120)
        terminal.press("q")
        assert terminal.until_exit() == 0
        assert terminal.is_restored
        assert "best          val_loss" in terminal.text
    (log,) = script.logs
    printed = log.read_text()
    assert "tui-tuner: trials run in the script's process: " in printed
    assert printed.count("RESULT") == 4
    assert [trial.status for trial in watched.trials()] == ["COMPLETED"] * 3


def test_worker_processes_give_the_same_results_and_every_trial_its_log(script: Script) -> None:
    script.write(REGRESSION.replace("EPOCHS", "4"), searches=False)
    here = script.run("--headless", "--workers", "none", arguments=("here",))
    assert here.returncode == 0, here.stderr
    there = script.run("--headless", "--workers", "2", arguments=("there",))
    assert there.returncode == 0, there.stderr
    assert "tui-tuner: trials run in 2 worker processes" in there.stderr
    results = [line for line in here.stdout.splitlines() if line.startswith("RESULT")]
    assert len(results) == 4
    assert results == [line for line in there.stdout.splitlines() if line.startswith("RESULT")]

    watched = [Watched(script.folder / "out" / name) for name in ("here", "there")]
    epochs = [
        sorted((row.trial_id, row.execution, row.epoch, row.metrics) for row in each.epochs()) for each in watched
    ]
    assert epochs[0] == epochs[1]
    assert [each.view().state for each in watched] == [SearchState.COMPLETED] * 2
    assert {trial.worker for trial in watched[1].view().trials.values()} <= {"worker-0", "worker-1"}
    for number in range(3):
        logs = [each.directory.trial_log(str(number)).read_text() for each in watched]
        assert all(log.count("built ['lr', 'units']") == 2 for log in logs)
        assert all("Epoch 4/4" in log for log in logs)
    assert "Epoch" not in there.stdout
    assert there.stdout.count("Complete [") == 3


def test_what_the_script_seeds_keeps_its_trials_in_its_process(script: Script) -> None:
    seeded = REGRESSION.replace("EPOCHS", "1").replace("x = np", "keras.utils.set_random_seed(1)\nx = np", 1)
    done = script.write(seeded, searches=False).run("--headless", "--workers", "2", arguments=("s",))
    assert done.returncode == 0, done.stderr
    assert "trials run in the script's process: script.py uses set_random_seed" in done.stderr


def test_a_failing_build_ends_the_search_alike_in_both_places(script: Script) -> None:
    failing = REGRESSION.replace("EPOCHS", "1").replace(
        '    print("built"', '    if hp.get("units") > 2:\n        raise ValueError("too wide")\n    print("built"'
    )
    script.write(failing.replace("max_trials=3", "max_trials=12"), searches=False)
    here = script.run("--headless", "--workers", "none", arguments=("here",))
    there = script.run("--headless", "--workers", "1", arguments=("there",))
    for done in (here, there):
        assert done.returncode == 1
        assert "RuntimeError: Number of consecutive failures exceeded the limit of 3" in done.stderr
    log = Watched(script.folder / "out" / "there").directory.trial_log("00").read_text()
    assert "ValueError: too wide" in log


def test_stopping_a_search_in_worker_processes_ends_them(script: Script) -> None:
    script.write(REGRESSION.replace("EPOCHS", "100000"), searches=False)
    watched = Watched(script.folder / "out" / "s")
    command = script.command("--workers", "1", arguments=("s",))
    with Terminal(command, cwd=script.folder, env=script.environment) as terminal:
        watched.until_epoch()
        workers = watched.worker_pids
        terminal.until("1 Leaderboard")
        terminal.press("q")
        terminal.until("Stop it and quit")
        terminal.press("s")
        assert terminal.until_exit() == 0
    assert watched.view().state is SearchState.STOPPED
    for pid in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
