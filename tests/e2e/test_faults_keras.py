"""Whatever goes wrong in a trial, with real Keras in real worker processes: a clear message, and on it goes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.disks import can_mount, small_disk
from support.watching import Watched, is_running

from tui_tuner.engine.view import SearchState

MODEL = '''
import ctypes, os, resource, signal, sys, threading

import keras
import numpy as np
import tui_tuner as kt

FAULTS = [
    "none", "build", "fit", "callback", "batches", "nan", "inf", "memory",
    "exit", "kill", "segfault", "hang", "after all",
]


class Failing(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        raise RuntimeError(f"the callback gave up after epoch {epoch}")


class Hanging(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            threading.Event().wait()


class Breaking(keras.utils.PyDataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        if index == 2:
            raise OSError("row 40 cannot be read")
        return np.zeros((8, 4), "float32"), np.zeros(8, "float32")


def allocate():
    """Ask for more than a limit allows, as a model that is too large for its machine does."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as statm:
        used = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**28, before[1]))
    try:
        return np.ones(2**30)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


class Faulty(kt.HyperModel):
    def build(self, hp):
        fault = hp.Choice("fault", FAULTS)
        if fault == "build":
            raise ValueError("these layers do not fit")
        if fault == "exit":
            sys.exit("enough")
        outputs = 2 if fault == "fit" else 1
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(outputs)])
        loss = "mse"
        if fault in ("nan", "inf"):
            loss = lambda truth, predicted: keras.ops.mean(predicted, axis=-1) * 0 + float(fault)
        model.compile("sgd", loss)
        return model

    def fit(self, hp, model, *args, callbacks=(), **kwargs):
        fault = hp.get("fault")
        callbacks = list(callbacks)
        if fault == "fit":
            raise TypeError("these batches do not fit")
        if fault == "callback":
            callbacks.append(Failing())
        if fault == "hang":
            callbacks.append(Hanging())
        if fault == "batches":
            args, kwargs = (Breaking(),), {"epochs": 2}
        if fault == "memory":
            allocate()
        if fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if fault == "segfault":
            ctypes.string_at(0)
        return model.fit(*args, callbacks=callbacks, **kwargs)


def build_model(hp):
    return Faulty().build(hp)
'''

LOADER = """
import numpy as np


def load(seed):
    x = np.random.default_rng(seed).normal(size=(32, 4)).astype("float32")
    return x, x.sum(axis=1)


def broken():
    raise RuntimeError("the data base does not answer")

"""

EXPECTED = {
    "none": ("COMPLETED", ""),
    "build": ("FAILED", "ValueError: these layers do not fit (faulty.py:"),
    "fit": ("FAILED", "TypeError: these batches do not fit (faulty.py:"),
    "callback": ("FAILED", "RuntimeError: the callback gave up after epoch 0 (faulty.py:"),
    "batches": ("FAILED", "OSError: row 40 cannot be read (faulty.py:"),
    "nan": ("FAILED", "val_loss is NaN"),
    "inf": ("COMPLETED", "val_loss is infinite"),
    "memory": ("FAILED", "out of memory: this configuration needs more than there is ("),
    "exit": ("FAILED", "the code called sys.exit('enough') (faulty.py:"),
    "kill": ("FAILED", "was killed by signal 9 (SIGKILL); the kernel does this when memory runs out"),
    "segfault": ("FAILED", "was killed by signal 11 (SIGSEGV); native code crashed, the log may say where"),
    "hang": ("FAILED", "no epoch ended within 12 s (run.epoch_timeout); its worker was ended"),
    "after all": ("COMPLETED", ""),
}


def write(folder: Path, **sections: Any) -> Path:
    """A config with the faulty model; each section may be changed."""
    (folder / "faulty.py").write_text(MODEL)
    (folder / "rows.py").write_text(LOADER)
    config: dict[str, Any] = {
        "model": "faulty.py:Faulty",
        "data": {"loader": "rows.py:load", "test_size": 0},
        "search": {
            "tuner": "grid",
            "objective": "val_loss",
            "max_consecutive_failed_trials": 100,
            "directory": str(folder / "searches"),
            "project_name": "faults",
            "seed": 1,
        },
        "fit": {"epochs": 2},
        "run": {"workers": 2, "epoch_timeout": "12s"},
    }
    for name, changes in sections.items():
        config[name] |= changes
    file = folder / "faults.yaml"
    file.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in config.items()))
    return file


def run(config: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tui_tuner.cli", "run", str(config), "--headless"]
    return subprocess.run(command, cwd=config.parent, capture_output=True, text=True, timeout=200, check=False)


def test_each_fault_of_a_trial_ends_it_with_a_clear_message_and_the_search_goes_on(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "searches" / "faults")
    done = run(write(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    ended = {trial.hyperparameters["fault"]: trial for trial in watched.view().trials.values()}
    assert list(ended) == list(EXPECTED)
    for fault, (status, message) in EXPECTED.items():
        trial = ended[str(fault)]
        assert (trial.status, message in trial.message.partition("\n")[0]) == (status, True), (fault, trial.message)
    assert ended["inf"].score == float("inf")
    assert watched.view().best_trial_id in (ended["none"].trial_id, ended["after all"].trial_id)
    # The traceback is in the trial's log, native crashes too; what was not the trial's fault is not held against it.
    log = watched.directory.trial_log
    assert "Traceback" in log(ended["callback"].trial_id).read_text()
    assert "Fatal Python error: Segmentation fault" in log(ended["segfault"].trial_id).read_text()
    assert "numpy" in ended["memory"].message
    lost = watched.query("SELECT trial_id, count(*) FROM events WHERE kind = 'worker_lost' GROUP BY trial_id")
    assert dict(lost) == {ended["kill"].trial_id: 2, ended["segfault"].trial_id: 2}  # once may be bad luck
    assert watched.view().state is SearchState.COMPLETED
    assert not any(map(is_running, watched.worker_pids))


def test_data_that_cannot_be_loaded_ends_the_search_with_a_clear_message(tmp_path: Path) -> None:
    done = run(write(tmp_path, data={"loader": "rows.py:broken"}))
    assert done.returncode == 1
    assert done.stderr == ""
    assert f"failed: the loader {tmp_path}/rows.py:broken failed: RuntimeError: the data base does not" in done.stdout
    assert "Traceback" not in done.stdout


LARGE = """
import os, time

import keras
import tui_tuner as kt


class Large(kt.HyperModel):
    def build(self, hp):
        hp.Choice("units", [1, 2])
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(100_000), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        return model

    def fit(self, hp, model, *args, **kwargs):
        while not os.path.exists("go"):
            time.sleep(0.01)
        return model.fit(*args, **kwargs)
"""

if can_mount():

    def test_weights_that_find_no_room_are_written_once_there_is_some(tmp_path: Path) -> None:
        watched = Watched(tmp_path / "searches" / "faults")
        (tmp_path / "large.py").write_text(LARGE)
        config = write(tmp_path, run={"workers": 1})
        config.write_text(config.read_text().replace("faulty.py:Faulty", "large.py:Large"))
        command = [sys.executable, "-m", "tui_tuner.cli", "run", str(config), "--headless"]
        with (
            small_disk(tmp_path / "searches", 2**25) as disk,
            subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as engine,
        ):
            try:
                watched.until(lambda view: bool(view.trials))
                disk.fill(leave=2**20)
                (tmp_path / "go").touch()
                # Before that, the engine itself may find the disk full: with what was written of the weights.
                view = watched.until(lambda view: view.detail.startswith("no room on the disk ("))
                assert view.state is SearchState.BLOCKED
                assert view.detail.endswith("; goes on when there is more room")
                assert [trial.status for trial in view.trials.values()] == ["INTERRUPTED"]
                disk.make_room()
                output, _ = engine.communicate(timeout=120)
            finally:
                engine.kill()
            assert engine.returncode == 0, output
            assert {trial.status for trial in watched.trials()} == {"COMPLETED"}
            assert watched.directory.checkpoint(next(iter(view.trials))).stat().st_size > 2**20
            assert (watched.directory.best / "model.keras").is_file()
            assert watched.events("worker_lost") == []
