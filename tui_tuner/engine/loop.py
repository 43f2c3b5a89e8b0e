"""The search loop: asks the oracle, hands trials to the executor, records what comes back, heeds commands."""

from __future__ import annotations

import os
import queue
import shutil
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tui_tuner import __version__
from tui_tuner.engine import events
from tui_tuner.engine.commands import Command, CommandKind
from tui_tuner.engine.lock import EngineLock
from tui_tuner.engine.oracle_files import OracleFiles
from tui_tuner.engine.recorder import Recorder
from tui_tuner.engine.running_trials import RunningTrials
from tui_tuner.engine.spec import SearchSpec
from tui_tuner.engine.steering import Steering
from tui_tuner.engine.store import Store
from tui_tuner.engine.verdict import Judge, first_line, pass_verdict
from tui_tuner.engine.view import SearchState, TrialState
from tui_tuner.executors.protocol import Executor
from tui_tuner.worker import reports
from tui_tuner.worker.jobs import Control, EvaluateJob, HyperParametersConfig, PrepareJob, TrialJob
from tui_tuner.worker.messages import READY

if TYPE_CHECKING:
    from tui_tuner.oracles import Oracle

_TICK_S = 0.05
"""How long the loop waits for a report before it looks for commands again."""

_BATCH = 1000
"""Reports that one transaction takes at most."""


class SearchLoop:
    """Runs one search in the thread that calls `run`.

    Making it takes the search directory and is cheap; the oracle and the executor are made when it runs, because
    they import what must not delay the first paint.

    Args:
        make_oracle: Makes the oracle, fresh; its state is restored from `search.db`.
        make_executor: Makes the executor, not yet started.
        judge: Tells the oracle how a trial ended.

    Attributes:
        over: Whether the search has ended.
        error: What ended it, if that was an exception of the oracle or the executor.

    Raises:
        DirectoryInUseError: If another engine runs this search.
        TunerError: If `search.db` cannot be opened.
    """

    def __init__(
        self,
        spec: SearchSpec,
        make_oracle: Callable[[], Oracle],
        make_executor: Callable[[], Executor],
        judge: Judge = pass_verdict,
    ) -> None:
        self._spec = spec
        self._make_oracle = make_oracle
        self._make_executor = make_executor
        self._judge = judge
        self._oracle: Oracle | None = None
        self._files: OracleFiles | None = None
        self._executor: Executor | None = None
        self._inbox: queue.SimpleQueue[reports.Report] = queue.SimpleQueue()
        self._running = RunningTrials()
        self._failure = ""
        self._job: PrepareJob | EvaluateJob | None = None  # what runs beside the trials, if anything
        self._job_worker = ""
        self._evaluated = False
        self._known_space = 0
        self._exhausted = False  # the oracle has nothing to propose until another trial ends
        self.over = False
        self.error: Exception | None = None
        spec.directory.root.mkdir(parents=True, exist_ok=True)
        self._lock = EngineLock(spec.directory.lock)
        self._lock.acquire()
        try:
            self._store = Store(spec.directory.database)
            self._rows = self._store.trials()
            self._recorder = Recorder(self._store, spec.objective, self._rows, spec.epochs)
            self._steering = Steering(self._store)
            self._open()
        except BaseException:
            self._lock.release()
            raise

    @property
    def spec(self) -> SearchSpec:
        return self._spec

    def run(self, released: Callable[[], bool] = lambda: False) -> None:
        """Run until the search is over or `released()` is true; after a release, call it again to go on.

        The outcome is in `search.db`: a search that fails ends in state `failed` and raises nothing.
        """
        try:
            if self._executor is None:
                self._begin()
            while not self.over and not released():
                self._step()
        except Exception as error:
            self.error = error
            self._log(traceback.format_exc())
            self._finish(SearchState.FAILED, first_line(str(error)) or type(error).__name__)

    # The start and the end.

    def _open(self) -> None:
        """Write what viewers need before the first trial."""
        meta = self._store.meta()
        active_s: float = meta.get("active_s", 0.0)
        if meta.get("run_started") is not None:  # the last engine died without a word
            active_s += max(0.0, (self._store.last_write() or 0.0) - meta["run_started"])
        now = time.time()
        spec = self._spec
        with self._store.transaction():
            self._store.discard_open_commands()
            self._store.set_meta(
                name=spec.name,
                tuner=spec.tuner,
                objective={"name": spec.objective.name, "direction": spec.objective.direction},
                max_trials=spec.max_trials,
                executions_per_trial=spec.executions_per_trial,
                config=spec.config,
                created=meta.get("created", now),
                active_s=active_s,
                run_started=now,
                workers=[],
            )
            self._store.event(events.SearchStarted(os.getpid(), socket.gethostname(), __version__, bool(self._rows)))
            self._steering.say("starting workers")

    def _begin(self) -> None:
        from tui_tuner.engine.resume import restore_oracle  # here: the app draws before the oracles are loaded

        meta = self._store.meta()
        self._oracle = self._make_oracle()
        self._oracle.set_project_dir(self._spec.directory.root.parent, self._spec.directory.root.name)
        restore_oracle(self._oracle, self._rows, meta.get("space"), meta.get("oracle_state"))
        self._files = OracleFiles(self._oracle)
        self._known_space = len(meta["space"]["space"]) if "space" in meta else 0
        self._executor = self._make_executor()
        self._executor.start(self._inbox.put)
        self._job = PrepareJob(meta.get("space"))
        self._job_worker = self._executor.submit(self._job)

    def _finish(self, state: SearchState, detail: str) -> None:
        if self._executor is not None:
            self._executor.close()
        shutil.rmtree(self._spec.directory.scratch, ignore_errors=True)
        meta = self._store.meta()
        now = time.time()
        with self._store.transaction():
            for trial_id in self._running:
                self._recorder.trial_interrupted(trial_id, "cut off when the search ended")
            self._recorder.workers_gone()
            started = meta.get("run_started") or now
            self._store.set_meta(active_s=meta.get("active_s", 0.0) + max(0.0, now - started), run_started=None)
            self._steering.end(state, detail)
        if self._files is not None:
            self._files.save()
        self._store.close()
        self._lock.release()
        self.over = True

    def _log(self, text: str) -> None:
        with self._spec.directory.engine_log.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")

    # One turn.

    def _step(self) -> None:
        for waiting in self._store.open_commands():
            with self._store.transaction():
                command = waiting.command
                answer = self._heed(command)
                self._store.event(events.CommandAnswered(command.kind.value, command.who, answer), command.trial_id)
                self._store.answer(waiting.id)
        self._fill()
        if self._end_if_done():
            return
        batch = list(self._new_reports())
        if batch:
            with self._store.transaction():
                for report in batch:
                    self._take(report)
        if self._files is not None:
            self._files.save_now_and_then()
        if self._failure:
            self._finish(SearchState.FAILED, self._failure)

    def _new_reports(self) -> Iterator[reports.Report]:
        """What has come in; waits a moment for the first, and for no other."""
        try:
            yield self._inbox.get(timeout=_TICK_S)
            for _ in range(_BATCH):
                yield self._inbox.get_nowait()
        except queue.Empty:
            return

    def _heed(self, command: Command) -> str:
        """Do what a person asks; returns the answer for the record."""
        steering, executor = self._steering, self._the_executor
        if command.kind is CommandKind.SKIP:
            if command.trial_id is None or command.trial_id not in self._running:
                return f"trial {command.trial_id} is not running"
            self._running.skip(command.trial_id)
            executor.control(command.trial_id, Control.SKIP)
            return "ends with its epoch"
        if command.kind is CommandKind.STOP_NOW:
            steering.stopping = True
            for trial_id in self._running:
                executor.kill(trial_id)
        else:
            steering.paused = command.kind is CommandKind.PAUSE
            steering.stopping = command.kind is CommandKind.STOP
            control = Control.PAUSE if steering.paused else Control.RUN
            for trial_id in self._running.not_skipped():
                executor.control(trial_id, control)
        steering.say()
        return steering.state.value

    def _fill(self) -> None:
        """Hand out trials while there is room."""
        if self._steering.state is not SearchState.RUNNING or self._exhausted or self._job is not None:
            return
        from tui_tuner.oracles import TrialStatus
        from tui_tuner.oracles.stages import stage_of

        oracle, executor = self._the_oracle, self._the_executor
        while len(self._running) < executor.capacity:
            lost = self._running.next_lost()
            if lost is not None:
                trial_id, slot = lost
                trial = oracle.get_trial(trial_id)
            else:
                slot = self._running.free_slot()
                trial = oracle.create_trial(slot)
                if trial.status != TrialStatus.RUNNING:
                    self._exhausted = True
                    return
            stage = stage_of(trial.hyperparameters.values)
            worker = executor.submit(
                TrialJob(
                    trial_id=trial.trial_id,
                    number=self._recorder.number(trial.trial_id),
                    attempt=self._recorder.next_attempt(trial.trial_id),
                    hyperparameters=trial.hyperparameters.get_config(),
                    epochs=None if stage is None else stage.epochs,
                    initial_epoch=0 if stage is None else stage.initial_epoch,
                    continues=None if stage is None else stage.parent,
                    may_be_continued=stage is not None and stage.may_be_continued,
                )
            )
            self._running.start(trial.trial_id, slot)
            with self._store.transaction():
                self._recorder.trial_started(trial, worker)
                self._store.set_meta(oracle_state=oracle.own_state())

    def _end_if_done(self) -> bool:
        if self._running:
            return False
        if self._steering.stopping:
            self._finish(SearchState.STOPPED, "stopped; resume it to go on")
            return True
        if not self._exhausted or self._job is not None or self._steering.state is not SearchState.RUNNING:
            return False
        best = self._recorder.best_trial_id
        if best is not None and not self._evaluated:
            self._evaluate(best)
            return False
        self._finish(*self._outcome())
        return True

    def _evaluate(self, trial_id: str) -> None:
        trial = self._the_oracle.get_trial(trial_id)
        epochs = trial.best_step + 1 if self._spec.refits_best else None
        self._job = EvaluateJob(trial_id, trial.hyperparameters.get_config(), epochs)
        self._evaluated = True
        self._job_worker = self._the_executor.submit(self._job)
        with self._store.transaction():
            self._steering.say("evaluating the best model")

    def _outcome(self) -> tuple[SearchState, str]:
        count = self._recorder.count()
        if self._recorder.best_trial_id is None:
            if not count:
                return SearchState.FAILED, "the search space has no configuration to try"
            messages = [message for message in self._recorder.messages(TrialState.FAILED) if message]
            reason = f"; the first: {first_line(messages[0])}" if messages else ""
            return SearchState.FAILED, f"none of {count} trials completed{reason}"
        if self._spec.max_trials is not None and count >= self._spec.max_trials:
            return SearchState.COMPLETED, f"all {count} trials were run"
        return SearchState.COMPLETED, f"the search space is exhausted after {count} trials"

    # What workers report.

    def _take(self, report: reports.Report) -> None:
        match report:
            case reports.EpochEnded():
                if self._is_current(report):
                    self._store.epoch(report)
            case reports.ModelBuilt():
                if self._is_current(report):
                    self._store.event(events.ModelBuilt(report.summary), report.trial_id)
            case reports.TrialEnded():
                if self._is_current(report):
                    self._trial_ended(report)
            case reports.WorkerStarted():
                self._recorder.worker_started(report)
            case reports.WorkerStatus():
                self._recorder.worker_status(report)
                if isinstance(self._job, PrepareJob) and report.activity != READY:
                    self._steering.say(report.activity)
            case reports.WorkerLost():
                self._worker_lost(report)
            case reports.Prepared():
                self._job = None
                self._steering.preparing = False
                self._store.event(events.DataPrepared(report.data))
                self._update_space(report.hyperparameters)
                self._steering.say()
            case reports.Evaluated():
                self._job = None
                self._store.event(events.BestEvaluated(dict(report.metrics)), report.trial_id)
                self._store.set_meta(test_metrics=dict(report.metrics))
            case reports.JobFailed():
                self._job_failed(report.message, report.traceback)

    def _is_current(self, report: reports.EpochEnded | reports.ModelBuilt | reports.TrialEnded) -> bool:
        """Whether the report is of the trial's present run, not of one that was given up."""
        return report.trial_id in self._running and report.attempt == self._recorder.attempt(report.trial_id)

    def _trial_ended(self, report: reports.TrialEnded) -> None:
        self._running.end(report.trial_id)
        if report.outcome is reports.Outcome.STOPPED:
            self._recorder.trial_interrupted(report.trial_id, "stopped; it will be run again")
            return
        verdict = self._judge(self._the_oracle, report, self._spec.objective.name)
        self._recorder.trial_ended(verdict.trial, verdict.metrics, report.executions)
        self._store.set_meta(oracle_state=self._the_oracle.own_state())
        self._space_may_have_grown()
        if self._files is not None:
            self._files.mark_stale()
        self._exhausted = False
        self._evaluated = False
        self._failure = self._failure or verdict.fatal

    def _worker_lost(self, report: reports.WorkerLost) -> None:
        self._recorder.worker_lost(report)
        trial_id = report.trial_id
        if trial_id is not None and trial_id in self._running:
            attempt = self._recorder.attempt(trial_id)
            if self._running.lose(trial_id):
                self._recorder.trial_interrupted(trial_id, report.message)
            else:
                outcome = reports.Outcome.INVALID
                self._trial_ended(reports.TrialEnded(report.worker, trial_id, attempt, outcome, message=report.message))
        elif self._job is not None and report.worker == self._job_worker:
            self._job_failed(report.message)
        if self._the_executor.capacity == 0:
            self._failure = f"no worker is left: {report.message}"

    def _job_failed(self, message: str, trace: str = "") -> None:
        job, self._job = self._job, None
        if isinstance(job, PrepareJob):
            self._failure = message
        else:
            self._store.event(events.Warned(f"the best model could not be evaluated: {message}"))
        if trace:
            self._log(trace)

    def _update_space(self, config: HyperParametersConfig) -> None:
        from tui_tuner.space import HyperParameters

        self._the_oracle.update_space(HyperParameters.from_config(dict(config)))
        self._space_may_have_grown()

    def _space_may_have_grown(self) -> None:
        space = self._the_oracle.get_space()
        if len(space.space) > self._known_space:
            names = tuple(parameter.name for parameter in space.space[self._known_space :])
            self._known_space = len(space.space)
            self._store.event(events.SpaceChanged(names))
            self._store.set_meta(space=space.get_config())

    @property
    def _the_oracle(self) -> Oracle:
        assert self._oracle is not None
        return self._oracle

    @property
    def _the_executor(self) -> Executor:
        assert self._executor is not None
        return self._executor
