"""Takes in what workers report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial

from tui_tuner.engine import changed_settings, events
from tui_tuner.engine.causes import RecurringCauses
from tui_tuner.engine.choosing import choose_tuner
from tui_tuner.engine.measuring import Measuring
from tui_tuner.engine.replacing import forget_replaced
from tui_tuner.engine.verdict import Judge
from tui_tuner.engine.view import TrialState
from tui_tuner.engine.work import Work
from tui_tuner.errors import TunerError
from tui_tuner.worker import reports
from tui_tuner.worker.jobs import EvaluateJob, Finding, PrepareJob
from tui_tuner.worker.messages import ENDED, READY


class Intake:
    """Brings reports into the book, and to the oracle. All of it runs inside a transaction.

    Args:
        judge: Tells the oracle how a trial ended.
        log: Writes a text into the engine's log.
    """

    def __init__(self, work: Work, judge: Judge, log: Callable[[str], None]) -> None:
        self._work = work
        self._judge = judge
        self._measuring = Measuring(work)
        self._log = log
        self._lost_job: PrepareJob | EvaluateJob | None = None  # its worker was lost, and it runs again
        self._causes = RecurringCauses(
            (row.trial_id, row.message) for row in work.recorder.rows() if row.status is TrialState.FAILED
        )

    def take(self, report: reports.Report) -> None:
        """Take in one report."""
        work = self._work
        match report:
            case reports.EpochEnded():
                if self._is_current(report):
                    work.store.epoch(report)
                    self._measuring.epoch_ended(report)
                    work.watchdog.sign_of(report.trial_id)
                    if work.pruning is not None:
                        work.pruning.epoch_ended(report)
            case reports.ModelBuilt():
                if self._is_current(report):
                    work.store.event(events.ModelBuilt(report.summary), report.trial_id)
                    self._measuring.model_built(report)
                    work.watchdog.sign_of(report.trial_id)
            case reports.TrialResumed():
                if self._is_current(report):
                    work.store.event(events.TrialResumed(report.execution, report.epoch), report.trial_id)
                    work.running.resumed(report.trial_id, report.execution, report.epoch)
            case reports.TrialEnded():
                if self._is_current(report):
                    self._trial_ended(report)
            case reports.WorkerStarted():
                work.recorder.worker_started(report)
                self._heard_of_worker(report.worker, ready=False)
            case reports.WorkerStatus():
                self._worker_status(report)
            case reports.WorkerLost():
                self._worker_lost(report)
            case reports.Prepared():
                self._prepared(report)
            case reports.Evaluated():
                work.job = None
                work.store.event(events.BestEvaluated(dict(report.metrics)), report.trial_id)
                work.store.set_meta(test_metrics=dict(report.metrics))
                if report.warning:
                    work.store.event(events.Warned(report.warning))
                work.after_commit.append(partial(work.kept.best_evaluated, report.trial_id))
            case reports.JobFailed():
                self._job_failed(report.message, report.traceback, no_room=report.no_room)

    def _is_current(
        self, report: reports.EpochEnded | reports.ModelBuilt | reports.TrialResumed | reports.TrialEnded
    ) -> bool:
        """Whether the report is of the trial's present run, not of one that was given up."""
        work = self._work
        return report.trial_id in work.running and report.attempt == work.recorder.attempt(report.trial_id)

    def _prepared(self, report: reports.Prepared) -> None:
        work = self._work
        work.job = None
        work.steering.preparing = False
        work.store.event(events.DataPrepared(report.data))
        self._warn((*work.spec.findings, *report.findings))
        work.update_space(report.hyperparameters)
        choose_tuner(work)
        changed_settings.ask(work)
        work.steering.say()
        work.after_commit.append(self._forget_replaced)

    def _forget_replaced(self) -> None:
        try:
            forget_replaced(self._work.spec.directory)
        except TunerError as error:
            self._log(str(error))

    def _warn(self, findings: Sequence[Finding]) -> None:
        """Tell what would spoil the search; what was told when it was begun is not told again."""
        store = self._work.store
        now = [asdict(finding) for finding in findings]
        told = store.meta().get("findings", [])
        for finding in now:
            if finding not in told:
                store.event(events.Warned(finding["text"], finding["fix"]))
        store.set_meta(findings=now)

    def _trial_ended(self, report: reports.TrialEnded) -> None:
        work = self._work
        trial_id = report.trial_id
        if report.outcome is reports.Outcome.STOPPED:
            reason = work.running.reason_to_give_up(trial_id)
            if report.no_room:
                work.shortage = report.message
            if not reason:
                work.put_back(trial_id, report.message or "stopped; it will go on from its last saved epoch")
                if work.steering.devices_free:
                    work.after_commit.append(work.executor.release)
                return
            report = replace(report, outcome=reports.Outcome.INVALID, message=reason)
        elif report.outcome is reports.Outcome.SKIPPED and not report.message:
            report = replace(report, message=work.running.reason_to_end(trial_id))
        work.running.end(trial_id)
        verdict = self._judge(work.oracle, self._measuring.with_measures(report), work.spec.objective.name)
        work.recorder.trial_ended(verdict.trial, verdict.metrics, report.executions)
        work.after_commit.append(partial(work.kept.trial_ended, work.recorder.row(trial_id)))
        if work.pruning is not None:
            work.pruning.trial_ended(verdict.trial)
        work.oracle_changed()
        work.space_may_have_grown()
        if verdict.fatal:
            work.failure = work.failure or verdict.fatal
        elif verdict.trial.status == TrialState.FAILED:
            warning = self._causes.add(trial_id, verdict.trial.message or "")
            if warning is not None:
                work.store.event(events.Warned(warning))

    def _worker_status(self, report: reports.WorkerStatus) -> None:
        work = self._work
        work.recorder.worker_status(report)
        if isinstance(work.job, PrepareJob) and report.activity not in (READY, ENDED):
            work.steering.say(report.activity)
        if report.activity in (READY, ENDED):
            self._heard_of_worker(report.worker, ready=report.activity == READY)
        else:
            self._heard_of_worker(report.worker)

    def _heard_of_worker(self, worker: str, *, ready: bool | None = None) -> None:
        """A worker gives a sign, and so does the trial that it runs or is on the way to.

        Args:
            ready: Whether it is ready for a trial now; `None` if that has not changed.
        """
        work = self._work
        if ready is not None:
            work.watchdog.worker_is_ready(worker, ready)
        trial_id = work.recorder.trial_of(worker)
        if trial_id is not None:
            work.watchdog.sign_of(trial_id, worker)

    def _worker_lost(self, report: reports.WorkerLost) -> None:
        work = self._work
        work.recorder.worker_lost(report)
        work.watchdog.worker_is_ready(report.worker, False)
        trial_id = report.trial_id
        if trial_id is not None and trial_id in work.running:
            attempt = work.recorder.attempt(trial_id)
            if report.blameless:
                work.put_back(trial_id, report.message)
            elif work.running.lose(trial_id):
                work.recorder.trial_interrupted(trial_id, report.message)
            else:
                outcome = reports.Outcome.INVALID
                self._trial_ended(reports.TrialEnded(report.worker, trial_id, attempt, outcome, message=report.message))
        elif work.job is not None and report.worker == work.job_worker:
            # Once may be bad luck, as with trials.
            if work.executor.capacity and (report.blameless or self._lost_job is not work.job):
                if not report.blameless:
                    self._lost_job = work.job
                work.job_worker = work.executor.submit(work.job)
            else:
                self._job_failed(f"{report.message}{self._log_of(report.worker)}")
        if work.executor.capacity == 0 and not report.blameless:
            work.failure = f"no worker is left: {report.message}"

    def _log_of(self, worker: str) -> str:
        """Where to read what a worker printed, if it has written that anywhere; other texts end with it."""
        path = self._work.spec.directory.worker_log(worker)
        return f"; see {path}" if path.is_file() else ""

    def _job_failed(self, message: str, trace: str = "", *, no_room: bool = False) -> None:
        work = self._work
        job, work.job = work.job, None
        if no_room and isinstance(job, EvaluateJob):
            work.shortage, work.evaluated = message, False  # it is done once there is room
            return
        if isinstance(job, PrepareJob):
            work.failure = message
        else:
            work.store.event(events.Warned(f"the best model could not be evaluated: {message}"))
        if trace:
            self._log(trace)
