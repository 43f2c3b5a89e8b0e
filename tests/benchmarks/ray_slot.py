"""What a trivial trial costs through a warm slot of a local Ray, beside a warm worker process.

Both run the same simulated trials of one epoch, in turns; then trials of many epochs, for the cost of an epoch. Times
are from handing the trial out to its last report; CPU is that of the engine's process, and of the process that talks
to Ray.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import queue
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import child_of, goal, median, percentile, process_cpu_s, progress, table
from support.executors import make_task, trial

from tui_tuner.executors import Executor, ProcessExecutor, RayExecutor
from tui_tuner.worker.reports import Report, TrialEnded

EPOCHS = 200
CPU_TRIALS = 100
DEADLINE_S = 60.0


class Warm:
    """An executor with one worker that has run a trial, and what further ones cost."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._reports: queue.SimpleQueue[Report] = queue.SimpleQueue()
        self._numbers = itertools.count()
        executor.start(self._reports.put)
        self.run(1)

    def run(self, epochs: int) -> float:
        """Run one trial; returns how long it took, in seconds."""
        number = next(self._numbers)
        job = trial(number)
        started = time.perf_counter()
        self._executor.submit(type(job)(job.trial_id, number, 0, job.hyperparameters, epochs=epochs))
        while not isinstance(self._reports.get(timeout=DEADLINE_S), TrialEnded):
            pass
        return time.perf_counter() - started

    def close(self) -> None:
        self._executor.close()


def trial_cpu_ms(warm: Warm, clock: Callable[[], float]) -> float:
    """CPU milliseconds that `clock` gains for each trial of one epoch."""
    before = clock()
    for _ in range(CPU_TRIALS):
        warm.run(1)
    return (clock() - before) / CPU_TRIALS * 1e3


def epoch_cpu_ms(warm: Warm, clock: Callable[[], float]) -> float:
    """CPU milliseconds that `clock` gains for each epoch of a long trial."""
    before = clock()
    warm.run(EPOCHS)
    return (clock() - before) / EPOCHS * 1e3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as open_ones:
        progress("starting a local Ray")
        ray = Warm(RayExecutor(make_task(Path(folder) / "ray"), workers=1))
        open_ones.callback(ray.close)
        bridge = child_of(os.getpid())  # the process that talks to Ray
        process = Warm(ProcessExecutor(make_task(Path(folder) / "process"), 1))
        open_ones.callback(process.close)
        progress(f"{options.trials} trials on each")
        walls: dict[str, list[float]] = {"process": [], "ray": []}
        for _ in range(options.trials):
            walls["process"].append(process.run(1))
            walls["ray"].append(ray.run(1))
        progress("CPU")
        rows = []
        for name, warm in (("process", process), ("ray", ray)):
            row = {
                "a trial of one epoch, warm": name,
                "median": f"{median(walls[name]) * 1e3:.1f} ms",
                "95 %": f"{percentile(walls[name], 0.95) * 1e3:.1f} ms",
                "CPU engine": f"{trial_cpu_ms(warm, time.process_time):.2f} ms",
                "CPU bridge": "-",
                "an epoch, engine": f"{epoch_cpu_ms(warm, time.process_time):.3f} ms",
                "an epoch, bridge": "-",
            }
            if warm is ray:
                row["CPU bridge"] = f"{trial_cpu_ms(warm, lambda: process_cpu_s(bridge)):.2f} ms"
                row["an epoch, bridge"] = f"{epoch_cpu_ms(warm, lambda: process_cpu_s(bridge)):.3f} ms"
            rows.append(row)
        table("Slots", rows)
        slot_s, worker_s = median(walls["ray"]), median(walls["process"])
        print(f"\nray / process: {slot_s / worker_s:.1f} times")
        print(f"a trivial trial through a warm Ray slot in 20 ms: {goal(slot_s, 0.020)}")
        print(f"a trivial trial through a warm worker in 10 ms: {goal(worker_s, 0.010)}")


if __name__ == "__main__":
    main()
