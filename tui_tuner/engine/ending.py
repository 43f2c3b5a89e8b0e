"""Finds out when a search is over and what came of it, and has the best model evaluated before."""

from __future__ import annotations

from tui_tuner.engine.handing_out import HandingOut
from tui_tuner.engine.trial_epochs import epochs_to_best
from tui_tuner.engine.verdict import first_line
from tui_tuner.engine.view import SearchState, TrialState
from tui_tuner.engine.wording import format_count
from tui_tuner.engine.work import Work
from tui_tuner.executors.protocol import NoWorkerFreeError
from tui_tuner.worker.jobs import EvaluateJob

Outcome = tuple[SearchState, str]
"""The state in which a search ends, and one line about it."""


class Ending:
    """Looks whether there is anything left to do."""

    def __init__(self, work: Work, handing_out: HandingOut) -> None:
        self._work = work
        self._handing_out = handing_out

    def look(self) -> Outcome | None:
        """How the search ends, if it ends now; begins the evaluation of the best model if only that is left."""
        work = self._work
        if work.running:
            return None
        if work.steering.stopping:
            return SearchState.STOPPED, "resume it to go on"
        if not self._handing_out.is_through or not self._handing_out.may_go_on:
            return None
        best = work.recorder.best_trial_id
        if best is not None and not work.evaluated and not work.kept.is_evaluated(best):
            self._evaluate(best)
            return None
        return self._outcome()

    def _evaluate(self, trial_id: str) -> None:
        work = self._work
        trial = work.oracle.get_trial(trial_id)
        epochs = None
        if work.spec.refits_best:
            row = work.recorder.row(trial_id)
            were_reported = work.store.last_epoch(trial_id, row.first_attempt) >= (0, 0)
            epochs = epochs_to_best(trial.best_step, row.planned_epochs, were_reported=were_reported)
        job = EvaluateJob(trial_id, trial.hyperparameters.get_config(), epochs)
        try:
            work.job_worker = work.executor.submit(job)
        except NoWorkerFreeError:
            return  # until there is one again
        work.job, work.evaluated = job, True
        with work.store.transaction():
            work.steering.say("evaluating the best model")

    def _outcome(self) -> Outcome:
        work = self._work
        count = work.recorder.count()
        trials = format_count(count, "trial")
        if work.recorder.best_trial_id is None:
            if not count and work.is_out_of_time:
                return SearchState.FAILED, "the time budget was used up before the first trial began"
            if not count:
                return SearchState.FAILED, "the search space has no configuration to try"
            messages = [message for message in work.recorder.messages(TrialState.FAILED) if message]
            if count == 1:
                reason = f": {first_line(messages[0])}" if messages else ""
                return SearchState.FAILED, f"the only trial did not complete{reason}"
            reason = f"; the first: {first_line(messages[0])}" if messages else ""
            return SearchState.FAILED, f"none of {trials} completed{reason}"
        max_trials = work.budget["max_trials"]
        if not work.exhausted:
            return SearchState.COMPLETED, f"the time budget is used up after {trials}"
        if max_trials is not None and count >= max_trials:
            return SearchState.COMPLETED, f"all {trials} were run" if count > 1 else "the only trial was run"
        where = "within its limits " if work.oracle.limits else ""
        return SearchState.COMPLETED, f"the search space is exhausted {where}after {trials}"
