"""The one protocol of all executors; `tests/contract` runs one suite on each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tui_tuner.worker.jobs import Control, Job
from tui_tuner.worker.reports import Report

ReportSink = Callable[[Report], None]
"""Takes a report; must be cheap and safe to call from any thread (`queue.Queue.put`)."""


class NoWorkerFreeError(RuntimeError):
    """A job cannot be taken now: the workers are busy, gone, or the executor is closed."""


class Executor(Protocol):
    """Runs jobs somewhere, several at once, and reports what happens.

    The engine calls it from one thread. Reports of one job arrive in the order in which they were made. After
    `submit(job)` exactly one of the job's closing reports arrives: `Prepared` or `JobFailed`, `TrialEnded`,
    `Evaluated` or `JobFailed`; or `WorkerLost`, after which the executor has replaced the worker or lowered `capacity`.
    """

    @property
    def capacity(self) -> int:
        """How many jobs may run at once now. It may change by itself, as machines come and go."""
        ...

    def start(self, sink: ReportSink) -> None:
        """Begin starting workers. Returns at once; a job may be submitted right away and waits for its worker."""
        ...

    def submit(self, job: Job) -> str:
        """Run `job` on a free worker and return that worker's name.

        Raises:
            NoWorkerFreeError: If no worker is free. One that `capacity` has counted may be gone meanwhile.
        """
        ...

    def control(self, trial_id: str, control: Control, answered: int = 0) -> None:
        """Set what a running trial shall do at the end of its epoch. Unknown trials are ignored.

        Args:
            answered: How many epochs of this run of the trial the engine has judged, where `Task.awaits_answers`.
        """
        ...

    def kill(self, trial_id: str) -> None:
        """End a running trial at once, by ending its worker where that is possible. Reports `TrialEnded` with
        `Outcome.STOPPED`. Unknown trials are ignored."""
        ...

    def resize(self, workers: int) -> None:
        """Change how many jobs may run at once. Places that are too many are taken away when they are free: no running
        job is cut off.

        Raises:
            ValueError: If that is not possible here; the message says why.
        """
        ...

    def release(self) -> None:
        """End the workers that run nothing, so that the memory of their devices is free. They start again with their
        next job; no `WorkerLost` is reported for them."""
        ...

    def close(self) -> None:
        """End all workers and wait for them. No report follows. May be called twice."""
        ...
