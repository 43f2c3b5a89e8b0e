"""What it costs to save where a training stands: training with saves as often as they are allowed, beside none.

`PYTHONPATH=tests python tests/benchmarks/checkpoint_overhead.py [SECONDS]` trains models of several sizes, about so
many seconds each time (default 20), by turns with and without saves. The goal is that saves take at most 2 % of the
time.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from benchmarks.measure import Cost, goal, median, progress, table

from tui_tuner.worker.dispatch import run_job
from tui_tuner.worker.jobs import Task, TrialJob
from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.reports import EpochEnded, Outcome, Report, TrialEnded
from tui_tuner.worker.runner import KerasRunner
from tui_tuner.worker.spacing import COST_SHARE, Spacing

MODEL = """
import keras


def net(hp):
    units = hp.Int("units", 8, 4096)
    layers = [keras.layers.Dense(units, activation="relu") for _ in range(3)]
    model = keras.Sequential([keras.Input((32,)), *layers, keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model
"""

UNITS = (16, 256, 512)
ROUNDS = 2
NEVER_S = 1e9


class MeasuredSpacing(Spacing):
    """Adds up what the saves of a trial take."""

    saves = 0
    spent_s = 0.0

    @contextmanager
    def saving(self) -> Iterator[None]:
        began = time.perf_counter()
        with super().saving():
            yield
        MeasuredSpacing.saves += 1
        MeasuredSpacing.spent_s += time.perf_counter() - began


def train(folder: Path, units: int, epochs: int, every_s: float) -> Cost:
    """Wall and CPU seconds from the end of the first epoch, which traces the model, to the end of the last one."""
    task = Task(
        model=f"{folder / 'net.py'}:net",
        data={"npz": str(folder / "data.npz")},
        arrays=folder / "arrays",
        fit={"epochs": epochs, "batch_size": 64, "verbose": 0},
        callbacks={"early_stopping": {"monitor": "loss", "patience": 10**6, "restore_best_weights": True}},
        objective="loss",
        direction="min",
        executions_per_trial=1,
        seed=1,
        project_dir=folder / "search",
        checkpoint_every_s=every_s,
    )
    times: list[Cost] = []

    def take(report: Report) -> None:
        if isinstance(report, EpochEnded):
            times.append(Cost(time.perf_counter(), time.process_time()))

    job = TrialJob("0", 0, 0, {"space": [], "values": {"units": units}})
    MeasuredSpacing.saves, MeasuredSpacing.spent_s = 0, 0.0
    ended = run_job(KerasRunner(task, MeasuredSpacing), job, Reporter("w", take))
    assert isinstance(ended, TrialEnded)
    assert ended.outcome is Outcome.COMPLETED, ended.message
    return Cost(times[-1].wall_s - times[0].wall_s, times[-1].cpu_s - times[0].cpu_s)


def main(seconds: float) -> None:
    """Print one row for each size of model."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "net.py").write_text(MODEL)
        x = np.random.default_rng(0).normal(size=(4096, 32)).astype("float32")
        np.savez(folder / "data.npz", x_train=x, y_train=x[:, :1])
        for units in UNITS:
            probe = 6
            epochs = max(probe, int(seconds / (train(folder, units, probe, NEVER_S).wall_s / (probe - 1))))
            ratios, shares, saves = [], [], 0
            for turn in range(ROUNDS):
                progress(f"{units} units, {epochs} epochs, turn {turn + 1} of {ROUNDS}")
                without, saving = train(folder, units, epochs, NEVER_S), train(folder, units, epochs, 0.0)
                ratios.append(saving.cpu_s / without.cpu_s)
                shares.append(MeasuredSpacing.spent_s / saving.wall_s)
                saves = MeasuredSpacing.saves
            rows.append(
                {
                    "units": str(units),
                    "epochs": str(epochs),
                    "saves": str(saves),
                    "time in saves": f"{100 * median(shares):.2f} %",
                    "at most 2 %": goal(median(shares), COST_SHARE),
                    "CPU with / without": f"{median(ratios):.3f}",
                }
            )
    table("Saves as often as they are allowed (run.checkpoint_every_s: 0)", rows)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 20.0)
