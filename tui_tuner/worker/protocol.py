"""What runs jobs: the protocol of runners, and the line to the engine that each of them gets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from tui_tuner.worker.control import TrialControl
from tui_tuner.worker.jobs import Control, EvaluateJob, PrepareJob, TrialJob
from tui_tuner.worker.reports import Evaluated, Prepared, Report, TrialEnded


@dataclass(frozen=True)
class Reporter:
    """A runner's line to the engine, for one job.

    Args:
        worker: Name of the worker that runs the job.
        report: Sends a report; safe to call from any thread.
        control: What the engine wants of the trial.
    """

    worker: str
    report: Callable[[Report], None]
    control: TrialControl = field(default_factory=TrialControl)

    def decide(self) -> Control:
        """What the trial shall do now: `RUN`, `SKIP` or `STOP`. Waits as long as it is paused."""
        return self.control.decide()


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
