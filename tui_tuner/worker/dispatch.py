"""Runs any job on any runner so that exactly one closing report comes out."""

from __future__ import annotations

import sys
import traceback

from tui_tuner.worker.failures import job_failure, trial_failure
from tui_tuner.worker.jobs import EvaluateJob, Job, PrepareJob, TrialJob
from tui_tuner.worker.protocol import JobRunner, Reporter
from tui_tuner.worker.reports import Evaluated, JobFailed, Prepared, TrialEnded

ClosingReport = Prepared | TrialEnded | Evaluated | JobFailed


def run_job(runner: JobRunner, job: Job, reporter: Reporter) -> ClosingReport:
    """Run a job to its closing report, whatever its code raises.

    The full traceback of an exception goes to `sys.stderr`, which is the trial's log in a worker process.

    Raises:
        BaseException: Only what asks the process itself to end, such as `KeyboardInterrupt`; not `SystemExit`, by
            which a model's code would otherwise take the worker with it.
    """
    try:
        match job:
            case PrepareJob():
                return runner.prepare(job, reporter)
            case TrialJob():
                return runner.run_trial(job, reporter)
            case EvaluateJob():
                return runner.evaluate(job, reporter)
    except (Exception, SystemExit) as error:
        traceback.print_exception(error, file=sys.stderr)
        if isinstance(job, TrialJob):
            return trial_failure(error, job, reporter.worker)
        return job_failure(error, job, reporter.worker)
