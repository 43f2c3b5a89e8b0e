"""What runs jobs: the protocol of runners, and the line to the engine that each of them gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from tui_tuner.worker.control import TrialControl
from tui_tuner.worker.jobs import Control, EvaluateJob, PrepareJob, TrialJob
from tui_tuner.worker.reports import EpochEnded, Evaluated, Prepared, Report, TrialEnded


@dataclass(frozen=True)
class Reporter:
    """A runner's line to the engine, for one job.

    Args:
        worker: Name of the worker that runs the job.
        send: Sends a report; safe to call from any thread.
        control: What the engine wants of the trial.
        awaits_answers: `Task.awaits_answers`.
    """

    worker: str
    send: Callable[[Report], None]
    control: TrialControl = field(default_factory=TrialControl)
    awaits_answers: bool = False

    def report(self, report: Report) -> None:
        """Send a report; safe to call from any thread."""
        if isinstance(report, EpochEnded):
            self.control.epoch_reported()  # first: the answer may be there before `send` returns
        self.send(report)

    def decide(self) -> Control:
        """What the trial shall do now: `RUN`, `SKIP` or `STOP`. Waits as long as it is paused, and for the engine's
        answer to the epochs that were reported, where the trial awaits answers."""
        return self.control.decide(await_answer=self.awaits_answers)


class JobRunner(Protocol):
    """Does the work of a job. The closing report is returned, all others go through the reporter.

    A runner may raise anything: `run_job` turns it into the closing report.
    """

    def prepare(self, job: PrepareJob, reporter: Reporter) -> Prepared:
        """Load the data and discover the search space."""
        ...

    def run_trial(self, job: TrialJob, reporter: Reporter) -> TrialEnded:
        """Build and train one configuration, reporting each epoch and heeding `reporter.decide()` at its end."""
        ...

    def evaluate(self, job: EvaluateJob, reporter: Reporter) -> Evaluated:
        """Evaluate a finished trial on the test data and write `best/`."""
        ...
