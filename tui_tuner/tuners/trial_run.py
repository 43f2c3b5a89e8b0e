"""One run of a trial in a script: its line to the engine, its callbacks, and what it has shown so far."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from tui_tuner.engine.directory import SearchDirectory
from tui_tuner.engine.view import Objective as EngineObjective
from tui_tuner.oracles import MetricsTracker, Objective, Trial
from tui_tuner.tuners.results import with_objective
from tui_tuner.worker.checkpoints import BestWeights
from tui_tuner.worker.control import TrialCutError
from tui_tuner.worker.jobs import Control, TrialJob
from tui_tuner.worker.logs import numbers
from tui_tuner.worker.protocol import Reporter
from tui_tuner.worker.reports import EpochEnded, ExecutionResult

if TYPE_CHECKING:
    from tui_tuner.worker.epoch_reporter import WeightKeeper
    from tui_tuner.worker.hooked_reporter import HookedReporter

Logs = Mapping[str, Any] | None


class TunerHooks(Protocol):
    """The hooks of a tuner that follow a training."""

    def on_epoch_begin(self, trial: Trial, model: Any, epoch: int, logs: Logs = None) -> None: ...

    def on_epoch_end(self, trial: Trial, model: Any, epoch: int, logs: Logs = None) -> None: ...

    def on_batch_begin(self, trial: Trial, model: Any, batch: int, logs: Logs) -> None: ...

    def on_batch_end(self, trial: Trial, model: Any, batch: int, logs: Logs = None) -> None: ...


class TrialRun:
    """Follows one run of a trial.

    Args:
        hooks: The tuner.
        follows_batches: Whether the tuner wants to know of batches.

    Attributes:
        wanted: What the engine wanted when training ended: `RUN`, `SKIP` or `STOP`.
    """

    def __init__(
        self,
        job: TrialJob,
        reporter: Reporter,
        trial: Trial,
        objective: Objective,
        directory: SearchDirectory,
        hooks: TunerHooks,
        follows_batches: bool,
    ) -> None:
        self._job = job
        self._reporter = reporter
        self._trial = trial
        self._objective = objective
        self._engine_objective = EngineObjective(objective.name, objective.direction)
        self._directory = directory
        self._best_weights = BestWeights(directory, job.trial_id, self._engine_objective)
        self._hooks = hooks
        self._follows_batches = follows_batches
        self._execution = 0
        self._callbacks: tuple[WeightKeeper, HookedReporter] | None = None
        self._model: Any = None
        self._in_hook = False
        self._seen: dict[int, ExecutionResult] = {}
        self._reported: dict[int, int] = {}  # the last epoch of each execution that was reported
        self._began_epoch = time.perf_counter()
        self.wanted = Control.RUN

    @property
    def results(self) -> list[ExecutionResult]:
        """The best epoch of each execution, as far as any were reported."""
        return [self._seen[execution] for execution in sorted(self._seen)]

    def goes_on(self) -> bool:
        """Whether another execution is wanted. Waits as long as the trial is paused.

        Raises:
            TrialCutError: If the trial is to be left.
        """
        if self.wanted is Control.RUN:
            self.wanted = self._reporter.decide()
        if self.wanted is Control.STOP:
            raise TrialCutError
        return self.wanted is Control.RUN

    def begin_execution(self, execution: int) -> tuple[Any, Any]:
        """The callbacks that must be the first and the last of this execution. Imports Keras."""
        from tui_tuner.worker.epoch_reporter import WeightKeeper
        from tui_tuner.worker.hooked_reporter import BatchHookedReporter, HookedReporter

        kind = BatchHookedReporter if self._follows_batches else HookedReporter
        self._execution = execution
        self._model = None
        job = self._job
        state = self._directory.training_state(job.trial_id, execution) if job.may_be_continued else None
        self._callbacks = (
            WeightKeeper(self._best_weights, None, state),
            kind(
                self._reporter,
                self._job,
                execution,
                self._engine_objective,
                self._best_weights,
                self,
                lambda logs: with_objective(logs, self._objective),
            ),
        )
        return self._callbacks

    def model_built(self, model: Any) -> None:
        """The execution will train this model; its callbacks learn of it here if a user's own loop says nothing."""
        self._model = model
        for callback in self._callbacks or ():
            callback.set_model(model)

    def continue_parent(self, model: Any) -> None:
        """If the trial continues another one, bring a fresh model to where that one stood at its end.

        Raises:
            FailedTrialError: If nothing is there to go on from.
            ValueError: If it does not fit the model, as Keras finds.
        """
        if self._job.continues is not None:
            from tui_tuner.worker.training_state import continue_training

            continue_training(model, self._directory, self._job.continues, self._execution)

    def end_execution(self) -> None:
        """Write the weights, if this execution had the best ones.

        Raises:
            TrialCutError: If the trial is to be left.
        """
        assert self._callbacks is not None
        reporter = self._callbacks[1]
        self._callbacks = None
        self.wanted = reporter.wanted
        if reporter.seen:
            self._reported[self._execution] = -1
        if reporter.result is not None:
            self._seen[self._execution] = reporter.result
        if self.wanted is Control.STOP:
            raise TrialCutError
        if self._model is not None and self._model.built:
            if not reporter.seen:  # trained without our callbacks
                self._best_weights.epoch_without_score(self._model, may_wait=True)
            self._best_weights.execution_ended(self._model)

    def execution_returned(self, result: ExecutionResult) -> None:
        """What the execution that has ended returned, for a `run_trial` that does not pass it on."""
        self._seen.setdefault(self._execution, result)

    def cut(self) -> None:
        """The run was left in the middle: keep what it has."""
        if self._callbacks is not None:
            reporter = self._callbacks[1]
            self.wanted = reporter.wanted if self.wanted is Control.RUN else self.wanted
            if reporter.result is not None:
                self._seen[self._execution] = reporter.result
            if self.wanted is Control.SKIP and self._model is not None:
                self._best_weights.execution_ended(self._model)

    def epoch_ended(self, epoch: int, logs: Logs) -> None:
        """A user's own loop says that an epoch has ended; nothing if the callbacks have reported it.

        A loop that begins to count again is taken for another execution.

        Raises:
            TrialCutError: If the trial is to end.
        """
        if self._in_hook:
            return
        if self._callbacks is None and epoch <= self._reported.get(self._execution, -1):
            self._execution += 1
        metrics = numbers(with_objective(logs or {}, self._objective))
        self._report(self._execution, epoch, metrics, time.perf_counter() - self._began_epoch)
        score = metrics.get(self._objective.name)
        best = self._seen.get(self._execution)
        if score is not None and (
            best is None or self._objective.better_than(score, best.metrics[self._objective.name])
        ):
            self._seen[self._execution] = ExecutionResult(metrics, epoch)
        self.wanted = self._reporter.decide()
        if self.wanted is not Control.RUN:
            raise TrialCutError
        self._began_epoch = time.perf_counter()

    def execution_scored(self, execution: int, metrics: Mapping[str, Any]) -> None:
        """An execution without epochs, such as a fold of a cross-validation, has ended with these metrics.

        Raises:
            TrialCutError: If the trial is to end.
        """
        self._execution = execution
        self.epoch_ended(0, metrics)

    def report_rest(self, executions: Sequence[ExecutionResult]) -> None:
        """Report the executions of which nothing was reported, so that the value of each is kept, not their mean only.

        Args:
            executions: All of the run.
        """
        rest = [number for number in range(len(executions)) if number not in self._reported]
        duration_s = (time.perf_counter() - self._began_epoch) / max(len(rest), 1)
        for number in rest:
            self._report(number, executions[number].best_epoch, executions[number].metrics, duration_s)
        self._began_epoch = time.perf_counter()

    def report_history(self, tracker: MetricsTracker) -> None:
        """Report, step by step, what the trial has told the oracle by itself, if it has reported nothing else."""
        if self._reported:
            return
        steps: dict[int, dict[str, float]] = {each.step: {} for each in tracker.get_history(self._objective.name)}
        for name in tracker.metrics:
            for each in tracker.get_history(name):
                if each.step in steps:
                    steps[each.step][name] = each.mean()
        duration_s = (time.perf_counter() - self._began_epoch) / max(len(steps), 1)
        for step, metrics in steps.items():
            self._report(0, step, metrics, duration_s)

    def _report(self, execution: int, epoch: int, metrics: Mapping[str, float], duration_s: float) -> None:
        job, worker = self._job, self._reporter.worker
        self._reported[execution] = epoch
        self._reporter.report(
            EpochEnded(worker, job.trial_id, job.attempt, execution, epoch, metrics, time.time(), duration_s)
        )

    # What the callbacks call.

    def on_epoch_begin(self, model: Any, epoch: int, logs: Logs) -> None:
        self._hooks.on_epoch_begin(self._trial, model, epoch, logs=logs)

    def on_epoch_end(self, model: Any, epoch: int, logs: Logs) -> None:
        self._in_hook = True
        try:
            self._hooks.on_epoch_end(self._trial, model, epoch, logs=logs)
        finally:
            self._in_hook = False

    def on_batch_begin(self, model: Any, batch: int, logs: Logs) -> None:
        self._hooks.on_batch_begin(self._trial, model, batch, logs)

    def on_batch_end(self, model: Any, batch: int, logs: Logs) -> None:
        self._hooks.on_batch_end(self._trial, model, batch, logs=logs)
