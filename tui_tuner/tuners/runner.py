"""Runs the jobs of a script's search in the script's own thread, by the tuner's methods."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tui_tuner.engine.causes import explain_streak
from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.verdict import Verdict, averaged, first_line, last_failures, pass_verdict
from tui_tuner.errors import FatalError
from tui_tuner.oracles import Oracle, Trial, TrialStatus
from tui_tuner.tuners.display import SearchDisplay
from tui_tuner.tuners.host import current_host
from tui_tuner.tuners.results import execution_results
from tui_tuner.tuners.trial_run import TrialRun
from tui_tuner.worker.control import TrialCutError
from tui_tuner.worker.failures import trial_failure
from tui_tuner.worker.jobs import Control, DataSummary, EvaluateJob, PrepareJob, TrialJob
from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.reports import Evaluated, ExecutionResult, Outcome, Prepared, TrialEnded

if TYPE_CHECKING:
    from tui_tuner.tuners.base_tuner import BaseTuner

_STATUS = {
    Outcome.COMPLETED: TrialStatus.COMPLETED,
    Outcome.SKIPPED: TrialStatus.STOPPED,
    Outcome.FAILED: TrialStatus.FAILED,
    Outcome.INVALID: TrialStatus.INVALID,
    Outcome.FATAL: TrialStatus.FAILED,
}


class TunerRunner:
    """A `JobRunner` that calls a tuner's `run_trial` and hooks, as its users expect: in their thread, one at a time.

    The oracle hears of a trial's end here, from `on_trial_end`, so that the hook finds the trial scored; the search
    loop takes that over through `judge`.

    Args:
        fit_args: Passed to `run_trial`.
        fit_kwargs: Passed to `run_trial`.
        begin_run: Makes the tuner follow a trial.
        end_run: Makes the tuner let go of the trial.
        stop: Asks the engine to stop the search at once.

    Attributes:
        error: What the search must end with, in the caller's face.
    """

    def __init__(
        self,
        tuner: BaseTuner,
        fit_args: Sequence[Any],
        fit_kwargs: Mapping[str, Any],
        directory: SearchDirectory,
        display: SearchDisplay,
        begin_run: Callable[[TrialJob, Reporter, Trial], TrialRun],
        end_run: Callable[[], None],
        stop: Callable[[], None],
    ) -> None:
        self._tuner = tuner
        self._oracle: Oracle = tuner.oracle
        self._fit_args = tuple(fit_args)
        self._fit_kwargs = dict(fit_kwargs)
        self._directory = directory
        self._display = display
        self._begin_run = begin_run
        self._end_run = end_run
        self._stop = stop
        self._verdicts: dict[str, Verdict] = {}
        self.error: BaseException | None = None

    def leave(self, error: BaseException) -> None:
        """End the search with an exception; the running trial will be run again when the search goes on."""
        self.error = self.error or error
        self._stop()

    def prepare(self, job: PrepareJob, reporter: Reporter) -> Prepared:
        """The tuner knows its space already."""
        x = self._fit_args[0] if self._fit_args else self._fit_kwargs.get("x")
        return Prepared(reporter.worker, self._oracle.get_space().get_config(), _data_summary(x))

    def evaluate(self, job: EvaluateJob, reporter: Reporter) -> Evaluated:
        """Only the script knows its test data."""
        return Evaluated(reporter.worker, job.trial_id, {})

    def run_trial(self, job: TrialJob, reporter: Reporter) -> TrialEnded:
        """Run the trial with all its hooks, and let the oracle judge it."""
        if self.error is not None:
            return _stopped(job, reporter)
        trial = self._oracle.get_trial(job.trial_id)
        run = self._begin_run(job, reporter, trial)
        try:
            self._display.trial_began(job.number + 1, trial)
            self._tuner.on_trial_begin(trial)
            with current_host().trial_output(self._directory.trial_log(job.trial_id)):
                ended = self._train(trial, run, job, reporter)
            if ended.outcome is Outcome.STOPPED:
                return ended
            self._judge(trial, ended)
            self._display.trial_ended(job.number + 1, trial)
            if self.error is None:
                self._tuner.pre_create_trial()
        except BaseException as error:  # a hook's, or one that asks the process to end: nothing was judged
            self.leave(error)
            if job.trial_id not in self._verdicts:
                return _stopped(job, reporter)
        finally:
            self._end_run()
        return ended

    def run_apart(self, job: TrialJob, reporter: Reporter, trial: Trial) -> TrialEnded:
        """Run a trial that another process proposed and will judge: no hook of a trial is called, no oracle is told."""
        run = self._begin_run(job, reporter, trial)
        try:
            return self._train(trial, run, job, reporter)
        finally:
            self._end_run()

    def judge(self, oracle: Oracle, report: TrialEnded, objective: str) -> Verdict:
        """The verdict that the oracle has passed already."""
        verdict = self._verdicts.pop(report.trial_id, None)
        if verdict is not None and not verdict.trial.message:
            verdict.trial.message = report.message or None  # why the engine has ended it
        return pass_verdict(oracle, report, objective) if verdict is None else verdict

    def _train(self, trial: Trial, run: TrialRun, job: TrialJob, reporter: Reporter) -> TrialEnded:
        try:
            returned = self._tuner.run_trial(trial, *self._fit_args, **self._fit_kwargs)
            executions = self._executions(trial, returned, run)
        except TrialCutError:
            run.cut()
            executions = run.results
        except Exception as error:
            if isinstance(error, FatalError):
                self.error = error
            else:
                self._display.say(traceback.format_exc())
            return trial_failure(error, job, reporter.worker, run.results, trial.hyperparameters.get_config())
        if run.wanted is Control.STOP:
            return _stopped(job, reporter)
        run.report_rest(executions)
        outcome = Outcome.SKIPPED if run.wanted is Control.SKIP else Outcome.COMPLETED
        config = trial.hyperparameters.get_config()
        return TrialEnded(reporter.worker, job.trial_id, job.attempt, outcome, tuple(executions), config)

    def _executions(self, trial: Trial, returned: Any, run: TrialRun) -> list[ExecutionResult]:
        objective = self._oracle.objective
        tracker = trial.metrics
        if tracker.exists(objective.name):  # `run_trial` has told the oracle by itself
            run.report_history(tracker)
            best = {name: value for name in tracker.metrics if (value := tracker.get_best_value(name)) is not None}
            return [ExecutionResult(best, tracker.get_best_step(objective.name) or 0)]
        if run.wanted is Control.SKIP and not returned:
            return run.results
        if returned is None and run.results:
            warnings.warn(
                f"{type(self._tuner).__name__}.run_trial() returned None: the epochs that it reported count. "
                "`return super().run_trial(...)` would say it.",
                DeprecationWarning,
                stacklevel=2,
            )
            return run.results
        return execution_results(returned, objective, f"{type(self._tuner).__name__}.run_trial()")

    def _judge(self, trial: Trial, ended: TrialEnded) -> None:
        objective = self._oracle.objective
        metrics: Mapping[str, float] = {}
        if ended.executions:
            metrics, best_epoch = averaged(ended.executions)
            if not trial.metrics.exists(objective.name) and objective.has_value(metrics):
                self._oracle.update_trial(trial.trial_id, metrics, step=best_epoch)
        trial.status = _STATUS[ended.outcome]
        trial.message = ended.message or trial.message  # which `run_trial` may have set
        fatal = f"trial {trial.trial_id}: {first_line(ended.message)}" if ended.outcome is Outcome.FATAL else ""
        try:
            if ended.outcome is not Outcome.FATAL:
                self._tuner.on_trial_end(trial)
            if self._is_ongoing(trial):  # also after an override that forgot to call the tuner's own
                self._oracle.end_trial(trial)
        except RuntimeError as error:
            if self._is_ongoing(trial):
                raise
            # Too many failures in a row; the trial itself has been judged.
            self.error = self.error or error
            fatal = fatal or explain_streak(last_failures(self._oracle))
        self._verdicts[trial.trial_id] = Verdict(self._oracle.get_trial(trial.trial_id), metrics, fatal)

    def _is_ongoing(self, trial: Trial) -> bool:
        return any(ongoing.trial_id == trial.trial_id for ongoing in self._oracle.ongoing_trials.values())


def _stopped(job: TrialJob, reporter: Reporter) -> TrialEnded:
    return TrialEnded(reporter.worker, job.trial_id, job.attempt, Outcome.STOPPED)


def _data_summary(x: Any) -> DataSummary:
    shape = getattr(x, "shape", None)
    try:
        rows, *rest = (None if each is None else int(each) for each in shape or ())
    except (TypeError, ValueError):
        return DataSummary()
    return DataSummary(train_rows=rows, input_shape=str(tuple(rest)))
