"""A real Keras model that needs more memory than a limit allows."""

from __future__ import annotations

import resource
from pathlib import Path

from support.executors import Inbox
from support.tasks import task_in

from tui_tuner.executors import ProcessExecutor
from tui_tuner.worker.jobs import PrepareJob, TrialJob
from tui_tuner.worker.reports import Outcome, Prepared, WorkerLost, WorkerStarted

MODEL = """
import keras


def build(hp):
    units = hp.Int("units", 4, 20_000)
    layers = [keras.layers.Dense(units), keras.layers.Dense(units), keras.layers.Dense(3, activation="softmax")]
    model = keras.Sequential(layers)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""


def test_a_model_that_is_too_big_says_so_and_its_worker_starts_anew(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    task = task_in(
        tmp_path,
        model=f"{tmp_path / 'model.py'}:build",
        data={"sklearn": "iris", "test_size": 0.2, "seed": 0},
        fit={"epochs": 1, "validation_split": 0.2, "verbose": 0},
        objective="val_accuracy",
        direction="max",
    )
    executor = ProcessExecutor(task, 1)
    inbox = Inbox(executor)
    executor.start(inbox.queue.put)
    try:
        executor.submit(PrepareJob())
        inbox.until(Prepared)
        assert inbox.run(trial(0, 8)).outcome is Outcome.COMPLETED
        limit(inbox.of(WorkerStarted)[-1].pid, more_bytes=2**29)
        ended = inbox.run(trial(1, 20_000))  # a kernel of 1.6 GB
        assert ended.outcome is Outcome.INVALID
        assert ended.message.startswith("out of memory: this configuration needs more than there is (")
        assert "ResourceExhaustedError: OOM when allocating tensor" in ended.message.splitlines()[0]
        assert inbox.until(WorkerStarted).worker == "worker-0"
        assert not inbox.of(WorkerLost)
    finally:
        executor.close()


def trial(number: int, units: int) -> TrialJob:
    return TrialJob(f"t{number}", number, 0, {"space": [], "values": {"units": units}})


def limit(pid: int, *, more_bytes: int) -> None:
    """Let a process have this much more address space than it has now."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    size = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmSize:"))
    resource.prlimit(pid, resource.RLIMIT_AS, (size + more_bytes, size + more_bytes))
