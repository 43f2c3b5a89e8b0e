"""Executors for tests of the engine, in which nothing is trained: they prepare and evaluate at once."""

from __future__ import annotations

from tui_tuner.executors.protocol import ReportSink
from tui_tuner.space import HyperParameters
from tui_tuner.worker.jobs import Control, DataSummary, EvaluateJob, Job, PrepareJob, TrialJob
from tui_tuner.worker.messages import READY
from tui_tuner.worker.reports import (
    Evaluated,
    ExecutionResult,
    Outcome,
    Prepared,
    TrialEnded,
    WorkerStarted,
    WorkerStatus,
)


class QuickExecutor:
    """Its search space is one number. What becomes of a trial, a subclass says.

    Args:
        workers: How many trials run at once.
    """

    def __init__(self, workers: int) -> None:
        self.capacity = workers

    def start(self, sink: ReportSink) -> None:
        self._sink = sink
        for number in range(self.capacity):
            sink(WorkerStarted(f"worker-{number}", number, "CPU"))
            sink(WorkerStatus(f"worker-{number}", READY))

    def submit(self, job: Job) -> str:
        if isinstance(job, PrepareJob):
            hp = HyperParameters()
            hp.Float("x", 0.0, 1.0)
            self._sink(Prepared("worker-0", hp.get_config(), DataSummary()))
        elif isinstance(job, EvaluateJob):
            self._sink(Evaluated("worker-0", job.trial_id, {}))
        elif isinstance(job, TrialJob):
            self.begin(job)
        return "worker-0"

    def begin(self, job: TrialJob) -> None:
        """A trial was handed over."""
        raise NotImplementedError

    def complete(self, job: TrialJob) -> None:
        """End a trial with its number as its loss."""
        result = ExecutionResult({"loss": float(job.number)}, 0)
        self._sink(TrialEnded("worker-0", job.trial_id, job.attempt, Outcome.COMPLETED, (result,), job.hyperparameters))

    def control(self, trial_id: str, control: Control, answered: int = 0) -> None: ...

    def kill(self, trial_id: str) -> None: ...

    def resize(self, workers: int) -> None: ...

    def release(self) -> None: ...

    def close(self) -> None: ...
