"""An executor of many pretended workers in one thread: what the engine itself costs, and nothing else."""

from __future__ import annotations

import heapq
import threading
import time

from tui_tuner.executors.protocol import ReportSink
from tui_tuner.worker.jobs import Control, DataSummary, EvaluateJob, Job, PrepareJob, TrialJob
from tui_tuner.worker.messages import READY
from tui_tuner.worker.reports import (
    EpochEnded,
    Evaluated,
    ExecutionResult,
    Outcome,
    Prepared,
    TrialEnded,
    WorkerStarted,
    WorkerStatus,
)

_Due = tuple[float, int, str, TrialJob, int]


class Crowd:
    """An `Executor` whose workers do nothing but report; for benchmarks of the engine.

    Args:
        workers: How many trials run at once.
        epochs: Of each trial.
        epoch_s: How long an epoch takes, in seconds; the epochs of the workers are spread evenly over that time.
    """

    def __init__(self, workers: int, epochs: int, epoch_s: float, space: dict[str, object]) -> None:
        self._workers = workers
        self._epochs = epochs
        self._epoch_s = epoch_s
        self._space = space
        self._free = [f"worker-{number}" for number in reversed(range(workers))]
        self._due: list[_Due] = []
        self._changed = threading.Condition()
        self._closed = False
        self._count = 0
        self._thread = threading.Thread(target=self._work, name="crowd", daemon=True)
        self.reported = 0
        """Epochs reported so far."""
        self.waits_s: list[float] = []
        """From the end of each worker's trial to its next one."""
        self._ended: dict[str, float] = {}

    @property
    def capacity(self) -> int:
        return self._workers

    def start(self, sink: ReportSink) -> None:
        self._sink = sink
        for number, worker in enumerate(reversed(self._free)):
            sink(WorkerStarted(worker, number, "CPU"))
            sink(WorkerStatus(worker, READY))
        self._thread.start()

    def submit(self, job: Job) -> str:
        if isinstance(job, PrepareJob):
            self._sink(Prepared(self._free[-1], self._space, DataSummary()))
            return self._free[-1]
        if isinstance(job, EvaluateJob):
            self._sink(Evaluated(self._free[-1], job.trial_id, {}))
            return self._free[-1]
        with self._changed:
            worker = self._free.pop()
            if worker in self._ended:
                self.waits_s.append(time.monotonic() - self._ended.pop(worker))
            self._count += 1
            first = time.monotonic() + self._epoch_s * (1 + self._count % self._workers / self._workers)
            heapq.heappush(self._due, (first, self._count, worker, job, 0))
            self._changed.notify()
        return worker

    def control(self, trial_id: str, control: Control, answered: int = 0) -> None: ...

    def kill(self, trial_id: str) -> None: ...

    def resize(self, workers: int) -> None: ...

    def release(self) -> None: ...

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._closed and (not self._due or self._due[0][0] > time.monotonic()):
                    wait = self._due[0][0] - time.monotonic() if self._due else None
                    self._changed.wait(wait)
                if self._closed:
                    return
                due, order, worker, job, epoch = heapq.heappop(self._due)
                loss = 1.0 / (1 + epoch) + (order % 97) / 97
                metrics = {
                    "loss": loss,
                    "accuracy": 1 - loss / 2,
                    "val_loss": loss + 0.1,
                    "val_accuracy": 0.9 - loss / 2,
                }
                over = epoch + 1 == self._epochs
                if over:
                    self._free.append(worker)
                    self._ended[worker] = time.monotonic()
                else:
                    heapq.heappush(self._due, (due + self._epoch_s, order, worker, job, epoch + 1))
            self.reported += 1
            self._sink(EpochEnded(worker, job.trial_id, job.attempt, 0, epoch, metrics, time.time(), self._epoch_s))
            if over:
                result = ExecutionResult(metrics, epoch)
                self._sink(
                    TrialEnded(worker, job.trial_id, job.attempt, Outcome.COMPLETED, (result,), job.hyperparameters)
                )
