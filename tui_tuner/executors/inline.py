"""Runs jobs in this process, one at a time: for debugging, and for runners that need the caller's own objects."""

from __future__ import annotations

import os
import threading

from tui_tuner.executors.protocol import NoWorkerFreeError, ReportSink
from tui_tuner.worker.control import WAKE_EVERY_S
from tui_tuner.worker.dispatch import run_job
from tui_tuner.worker.jobs import Control, EvaluateJob, Job, TrialJob
from tui_tuner.worker.messages import READY
from tui_tuner.worker.protocol import JobRunner, Reporter
from tui_tuner.worker.reports import JobFailed, Outcome, Report, TrialEnded, WorkerStarted, WorkerStatus

_Work = tuple[Job, Reporter]


class InlineExecutor:
    """Runs jobs in this process, on a thread of its own or on one that the caller donates.

    What trials print is not redirected. A thread cannot be ended from outside: `kill` asks the trial to leave at the
    end of its epoch, and `close` waits for that.

    Args:
        runner: Does the work.
        donated: Do not start a thread: the caller runs the jobs by calling `serve`.
        awaits_answers: As `Task.awaits_answers`.
    """

    def __init__(
        self, runner: JobRunner, *, donated: bool = False, name: str = "inline", awaits_answers: bool = False
    ) -> None:
        self._runner = runner
        self._awaits_answers = awaits_answers
        self._donated = donated
        self._name = name
        self._sink: ReportSink = lambda _: None
        self._called = threading.Event()  # there may be work, or an end of it
        self._lock = threading.Lock()
        self._current: _Work | None = None
        self._closed = False
        self._thread: threading.Thread | None = None
        self._idle = threading.Event()  # no job is running, nor will one start after `close`
        self._idle.set()

    @property
    def capacity(self) -> int:
        """1: jobs run one at a time."""
        return 1

    def start(self, sink: ReportSink) -> None:
        """Take jobs from now on."""
        self._sink = sink
        self._report(WorkerStarted(self._name, os.getpid(), "this process"))
        self._report(WorkerStatus(self._name, READY))
        if not self._donated:
            self._thread = threading.Thread(target=self.serve, name=f"{self._name} worker", daemon=True)
            self._thread.start()

    def serve(self) -> None:
        """Run jobs in the calling thread until `close` is called from another.

        Raises:
            BaseException: What a job raised to end the process, such as `KeyboardInterrupt`, after its closing report.
        """
        while (work := self._next_work()) is not None:
            try:
                closing: Report = run_job(self._runner, *work)
            except BaseException as error:
                self._finish(_cut_off(work[0], self._name, error))
                raise
            self._finish(closing)

    def _next_work(self) -> _Work | None:
        """Wait for a job. It stays there until it is finished: an interruption of the caller does not lose it."""
        while True:
            with self._lock:
                if self._closed:
                    self._idle.set()  # it may have been interrupted just before a job began
                    return None
                if self._current is not None:
                    self._idle.clear()
                    return self._current
            self._called.wait(WAKE_EVERY_S)
            self._called.clear()

    def submit(self, job: Job) -> str:
        """Queue `job` for the thread that serves."""
        with self._lock:
            if self._current is not None or self._closed:
                raise NoWorkerFreeError("no worker is free")
            self._current = (job, Reporter(self._name, self._report, awaits_answers=self._awaits_answers))
        self._called.set()
        return self._name

    def control(self, trial_id: str, control: Control, answered: int = 0) -> None:
        """Set what the running trial shall do at the end of its epoch."""
        with self._lock:
            if self._current is not None:
                job, reporter = self._current
                if isinstance(job, TrialJob) and job.trial_id == trial_id:
                    reporter.control.set(control, answered)

    def kill(self, trial_id: str) -> None:
        """Ask the trial to leave at the end of its epoch: a thread cannot be ended."""
        self.control(trial_id, Control.STOP)

    def resize(self, workers: int) -> None:
        """One job at a time is all there is.

        Raises:
            ValueError: If `workers` is not 1.
        """
        if workers != 1:
            raise ValueError("trials run in this process, one at a time")

    def release(self) -> None:
        """Do nothing: there is no process to end but this one."""

    def close(self) -> None:
        """Let the running trial leave at the end of its epoch, and wait for it."""
        with self._lock:
            self._closed = True
            if self._current is not None:
                self._current[1].control.set(Control.STOP)
        self._called.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        elif self._donated:
            self._idle.wait()

    def _finish(self, closing: Report) -> None:
        with self._lock:
            self._current = None
        self._report(closing)
        self._idle.set()

    def _report(self, report: Report) -> None:
        if not self._closed:
            self._sink(report)


def _cut_off(job: Job, worker: str, error: BaseException) -> Report:
    """The closing report of a job that was cut off by what ends the process."""
    if isinstance(job, TrialJob):
        return TrialEnded(worker, job.trial_id, job.attempt, Outcome.STOPPED)
    name = "evaluate" if isinstance(job, EvaluateJob) else "prepare"
    return JobFailed(worker, name, f"interrupted by {type(error).__name__}", "")
