"""Hands trials to the executor while there is room, and finds out when there will be no more."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tui_tuner.engine.view import SearchState
from tui_tuner.engine.work import Work
from tui_tuner.executors.protocol import NoWorkerFreeError
from tui_tuner.worker.jobs import Control, TrialJob

if TYPE_CHECKING:
    from tui_tuner.oracles import Trial

_ROUND_S = 0.05
"""So long the search loop proposes trials before it looks at reports again."""

_MOST_IDLE = 2


class HandingOut:
    """Fills the executor with trials: first those that were cut off, then what the oracle proposes."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._is_warm = False
        self._idle = 0  # answers in a row

    @property
    def may_go_on(self) -> bool:
        """Whether trials may be started now at all."""
        work = self._work
        return work.steering.state is SearchState.RUNNING and work.job is None

    @property
    def is_through(self) -> bool:
        """Whether no further trial will be started, as far as is known."""
        work = self._work
        return work.is_out_of_time or (work.exhausted and not work.running.has_waiting)

    def fill(self) -> None:
        """Hand out trials while there is room, in one transaction."""
        work = self._work
        if not self.may_go_on or self.is_through or len(work.running) >= work.executor.capacity:
            return
        began = time.monotonic()
        started: list[tuple[Trial, str]] = []
        while len(work.running) < work.executor.capacity and time.monotonic() - began < _ROUND_S:
            found = self._next()
            if found is None:
                break
            trial, slot = found
            ahead = sum(work.recorder.next_attempt(other.trial_id) == 0 for other, _ in started)
            try:
                worker = work.executor.submit(self._job(trial, ahead))
            except NoWorkerFreeError:  # the worker was lost since it was counted
                work.running.wait(trial.trial_id, slot)
                break
            work.running.start(trial.trial_id, slot)
            if not work.running.goes_on(trial.trial_id):
                work.tell(trial.trial_id, Control.SKIP)
            work.watchdog.sign_of(trial.trial_id, worker)
            started.append((trial, worker))
        if started:
            with work.store.transaction():
                for trial, worker in started:
                    work.recorder.trial_started(trial, worker)
                    if work.pruning is not None:
                        work.pruning.trial_started(trial.trial_id)
                work.store.set_meta(oracle_state=work.oracle.own_state())
            if not self._is_warm:
                self._is_warm = True
                work.oracle.warm_up()

    def prepare(self) -> None:
        """Have the next proposal worked out while all workers train.

        Not for a single worker: what comes next is better for knowing how its only trial went.
        """
        work = self._work
        if self.may_go_on and not self.is_through and 1 < work.executor.capacity <= len(work.running):
            work.oracle.prepare()

    def _next(self) -> tuple[Trial, int] | None:
        from tui_tuner.oracles import TrialStatus  # here: the app draws before the oracles are loaded

        work = self._work
        waiting = work.running.next_waiting()
        if waiting is not None:
            return work.oracle.get_trial(waiting[0]), waiting[1]
        if work.exhausted:
            return None
        slot = work.running.take_slot()
        trial = work.oracle.create_trial(work.spec.asks_as(slot))
        if trial.status != TrialStatus.RUNNING:
            work.running.return_slot(slot)
            # Idle while nothing runs, which could change its mind: an oracle of the user's is asked once more.
            self._idle = self._idle + 1 if trial.status == TrialStatus.IDLE and not work.running else _MOST_IDLE
            work.exhausted = self._idle >= _MOST_IDLE
            return None
        self._idle = 0
        return trial, slot

    def _job(self, trial: Trial, ahead: int) -> TrialJob:
        """The trial as a job, behind so many new trials that are not written yet."""
        from tui_tuner.oracles.stages import stage_of

        work = self._work
        values = trial.hyperparameters.values
        stage = stage_of(values)
        goes_on = work.recorder.was_cut_off(trial.trial_id)
        return TrialJob(
            trial_id=trial.trial_id,
            number=work.recorder.number(trial.trial_id, ahead),
            attempt=work.recorder.next_attempt(trial.trial_id),
            hyperparameters=trial.hyperparameters.get_config(),
            epochs=None if stage is None else stage.epochs,
            initial_epoch=0 if stage is None else stage.initial_epoch,
            continues=None if stage is None else stage.parent,
            may_be_continued=stage is not None and stage.may_be_continued,
            resumes=goes_on,
            recorded=self._recorded(trial.trial_id) if goes_on else None,
        )

    def _recorded(self, trial_id: str) -> tuple[int, int]:
        work = self._work
        return work.store.last_epoch(trial_id, work.recorder.row(trial_id).first_attempt)
