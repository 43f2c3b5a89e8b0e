"""The search loop: asks the oracle, hands trials to the executor, records what comes back, heeds commands."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import socket
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from tui_tuner import __version__
from tui_tuner.engine import events
from tui_tuner.engine.blockage import Blockage
from tui_tuner.engine.by_hand import ByHand
from tui_tuner.engine.changed_settings import judged_anew
from tui_tuner.engine.choosing import as_chosen, planned_trials
from tui_tuner.engine.commands import Command
from tui_tuner.engine.desk import CommandDesk
from tui_tuner.engine.disk_use import DiskUse
from tui_tuner.engine.earlier_trials import WARM_START, as_json
from tui_tuner.engine.ending import Ending
from tui_tuner.engine.handing_out import HandingOut
from tui_tuner.engine.intake import Intake
from tui_tuner.engine.lock import EngineLock, make_folder
from tui_tuner.engine.pruning import Pruning
from tui_tuner.engine.recorder import Recorder
from tui_tuner.engine.replacing import KEPT
from tui_tuner.engine.spec import AUTO, SearchSpec
from tui_tuner.engine.steering import Steering
from tui_tuner.engine.stopwatch import Stopwatch
from tui_tuner.engine.store import Store
from tui_tuner.engine.verdict import Judge, first_line, pass_verdict
from tui_tuner.engine.view import SearchState, active_until
from tui_tuner.engine.work import Work
from tui_tuner.executors.protocol import Executor
from tui_tuner.worker import reports
from tui_tuner.worker.jobs import PrepareJob

if TYPE_CHECKING:
    from tui_tuner.oracles import Oracle
    from tui_tuner.oracles.pruners import Pruner

_TICK_S = 0.05
"""How long the loop waits for a report before it looks for commands again."""

_ROUND_S = 0.1
"""After so long a transaction takes no further report: what it has taken is not seen before it ends."""


class SearchLoop:
    """Runs one search in the thread that calls `run`.

    Making it takes the search directory and is cheap; the oracle and the executor are made when it runs, because
    they import what must not delay the first paint.

    Args:
        make_oracle: Makes the oracle, fresh; its state is restored from `search.db`.
        make_executor: Makes the executor, not yet started.
        judge: Tells the oracle how a trial ended.
        make_pruner: Makes what judges the epochs of trials, if anything shall; its state is restored like the oracle's.

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
        make_pruner: Callable[[], Pruner | None] = lambda: None,
    ) -> None:
        self._spec = spec
        self._make_pruner = make_pruner
        self._make_oracle = make_oracle
        self._make_executor = make_executor
        self._inbox: queue.SimpleQueue[reports.Report] = queue.SimpleQueue()
        self._asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self.over = False
        self.error: Exception | None = None
        make_folder(spec.directory.root)
        self._lock = EngineLock(spec.directory.lock)
        self._lock.acquire()
        try:
            self._store = Store(spec.directory.database, patient=True)
            self._rows = self._store.trials()
            self._work = self._take_up()
            self._blockage = Blockage(self._work, self._log)
            self._blockage.refuse_to_start()
        except BaseException:
            self._lock.release()
            raise
        self._desk = CommandDesk(self._work, self._log)
        self._handing_out = HandingOut(self._work)
        self._ending = Ending(self._work, self._handing_out)
        self._disk_use = DiskUse(spec.directory)
        self._intake = Intake(self._work, judge, self._log)

    @property
    def spec(self) -> SearchSpec:
        return self._spec

    def ask(self, command: Command) -> None:
        """Ask for something from within this process, whatever the disk is like. Safe in any thread and in a signal's
        handler; it is heeded, answered and recorded like the requests of viewers."""
        self._asked.put(command)

    def run(self, released: Callable[[], bool] = lambda: False) -> None:
        """Run until the search is over or `released()` is true; after a release, call it again to go on.

        The outcome is in `search.db`: a search that fails ends in state `failed` and raises nothing.
        """
        try:
            if not self._work.has_executor:
                self._begin()
            while not self.over and not released():
                self._step()
        except Exception as error:
            self.error = error
            self._log(traceback.format_exc())
            self._finish(SearchState.FAILED, first_line(str(error)) or type(error).__name__)

    # The start and the end.

    def _take_up(self) -> Work:
        """Write what viewers need before the first trial."""
        store, spec = self._store, self._spec
        meta = store.meta()
        # There is a run that began only where the last engine died without a word.
        stopwatch = Stopwatch(
            active_until(meta.get("active_s", 0.0), meta.get("run_started"), store.last_write() or 0.0)
        )
        stopwatch.run(True)
        max_trials = planned_trials(spec.max_trials, meta, spec.tuner == AUTO)
        planned = {"max_trials": max_trials, "max_time_s": spec.max_time_s, "workers": spec.workers}
        budget = ByHand(planned, meta)
        has_other_constraints = bool(self._rows) and list(spec.constraints) != meta.get("constraints", [])
        if has_other_constraints:
            with store.transaction():
                self._rows = judged_anew(store, self._rows, spec.constraints)
        recorder = Recorder(
            store, spec.objective, self._rows, spec.epochs, spec.other_objectives, lambda: stopwatch.active_s
        )
        work = Work(spec, store, recorder, Steering(store, stopwatch), budget, stopwatch)
        with store.transaction():
            store.discard_open_commands()
            store.set_meta(
                name=spec.name,
                tuner=spec.tuner,
                objective={"name": spec.objective.name, "direction": spec.objective.direction},
                max_trials=budget["max_trials"],
                max_time_s=budget["max_time_s"],
                executions_per_trial=spec.executions_per_trial,
                constraints=list(spec.constraints),
                other_objectives=[asdict(objective) for objective in spec.other_objectives],
                config=spec.config,
                created=meta.get("created", time.time()),
                workers=[],
                **budget.meta(),
                **stopwatch.meta(),
            )
            if has_other_constraints:
                store.set_meta(best_trial_id=recorder.best_trial_id)
            if spec.earlier and WARM_START not in meta:
                store.set_meta(**{WARM_START: as_json(spec.earlier)})
            store.event(events.SearchStarted(os.getpid(), socket.gethostname(), __version__, bool(self._rows)))
            work.steering.say("starting workers")
        return work

    def _begin(self) -> None:
        from tui_tuner.engine.resume import restore_oracle  # here: the app draws before the oracles are loaded

        work, root = self._work, self._spec.directory.root
        meta = self._store.meta()
        oracle = as_chosen(work, self._make_oracle(), meta)
        oracle.set_project_dir(root.parent, root.name)
        restore_oracle(oracle, self._rows, meta.get("space"), meta.get("oracle_state"))
        if work.budget.is_changed("max_trials"):
            with contextlib.suppress(ValueError):  # a number that the search cannot have any more
                oracle.set_max_trials(work.budget["max_trials"])
        executor = self._make_executor()
        work.begin(oracle, executor, len(meta["space"]["space"]) if "space" in meta else 0)
        executor.start(self._inbox.put)
        if work.budget.is_changed("workers"):
            executor.resize(work.budget["workers"])
        work.job = PrepareJob(meta.get("space"), None if self._spec.tuner == "hyperband" else work.budget["max_trials"])
        work.job_worker = executor.submit(work.job)
        pruner = self._make_pruner()
        if pruner is not None:
            work.pruning = Pruning(work, pruner)
        self._blockage.begin()

    def _finish(self, state: SearchState, detail: str) -> None:
        """End, whatever happens: a search whose last words cannot be written is interrupted, and can be resumed."""
        try:
            self._write_end(state, detail)
        except Exception as error:
            self.error = self.error or error
            self._log(traceback.format_exc())
        finally:
            self._store.close()
            self._lock.release()
            self.over = True

    def _write_end(self, state: SearchState, detail: str) -> None:
        work = self._work
        if work.has_executor:
            work.executor.close()
        shutil.rmtree(self._spec.directory.scratch, ignore_errors=True)
        if state is SearchState.COMPLETED and work.has_nothing_to_continue:
            work.kept.none_is_continued()
        disk_bytes = self._disk_use.final()
        if state is not SearchState.COMPLETED and self._spec.directory.replaced.exists():
            detail = f"{detail}; {KEPT}"
        work.stopwatch.run(False)
        if work.files is not None and not work.files.save():
            self._log(f"KerasTuner's files could not be written: {work.files.problem}")
        with self._store.transaction():
            for trial_id in work.running:
                work.recorder.trial_interrupted(trial_id, "cut off when the search ended")
            work.recorder.workers_gone()
            self._store.set_meta(**work.stopwatch.meta())
            if disk_bytes is not None:
                self._store.set_meta(disk_bytes=disk_bytes)
            work.steering.end(state, detail)
        self._blockage.end()

    def _log(self, text: str) -> None:
        with (
            contextlib.suppress(OSError),  # the disk is full, or the folder gone: no log is worth a search
            self._spec.directory.engine_log.open("a", encoding="utf-8", errors="backslashreplace") as log,
        ):
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")

    # One turn.

    def _step(self) -> None:
        work = self._work
        for waiting in self._store.open_commands():
            with self._store.transaction():
                self._store.event(self._desk.heed(waiting.command), waiting.command.trial_id)
                self._store.answer(waiting.id)
        while not self._asked.empty():
            command = self._asked.get()
            with self._store.transaction():
                self._store.event(self._desk.heed(command), command.trial_id)
        self._blockage.look()
        self._desk.end_late_trials()
        self._end_hanging_trials()
        self._handing_out.fill()
        outcome = self._ending.look()
        if outcome is not None:
            self._finish(*outcome)
            return
        if self._inbox.empty() and self._asked.empty():
            self._handing_out.prepare()
        self._take_reports()
        while work.after_commit and self._store.trouble is None:
            work.after_commit.pop(0)()
        disk_bytes = self._disk_use.look()
        if disk_bytes is not None:
            with self._store.transaction():
                self._store.set_meta(disk_bytes=disk_bytes)
        if work.stopwatch.follow_wall():
            with self._store.transaction():
                self._store.set_meta(**work.stopwatch.meta())
        if work.files is not None:
            work.files.save_now_and_then()
        if work.failure:
            self._finish(SearchState.FAILED, work.failure)

    def _take_reports(self) -> None:
        """Record what has come in; waits a moment for the first report, and for no other."""
        try:
            report = self._inbox.get(timeout=_TICK_S)
        except queue.Empty:
            return
        end = time.monotonic() + _ROUND_S
        with self._store.transaction():
            self._intake.take(report)
            while time.monotonic() < end and not self._inbox.empty():
                self._intake.take(self._inbox.get())

    def _end_hanging_trials(self) -> None:
        work = self._work
        held = work.steering.state in (SearchState.PAUSED, SearchState.BLOCKED)
        for trial_id in work.watchdog.hanging(work.running, held=held):
            limit = f"{work.watchdog.timeout_s:g} s"
            work.running.give_up(trial_id, f"no epoch ended within {limit} (run.epoch_timeout); its worker was ended")
            work.executor.kill(trial_id)
